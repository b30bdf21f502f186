"""One form, sent twice by a double click or a reload, is recorded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MEANT_AGAIN_MS = 10 * 60_000
"""The same fields later than this are meant again."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """Entries of the ledger, and whether this call made them."""

    entries: tuple[int, ...]
    is_new: bool


class Once:
    """Remembers what was recorded in the last minutes; one form is recorded at a time."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], tuple[int, tuple[int, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: tuple[object, ...], record: Callable[[], tuple[int, ...]], now: int) -> Recorded:
        """Record, or return what recorded the same a moment ago; what was refused may come again."""
        with self._lock:
            at, entries = self._known.get(key, (0, ()))
            if entries and 0 <= now - at < _MEANT_AGAIN_MS:
                return Recorded(entries, is_new=False)
            entries = record()
            self._known[key] = (now, entries)
            self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
            return Recorded(entries, is_new=True)
