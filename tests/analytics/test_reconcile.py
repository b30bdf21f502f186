"""Meters against invoices and sub-meters: what differs needs a reason, what cannot be compared says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analytics.balance import balances
from analytics.declared import declare
from analytics.prepared import Prepared, prepare
from analytics.reconcile import reconciled
from domain.carbon_entries import Explained, Invoice
from domain.findings import Finding
from domain.inventory import Reconciled
from domain.ledger import Body, Entry
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier, MeterRole
from domain.registers import Reference
from tests.analytics.green import day, month, months
from tests.analytics.made import START, hours, plant, point

GAS = point("main", Carrier.GAS, MeterRole.MAIN, unit="m3", reference=Reference.AT_0C)
OVEN = point("oven", Carrier.GAS, unit="m3", reference=Reference.AT_0C)
POWER = point("power", Carrier.ELECTRICITY, MeterRole.MAIN)
PLANT = plant(GAS, OVEN, POWER)
QUARTER = months((2026, 1), (2026, 3))
HOURS = (QUARTER[-1].until - START) // HOUR_MS
AT_20C = 0.9317755
"""Nm3 per m3 at 20 C (METHOD 2)."""
JANUARY_NM3 = 7440.0
"""10 an hour."""
POWER_BILL = Invoice(
    carrier=Carrier.ELECTRICITY,
    since=QUARTER[0].since,
    until=QUARTER[0].until,
    quantity=74_400.0,
    unit="kWh",
    number="E-1",
    supplier="Grid",
)
GAS_BILL = replace(
    POWER_BILL,
    carrier=Carrier.GAS,
    quantity=JANUARY_NM3 / AT_20C,
    unit="m3",
    reference=Reference.AT_20C,
    number="G-1",
)
WHY = Explained(
    carrier=Carrier.GAS,
    since=QUARTER[0].since,
    until=QUARTER[0].until,
    against="invoices",
    reason="read on the 28th",
)


def prepared(
    *bodies: Body, oven: float = 9.9, holes: Sequence[int] = (), oven_holes: Sequence[int] = ()
) -> Prepared:
    """Return three months of 10 Nm3 and 100 kWh an hour."""
    entries = [
        Entry(number=number, at=1000 * number, who="Li", why="", body=body)
        for number, body in enumerate(bodies, 1)
    ]
    gas = np.full(HOURS, 10.0)
    gas[list(holes)] = np.nan
    below = np.full(HOURS, oven)
    below[list(oven_holes)] = np.nan
    amounts = {GAS.id: gas, OVEN.id: below, POWER.id: np.full(HOURS, 100.0)}
    return prepare(
        PLANT,
        Method(),
        declare(entries, Method()),
        {name: hours(name, amount) for name, amount in amounts.items()},
        since=START,
        until=QUARTER[-1].until,
    )


def of(
    *bodies: Body, against: str = "invoices", **more: Any
) -> tuple[dict[tuple[str, str], Reconciled], list[Finding]]:
    """Return comparisons by carrier and month, and the findings."""
    made = prepared(*bodies, **more)
    found, findings = reconciled(made, balances(PLANT, made.method, made.windows, QUARTER), months=QUARTER)
    rows = [row for of_month in found.values() for row in of_month]
    assert all(row in found[row.month] for row in rows)
    return {(row.carrier, row.month): row for row in rows if row.against == against}, list(findings)


def codes(findings: Sequence[Finding]) -> list[str]:
    return [each.code for each in findings]


def test_without_invoices_there_are_only_sub_meters_and_no_doubt() -> None:
    found, findings = of()
    assert (found, findings) == ({}, [])
    found, _ = of(against="subs")
    assert list(found) == [("gas", each.name) for each in QUARTER]
    row = found["gas", "2026-01"]
    assert (row.main, row.is_within, row.tolerance) == (7440.0, True, 0.05)
    assert row.other == pytest.approx(7365.6)
    assert row.share == pytest.approx(0.01)


def test_honest_invoices_agree_with_the_meters() -> None:
    found, findings = of(GAS_BILL, POWER_BILL)
    assert findings == []
    assert set(found) == {("gas", "2026-01"), ("electricity", "2026-01")}
    gas = found["gas", "2026-01"]
    assert gas.main == JANUARY_NM3
    assert gas.other == pytest.approx(JANUARY_NM3, rel=1e-6)
    assert (gas.is_within, gas.entries, gas.codes) == (True, (1,), ())


@pytest.mark.parametrize("error", [-0.3, -0.021, 0.0215, 0.2])
def test_a_planted_difference_is_found_with_its_size(error: float) -> None:
    bill = replace(GAS_BILL, quantity=GAS_BILL.quantity * (1.0 - error))
    found, (finding,) = of(bill)
    row = found["gas", "2026-01"]
    assert row.share == pytest.approx(error, rel=1e-5)
    assert row.difference == pytest.approx(error * JANUARY_NM3, rel=1e-5)
    assert (row.is_within, row.reason) == (False, "")
    assert (finding.code, finding.key, finding.severity) == ("reconcile.open", "gas", "warning")
    assert finding.facts["month"] == "2026-01"
    assert finding.facts["against"] == "invoices"


def test_a_difference_within_the_tolerance_needs_no_reason() -> None:
    assert of(replace(POWER_BILL, quantity=73_000.0))[1] == []


def test_a_reason_closes_a_difference_and_stands_beside_it() -> None:
    found, findings = of(replace(GAS_BILL, quantity=5000.0), WHY)
    row = found["gas", "2026-01"]
    assert (row.is_within, row.reason, row.entries) == (False, "read on the 28th", (1, 2))
    assert findings == []


def test_a_reason_of_another_month_carrier_or_side_closes_nothing() -> None:
    bill = replace(GAS_BILL, quantity=5000.0)
    february = replace(WHY, since=QUARTER[1].since, until=QUARTER[1].until)
    for other in (february, replace(WHY, carrier=Carrier.ELECTRICITY), replace(WHY, against="subs")):
        assert codes(of(bill, other)[1]) == ["reconcile.open"]


def test_sub_meters_that_miss_too_much_need_a_reason() -> None:
    found, findings = of(against="subs", oven=9.0)
    assert found["gas", "2026-02"].is_within is False
    assert codes(findings) == ["reconcile.open"] * 3
    whole = replace(WHY, since=QUARTER[0].since, until=QUARTER[-1].until, against="subs")
    assert of(whole, oven=9.0)[1] == []


# what cannot be compared


@pytest.mark.parametrize(
    ("bill", "code"),
    [
        (replace(GAS_BILL, reference=None), "invoice.no_reference"),
        (replace(GAS_BILL, reference=Reference.ACTUAL), "invoice.unusable_reference"),
        (replace(GAS_BILL, reference=Reference.CONFIGURED), "invoice.unusable_reference"),
        (replace(GAS_BILL, unit="kWh"), "invoice.wrong_unit"),
        (replace(POWER_BILL, unit="MWh"), "invoice.wrong_unit"),
        (replace(GAS_BILL, quantity=-5.0), "invoice.impossible"),
        (replace(GAS_BILL, quantity=float("nan")), "invoice.impossible"),
    ],
)
def test_an_invoice_that_cannot_be_compared_gives_no_number(bill: Invoice, code: str) -> None:
    found, findings = of(bill)
    row = found[bill.carrier.value, "2026-01"]
    assert (row.other, row.difference, row.is_within, row.codes) == (None, None, None, (code,))
    assert [(each.code, each.key) for each in findings] == [(code, bill.number)]


def test_an_invoice_that_ends_before_it_begins_is_a_finding_and_of_no_month() -> None:
    found, findings = of(replace(GAS_BILL, until=GAS_BILL.since))
    assert (found, codes(findings)) == ({}, ["invoice.impossible"])


def test_invoices_that_cross_the_months_are_shared_by_time() -> None:
    bounds = [day(2025, 12, 26), day(2026, 1, 26), day(2026, 2, 26), day(2026, 3, 26)]
    bills = [
        replace(POWER_BILL, since=since, until=until, number=f"E{since}", quantity=2400.0 * days)
        for since, until in pairwise(bounds)
        for days in [(until - since) / DAY_MS]
    ]
    found, findings = of(*bills)
    assert findings == []
    assert found["electricity", "2026-01"].other == pytest.approx(31 * 2400.0)
    assert found["electricity", "2026-02"].other == pytest.approx(28 * 2400.0)
    assert found["electricity", "2026-02"].codes == ("reconcile.by_time",)
    assert found["electricity", "2026-02"].entries == (2, 3)
    last = found["electricity", "2026-03"]
    assert (last.other, last.is_within, last.codes) == (None, None, ("reconcile.partly_invoiced",))


def test_two_invoices_of_a_supplier_over_one_time_are_a_finding_and_no_number() -> None:
    found, findings = of(POWER_BILL, replace(POWER_BILL, number="E-2", since=day(2026, 1, 10)))
    assert found["electricity", "2026-01"].other is None
    assert found["electricity", "2026-01"].codes == ("invoice.overlap",)
    (overlap,) = findings
    assert (overlap.code, overlap.key, overlap.facts["other_number"]) == ("invoice.overlap", "E-2", "E-1")


def test_two_suppliers_of_one_time_are_added_up() -> None:
    halves = [replace(POWER_BILL, quantity=37_200.0, supplier=name, number=name) for name in ("Grid", "Wind")]
    found, findings = of(*halves)
    assert (found["electricity", "2026-01"].other, findings) == (74_400.0, [])


def test_a_month_that_the_meters_do_not_know_whole_is_not_compared() -> None:
    found, findings = of(GAS_BILL, holes=range(100, 120))
    row = found["gas", "2026-01"]
    assert (row.main, row.is_within, row.codes) == (7240.0, None, ("reconcile.meter_incomplete",))
    assert findings == []


def test_an_invoice_of_a_carrier_without_a_meter_says_so() -> None:
    made = replace(prepared(POWER_BILL), plant=plant(GAS, OVEN))
    found, _ = reconciled(made, (), months=(month(2026, 1),))
    (row,) = found["2026-01"]
    assert (row.main, row.other, row.is_within) == (None, 74_400.0, None)
    assert row.codes == ("reconcile.meter_incomplete",)


@pytest.mark.parametrize("silent", [GAS.id, OVEN.id])
def test_sub_meters_are_not_compared_where_a_meter_was_silent(silent: str) -> None:
    half = range(300)
    found, findings = of(against="subs", oven=5.0, **{"holes" if silent == GAS.id else "oven_holes": half})
    row = found["gas", "2026-01"]
    assert (row.difference, row.share, row.is_within) == (None, None, None)
    assert row.codes == ("reconcile.meter_incomplete",)
    assert [each.facts["month"] for each in findings] == ["2026-02", "2026-03"]
    assert found["gas", "2026-02"].is_within is False
