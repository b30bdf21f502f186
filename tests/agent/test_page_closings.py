"""What a restated closing stated reaches the page, in process and on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.page_carbon import carbon_book
from agent.page_wire_book import from_wire, to_wire
from dashboard.views.inventory_report_others import now_of
from domain.carbon_entries import Closed, Restated
from domain.inventory import Inventory
from domain.inventory_text import canonical
from tests.agent.figured import NOW, Figured
from tests.agent.paged import parts_of
from tests.dashboard.made import MadeSource


def test_a_closing_in_whose_place_another_stands_says_what_it_stated(watched: Figured) -> None:
    made: Sequence[Inventory] = MadeSource().results("inventory")
    before = next(each for each in made if each.period.name == "2026-02")
    after = replace(before, scope_1=replace(before.scope_1, tco2e=1.0))
    (old, old_hash), (new, new_hash) = canonical(before), canonical(after)
    span = {"since": before.period.since, "until": before.period.until}
    with parts_of(watched, cycles=0) as parts:
        closed = Closed(
            period="2026-02", inventory=old, sha256=old_hash, known=0, software="", approver="Wang", **span
        )
        [first] = parts.ledger.add([closed], who="Li", why="month end", at=NOW)
        restated = Restated(
            period="2026-02", before=first.number, inventory=new, sha256=new_hash, known=0, software="",
            approver="Wang", **span,
        )  # fmt: skip
        parts.ledger.add([restated], who="Li", why="a late invoice", at=NOW)
        book = carbon_book(parts)
    assert [each.stated for each in book.closings] == [now_of(before).stated, None]
    assert from_wire(to_wire(book)) == book
