"""Amounts of one line fit into their times if and only if they can be made one after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.capacity import overloads
from domain.periods import HOUR_MS

SPANS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 6), st.integers(0, 6)).map(
        lambda drawn: (drawn[0] * HOUR_MS, (drawn[0] + drawn[1]) * HOUR_MS, float(drawn[2]))
    ),
    max_size=8,
)
Span = tuple[int, int, float]


def can_be_made(spans: list[Span]) -> bool:
    """Make 2 an hour, always of what must be ready first, and see whether all is ready in time."""
    left = {place: quantity for place, (_, _, quantity) in enumerate(spans)}
    for hour in range(20):
        now, hands = hour * HOUR_MS, 2.0
        for place in sorted(left, key=lambda each: spans[each][1]):
            since, until, _ = spans[place]
            if since <= now < until:
                part = min(hands, left[place])
                left[place] -= part
                hands -= part
    return not any(left.values())


@given(spans=SPANS)
def test_what_is_left_without_the_overloads_can_be_made_and_what_can_be_made_is_none(
    spans: list[Span],
) -> None:
    found = list(overloads(spans, 2.0))
    assert bool(found) is not can_be_made(spans)
    refused = [place for each in found for place in each.members]
    assert len(refused) == len(set(refused))
    assert can_be_made([span for place, span in enumerate(spans) if place not in refused])
    for each in found:
        inside = [spans[place] for place in each.members]
        assert all(each.since <= since and until <= each.until for since, until, _ in inside)
        assert sum(quantity for *_, quantity in inside) == each.total
        assert not can_be_made(inside)
