"""Shipped factors enter the ledger once, and what people made of them stays."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agent.shipped_factors import adopt
from config.shipped_factors import shipped_factors
from domain.ledger import Voided
from storage.ledger import SqliteLedger

COUNT = len(shipped_factors())


def test_every_factor_enters_once_with_who_and_why(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite")) as ledger:
        assert adopt(ledger, at=5) == COUNT
        assert adopt(ledger, at=6) == 0
        entries = ledger.entries()
    assert [entry.body for entry in entries] == list(shipped_factors())
    assert {(entry.at, entry.why) for entry in entries} == {(5, "shipped factors")}
    assert entries[0].who.startswith("energy-agent ")


def test_one_that_was_voided_or_corrected_is_not_entered_again(tmp_path: Path) -> None:
    first, second, *rest = shipped_factors()
    with closing(SqliteLedger(tmp_path / "ledger.sqlite")) as ledger:
        corrected = replace(second, value=15.32)
        ledger.add([first, corrected, Voided(entry=1)], who="Li", why="w", at=1)
        assert adopt(ledger, at=2) == len(rest)
        assert [entry.body for entry in ledger.entries(after=3)] == rest
