"""What is told, when, and how often: the pure decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.notices import ChannelState, decide, remembered, state_from, undelivered
from domain.findings import Severity
from domain.ledger import AlertAction
from domain.notice import HOUR_MS, ChannelPolicy, Notice, NoticeKind, Quiet
from domain.results import Alert, AlertKind, AlertState

MIN = 60_000
START = 1_767_225_600_000
"""2026-01-01 UTC."""


def alert(name: str = "a", *, at: int = START, severity: Severity = Severity.WARNING) -> Alert:
    return Alert(id=name, kind=AlertKind.DATA, code="data.stuck", subject="gas.v", severity=severity,
                 since=at, detected=at, until=None, state=AlertState.OPEN, problem="p", remedy="r",
                 facts={"x": 1.0})  # fmt: skip


def over(one: Alert, at: int) -> Alert:
    return replace(one, state=AlertState.RECOVERED, until=at)


class Told:
    """A channel whose messages all arrive, on a clock of minutes that starts at local midnight."""

    def __init__(self, policy: ChannelPolicy | None = None) -> None:
        self.policy = policy or ChannelPolicy(name="team")
        self.state = ChannelState(since=START)
        self.handled: Mapping[str, AlertAction] = {}

    def at(self, minute: float, alerts: Sequence[Alert]) -> list[tuple[str, str]]:
        """Return (kind, alert id) of what is told at a minute."""
        return [(item.kind.value, item.alert.id) for n in self.notices(minute, alerts) for item in n.items]

    def notices(self, minute: float, alerts: Sequence[Alert]) -> tuple[Notice, ...]:
        now = START + round(minute * MIN)
        self.state, notices = decide(
            self.policy, self.state, alerts, self.handled, now=now, minute=round(minute) % 1440
        )
        return notices


def test_new_alert_is_told_once() -> None:
    told = Told()
    assert told.at(0, [alert()]) == [("new", "a")]
    assert told.at(1, [alert()]) == []


def test_no_alert_is_no_message() -> None:
    told = Told()
    assert [told.at(minute, []) for minute in range(3)] == [[], [], []]


def test_open_alert_is_repeated_after_its_time_and_not_before() -> None:
    told = Told(ChannelPolicy(name="t", repeat_ms=4 * HOUR_MS))
    found = [minute for minute in range(0, 24 * 60, 5) if told.at(minute, [alert()])]
    assert found == [0, 240, 480, 720, 960, 1200]


@pytest.mark.parametrize("action", [AlertAction.ACKNOWLEDGED, AlertAction.CLOSED])
def test_acknowledged_alert_is_not_repeated(action: AlertAction) -> None:
    told = Told()
    told.at(0, [alert()])
    told.handled = {"a": action}
    assert told.at(24 * 60, [alert()]) == []


def test_alert_acknowledged_before_anyone_was_told_is_not_told() -> None:
    told = Told()
    told.handled = {"a": AlertAction.ACKNOWLEDGED}
    assert told.at(0, [alert()]) == []


def test_recovery_is_reported_once_also_of_an_acknowledged_alert() -> None:
    told = Told()
    told.at(0, [alert()])
    told.handled = {"a": AlertAction.ACKNOWLEDGED}
    assert told.at(5, [over(alert(), START + 5 * MIN)]) == [("recovered", "a")]
    assert told.at(6, [over(alert(), START + 5 * MIN)]) == []


def test_alert_that_is_gone_is_reported_as_such() -> None:
    told = Told()
    told.at(0, [alert()])
    assert told.at(5, []) == [("withdrawn", "a")]
    assert told.at(6, []) == []
    assert told.state.told == {}


def test_past_of_the_plant_is_not_told_to_a_new_channel() -> None:
    told = Told()
    assert told.at(0, [over(alert(at=START - 30 * MIN), START - MIN)]) == []


def test_what_came_and_went_between_two_looks_is_told() -> None:
    told = Told()
    told.at(0, [])
    assert told.at(60, [over(alert(at=START + 10 * MIN), START + 20 * MIN)]) == [("recovered", "a")]
    assert told.at(61, [over(alert(at=START + 10 * MIN), START + 20 * MIN)]) == []


def test_alert_below_the_channels_severity_is_not_told() -> None:
    told = Told(ChannelPolicy(name="t", min_severity=Severity.ERROR))
    assert told.at(0, [alert(), alert("b", severity=Severity.ERROR)]) == [("new", "b")]


def test_several_alerts_are_one_message_with_the_gravest_first() -> None:
    told = Told()
    (notice,) = told.notices(0, [alert("c", at=START + 1), alert("b"), alert("a", severity=Severity.ERROR)])
    assert [item.alert.id for item in notice.items] == ["a", "b", "c"]
    assert notice.severity is Severity.ERROR


QUIET = ChannelPolicy(name="t", quiet=Quiet(since_min=22 * 60, until_min=6 * 60, breaks=Severity.ERROR))


def test_quiet_hours_end_with_one_digest_of_what_is_open_and_what_came_and_went() -> None:
    told = Told(QUIET)
    night = 24 * 60
    assert told.at(night + 10, [alert("stays")]) == []
    assert told.at(night + 20, [alert("stays"), alert("goes"), alert("vanishes")]) == []
    ended = over(alert("goes"), START + (night + 30) * MIN)
    assert told.at(night + 30, [alert("stays"), ended]) == []
    (digest,) = told.notices(night + 360, [alert("stays"), ended])
    assert {(item.kind, item.alert.id) for item in digest.items} == {
        (NoticeKind.NEW, "stays"), (NoticeKind.RECOVERED, "goes"), (NoticeKind.WITHDRAWN, "vanishes"),
    }  # fmt: skip
    assert told.at(night + 361, [alert("stays"), ended]) == []


def test_quiet_hours_let_errors_through() -> None:
    told = Told(QUIET)
    assert told.at(10, [alert("w"), alert("e", severity=Severity.ERROR)]) == [("new", "e")]
    assert told.at(11, [alert("w")]) == [("withdrawn", "e")]


def test_quiet_hours_without_exception_keep_errors_back_too() -> None:
    told = Told(ChannelPolicy(name="t", quiet=Quiet(since_min=0, until_min=60)))
    assert told.at(10, [alert(severity=Severity.ERROR)]) == []
    assert told.at(60, [alert(severity=Severity.ERROR)]) == [("new", "a")]


@pytest.mark.parametrize(
    ("minute", "quiet"), [(1319, False), (1320, True), (0, True), (359, True), (360, False)]
)
def test_quiet_hours_pass_midnight(minute: int, *, quiet: bool) -> None:
    assert QUIET.quiet is not None
    assert QUIET.quiet.holds_at(minute) is quiet


def test_storm_of_alerts_is_throttled_and_what_waits_comes_as_one_digest() -> None:
    told = Told(ChannelPolicy(name="t", max_per_hour=5))
    sent: list[Notice] = []
    for minute in range(61):
        sent += told.notices(minute, [alert(f"a{n:03}", at=START + n * MIN) for n in range(minute + 1)])
    assert len(sent) == 6
    assert [len(notice.items) for notice in sent] == [1, 1, 1, 1, 1, 56]
    assert sent[-1].at == START + HOUR_MS


def test_alert_that_flaps_is_told_a_few_times_an_hour() -> None:
    told = Told()
    count = sum(
        len(told.notices(m / 2, [alert() if m % 2 else over(alert(), START + m * MIN)])) for m in range(240)
    )
    assert count <= 2 * (120 / 15) + 1


def test_what_was_not_delivered_is_told_again_with_the_newest_state() -> None:
    told = Told()
    before = told.state
    _, (notice,) = decide(told.policy, before, [alert()], {}, now=START, minute=0)
    told.state = undelivered(before, notice)
    assert told.at(5, [alert(), alert("b")]) == [("new", "a"), ("new", "b")]


def test_alert_that_ended_while_the_channel_failed_is_told_as_ended() -> None:
    told = Told()
    _, (notice,) = decide(told.policy, told.state, [alert()], {}, now=START, minute=0)
    told.state = undelivered(told.state, notice)
    assert told.at(5, []) == [("withdrawn", "a")]


def test_clock_set_back_silences_nothing() -> None:
    told = Told()
    told.at(30 * 24 * 60, [alert()])
    assert told.at(0, [alert()]) == []
    assert told.at(24 * 60, [alert()]) == [("repeat", "a")]


STEPS = st.lists(
    st.tuples(st.integers(1, 400), st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd")),
              st.booleans(), st.booleans()),
    max_size=25,
)  # fmt: skip


@given(STEPS)
def test_restart_repeats_nothing_and_loses_nothing(
    steps: list[tuple[int, set[str], set[str], bool, bool]],
) -> None:
    """The state kept as JSON decides as the state that lived on."""
    lived, restarted, minute = Told(QUIET), Told(QUIET), 0
    for passed, names, ended, fails, restarts in steps:
        minute += passed
        now = START + minute * MIN
        alerts = [alert(n) for n in sorted(names - ended)] + [over(alert(n), now) for n in sorted(ended)]
        if restarts:
            restarted.state = state_from(json.loads(json.dumps(remembered(restarted.state))))
        found = []
        for told in (lived, restarted):
            before = told.state
            notices = told.notices(minute, alerts)
            if notices and fails:
                told.state = undelivered(before, notices[0])
            found.append([(i.kind, i.alert.id) for n in notices for i in n.items])
        assert found[0] == found[1]
    for told in (lived, restarted):
        assert len(told.state.told) + len(told.state.held) <= 8


@given(STEPS)
def test_every_alert_told_as_open_is_told_as_over_in_the_end(
    steps: list[tuple[int, set[str], set[str], bool, bool]],
) -> None:
    told, minute, open_now = Told(QUIET), 0, set[str]()
    for passed, names in [*((step[0], step[1]) for step in steps), (1440, set[str]()), (720, set[str]())]:
        minute += passed
        for notice in told.notices(minute, [alert(name) for name in sorted(names)]):
            for item in notice.items:
                if item.kind in (NoticeKind.NEW, NoticeKind.REPEAT):
                    open_now.add(item.alert.id)
                else:
                    open_now.discard(item.alert.id)
    assert not open_now


@pytest.mark.parametrize(
    "body", [None, [], {}, {"v": 2}, {"v": 1, "since": "x"}, {"v": 1, "since": 1, "sent": 3}]
)
def test_state_of_another_kind_is_refused(body: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        state_from(body)
