"""Quantities that do not fit together into the time they are stated for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.periods import HOUR_MS

_ROUNDING = 1.0 + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """Spans that lie in [since, until) and state more than can be made there."""

    since: int
    until: int
    total: float
    members: tuple[int, ...]
    """Places of the spans, in order."""


def together(spans: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Give the places of spans [since, until) that overlap, directly or through others, by instant."""
    group: list[int] = []
    end = 0
    for place in sorted(range(len(spans)), key=lambda each: (*spans[each], each)):
        since, until = spans[place]
        if group and since >= end:
            yield group
            group = []
        end = max(end, until) if group else until
        group.append(place)
    if group:
        yield group


def overloads(spans: Sequence[tuple[int, int, float]], most_per_hour: float) -> Iterator[Overload]:
    """Give the shortest stretches whose spans cannot all be made, whatever is made when; each span once.

    Spans are (since, until, quantity), not empty. Amounts that share one line fit if and only if no stretch
    holds spans of more than the line makes in it (Horn, 1974): a month's product may have paused on a day
    that another one filled.
    """
    for group in together([span[:2] for span in spans]):
        places = np.array(sorted(group, key=lambda each: (spans[each][1], spans[each][0], spans[each][2])))
        since, until = (np.array([spans[place][end] for place in places], np.int64) for end in (0, 1))
        left = np.array([spans[place][2] for place in places], np.float64)
        for first in sorted(set(since.tolist()), reverse=True):
            is_inside = since >= first
            while True:
                total = np.cumsum(np.where(is_inside, left, 0.0))
                most = most_per_hour * ((until - first) / HOUR_MS) * _ROUNDING
                over = np.flatnonzero(is_inside & (total > most))
                if not len(over):
                    break
                end = int(until[over[0]])
                last = int(np.searchsorted(until, end, side="right"))
                found = np.flatnonzero((is_inside & (left > 0.0))[:last])
                members = tuple(sorted(int(place) for place in places[found]))
                yield Overload(since=first, until=end, total=float(total[last - 1]), members=members)
                left[found] = 0.0
