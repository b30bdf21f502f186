"""Closing and restating through the page of a real agent: what is confirmed is what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing as closed
from pathlib import Path

import pytest

from agent.closing import closing
from agent.page_parts import Parts
from agent.page_source import LocalSource
from config.shipped_factors import shipped_factors
from domain.carbon_entries import AluminiumLot
from domain.declared import Refused
from domain.inventory import Inventory, Restatement
from domain.inventory_text import canonical
from tests.agent import figured
from tests.agent.figured import Figured
from tests.agent.paged import parts_of

MONTH = "2026-10"
SIGNED = {"approver": "Chen", "who": "Li", "why": "checked"}


@pytest.fixture
def parts(watched_once: Path, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of an agent whose ledger has factors and one lot."""
    folder = figured.copy(watched_once, tmp_path / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch, parts_of(Figured(folder, monkeypatch)) as found:
        found.ledger.add(shipped_factors(), who="test", why="", at=figured.NOW)
        found.analysis.cycle()
        buy(found, "L1")
        yield found


def buy(parts: Parts, name: str) -> None:
    """Enter a lot of the month, with the supplier's own factor."""
    at = inventory(parts).period.since
    lot = AluminiumLot(
        id=name, supplier="Smelter", at=at, mass_t=10.0, factor_t_per_t=9.0, boundary="gate", year=2026,
        document="invoice",
    )  # fmt: skip
    parts.ledger.add([lot], who="test", why="", at=figured.NOW)
    parts.analysis.cycle()


def inventory(parts: Parts) -> Inventory:
    results = parts.analysis.results
    assert results is not None
    return next(each for each in results.inventories if each.period.name == MONTH)


def close(parts: Parts) -> None:
    """Close the month with its gaps, as only the command line may."""
    found = parts.analysis.inventory(MONTH, fresh=False)
    body = closing(
        parts.desk(), found.inventory, approver="Chen", known=found.known, months=found.months,
        despite_gaps=True,
    )  # fmt: skip
    parts.ledger.add([body], who="test", why="", at=figured.NOW)
    parts.analysis.cycle()


def restatement(source: LocalSource) -> Restatement:
    found = source.restatement(MONTH)
    assert found is not None
    return found


def test_a_page_shows_the_figures_that_closing_takes(parts: Parts) -> None:
    seen = canonical(inventory(parts))[1]
    with closed(LocalSource(parts)) as source:
        with pytest.raises(Refused, match="gaps"):  # not: changed
            source.close_period(MONTH, shown=seen, **SIGNED)
        buy(parts, "L2")
        with pytest.raises(Refused, match="changed since they were shown"):
            source.close_period(MONTH, shown=seen, **SIGNED)


def test_a_restatement_takes_only_the_figures_that_were_shown(parts: Parts) -> None:
    close(parts)
    buy(parts, "L2")
    with closed(LocalSource(parts)) as source:
        seen = canonical(restatement(source).now)[1]
        buy(parts, "L3")
        with pytest.raises(Refused, match="changed since they were shown"):
            source.restate_period(MONTH, shown=seen, **SIGNED)
        again = restatement(source).now
        assert source.restate_period(MONTH, shown=canonical(again)[1], **SIGNED)
        assert again.scope_3_1.tco2e == pytest.approx(3 * 90.0)
        parts.analysis.cycle()
        assert restatement(source).changes == ()
