"""Environment variables and secret files: what they set, what is refused, and what never shows."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from config.credentials import is_exposed
from config.environment import variables
from domain.errors import ConfigError
from tests.config.works import Works, assert_only

CANARY = "canary-5ec7e7"
EXTERNAL = 'mode = "external"\nhost = "mqtt.example"\ntls = true\nuser = "u"\n'


def write_secret(path: Path, text: str = f"{CANARY}\n", mode: int = 0o600) -> None:
    """Write a secret file with its rights."""
    path.write_text(text)
    path.chmod(mode)


def test_environment_wins_over_the_plant_file(works: Works) -> None:
    environ = {
        "ENERGY_AGENT_HTTP__PORT": "9999",
        "ENERGY_AGENT_AGENT__STATE_DIR": "/srv/state",
        "ENERGY_AGENT_SITE__GATEWAY": "gw2",
        "ENERGY_AGENT_JOURNAL__MAX_MB": "100",
        "PATH": "/bin",
    }
    loaded = works.load(environ)
    assert loaded.http.port == 9999
    assert loaded.agent.state_dir == Path("/srv/state")
    assert loaded.plant.gateway == "gw2"
    assert loaded.journal.max_mb == 100


def test_process_environment_is_not_read_behind_the_callers_back(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_AGENT_HTTP__PORT", "1")
    assert works.load({}).http.port == 8080


def test_empty_variable_counts_as_not_set(works: Works) -> None:
    assert works.load({"ENERGY_AGENT_HTTP__PORT": "", "ENERGY_AGENT_BROKER__PASSWORD": ""}).http.port == 8080


def test_environment_may_give_what_the_file_lacks(works: Works) -> None:
    works.write(('id = "works"\n', ""))
    assert works.load({"ENERGY_AGENT_SITE__ID": "elsewhere"}).plant.site == "elsewhere"


def test_profile_folders_are_a_path_list(works: Works) -> None:
    for name in ("a", "b"):
        (works.folder / name).mkdir()
    loaded = works.load({"ENERGY_AGENT_AGENT__PROFILE_DIRS": f"a{os.pathsep}b"})
    assert loaded.agent.profile_dirs == (works.folder / "a", works.folder / "b")


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_setting_outside_lists_is_a_known_variable(works: Works, name: str) -> None:
    assert not any(finding.code == "config.unknown_variable" for finding in works.check({name: "x"}))


@pytest.mark.parametrize(
    ("name", "value", "code", "cure"),
    [
        pytest.param(
            "ENERGY_AGENT_BROKER__PASSWRD", CANARY, "config.unknown_variable",
            "ENERGY_AGENT_BROKER__PASSWORD", id="a misspelt key",
        ),
        pytest.param(
            "ENERGY_AGENT_BROKR__PASSWORD", CANARY, "config.unknown_variable",
            "ENERGY_AGENT_BROKER__PASSWORD", id="a misspelt section",
        ),
        pytest.param(
            "ENERGY_AGENT_BROKER_PASSWORD", CANARY, "config.unknown_variable",
            "ENERGY_AGENT_BROKER__PASSWORD", id="one underscore for two",
        ),
        pytest.param(
            "ENERGY_AGENT_http__port", "1", "config.unknown_variable", "ENERGY_AGENT_HTTP__PORT",
            id="small letters",
        ),
        pytest.param(
            "ENERGY_AGENT_DEVICES", "[]", "config.unknown_variable", "plant file", id="a list",
        ),
        pytest.param(
            "ENERGY_AGENT_HTTP__PORT", "web", "config.wrong_type", "whole number", id="a wrong type",
        ),
        pytest.param(
            "ENERGY_AGENT_HTTP__PORT", "70000", "config.wrong_value", "at most 65535", id="a wrong value",
        ),
        pytest.param(
            "ENERGY_AGENT_STORE__KIND", "duckbd", "config.wrong_value", "duckdb", id="a wrong choice",
        ),
        pytest.param(
            "ENERGY_AGENT_HTTP__HOST", "0.0.0.0", "config.http_not_loopback", "127.0.0.1",
            id="a meaning that is refused",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_variable_is_found_under_its_name(
    works: Works, name: str, value: str, code: str, cure: str
) -> None:
    findings = works.check({name: value})
    assert_only(findings, code, name, cure)
    assert CANARY not in repr(findings)


def test_variable_that_is_not_text_can_be_printed(works: Works) -> None:
    findings = works.check({"ENERGY_AGENT_\udcff\n": "1"})
    assert [finding.code for finding in findings] == ["config.unknown_variable"]
    str(findings[0]).encode("utf-8")
    assert "\n" not in str(findings[0])


@pytest.mark.parametrize(
    ("change", "key", "cure"),
    [
        (("[broker]", f'[broker]\npassword = "{CANARY}"'), "broker.password", "password_file"),
        (("[store]", f'[store]\ntoken = "{CANARY}"'), "store.token", "ENERGY_AGENT_STORE__TOKEN"),
        (("[store]", f'[store]\ntoken = ["{CANARY}"]'), "store.token", "token_file"),
    ],
)
def test_secret_in_the_plant_file_is_refused(
    works: Works, change: tuple[str, str], key: str, cure: str
) -> None:
    works.write(change)
    findings = works.check()
    assert_only(findings, "config.secret_in_file", key, cure)
    assert CANARY not in repr(findings)


def test_secret_file_named_in_the_plant_file_is_read(works: Works) -> None:
    write_secret(works.folder / "password")
    works.write(('mode = "embedded"', EXTERNAL + 'password_file = "password"'))
    password = works.load().broker.password
    assert password is not None
    assert password.get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("variable", "mode"), [("ENERGY_AGENT_SECRETS_DIR", 0o600), ("CREDENTIALS_DIRECTORY", 0o400)]
)
def test_secret_folder_is_read(works: Works, variable: str, mode: int) -> None:
    folder = works.folder / "secrets"
    folder.mkdir()
    write_secret(folder / "broker_password", mode=mode)
    works.write(('mode = "embedded"', EXTERNAL))
    password = works.load({variable: str(folder)}).broker.password
    assert password is not None
    assert password.get_secret_value() == CANARY


def test_environment_wins_over_folder_and_folder_over_named_file(works: Works) -> None:
    folder = works.folder / "secrets"
    folder.mkdir()
    write_secret(folder / "broker_password", "folder")
    write_secret(works.folder / "password", "named")
    works.write(('mode = "embedded"', EXTERNAL + 'password_file = "password"'))
    environ = {"ENERGY_AGENT_SECRETS_DIR": str(folder)}
    found = []
    for more in ({"ENERGY_AGENT_BROKER__PASSWORD": "variable"}, {}):
        password = works.load(environ | more).broker.password
        assert password is not None
        found.append(password.get_secret_value())
    assert found == ["variable", "folder"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660])
def test_secret_file_that_others_may_read_or_change_is_refused(works: Works, mode: int) -> None:
    write_secret(works.folder / "password", mode=mode)
    works.write(('mode = "embedded"', EXTERNAL + 'password_file = "password"'))
    findings = works.check()
    assert_only(findings, "config.secret_exposed", "broker.password_file", "chmod 600")
    assert CANARY not in repr(findings)


def test_credentials_of_systemd_are_roots_and_may_be_of_its_group() -> None:
    assert not is_exposed(0o100440, 0, is_systemd=True)
    assert not is_exposed(0o100400, 0, is_systemd=True)
    assert is_exposed(0o100440, 1000, is_systemd=True)
    assert is_exposed(0o100444, 0, is_systemd=True)
    assert is_exposed(0o100440, 0, is_systemd=False)
    assert not is_exposed(0o100400, 1000, is_systemd=False)


@pytest.mark.parametrize("text", ["", "\n", f"{CANARY}\nsecond line\n", f"{CANARY}\x00"])
def test_secret_file_that_is_not_one_line_is_refused(works: Works, text: str) -> None:
    write_secret(works.folder / "password", text)
    works.write(('mode = "embedded"', EXTERNAL + 'password_file = "password"'))
    findings = works.check()
    assert_only(findings, "config.secret_file", "broker.password_file", "first line")
    assert CANARY not in repr(findings)


def test_secret_written_where_its_file_is_named_is_not_shown(works: Works) -> None:
    works.write(('mode = "embedded"', EXTERNAL + f'password_file = "{CANARY}"'))
    findings = works.check()
    assert_only(findings, "config.secret_file", "broker.password_file", "takes a path")
    assert CANARY not in repr(findings)


def test_pipe_for_a_secret_file_is_refused_and_not_waited_for(works: Works) -> None:
    os.mkfifo(works.folder / "password", 0o600)
    works.write(('mode = "embedded"', EXTERNAL + 'password_file = "password"'))
    assert_only(works.check(), "config.secret_file", "broker.password_file", "text file")


def test_secret_folder_that_is_none_is_found(works: Works) -> None:
    findings = works.check({"ENERGY_AGENT_SECRETS_DIR": str(works.folder / "none")})
    assert_only(findings, "config.secret_file", "ENERGY_AGENT_SECRETS_DIR", "existing folder")


def test_secrets_show_in_no_representation_of_what_is_loaded(works: Works) -> None:
    works.write(('mode = "embedded"', EXTERNAL))
    loaded = works.load({"ENERGY_AGENT_BROKER__PASSWORD": CANARY})
    assert loaded.broker.password is not None
    for text in (repr(loaded), str(loaded), f"{loaded.broker}", repr(vars(loaded.broker.password).keys())):
        assert CANARY not in text


def test_secrets_show_in_no_error_and_no_traceback(works: Works) -> None:
    """One run with the secret in every place where people put it by mistake."""
    write_secret(works.folder / "token", mode=0o644)
    works.write(
        ('mode = "embedded"', f'mode = 7\npassword = "{CANARY}"\npasswrd = "{CANARY}"'),
        ('kind = "duckdb"', f'kind = "influxdb"\nurl = "https://u:{CANARY}@h"\ntoken_file = "token"'),
        ("port = 8080", "port = 0.5"),
    )
    environ = {"ENERGY_AGENT_BROKER__PASSWRD": CANARY, "ENERGY_AGENT_HTTP__PORT": CANARY}
    with pytest.raises(ConfigError) as caught:
        works.load(environ)
    text = "".join(traceback.format_exception(caught.value))
    assert len(caught.value.findings) >= 8
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    for shown in (text, str(caught.value), repr(caught.value), repr(caught.value.findings)):
        assert CANARY not in shown
