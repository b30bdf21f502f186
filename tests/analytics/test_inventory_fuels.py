"""Scope 1 of fuels by invoices: METHOD's factors to the digit, entries over several months, doubtful ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analytics.inventory_fuels import fuel_findings, fuel_lines
from domain.carbon_entries import FuelUse
from domain.findings import Severity
from tests.analytics.carbon_made import basis, diesel, entries, factors, few, found

MARCH = (date(2024, 3, 1), date(2024, 4, 1))


def test_without_entries_there_are_no_lines() -> None:
    assert fuel_lines(basis(few()), "diesel").lines == {}
    assert fuel_lines(basis(few()), "diesel").findings == ()


@pytest.mark.parametrize(
    ("fuel", "t_per_t"), [("diesel", 3.095910), ("gasoline", 2.925056), ("lpg", 3.101330)]
)
def test_a_tonne_of_fuel_gives_what_the_method_says(fuel: str, t_per_t: float) -> None:
    march = fuel_lines(basis(few(diesel(*MARCH, 1.0, fuel=fuel))), fuel).lines["2024-03"]
    assert march.tco2e is not None
    assert round(march.tco2e, 6) == t_per_t
    assert (march.activity, march.unit, march.formula) == (1.0, "t", "fuel.1")
    assert march.evidence.shares == {"manual": 1.0}
    assert march.evidence.is_complete


def test_an_entry_over_two_months_is_split_by_time_and_graded_estimated() -> None:
    quarter = diesel(date(2024, 2, 1), date(2024, 4, 1), 6.0)
    lines = fuel_lines(basis(few(quarter, diesel(*MARCH, 1.0, document="D-2"))), "diesel").lines
    assert lines["2024-02"].activity == pytest.approx(6.0 * 29 / 60)
    assert lines["2024-03"].activity == pytest.approx(6.0 * 31 / 60 + 1.0)
    assert lines["2024-02"].evidence.shares == {"estimated": 1.0}
    shares = lines["2024-03"].evidence.shares
    assert shares["estimated"] == pytest.approx(3.1 / 4.1)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert len(lines["2024-03"].entries) == 2


def test_a_month_that_nobody_spoke_of_is_a_finding_and_0_t_speaks() -> None:
    spoken = (diesel(*MARCH, 1.0), diesel(date(2024, 5, 1), date(2024, 6, 1), 0.0, document="D-3"))
    now = diesel(date(2024, 6, 1), date(2024, 6, 2), 0.0).since + 1
    found = fuel_lines(basis(few(*spoken), now), "diesel")
    assert found.lines["2024-05"].tco2e == 0.0
    assert found.unsaid == {"2024-04": "fuel.no_entry"}
    assert [(each.code, each.key, each.facts["first"]) for each in found.findings] == [
        ("fuel.no_entry", "diesel", "2024-04")
    ]


def test_a_fuel_without_a_factor_is_not_known() -> None:
    march = fuel_lines(basis(few(ledger=entries([*factors("diesel.ncv"), diesel(*MARCH, 1.0)]))), "diesel")
    assert march.lines["2024-03"].tco2e is None
    assert {each.use for each in march.missing} == {"diesel.ncv"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mass_t": -1.0},
        {"mass_t": float("nan")},
        {"fuel": "coal"},
        {"until": diesel(*MARCH, 1.0).since},
    ],
)
def test_an_impossible_entry_does_not_count_and_is_a_finding(wrong: dict[str, Any]) -> None:
    bad: FuelUse = replace(diesel(*MARCH, 1.0), **wrong)
    prepared = few(bad)
    assert fuel_lines(basis(prepared), "diesel").lines == {}
    assert [each.code for each in fuel_findings(prepared.declared.carbon.fuels)] == ["fuel.impossible"]


def test_an_invoice_that_was_entered_twice_counts_once() -> None:
    prepared = few(diesel(*MARCH, 1.0), diesel(*MARCH, 1.0), diesel(*MARCH, 1.0, document="D-2"))
    assert fuel_lines(basis(prepared), "diesel").lines["2024-03"].activity == 2.0
    (finding,) = fuel_findings(prepared.declared.carbon.fuels)
    assert (finding.code, finding.facts["document"]) == ("fuel.twice", "D-1")


def test_one_amount_of_one_document_counts_once_whatever_it_is_said_to_be_for() -> None:
    once = diesel(*MARCH, 1.0)
    prepared = few(once, replace(once, what="forklifts"), replace(once, what="cars", document="d\u20131"))
    assert fuel_lines(basis(prepared), "diesel").lines["2024-03"].activity == 1.0
    assert [each.code for each in fuel_findings(prepared.declared.carbon.fuels)] == ["fuel.twice"] * 2


@pytest.mark.parametrize(
    ("since", "until", "counted"),
    [
        (date(2023, 3, 1), date(2023, 4, 1), 0.0),
        (date(2023, 12, 1), date(2024, 2, 1), 31 / 62),
        (date(2024, 1, 1), date(2024, 2, 1), 1.0),
    ],
)
def test_fuel_before_the_first_month_counts_nowhere_and_the_first_year_says_so(
    since: date, until: date, counted: float
) -> None:
    made, findings = found(few(diesel(since, until, 1.0)))
    told = [each for each in findings if each.code == "fuel.outside"]
    january = [line for line in made["2024-01"].lines if line.id == "diesel"]
    assert sum(line.activity or 0.0 for line in january) == pytest.approx(counted)
    assert len(told) == (0 if counted == 1.0 else 1)
    for each in told:
        assert (each.key, each.severity) == ("entry 15", Severity.ERROR)
        assert each.facts["mass"] == pytest.approx(1.0 - counted)
        assert each in made["2024"].findings
