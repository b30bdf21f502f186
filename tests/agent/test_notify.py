"""Channels as threads: what is told over real sockets, who waits for whom, what a restart keeps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

import agent.notify
from agent.channel_metrics import channel_families
from agent.channels import AppriseChannel
from agent.clock import FastClock, PlantClock
from agent.notify import FOLDER, Notifier, Sender
from domain.findings import Severity
from domain.ledger import AlertAction
from domain.notice import ChannelPolicy, Outcome
from domain.plant import Plant, Process
from domain.ports import Clock
from domain.results import Alert, AlertKind, AlertState
from tests.agent.listeners import Web, wait_until, web_server

PLANT = Plant(site="works", gateway="g", time_zone="Asia/Shanghai", label={"zh": "工厂", "en": "Works"},
              is_demo=False, links=(), devices=(),
              processes=(Process(id="coil", label={"zh": "卷涂", "en": "Coil"},
                                output_unit="t"),))  # fmt: skip


def alert(name: str = "a", severity: Severity = Severity.WARNING) -> Alert:
    now = PlantClock().now_ms()
    return Alert(id=name, kind=AlertKind.DRIFT, code="drift.up", subject="coil", severity=severity, since=now,
                 detected=now, until=None, state=AlertState.OPEN, problem=f"problem {name}", remedy="r",
                 facts={"excess_nm3": 123.0})  # fmt: skip


class Fake:
    """A channel of the test: keeps what it takes, fails or hangs when told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.is_failing = False
        self.free = threading.Event()
        self.free.set()
        self.tries = 0

    def send(self, title: str, body: str, severity: Severity) -> Outcome:
        self.tries += 1
        self.free.wait(20)
        if self.is_failing:
            return Outcome(is_sent=False, problem="cannot be reached", remedy="check host")
        self.taken.append((title, body))
        return Outcome(is_sent=True)


@contextmanager
def notifying(
    folder: Path, *senders: tuple[ChannelPolicy, Sender], clock: Clock | None = None
) -> Iterator[Notifier]:
    """Give a running notifier."""
    notifier = Notifier.of(senders, plant=PLANT, clock=clock or PlantClock(), state_dir=folder)
    notifier.start()
    try:
        yield notifier
    finally:
        notifier.stop(0.5)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent.notify, "FIRST_RETRY_S", 0.05)
    monkeypatch.setattr(agent.notify, "LONGEST_RETRY_S", 0.2)


def webhook(web: Web) -> AppriseChannel:
    return AppriseChannel("web", SecretStr(f"json://127.0.0.1:{web.port}/hook"))


def policy(name: str = "team", language: str = "en") -> ChannelPolicy:
    return ChannelPolicy(name=name, language=language)


def test_alert_reaches_a_webhook_in_the_channels_language(tmp_path: Path, web: Web) -> None:
    with notifying(tmp_path, (policy(language="zh"), webhook(web))) as notifier:
        notifier.offer([alert()], {})
        wait_until("a message", lambda: web.bodies)
    assert web.bodies[0]["title"] == "[工厂] 新告警: 卷涂 单位产量耗气上升"
    assert "累计 +123 Nm3" in web.bodies[0]["message"]


def test_recovery_is_reported(tmp_path: Path) -> None:
    fake = Fake()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        one = alert()
        notifier.offer([one], {})
        wait_until("the alert", lambda: fake.taken)
        notifier.offer([replace(one, state=AlertState.RECOVERED, until=one.since + 1)], {})
        wait_until("the recovery", lambda: len(fake.taken) == 2)
    assert fake.taken[1][0] == "[Works] recovered: Coil gas per output has risen"


def test_hanging_channel_holds_up_neither_the_others_nor_the_caller(tmp_path: Path) -> None:
    stuck, good = Fake(), Fake()
    stuck.free.clear()
    with notifying(tmp_path, (policy("stuck"), stuck), (policy("good"), good)) as notifier:
        for number in range(50):
            notifier.offer([alert(str(n)) for n in range(number + 1)], {})
        wait_until("the good channel's messages", lambda: good.taken)
        wait_until("a message that hangs", lambda: stuck.tries)
        assert not notifier.stop(0.3)
        assert not stuck.taken, "somebody waited for the channel that hangs"
        stuck.free.set()


def test_hang_shows_in_health_and_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(agent.notify, "HANGING_S", 0.05)
    fake = Fake()
    fake.free.clear()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert()], {})
        wait_until("hanging", lambda: notifier.health()[0].state == "hanging")
        for _ in range(3):
            notifier.offer([alert()], {})
        fake.free.set()
        wait_until("good", lambda: notifier.health()[0].state == "good")
    assert caplog.text.count("hangs") == 1


def test_channel_that_fails_is_told_the_newest_state_once_it_works(
    tmp_path: Path, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    web.status = 500
    with notifying(tmp_path, (policy(), webhook(web))) as notifier:
        notifier.offer([alert("a")], {})
        wait_until("three tries", lambda: len(web.bodies) >= 3)
        failing = notifier.health()[0]
        assert (failing.state, failing.sent) == ("failing", 0)
        assert failing.failures >= 2
        assert "HTTP 500" in failing.last_error
        assert failing.waiting == 1
        notifier.offer([alert("a"), alert("b")], {})
        web.bodies.clear()
        web.status = 200
        wait_until("good", lambda: notifier.health()[0].state == "good")
        assert notifier.health()[0].waiting == 0
    assert "2 alerts" in web.bodies[-1]["title"]
    assert caplog.text.count("does not take messages") == 1
    assert caplog.text.count("works again") == 1


def test_fault_of_a_library_costs_one_try_and_does_not_show_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Fake):
        def send(self, title: str, body: str, severity: Severity) -> Outcome:
            if self.tries == 0:
                self.tries += 1
                raise RuntimeError("token canary5ec7e7")
            return super().send(title, body, severity)

    fake = Broken()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert()], {})
        wait_until("a message", lambda: fake.taken)
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_restart_repeats_nothing_and_reports_what_ended_meanwhile(tmp_path: Path) -> None:
    before, after = Fake(), Fake()
    with notifying(tmp_path, (policy(), before)) as notifier:
        notifier.offer([alert("stays"), alert("ends")], {})
        wait_until("a message", lambda: before.taken)
        wait_until("the file", (tmp_path / FOLDER / "team.json").exists)
    with notifying(tmp_path, (policy(), after)) as notifier:
        notifier.offer([alert("stays")], {})
        wait_until("a message", lambda: after.taken)
    assert [title for title, _ in after.taken] == ["[Works] cleared: Coil gas per output has risen"]


def test_what_was_not_sent_before_a_restart_is_sent_after_it(tmp_path: Path) -> None:
    fake = Fake()
    fake.is_failing = True
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert()], {})
        wait_until("two tries", lambda: fake.tries >= 2)
    fake.is_failing = False
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([], {})
        wait_until("a message", lambda: fake.taken)
    assert "cleared" in fake.taken[0][0]


def test_file_that_is_garbled_is_put_aside_and_open_alerts_are_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "team.json").write_bytes(b'{"v": 1, \xff')
    fake = Fake()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert()], {})
        wait_until("a message", lambda: fake.taken)
    assert (tmp_path / FOLDER / "team.bad").exists()


def test_what_was_told_is_private(tmp_path: Path) -> None:
    fake = Fake()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert()], {})
        wait_until("the file", (tmp_path / FOLDER / "team.json").exists)
    assert (tmp_path / FOLDER / "team.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_acknowledged_alert_is_not_told(tmp_path: Path) -> None:
    fake = Fake()
    with notifying(tmp_path, (policy(), fake)) as notifier:
        notifier.offer([alert("a"), alert("b")], {"a": AlertAction.ACKNOWLEDGED})
        wait_until("a message", lambda: fake.taken)
    assert "problem b" in fake.taken[0][1]


def test_repeats_fall_due_without_news_on_compressed_time(tmp_path: Path) -> None:
    fake = Fake()
    clock = FastClock.starting_now(origin_ms=PlantClock().now_ms(), speed=36_000)
    with notifying(tmp_path, (replace(policy(), repeat_ms=3_600_000), fake), clock=clock) as notifier:
        notifier.offer([alert()], {})
        wait_until("a repeat", lambda: len(fake.taken) >= 3)
    assert "still open" in fake.taken[1][0]


def test_stop_is_quick_and_safe_to_call_twice(tmp_path: Path) -> None:
    with notifying(tmp_path, (policy(), Fake())) as notifier:
        assert notifier.stop(2.0)
        assert notifier.stop(0.0)


def test_metrics_tell_each_channel_and_its_state(tmp_path: Path) -> None:
    fake = Fake()
    fake.is_failing = True
    with notifying(tmp_path, (policy("team"), fake), (policy("mail"), Fake())) as notifier:
        notifier.offer([alert()], {})
        wait_until("failing", lambda: notifier.health()[0].state == "failing")
        wait_until("good", lambda: notifier.health()[1].state == "good")
        samples = {
            (sample.name.removeprefix("energy_agent_channel_"), *sample.labels.values()): sample.value
            for family in channel_families(notifier.health())
            for sample in family.samples
        }
    assert samples["state", "team", "failing"] == samples["state", "mail", "good"] == 1
    assert samples["state", "team", "good"] == 0
    assert samples["failures_total", "team"] >= 1
    assert samples["sent_total", "mail"] == 1
    assert samples["waiting", "team"] == 1
    assert list(channel_families(())) == []
