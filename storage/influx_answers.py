"""What InfluxDB answers, in our words: refusals as errors with the cure, records as readings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from domain.errors import StoreError, StoreRejected, StoreUnavailable
from domain.reading import WORDS, Quality, Reading, point_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_REFUSED = (400, 413, 422)
"""Statuses that blame the body: some envelope in it, or its size."""


class Answer(Protocol):
    """What is used here of the client's error."""

    status: Any
    reason: Any
    body: Any
    headers: Any


class Record(Protocol):
    """What is used here of one row of an answer."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Return its columns by name."""
        ...


def answered(error: Answer, url: str, org: str, bucket: str) -> StoreError:
    """Return StoreRejected when the body is to blame, StoreUnavailable for what can wait."""
    status, problem = error.status, f"answers {error.status}: {_message(error)}"
    if status in _REFUSED:
        return StoreRejected(url, problem)
    hint = ""
    if status in (401, 403):
        hint = "give the agent a token that may read and write the bucket"
    elif status == 404:
        hint = f"create organisation {org!r} and bucket {bucket!r}, or correct their names"
    return StoreUnavailable(url, problem, hint, retry_after_s=_retry_after_s(error))


def _message(error: Answer) -> str:
    """Return what the server said, shortened; it never holds the token."""
    body = error.body or ""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        text = str(said.get("message", text))
    return " ".join((text or str(error.reason)).split())[:300]


def _retry_after_s(error: Answer) -> float | None:
    headers: Mapping[str, str] = error.headers or {}
    wished = headers.get("Retry-After", "")
    return float(wished) if wished.isdecimal() else None


def instant_of(record: Record) -> int:
    """Return when it was, in ms."""
    at: datetime = record.values["_time"]
    return (at - _EPOCH) // timedelta(milliseconds=1)


def point_of(record: Record) -> str:
    """Return the id of its point."""
    return point_id(record.values["device"], record.values["point"])


def reading_of(point: str, record: Record) -> Reading | None:
    """Return the reading of a pivoted row; None when a field is missing, as while it is being written."""
    value, number = record.values.get("value"), record.values.get("quality")
    if number is None or quality_of(int(number)).has_value is (value is None):
        return None
    return Reading(
        point=point,
        at=instant_of(record),
        value=None if value is None else float(value),
        quality=quality_of(int(number)),
        words=_words(record.values.get("words")),
    )


def _words(text: object) -> int | None:
    """Return kept register words as one number; None for what another program may have written there."""
    return int(text, 16) if isinstance(text, str) and WORDS.fullmatch(text) else None


def quality_of(number: int) -> Quality:
    """Return the quality of a stored number; one that a newer agent wrote is UNKNOWN_EXCEPTION."""
    try:
        return Quality(number)
    except ValueError:
        return Quality.UNKNOWN_EXCEPTION
