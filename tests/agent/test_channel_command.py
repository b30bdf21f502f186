"""`energy-agent channel test`: what it says, and what it never shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.__main__ import main
from agent.commands.common import EXIT_CONFIG, EXIT_FAILED
from tests.agent.listeners import Web, web_server

CANARY = "canary5ec7e7x"
PLANT = """
[site]
id = "works"
gateway = "gw1"
time_zone = "Asia/Shanghai"
label = { zh = "工厂", en = "Works" }
[[channels]]
name = "team"
language = "zh"
quiet_hours = "00:00-23:59"
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


def run(folder: Path, url: str, *args: str) -> Result:
    (folder / "plant.toml").write_text(PLANT, encoding="utf-8")
    env = {"ENERGY_AGENT_CHANNELS__TEAM__URL": url}
    return CliRunner().invoke(main, ["channel", "test", *args, "-c", str(folder / "plant.toml")], env=env)


def test_channel_that_works_gets_one_message_even_in_quiet_hours(tmp_path: Path, web: Web) -> None:
    result = run(tmp_path, f"json://127.0.0.1:{web.port}/{CANARY}", "team")
    assert (result.exit_code, result.output) == (0, "team: the other side took the message\n")
    assert [body["title"] for body in web.bodies] == ["[工厂] 测试消息"]


def test_channel_that_fails_says_why_and_what_to_do_without_the_secret(tmp_path: Path, web: Web) -> None:
    web.status = 404
    result = run(tmp_path, f"json://127.0.0.1:{web.port}/{CANARY}", "team")
    assert result.exit_code == EXIT_FAILED
    assert "channel team: answered HTTP 404; check the address" in result.output
    assert CANARY not in result.output


def test_outcome_is_json_for_a_script(tmp_path: Path, web: Web) -> None:
    web.status = 500
    result = run(tmp_path, f"json://127.0.0.1:{web.port}/", "team", "--json")
    assert json.loads(result.output)["ok"] is False
    assert result.exit_code == EXIT_FAILED


def test_unknown_channel_is_named_with_the_near_one(tmp_path: Path) -> None:
    result = run(tmp_path, "json://127.0.0.1:9", "taem")
    assert result.exit_code == EXIT_FAILED
    assert "did you mean 'team'" in result.output


def test_url_that_no_service_has_is_refused_without_showing_it(tmp_path: Path) -> None:
    result = run(tmp_path, f"telepathy://{CANARY}", "team")
    assert result.exit_code == EXIT_FAILED
    assert "not one that apprise knows" in result.output
    assert CANARY not in result.output


def test_text_that_is_no_url_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    result = run(tmp_path, CANARY, "team")
    assert result.exit_code == EXIT_CONFIG
    assert CANARY not in result.output
