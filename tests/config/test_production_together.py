"""Statements that are good by themselves and cannot be true together."""

from __future__ import annotations

from config.production_rules import sort_out
from domain.periods import HOUR_MS
from tests.config.test_production_file import recorded, rules, stated


def test_products_that_the_counter_cannot_count_together_are_refused() -> None:
    """The counter of coil counts 30 t in an hour."""
    both = [stated(2, 0, HOUR_MS, "a", 20.0), stated(3, 0, HOUR_MS, "b", 20.0)]
    found = sort_out(both, {}, rules())
    assert found.new == ()
    assert [(fault.code, fault.key) for fault in found.findings] == [
        ("production.impossible", "a.csv:2"),
        ("production.impossible", "a.csv:3"),
    ]
    assert "1 more statement(s) it makes 40 t in 1 h" in found.findings[0].problem
    later = sort_out(both[1:], {4: recorded(both[0])}, rules())
    assert [fault.key for fault in later.findings] == ["a.csv:3"]
    fits = stated(3, 0, HOUR_MS, "b", 10.0)
    assert sort_out([both[0], fits], {}, rules()).new == (both[0], fits)
