"""Closed periods stand; what is entered later shows in the fresh inventory alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from analytics.prepared import Prepared
from analytics.restatement import difference
from domain.carbon_entries import AluminiumLot, Explained, Invoice, Restated
from domain.findings import Severity
from domain.inventory import Inventory
from domain.ledger import Body, Entry, Voided
from domain.plant import Carrier
from tests.analytics.carbon_made import (
    closing,
    diesel,
    entries,
    factor,
    factors,
    found,
    fresh,
    line,
    plain,
    works,
)
from tests.analytics.process import SHANGHAI

LATER = factor("gas.carbon", 16.0, since=date(2024, 2, 1))
"""A factor that is entered after the closing, for the months from February on."""


def restating(inventory: Inventory, before: int) -> Restated:
    body = closing(inventory)
    return Restated(
        period=body.period,
        since=body.since,
        until=body.until,
        before=before,
        inventory=body.inventory,
        sha256=body.sha256,
        known=body.known,
        software=body.software,
        approver=body.approver,
    )


def ledger(*bodies: Body) -> list[Entry]:
    return entries([*factors(), *bodies])


def closed_works(*names: str, then: tuple[Body, ...] = ()) -> Prepared:
    """Return the works with periods closed on METHOD's factors, and what was entered after it."""
    return works(ledger=ledger(*(closing(plain()[name]) for name in names), *then))


def test_without_closings_every_period_is_open() -> None:
    made = plain()
    assert {each.state for each in made.values()} == {"open"}
    assert {each.entry for each in made.values()} == {None}
    assert made["2024"].closed_months == ()


def test_closing_a_month_changes_none_of_its_figures() -> None:
    made, _ = found(closed_works("2024-02"))
    stood = made["2024-02"]
    assert (stood.state, stood.entry) == ("closed", len(ledger()) + 1)
    assert replace(stood, state="open", entry=None) == plain()["2024-02"]
    assert replace(made["2024"], closed_months=()) == plain()["2024"]
    assert made["2024"].closed_months == ("2024-02",)
    assert made["2024"].state == "open"


def test_a_factor_entered_after_the_closing_moves_open_months_alone() -> None:
    made, _ = found(closed_works("2024-02", then=(LATER,)))
    moved, _ = found(works(LATER))
    assert made["2024-02"].scope_1 == plain()["2024-02"].scope_1
    assert made["2024-03"].scope_1.tco2e == moved["2024-03"].scope_1.tco2e
    assert made["2024-03"].scope_1.tco2e != plain()["2024-03"].scope_1.tco2e
    months = [made[f"2024-{month:02}"].scope_1.tco2e or 0.0 for month in range(1, 13)]
    assert made["2024"].scope_1.tco2e == pytest.approx(sum(months))


def test_the_fresh_inventory_says_what_a_closed_month_would_be_now() -> None:
    prepared = closed_works(
        "2024-02", "2024-03", then=(LATER, diesel(date(2024, 2, 1), date(2024, 3, 1), 1.0))
    )
    moved, _ = found(works(LATER, diesel(date(2024, 2, 1), date(2024, 3, 1), 1.0)))
    february = fresh(prepared, "2024-02")
    assert february.state == "open"
    assert february.scope_1.tco2e == moved["2024-02"].scope_1.tco2e
    year = fresh(prepared, "2024")
    assert year.closed_months == ("2024-02", "2024-03")
    with pytest.raises(KeyError):
        fresh(prepared, "2031-01")


def test_a_restated_month_has_the_figures_of_its_last_restatement() -> None:
    moved, _ = found(works(LATER))
    first = len(ledger()) + 1
    made, _ = found(
        works(ledger=ledger(closing(plain()["2024-02"]), restating(moved["2024-02"], first), LATER))
    )
    assert (made["2024-02"].state, made["2024-02"].entry) == ("restated", first + 1)
    assert made["2024-02"].scope_1.tco2e == moved["2024-02"].scope_1.tco2e
    assert made["2024-02"].scope_1.evidence.shares == {"restated": 1.0}
    assert made["2024-02"].scope_2_location == plain()["2024-02"].scope_2_location
    nm3 = {name: line(made[name], "1", "gas").activity or 0.0 for name in ("2024-02", "2024")}
    shares = line(made["2024"], "1", "gas").evidence.shares
    assert shares["restated"] == pytest.approx(nm3["2024-02"] / nm3["2024"])


def test_a_closed_year_stands_whole() -> None:
    made, _ = found(closed_works("2024", then=(LATER,)))
    assert (made["2024"].state, made["2024"].scope_1) == ("closed", plain()["2024"].scope_1)
    assert made["2024-03"].scope_1 != plain()["2024-03"].scope_1
    assert fresh(closed_works("2024", then=(LATER,)), "2024").scope_1 != plain()["2024"].scope_1


@pytest.mark.parametrize("damage", ["text", "hash", "name"])
def test_a_closing_that_is_not_what_it_says_counts_as_open_and_is_a_finding(damage: str) -> None:
    body = closing(plain()["2024-02"])
    broken = {
        "text": replace(body, inventory="{}", sha256=hashlib.sha256(b"{}").hexdigest()),
        "hash": replace(body, inventory=body.inventory.replace('"state":"open"', '"state":"shut"', 1)),
        "name": replace(body, period="2024-03"),
    }[damage]
    made, findings = found(works(ledger=ledger(broken)))
    assert made["2024-02"].state == made["2024-03"].state == "open"
    assert [each.key for each in findings if each.code == "inventory.closing_damaged"] == [broken.period]


# what a closed period counts counts nowhere else


def lot(day: date, mass_t: float = 100.0, name: str = "A-1") -> AluminiumLot:
    """Return a lot with a supplier's factor of 10 tCO2e/t."""
    at = SHANGHAI.day_start(day)
    return AluminiumLot(
        id=name, supplier="Smelter", at=at, mass_t=mass_t, factor_t_per_t=10.0, boundary="cradle-to-gate",
        year=2024, verifier="TUV", document="E-1",
    )  # fmt: skip


def test_a_lot_that_was_moved_out_of_a_closed_month_counts_in_the_closed_one_alone() -> None:
    february, march = lot(date(2024, 2, 9)), lot(date(2024, 3, 9))
    stood = found(works(february))[0]["2024-02"]
    prepared = works(ledger=ledger(february, closing(stood), march))
    made, findings = found(prepared)
    assert [made[name].scope_3_1.tco2e for name in ("2024-02", "2024-03", "2024")] == [1000.0, 0.0, 1000.0]
    (held,) = [each for each in findings if each.code == "lot.closed"]
    assert (held.key, held.facts["period"], held.severity) == ("A-1", "2024-02", Severity.ERROR)
    assert "restate 2024-02" in held.remedy
    assert held in made["2024-03"].findings
    assert held in made["2024"].findings
    assert line(made["2024-03"], "3_1", "A-1").codes == ("lot.closed",)
    assert fresh(prepared, "2024-02").scope_3_1.tco2e is None


def test_after_its_closed_month_was_restated_a_moved_lot_counts_where_it_is_now() -> None:
    february, march = lot(date(2024, 2, 9)), lot(date(2024, 3, 9), name="a-1")
    stood = found(works(february))[0]["2024-02"]
    late = closing(found(works(ledger=ledger(february, closing(stood), march)))[0]["2024-03"])
    first = len(ledger()) + 2
    without = fresh(works(ledger=ledger(february, closing(stood), march)), "2024-02")
    made, findings = found(works(ledger=ledger(february, closing(stood), march, restating(without, first))))
    assert made["2024-02"].scope_3_1.tco2e is None
    assert made["2024-03"].scope_3_1.tco2e == 1000.0
    assert "lot.closed" not in {each.code for each in findings}
    both = works(ledger=ledger(february, closing(stood), march, late, restating(without, first)))
    assert fresh(both, "2024-03").scope_3_1.tco2e == 1000.0


def test_a_lot_that_was_corrected_within_its_closed_month_is_counted_by_the_fresh_inventory() -> None:
    stood = found(works(lot(date(2024, 2, 9))))[0]["2024-02"]
    prepared = works(ledger=ledger(lot(date(2024, 2, 9)), closing(stood), lot(date(2024, 2, 10), 50.0)))
    made, findings = found(prepared)
    assert (made["2024-02"].scope_3_1.tco2e, fresh(prepared, "2024-02").scope_3_1.tco2e) == (1000.0, 500.0)
    assert "lot.closed" not in {each.code for each in findings}


def voided(*bodies: Body, entry: int) -> list[Entry]:
    """Return a ledger in which one of the bodies, by its place from 1 on, is void before the last of them."""
    return ledger(*bodies[:-1], Voided(entry=len(ledger()) + entry), bodies[-1])


FEBRUARY_FUEL = diesel(date(2024, 2, 1), date(2024, 3, 1), 10.0)
MARCH_FUEL = diesel(date(2024, 3, 1), date(2024, 4, 1), 10.0)


def fuel_t(made: Mapping[str, Inventory], name: str) -> float | None:
    return line(made[name], "1", "diesel").activity


def test_fuel_that_was_voided_in_a_closed_month_and_entered_in_an_open_one_counts_once() -> None:
    stood = found(works(FEBRUARY_FUEL))[0]["2024-02"]
    prepared = works(ledger=voided(FEBRUARY_FUEL, closing(stood), MARCH_FUEL, entry=1))
    made, findings = found(prepared)
    assert [fuel_t(made, name) for name in ("2024-02", "2024-03", "2024")] == [10.0, 0.0, 10.0]
    (held,) = [each for each in findings if each.code == "fuel.closed"]
    assert (held.facts["period"], held.facts["document"], held.severity) == ("2024-02", "D-1", Severity.ERROR)
    assert "restate 2024-02" in held.remedy
    assert held in made["2024-03"].findings
    assert "fuel.closed" in line(made["2024-03"], "1", "diesel").codes
    first = len(ledger()) + 2
    again = voided(
        FEBRUARY_FUEL, closing(stood), restating(fresh(prepared, "2024-02"), first), MARCH_FUEL, entry=1
    )
    made, findings = found(works(ledger=again))
    assert fuel_t(made, "2024-03") == fuel_t(made, "2024") == 10.0
    assert "fuel.closed" not in {each.code for each in findings}


def test_fuel_that_was_entered_again_for_the_same_time_counts_what_the_closed_month_leaves() -> None:
    both = diesel(date(2024, 2, 1), date(2024, 4, 1), 60.0)
    stood = found(works(both))[0]["2024-02"]
    prepared = works(ledger=voided(both, closing(stood), replace(both, what="forklifts"), entry=1))
    made, findings = found(prepared)
    assert [fuel_t(made, name) for name in ("2024-02", "2024-03")] == pytest.approx([29.0, 31.0])
    assert "fuel.closed" not in {each.code for each in findings}
    assert line(fresh(prepared, "2024-02"), "1", "diesel").activity == pytest.approx(29.0)


def test_other_fuel_of_the_same_log_is_not_taken_for_the_void_one() -> None:
    stood = found(works(FEBRUARY_FUEL))[0]["2024-02"]
    prepared = works(
        ledger=voided(MARCH_FUEL, FEBRUARY_FUEL, closing(stood), replace(FEBRUARY_FUEL, what="cars"), entry=2)
    )
    made, findings = found(prepared)
    assert [fuel_t(made, name) for name in ("2024-02", "2024-03")] == [10.0, 10.0]
    assert "fuel.closed" not in {each.code for each in findings}


def test_a_reason_that_came_after_the_closing_leaves_the_difference_open_until_it_is_restated() -> None:
    since, until = FEBRUARY_FUEL.since, FEBRUARY_FUEL.until
    bill = Invoice(
        carrier=Carrier.ELECTRICITY, since=since, until=until, quantity=1.0, unit="kWh", number="E-1"
    )
    why = Explained(
        carrier=Carrier.ELECTRICITY, since=since, until=until, against="invoices", reason="a slip"
    )
    stood = found(works(bill))[0]["2024-02"]
    late = works(ledger=ledger(bill, closing(stood), why))
    made, findings = found(late)
    (still,) = [each for each in findings if each.code == "reconcile.open"]
    assert still in made["2024"].findings
    assert "restate 2024-02" in still.remedy
    now = fresh(late, "2024-02")
    assert "reconcile.open" not in {each.code for each in now.findings}
    assert [each.cause for each in difference(stood, now)] == ["reason: a slip"]
    restated = works(ledger=ledger(bill, closing(stood), why, restating(now, len(ledger()) + 2)))
    assert "reconcile.open" not in {each.code for each in found(restated)[1]}
