"""Messages over real sockets on loopback: what arrives, what is said when it does not, what never shows."""

from __future__ import annotations

import base64
import email
import email.policy
import logging
import re
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from agent.channels import AppriseChannel, sender_of
from config.channels import Channel
from domain.errors import EnergyAgentError
from domain.findings import Severity
from domain.notice import ChannelPolicy
from tests.agent.listeners import Mail, Web, mail_server, web_server

EXAMPLE = Path(__file__).parents[2] / "config/examples/plant.toml"
CANARY = "canary5ec7e7x"


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture
def mail() -> Iterator[Mail]:
    with mail_server() as running:
        yield running


def open_channel(url: str) -> AppriseChannel:
    return AppriseChannel("team", SecretStr(url))


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_webhook_gets_title_and_body_as_they_are(web: Web) -> None:
    channel = open_channel(f"json://127.0.0.1:{web.port}/hook")
    assert channel.send("标题 <b>&", "第一行\nline :) two \\n", Severity.ERROR).is_sent
    (body,) = web.bodies
    assert (body["title"], body["message"]) == ("标题 <b>&", "第一行\nline :) two \\n")
    assert body["type"] == "failure"


@pytest.mark.parametrize(
    ("status", "cure"),
    [(500, "other side"), (503, "other side"), (401, "token"), (404, "address"), (429, "max_per_hour"),
     (400, "URL")],
)  # fmt: skip
def test_refusal_names_status_and_cure(web: Web, status: int, cure: str) -> None:
    web.status = status
    outcome = open_channel(f"json://127.0.0.1:{web.port}/{CANARY}").send("t", "b", Severity.INFO)
    assert not outcome.is_sent
    assert str(status) in outcome.problem
    assert cure in outcome.remedy


def test_closed_port_is_said_to_be_unreachable() -> None:
    outcome = open_channel(f"json://127.0.0.1:{closed_port()}/").send("t", "b", Severity.INFO)
    assert (outcome.is_sent, outcome.problem) == (False, "cannot be reached")


def test_server_that_hangs_is_given_up(web: Web) -> None:
    web.hang.clear()
    outcome = open_channel(f"json://127.0.0.1:{web.port}/?rto=0.2").send("t", "b", Severity.INFO)
    assert (outcome.is_sent, outcome.problem) == (False, "did not answer in time")


@pytest.mark.parametrize("url", ["nothing://x", "wecombot://", "json://", "mailto://"])
def test_url_that_apprise_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(EnergyAgentError, match="channel team"):
        open_channel(url)


@pytest.mark.parametrize(
    "url", re.findall(r"^# .*?(\w+://[^\s]*)", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
)
def test_every_url_that_the_example_shows_is_known(url: str) -> None:
    open_channel(url)


ROBOTS = {
    "wecombot": f"wecombot://{CANARY}",
    "dingtalk": f"dingtalk://{CANARY}",
    "feishu": f"feishu://{CANARY}",
    "lark": f"lark://{CANARY}",
}


@pytest.mark.parametrize("robot", ROBOTS)
def test_robot_that_refuses_with_http_200_is_a_failure(
    web: Web, robot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeCom, DingTalk and Feishu say so in the body; the request is led to loopback here."""
    channel = open_channel(ROBOTS[robot])
    send = requests.Session.send

    def to_loopback(self: requests.Session, request: requests.PreparedRequest, **more: object) -> object:
        request.url = f"http://127.0.0.1:{web.port}/{CANARY}"
        return send(self, request, **{**more, "proxies": {}})

    monkeypatch.setattr(requests.Session, "send", to_loopback)
    monkeypatch.setattr("time.sleep", lambda _: None)  # apprise rests 5.5 s between messages to one robot
    code = "errcode" if robot in ("wecombot", "dingtalk") else "code"
    web.answer = f'{{"{code}": 93000, "errmsg": "bad key {CANARY}", "msg": "bad key {CANARY}"}}'.encode()
    refused = channel.send("t", "b", Severity.WARNING)
    assert not refused.is_sent
    assert "93000 bad key ***" in refused.problem
    assert CANARY not in repr(refused)
    web.answer = f'{{"{code}": 0}}'.encode()
    assert channel.send("t", "b", Severity.WARNING).is_sent
    web.answer = b"<html>login"
    assert "proxy" in channel.send("t", "b", Severity.WARNING).remedy


def test_mail_arrives(mail: Mail) -> None:
    url = f"mailto://user:{CANARY}@127.0.0.1:{mail.port}/?from=gw@works.example&to=em@works.example"
    assert open_channel(url).send("卷涂 告警", "第一行\nsecond line", Severity.WARNING).is_sent
    letter = email.message_from_string(mail.letters[0], policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter["Subject"] == "卷涂 告警"
    assert letter["To"] == "em@works.example"
    part = letter.get_body(("plain", "html"))
    assert part is not None
    assert "第一行" in part.get_content()


def test_mail_server_that_refuses_the_password_is_named(mail: Mail) -> None:
    mail.auth = b"535 5.7.8 no"
    url = f"mailto://user:{CANARY}@127.0.0.1:{mail.port}/?from=gw@works.example&to=em@works.example"
    outcome = open_channel(url).send("t", "b", Severity.WARNING)
    assert not outcome.is_sent
    assert "password" in outcome.remedy


def test_mail_server_that_is_not_there_is_named() -> None:
    url = f"mailto://user:{CANARY}@127.0.0.1:{closed_port()}/?from=a@works.example&to=em@works.example"
    outcome = open_channel(url).send("t", "b", Severity.WARNING)
    assert (outcome.is_sent, outcome.problem) == (False, "the mail server cannot be reached")


def test_secret_of_a_url_is_in_no_log_and_no_error(
    web: Web, mail: Mail, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("apprise", "urllib3", "urllib3.connectionpool"):
        caplog.set_level(logging.DEBUG, logger=name)
    outcomes = []
    for status in (200, 500):
        web.status = status
        outcomes += [
            open_channel(url).send("t", "b", Severity.ERROR)
            for url in (
                f"json://u:{CANARY}@127.0.0.1:{web.port}/{CANARY}?-token={CANARY}",
                f"json://127.0.0.1:{closed_port()}/{CANARY}",
                f"mailto://user:{CANARY}@127.0.0.1:{mail.port}/?from=a@b.example&to=c@b.example",
                f"mailto://user:{CANARY}@127.0.0.1:{closed_port()}/?from=a@b.example&to=c@b.example",
            )
        ]
    with pytest.raises(EnergyAgentError) as caught:
        open_channel(f"nothing://{CANARY}")
    assert any(CANARY in path for path in web.paths), "the canary must have been on its way"
    out, err = capfd.readouterr()
    encoded = base64.b64encode(f"u:{CANARY}".encode()).decode()
    for text in (caplog.text, out, err, repr(outcomes), repr(caught.value), str(caught.value)):
        assert CANARY not in text
        assert encoded not in text


def test_a_channel_without_a_url_is_refused_by_who_would_have_to_tell_it() -> None:
    channel = Channel(policy=ChannelPolicy(name="team-chat"), url=None)
    with pytest.raises(EnergyAgentError, match="ENERGY_AGENT_CHANNELS__TEAM_CHAT__URL"):
        sender_of(channel)
