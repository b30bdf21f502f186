"""Calibrations of meters reach the page, in process and on the wire."""

from __future__ import annotations

from datetime import date

from agent.page_carbon import carbon_book
from agent.page_wire_book import from_wire, to_wire
from domain.carbon_book import Calibrated
from domain.ledger import MeterEvent, MeterEventKind, Voided
from tests.agent.figured import FIRST, GAS, NOW, Figured
from tests.agent.paged import parts_of


def test_standing_calibrations_are_in_the_carbon_book_oldest_first(watched: Figured) -> None:
    def event(kind: MeterEventKind, at: int, certificate: str) -> MeterEvent:
        until = date(2028, 3, 1) if certificate else None
        return MeterEvent(kind=kind, point=GAS, at=at, certificate=certificate, valid_until=until)

    calibration = MeterEventKind.CALIBRATION
    with parts_of(watched, cycles=0) as parts:
        bodies = [
            event(calibration, FIRST + 2, "B"),
            event(calibration, FIRST + 1, ""),
            event(calibration, FIRST, "C"),
            event(MeterEventKind.RESET, FIRST + 3, "D"),
        ]
        entries = parts.ledger.add(bodies, who="Li", why="as seen", at=NOW)
        late, early, void = (each.number for each in entries[:3])
        parts.ledger.add([Voided(entry=void)], who="Li", why="of another meter", at=NOW)
        book = carbon_book(parts)
    assert book.calibrations == (
        Calibrated(number=early, point=GAS, at=FIRST + 1, valid_until=None, certificate=""),
        Calibrated(number=late, point=GAS, at=FIRST + 2, valid_until=date(2028, 3, 1), certificate="B"),
    )
    assert from_wire(to_wire(book)) == book
