"""Wire v1: MQTT topics and JSON payloads <-> polls, gaps, meta, status and acknowledgements.

energy/<site>/<gateway>/<device>/readings   one poll of one device, QoS 1
energy/<site>/<gateway>/<device>/gaps       polls that were due and left no reading each, QoS 1
energy/<site>/<gateway>/<device>/meta       retained: profile, units and names of the device's points
energy/<site>/<gateway>/status              retained: online, offline (last will)
energy/<site>/<gateway>/ack                 from the store: sequence numbers that are committed
energy/<site>/analytics/enpi/<process>      retained: intensity of the periods that are not over
energy/<site>/analytics/alerts              retained: every open alert
energy/<site>/analytics/alert               an alert that was raised or has recovered

`seq` numbers the messages of one journal; (journal, seq) names a message for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from domain.errors import WireError
from domain.plant import Device
from domain.ports import Envelope
from domain.reading import WORDS, Gap, Poll, Quality

VERSION = 1
MAX_PAYLOAD = 256 * 1024
"""Longest payload that is looked at, bytes."""
MAX_SEQ = 2**63 - 1
MAX_INSTANT_MS = 253_402_300_799_999
"""The end of the year 9999: what databases and datetimes can hold."""
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""Ids of sites, gateways, devices and points: one MQTT topic level, no quoting anywhere."""


class ReadingsMessage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Payload of `.../readings`."""

    v: int
    journal: str
    seq: int
    at: int
    values: dict[str, float | None]
    quality: dict[str, str] = {}
    words: dict[str, str] = {}
    """Name -> register words as they came, hexadecimal. Older stores take the message without looking."""


class GapMessage(msgspec.Struct, kw_only=True):
    """Payload of `.../gaps`."""

    v: int
    journal: str
    seq: int
    since: int
    until: int
    quality: str


class PointMeta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One point in `.../meta`."""

    unit: str
    counter: bool = False
    reference: str = ""
    label: dict[str, str] = {}


class MetaMessage(msgspec.Struct, kw_only=True):
    """Payload of `.../meta`."""

    v: int
    profile: str
    maker: str
    model: str
    interval_s: float
    label: dict[str, str]
    points: dict[str, PointMeta]


class StatusMessage(msgspec.Struct, kw_only=True):
    """Payload of `.../status`."""

    v: int
    state: str
    at: int
    journal: str = ""
    instance: str = ""
    """Names the running process: a copied state folder has the same journal, not the same instance."""


class AckMessage(msgspec.Struct, kw_only=True):
    """Payload of `.../ack`: inclusive ranges of committed sequence numbers."""

    v: int
    journal: str
    ranges: list[tuple[int, int]]


_encoder = msgspec.json.Encoder()
_readings = msgspec.json.Decoder(ReadingsMessage)
_gap = msgspec.json.Decoder(GapMessage)
_ack = msgspec.json.Decoder(AckMessage)
_status = msgspec.json.Decoder(StatusMessage)


def readings_topic(site: str, gateway: str, device: str) -> str:
    """Return the topic of a device's readings."""
    return f"energy/{site}/{gateway}/{device}/readings"


def gaps_topic(site: str, gateway: str, device: str) -> str:
    """Return the topic of a device's gaps."""
    return f"energy/{site}/{gateway}/{device}/gaps"


def meta_topic(site: str, gateway: str, device: str) -> str:
    """Return the topic of a device's retained description."""
    return f"energy/{site}/{gateway}/{device}/meta"


def status_topic(site: str, gateway: str) -> str:
    """Return the topic of a gateway's retained state."""
    return f"energy/{site}/{gateway}/status"


def ack_topic(site: str, gateway: str) -> str:
    """Return the topic of the store's acknowledgements to a gateway."""
    return f"energy/{site}/{gateway}/ack"


def analytics_topic(site: str, *names: str) -> str:
    """Return a topic of a site's figures: `enpi/<process>`, `alerts`, `alert`."""
    return "/".join(("energy", site, "analytics", *names))


def encode_item(item: Poll | Gap, journal: str, seq: int) -> bytes:
    """Return the payload of a poll or a gap."""
    if isinstance(item, Poll):
        quality = {name: quality.code for name, quality in item.quality.items()}
        return _encoder.encode(
            ReadingsMessage(
                v=VERSION,
                journal=journal,
                seq=seq,
                at=item.at,
                values=dict(item.values),
                quality=quality,
                words=dict(item.words),
            )
        )
    return _encoder.encode(
        GapMessage(
            v=VERSION,
            journal=journal,
            seq=seq,
            since=item.since,
            until=item.until,
            quality=item.quality.code,
        )
    )


def item_topic(site: str, gateway: str, item: Poll | Gap) -> str:
    """Return the topic a poll or a gap goes to."""
    if isinstance(item, Poll):
        return readings_topic(site, gateway, item.device)
    return gaps_topic(site, gateway, item.device)


def decode_item(topic: str, payload: bytes, *, received_ms: int) -> Envelope:
    """Return what a `readings` or `gaps` message says; WireError with the reason for any other bytes."""
    device, kind = _device_and_kind(topic)
    _check_payload(topic, payload)
    try:
        if kind == "readings":
            readings = _readings.decode(payload)
            message: ReadingsMessage | GapMessage = readings
            item: Poll | Gap = _poll(device, readings, payload)
        else:
            message = gap = _gap.decode(payload)
            item = _gap_item(device, gap, payload)
    except msgspec.MsgspecError as error:
        raise WireError(topic, f"payload is not a v{VERSION} message: {error}") from error
    except (KeyError, ValueError) as error:
        raise WireError(topic, f"payload holds something unknown: {error}") from error
    except RecursionError as error:
        raise WireError(topic, "payload is nested too deep") from error
    if message.v != VERSION:
        raise WireError(topic, f"version {message.v} is not {VERSION}", "upgrade the store side")
    if not (0 < message.seq <= MAX_SEQ) or not ID_PATTERN.fullmatch(message.journal):
        raise WireError(topic, "journal and seq do not name a message")
    return Envelope(journal=message.journal, seq=message.seq, received_ms=received_ms, item=item)


@lru_cache(maxsize=4096)
def _device_and_kind(topic: str) -> tuple[str, str]:
    levels = topic.split("/")
    if len(levels) != 5 or levels[0] != "energy" or levels[4] not in ("readings", "gaps"):
        raise WireError(topic, "is not a readings or gaps topic")
    if not all(ID_PATTERN.fullmatch(level) for level in levels[1:4]):
        raise WireError(topic, "names no site, gateway and device")
    return levels[3], levels[4]


def _check_payload(topic: str, payload: bytes) -> None:
    if len(payload) > MAX_PAYLOAD:
        raise WireError(topic, f"payload has {len(payload)} bytes, more than {MAX_PAYLOAD}")


def _check_instants(subject: str, *instants: int) -> None:
    if not all(0 <= at <= MAX_INSTANT_MS for at in instants):
        raise WireError(subject, "has an instant that is none", "instants are milliseconds since 1970 UTC")


def _poll(device: str, message: ReadingsMessage, payload: bytes) -> Poll:
    keys = 5 + len(message.values)
    texts = 1
    for named in (message.quality, message.words):
        keys += bool(named) + len(named)
        texts += len(named)
    _refuse_double_keys(device, payload, quotes=2 * (keys + texts))
    _check_instants(device, message.at)
    quality = {name: Quality.from_code(code) for name, code in message.quality.items()}
    poll = Poll(device=device, at=message.at, values=message.values, quality=quality, words=message.words)
    _check_words(poll)
    if not quality and None not in message.values.values():
        return poll
    for name, value in message.values.items():
        if value is None and poll.quality_of(name).has_value:
            raise WireError(name, "has no value and no reason for it")
        if value is not None and not poll.quality_of(name).has_value:
            raise WireError(name, "has a value and a quality that excludes one")
    return poll


def _check_words(poll: Poll) -> None:
    for name, text in poll.words.items():
        if not WORDS.fullmatch(text):
            raise WireError(name, "has words that are not four lower-case hexadecimal digits each, 1 to 4")
        if name not in poll.values or not poll.quality_of(name).has_words:
            raise WireError(name, "has words and no reading that could come of them")


def _gap_item(device: str, message: GapMessage, payload: bytes) -> Gap:
    _refuse_double_keys(device, payload, quotes=2 * (6 + 2))
    _check_instants(device, message.since, message.until)
    if message.until <= message.since:
        raise WireError(device, "gap ends before it begins")
    quality = Quality.from_code(message.quality)
    return Gap(device=device, since=message.since, until=message.until, quality=quality)


def _refuse_double_keys(subject: str, payload: bytes, *, quotes: int) -> None:
    """JSON parsers keep the last of two equal keys; we keep neither.

    Every key and every text costs two quotes, so a payload with no more `quotes` than what was
    found in it needs holds nothing twice. Only the others get a close look.
    """
    if payload.count(b'"') == quotes:
        return

    def refuse(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise WireError(subject, "payload has a key twice")
        return found

    json.loads(payload, object_pairs_hook=refuse)


def encode_ack(journal: str, ranges: Sequence[tuple[int, int]]) -> bytes:
    """Return the payload that acknowledges inclusive ranges of sequence numbers."""
    return _encoder.encode(AckMessage(v=VERSION, journal=journal, ranges=list(ranges)))


def decode_ack(topic: str, payload: bytes) -> AckMessage:
    """Return an acknowledgement; WireError for any other bytes."""
    _check_payload(topic, payload)
    try:
        message = _ack.decode(payload)
        _refuse_double_keys(topic, payload, quotes=2 * (3 + 1))
    except (msgspec.MsgspecError, ValueError) as error:
        raise WireError(topic, f"payload is not an acknowledgement: {error}") from error
    except RecursionError as error:
        raise WireError(topic, "payload is nested too deep") from error
    if message.v != VERSION or not all(0 < first <= last <= MAX_SEQ for first, last in message.ranges):
        raise WireError(topic, "payload is not an acknowledgement of this version")
    return message


def encode_status(state: str, *, at: int, journal: str = "", instance: str = "") -> bytes:
    """Return the payload of a gateway's state: online, offline."""
    return _encoder.encode(StatusMessage(v=VERSION, state=state, at=at, journal=journal, instance=instance))


def decode_status(topic: str, payload: bytes) -> StatusMessage:
    """Return a gateway's state; WireError for any other bytes."""
    try:
        message = _status.decode(payload)
    except msgspec.MsgspecError as error:
        raise WireError(topic, f"payload is not a status: {error}") from error
    if message.v != VERSION:
        raise WireError(topic, f"version {message.v} is not {VERSION}")
    return message


def encode_meta(device: Device) -> bytes:
    """Return the payload that describes a device and its points."""
    points = {
        point.name: PointMeta(
            unit=point.unit,
            counter=point.is_counter,
            reference=point.reference.value if point.reference else "",
            label=dict(point.label),
        )
        for point in device.points
    }
    return _encoder.encode(
        MetaMessage(
            v=VERSION,
            profile=device.profile.id,
            maker=device.profile.maker,
            model=device.profile.model,
            interval_s=device.interval_s,
            label=dict(device.label),
            points=points,
        )
    )
