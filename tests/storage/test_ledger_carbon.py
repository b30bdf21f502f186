"""What is declared for carbon comes back from the ledger and from its CSV as it was recorded."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from domain.carbon_entries import (
    Certificates,
    Closed,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
    Restated,
)
from domain.errors import StoreError, StoreRejected
from domain.ledger import Body, Entry
from storage.ledger import SqliteLedger
from storage.ledger_csv import ledger_csv, parse_ledger_csv
from storage.ledger_rows import KINDS, kind_name
from tests.config.carbon_rows import EXAMPLES, FEBRUARY, MARCH_1

CLOSED = Closed(
    period="2026-02", since=FEBRUARY, until=MARCH_1, inventory='{"a":"é, \\"b\\""}', sha256="0f" * 32,
    known=8, software="0.5.0", approver="Wang Li",
)  # fmt: skip
RESTATED = Restated(
    period="2026-02", since=FEBRUARY, until=MARCH_1, before=9, inventory="{}", sha256="0e" * 32, known=9,
    software="0.5.0", approver="Wang Li",
)  # fmt: skip
BODIES: tuple[Body, ...] = (*EXAMPLES.values(), CLOSED, RESTATED)
Spanning = FuelUse | Invoice | Certificates | GreenContract | Explained | Closed | Restated
SPANS = [body for body in BODIES if isinstance(body, Spanning)]


def test_every_kind_comes_back_from_the_ledger_and_from_its_csv(tmp_path: Path) -> None:
    assert {type(body) for body in BODIES} == set(list(KINDS.values())[-len(BODIES) :])
    path = tmp_path / "ledger.sqlite"
    with closing(SqliteLedger(path)) as ledger:
        added = ledger.add(BODIES, who="李雷", why="w", at=1_772_000_000_123)
    with closing(SqliteLedger(path)) as again:
        assert [entry.body for entry in again.entries()] == list(BODIES)
    assert parse_ledger_csv(ledger_csv(added)) == tuple(added)


@pytest.mark.parametrize("body", SPANS, ids=kind_name)
def test_a_span_that_takes_no_time_is_neither_recorded_nor_read(tmp_path: Path, body: Spanning) -> None:
    empty = replace(body, until=FEBRUARY - 40 * 86_400_000)
    with (
        closing(SqliteLedger(tmp_path / "ledger.sqlite")) as ledger,
        pytest.raises(StoreRejected, match="until is not after its since"),
    ):
        ledger.add([empty], who="a", why="", at=1)
    with pytest.raises(StoreError, match=r"ledger.csv:2: .*until is not after its since"):
        parse_ledger_csv(ledger_csv([Entry(number=1, at=1, who="a", why="", body=empty)]))
