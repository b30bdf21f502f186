"""What is due to be told on one channel: pure decisions from what it was told, the alerts now and the time.

A message is never queued. What is due is worked out anew each time from the alerts of that moment and from
what was delivered, so a channel that was down is told the newest state, once, and a restart neither repeats
nor loses anything: `remembered` and `state_from` carry what was delivered over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.findings import Severity
from domain.ledger import AlertAction
from domain.notice import HOUR_MS, ChannelPolicy, Item, Notice, NoticeKind, is_at_least, is_over
from domain.results import Alert, AlertKind, AlertState

FLAP_MS = HOUR_MS // 4
"""An alert that comes back is told again only so long after it was last told of."""
CAME_AND_WENT_MS = 24 * HOUR_MS
"""What opened and recovered unsaid is told if it was detected so lately, not from the plant's whole past."""
_SETTLED = (AlertAction.ACKNOWLEDGED, AlertAction.CLOSED)
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a channel was last told of one alert."""

    at: int
    is_over: bool
    alert: Alert
    """As it was then, without facts: what is needed to take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What a channel was told, as delivered."""

    since: int
    """First instant of the channel; what recovered before is history."""
    told: Mapping[str, Told] = field(default_factory=dict)
    """Alert id -> the last word."""
    held: Mapping[str, Alert] = field(default_factory=dict)
    """What began and could not be told yet: quiet hours, too many messages, a channel that fails."""
    sent: tuple[int, ...] = ()
    """Instants of the messages of the last hour."""


def decide(
    policy: ChannelPolicy,
    state: ChannelState,
    alerts: Sequence[Alert],
    handled: Mapping[str, AlertAction],
    *,
    now: int,
    minute: int,
) -> tuple[ChannelState, tuple[Notice, ...]]:
    """Return the messages due now, and the state that holds once they are delivered.

    `alerts` holds every open alert and those that recovered lately; `handled` is the last action of people
    by alert id; `minute` is the local minute of the day, 0 to 1439. At most one message: several alerts make
    one digest. When nothing is delivered the old state is kept and asked again with newer alerts.
    """
    state = _on_time(state, now)
    due = _due(policy, state, alerts, handled, now)
    state = _pruned(_held(state, due), alerts)
    items = [item for item in due if _may_go(policy, item, minute)]
    if not items or len(state.sent) >= policy.max_per_hour:
        return state, ()
    items.sort(key=lambda item: (is_over(item.kind), _ORDER.index(item.alert.severity), item.alert.since,
                                 item.alert.id))  # fmt: skip
    notice = Notice(at=now, items=tuple(items))
    return _delivered(state, notice), (notice,)


def undelivered(state: ChannelState, notice: Notice) -> ChannelState:
    """Return the state after a message that did not go out: what is new in it is told even if it ends."""
    return _held(state, notice.items)


def _may_go(policy: ChannelPolicy, item: Item, minute: int) -> bool:
    quiet = policy.quiet
    if quiet is None or not quiet.holds_at(minute):
        return True
    return quiet.breaks is not None and is_at_least(item.alert.severity, quiet.breaks)


def _held(state: ChannelState, items: Sequence[Item]) -> ChannelState:
    new = {item.alert.id: _brief(item.alert) for item in items if item.kind is NoticeKind.NEW}
    return replace(state, held={**state.held, **new}) if new else state


def _brief(alert: Alert) -> Alert:
    return replace(alert, facts={}, suspects=())


def _due(
    policy: ChannelPolicy,
    state: ChannelState,
    alerts: Sequence[Alert],
    handled: Mapping[str, AlertAction],
    now: int,
) -> list[Item]:
    found = []
    for alert in {alert.id: alert for alert in alerts}.values():
        if not is_at_least(alert.severity, policy.min_severity):
            continue
        kind = _kind(policy, state, alert, is_settled=handled.get(alert.id) in _SETTLED, now=now)
        if kind is not None:
            found.append(Item(kind=kind, alert=alert))
    present = {alert.id for alert in alerts}
    open_for_them = dict(state.held) | {n: told.alert for n, told in state.told.items() if not told.is_over}
    return found + [
        Item(kind=NoticeKind.WITHDRAWN, alert=alert)
        for name, alert in open_for_them.items()
        if name not in present and handled.get(name) is not AlertAction.CLOSED
    ]


def _kind(
    policy: ChannelPolicy, state: ChannelState, alert: Alert, *, is_settled: bool, now: int
) -> NoticeKind | None:
    told = state.told.get(alert.id)
    if alert.state is AlertState.RECOVERED:
        is_news = alert.detected >= max(state.since, now - CAME_AND_WENT_MS) and not is_settled
        is_open_for_them = not told.is_over if told is not None else is_news
        return NoticeKind.RECOVERED if is_open_for_them or alert.id in state.held else None
    if is_settled:
        return None
    if told is None:
        return NoticeKind.NEW
    if told.is_over:
        return NoticeKind.NEW if now - told.at >= FLAP_MS else None
    return NoticeKind.REPEAT if now - told.at >= policy.repeat_ms else None


def _on_time(state: ChannelState, now: int) -> ChannelState:
    """Return the state without instants to come: the clock was set back, and they would silence for long."""
    told = {name: replace(each, at=min(each.at, now)) for name, each in state.told.items()}
    sent = tuple(min(at, now) for at in state.sent if at > now - HOUR_MS)
    return replace(state, since=min(state.since, now), told=told, sent=sent)


def _delivered(state: ChannelState, notice: Notice) -> ChannelState:
    told = {
        item.alert.id: Told(at=notice.at, is_over=is_over(item.kind), alert=_brief(item.alert))
        for item in notice.items
    }
    held = {name: alert for name, alert in state.held.items() if name not in told}
    return replace(state, told={**state.told, **told}, held=held, sent=(*state.sent, notice.at))


def _pruned(state: ChannelState, alerts: Sequence[Alert]) -> ChannelState:
    """Return the state without what is over and gone: it stays small."""
    present = {alert.id for alert in alerts}
    kept = {name: told for name, told in state.told.items() if not told.is_over or name in present}
    return replace(state, told=kept)


# What is kept over a restart


def remembered(state: ChannelState) -> dict[str, Any]:
    """Return a state as plain JSON types."""
    return {
        "v": 1,
        "since": state.since,
        "sent": list(state.sent),
        "held": {name: _alert_json(alert) for name, alert in sorted(state.held.items())},
        "told": {
            name: {"at": told.at, "over": told.is_over, "alert": _alert_json(told.alert)}
            for name, told in sorted(state.told.items())
        },
    }


def state_from(body: Any) -> ChannelState:
    """Return the state of `remembered`; ValueError for anything else."""
    try:
        if body["v"] != 1:
            raise ValueError(f"version {body['v']}")
        return ChannelState(
            since=int(body["since"]),
            sent=tuple(int(at) for at in body["sent"]),
            held={str(name): _alert(alert) for name, alert in body["held"].items()},
            told={
                str(name): Told(at=int(told["at"]), is_over=bool(told["over"]), alert=_alert(told["alert"]))
                for name, told in body["told"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not what a channel was told") from error


def _alert_json(alert: Alert) -> dict[str, Any]:
    names = ("id", "code", "subject", "problem", "remedy", "since", "detected", "until")
    plain = {name: getattr(alert, name) for name in names}
    kinds = {name: getattr(alert, name).value for name in ("kind", "severity", "state")}
    return {**plain, **kinds}


def _alert(body: Any) -> Alert:
    return Alert(
        id=str(body["id"]),
        code=str(body["code"]),
        subject=str(body["subject"]),
        problem=str(body["problem"]),
        remedy=str(body["remedy"]),
        kind=AlertKind(body["kind"]),
        severity=Severity(body["severity"]),
        state=AlertState(body["state"]),
        since=int(body["since"]),
        detected=int(body["detected"]),
        until=None if body["until"] is None else int(body["until"]),
    )
