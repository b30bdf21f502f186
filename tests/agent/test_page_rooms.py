"""Which findings the carbon pages are given: all that the inventory can have."""

from __future__ import annotations

import pytest

from agent.page_carbon import is_of_carbon


@pytest.mark.parametrize(
    "code", ["cover.gone", "fuel.twice", "lot.outside", "inventory.no_lots", "avoided.partial"]
)
def test_findings_of_the_inventory_are_of_carbon(code: str) -> None:
    assert is_of_carbon(code)


@pytest.mark.parametrize("code", ["data.gap", "counter.reset_undeclared", "track.no_plan"])
def test_findings_of_meters_are_not(code: str) -> None:
    assert not is_of_carbon(code)
