"""A reading is a value at an instant, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Quality(IntEnum):
    """What a reading is worth; the number is stored, the lower-case name goes over the wire.

    0 is good, 1 to 9 keep their value but are doubtful, 10 and above have no value.
    The Modbus exceptions 1..11 are 31..41.
    """

    GOOD = 0
    CLOCK_STEPPED = 1
    CLOCK_UNSYNCED = 2
    NO_ANSWER = 10
    LINK_DOWN = 11
    BAD_ANSWER = 12
    NOT_AVAILABLE = 13
    OUT_OF_RANGE = 14
    OVERRUN = 15
    AGENT_DOWN = 20
    JOURNAL_FULL = 21
    UNKNOWN_EXCEPTION = 30
    ILLEGAL_FUNCTION = 31
    ILLEGAL_ADDRESS = 32
    ILLEGAL_VALUE = 33
    DEVICE_FAILURE = 34
    DEVICE_ACKNOWLEDGE = 35
    DEVICE_BUSY = 36
    NEGATIVE_ACKNOWLEDGE = 37
    MEMORY_PARITY = 38
    GATEWAY_PATH = 40
    GATEWAY_TARGET = 41

    @property
    def code(self) -> str:
        """Return the name used on the wire and in reports."""
        return self.name.lower()

    @property
    def has_value(self) -> bool:
        """Say whether a reading of this quality carries a value."""
        return self < Quality.NO_ANSWER

    @property
    def has_words(self) -> bool:
        """Say whether a register was read for a reading of this quality."""
        return self.has_value or self in (Quality.NOT_AVAILABLE, Quality.OUT_OF_RANGE)

    @classmethod
    def from_code(cls, code: str) -> Quality:
        """Return the quality of a wire name; KeyError for an unknown one."""
        return _BY_CODE[code]

    @classmethod
    def of_exception(cls, code: int) -> Quality:
        """Return the quality of a Modbus exception code, known or not."""
        return _BY_NUMBER.get(30 + code, cls.UNKNOWN_EXCEPTION) if code > 0 else cls.UNKNOWN_EXCEPTION


_BY_CODE = {quality.code: quality for quality in Quality}
_BY_NUMBER = {int(quality): quality for quality in Quality}

WORDS = re.compile(r"(?:[0-9a-f]{4}){1,4}")
"""Register words as text: 16 to 64 bits."""

ALL_POINTS = "*"
"""Key in `Poll.quality` that stands for every point of the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """All readings of one device at one instant, in canonical units."""

    device: str
    at: int
    """Instant at which the poll was sent: milliseconds since 1970 UTC."""
    values: Mapping[str, float | None]
    """Point name -> value; None where there is none."""
    quality: Mapping[str, Quality] = field(default_factory=dict)
    """Point name (or ALL_POINTS) -> quality, only for what is not good."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Point name -> register as it came, four hexadecimal digits a word, in the order of the addresses.

    Only of points that figures rest on, and only where the register was read: with a value, or refused by
    what it said (`has_words`).
    """

    def quality_of(self, point: str) -> Quality:
        """Return the quality of one point of this poll."""
        found = self.quality.get(point)
        return found if found is not None else self.quality.get(ALL_POINTS, Quality.GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Polls that were due in [since, until) and could not leave a reading each."""

    device: str
    since: int
    until: int
    """Milliseconds since 1970 UTC, half-open."""
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of one point at one instant, as the store gives it back."""

    point: str
    """Point id: `<device>.<name>`."""
    at: int
    value: float | None
    quality: Quality
    words: int | None = None
    """The register's words as they came, as one number: the first word is the highest. None: none are kept,
    or it was not asked for them."""


def point_id(device: str, name: str) -> str:
    """Return the id of a point, unique in the plant."""
    return f"{device}.{name}"
