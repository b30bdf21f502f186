"""Is this message one to store? A pure judgement of bytes from the bus."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from domain.errors import WireError
from domain.ports import Envelope
from domain.reading import ALL_POINTS, Gap, Poll
from domain.wire import ID_PATTERN, MAX_PAYLOAD, decode_item
from storage.source import Source

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Message:
    """What the bus handed over."""

    topic: str
    payload: bytes
    is_retained: bool
    received_ms: int

    @property
    def key(self) -> str:
        """Return the name under which quarantine knows it again: the same bytes, the same key."""
        return hashlib.sha256(self.topic.encode() + b"\0" + self.payload).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Instants that a reading may have, as distances from now."""

    future_ms: int = 10 * 60_000
    past_ms: int = 400 * _DAY_MS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be stored and acknowledged, and why the message goes to quarantine, if it does."""

    envelope: Envelope | None
    """None when the message names no row of a journal that is ours to acknowledge.

    For a message that is in quarantine as a whole it says nothing: the store remembers the number alone.
    """
    complaint: str = ""
    """`code: text`; empty when the whole message is fine."""


class _Name(msgspec.Struct):
    journal: str
    seq: int


_name = msgspec.json.Decoder(_Name)


class Judge:
    """Knows the configured points and the window of instants."""

    def __init__(self, sources: Sequence[Source], window: Window) -> None:
        self._known: Mapping[tuple[str, str], Mapping[str, frozenset[str]]] = {
            (source.site, source.gateway): {
                device: frozenset(names) for device, names in source.devices.items()
            }
            for source in sources
        }
        self._former = {
            (source.site, source.gateway, device): former
            for source in sources
            for device, former in source.former.items()
        }
        self._window = window

    def judge(self, message: Message, *, now_ms: int) -> Verdict:
        """Return the verdict on one message; raises nothing for any bytes."""
        if message.is_retained:
            # Not acknowledged: if it is a true row, its journal sends it again without the flag.
            return Verdict(None, "retained: a retained message is no reading")
        try:
            envelope = decode_item(message.topic, message.payload, received_ms=message.received_ms)
        except (WireError, ValueError, RecursionError) as error:
            return Verdict(self._named_in(message), f"undecodable: {error}")
        _, site, gateway, device, _ = message.topic.split("/")
        devices = self._known.get((site, gateway))
        if devices is None:
            # Not acknowledged: its journal is not ours to empty, and its numbers are not ours to remember.
            return Verdict(None, f"unknown_gateway: {site}/{gateway} is not configured")
        names = devices.get(device)
        former = self._former.get((site, gateway, device))
        if former is not None and _first_of(envelope.item) < former.until:
            names = former.names | (names or frozenset())
        if names is None:
            return Verdict(_silenced(envelope), f"unknown_device: {device} is not configured")
        if complaint := self._instant_complaint(envelope, now_ms):
            return Verdict(_silenced(envelope), complaint)
        item = envelope.item
        if isinstance(item, Poll) and not (item.values.keys() <= names and _is_known(item, names)):
            return _without_unknown(envelope, item, names)
        return Verdict(envelope)

    def _named_in(self, message: Message) -> Envelope | None:
        """Return the bare name of an undecodable message of ours, when it can be read beyond doubt."""
        levels = message.topic.split("/")
        if len(levels) != 5 or (levels[1], levels[2]) not in self._known:
            return None
        if len(message.payload) > MAX_PAYLOAD:
            return None
        if message.payload.count(b'"journal"') != 1 or message.payload.count(b'"seq"') != 1:
            return None
        try:
            message.payload.decode()  # garbled anywhere, its number may be garbled too
            name = _name.decode(message.payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if not 0 < name.seq < 2**63 or not ID_PATTERN.fullmatch(name.journal):
            return None
        nothing = Poll(device=levels[3], at=0, values={})
        return Envelope(journal=name.journal, seq=name.seq, received_ms=message.received_ms, item=nothing)

    def _instant_complaint(self, envelope: Envelope, now_ms: int) -> str:
        item = envelope.item
        first, last = (item.at, item.at) if isinstance(item, Poll) else (item.since, item.until)
        if last > now_ms + self._window.future_ms:
            return f"future: {(last - now_ms) / 60_000:.0f} min ahead of the store's clock"
        if first < now_ms - self._window.past_ms:
            return f"too_old: {(now_ms - first) / _DAY_MS:.0f} days behind the store's clock"
        return ""


def _first_of(item: Poll | Gap) -> int:
    return item.at if isinstance(item, Poll) else item.since


def _is_known(poll: Poll, names: frozenset[str]) -> bool:
    return not poll.quality or poll.quality.keys() <= names | {ALL_POINTS}


def _without_unknown(envelope: Envelope, poll: Poll, names: frozenset[str]) -> Verdict:
    """Keep the good points of a message; quarantine keeps it whole for the others."""
    unknown = sorted((set(poll.values) | set(poll.quality)) - names - {ALL_POINTS})
    kept = replace(
        poll,
        values={name: value for name, value in poll.values.items() if name in names},
        quality={
            name: quality for name, quality in poll.quality.items() if name in names or name == ALL_POINTS
        },
        words={name: words for name, words in poll.words.items() if name in names},
    )
    listed = ", ".join(unknown[:10]) + (f" and {len(unknown) - 10} more" if len(unknown) > 10 else "")
    return Verdict(replace(envelope, item=kept), f"unknown_point: {poll.device} has no {listed}")


def _silenced(envelope: Envelope) -> Envelope:
    return replace(envelope, item=Poll(device=envelope.item.device, at=0, values={}))
