"""A closed inventory against what its inputs would give now: figure by figure, each with its cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.restatement import difference
from domain.evidence import Evidence
from domain.factors import FactorUsed
from domain.inventory import (
    Avoided,
    Cover,
    FigureChange,
    Inventory,
    Line,
    PathPoint,
    PerOutput,
    Reconciled,
    Total,
)
from domain.periods import Period, PeriodKind
from domain.result_rows import decode, encode

PROOF = Evidence(shares={"measured": 1.0}, coverage=1.0, is_complete=True)
NCV = FactorUsed(use="gas.ncv", id="ncv", entry=1, value=38.931, unit="MJ/Nm3", source="s")
CARBON = FactorUsed(use="gas.carbon", id="carbon", entry=2, value=15.3, unit="tC/TJ", source="s")
GRID = FactorUsed(use="grid.location", id="grid-2023", entry=3, value=0.4419, unit="kgCO2/kWh", source="s")
GAS = Line(
    id="gas", scope="1", activity=1000.0, unit="Nm3", tco2e=2.16, gases={"co2": 2.16}, fixed_t=2.16,
    factors=(NCV, CARBON), formula="gas.1", uncertainty=0.035, evidence=PROOF, points=("gas_main.v",),
)  # fmt: skip
DIESEL = Line(
    id="diesel", scope="1", activity=1.5, unit="t", tco2e=4.6, gases={"co2": 4.6}, fixed_t=4.6,
    factors=(), formula="fuel.1", uncertainty=0.01, evidence=PROOF, entries=(7,),
)  # fmt: skip
BOUGHT = Line(
    id="electricity", scope="2_location", activity=9000.0, unit="kWh", tco2e=3.98, gases={"co2": 3.98},
    fixed_t=3.98, factors=(GRID,), formula="grid.1", uncertainty=0.01, evidence=PROOF, points=("em.e",),
)  # fmt: skip
MARKET = replace(BOUGHT, scope="2_market", formula="market.1", factors=(), entries=(9,))
COVERS = tuple(
    Cover(instrument=name, kind="certificates", entry=9, month="2026-03", kwh=1000.0) for name in ("a", "b")
)


def total(tco2e: float | None) -> Total:
    return Total(tco2e=tco2e, known_t=tco2e or 0.0, fixed_t=tco2e, uncertainty=0.03, evidence=PROOF)


CLOSED = Inventory(
    period=Period(since=0, until=1, kind=PeriodKind.MONTH, name="2026-03"),
    is_over=True,
    state="closed",
    entry=50,
    closed_months=(),
    lines=(DIESEL, GAS, BOUGHT, MARKET),
    scope_1=total(6.76),
    scope_2_location=total(3.98),
    scope_2_market=total(3.98),
    scope_3_1=total(None),
    per_output=(
        PerOutput(
            unit="t", output=10.0, scope_1=0.676, scope_1_2_location=1.074, scope_1_2_market=1.074,
            scope_3_1=None,
        ),
    ),
    covers=COVERS,
    reconciled=(
        Reconciled(
            carrier="gas", against="invoices", month="2026-03", main=1000.0, other=1010.0, difference=-10.0,
            share=-0.01, tolerance=0.02, is_within=True,
        ),
    ),
    avoided=Avoided(
        pv_kwh=5.0, pv_plan_kwh=6.0, pv_generated_kwh=7.0, pv_t=0.1, heat_kwh=None, heat_plan_kwh=None,
        heat_t=None, evidence=PROOF,
    ),
    paths=(
        PathPoint(
            path="scope_1_2", year=2026, allowed=1.17, stated=None, actual=1.1, actual_location=1.1,
            projection=None, is_over=False, unit="tCO2e/t",
        ),
    ),
    findings=(),
)  # fmt: skip


def changed(now: Inventory) -> dict[str, FigureChange]:
    return {each.figure: each for each in difference(CLOSED, now)}


def of_line(line: Line) -> Inventory:
    """Return the closed inventory with one line in place of the one of its scope and id."""
    lines = (line if (line.scope, line.id) == (each.scope, each.id) else each for each in CLOSED.lines)
    return replace(CLOSED, lines=tuple(lines))


def test_the_same_inventory_has_no_difference() -> None:
    assert difference(CLOSED, CLOSED) == ()


def test_what_was_written_and_read_again_has_no_difference() -> None:
    assert difference(CLOSED, decode("inventory", encode(CLOSED))) == ()


def test_another_order_of_lines_factors_and_covers_is_no_difference() -> None:
    lines = tuple(
        replace(each, factors=each.factors[::-1], points=each.points[::-1]) for each in CLOSED.lines[::-1]
    )
    assert difference(CLOSED, replace(CLOSED, lines=lines, covers=COVERS[::-1])) == ()


def test_that_it_was_closed_is_no_difference() -> None:
    assert difference(CLOSED, replace(CLOSED, state="open", entry=None)) == ()


def test_another_factor_changes_its_line_and_the_sums_and_is_named_as_their_cause() -> None:
    other = replace(NCV, id="ncv-2026", entry=60, value=37.0)
    now = of_line(replace(GAS, factors=(other, CARBON), tco2e=2.05, gases={"co2": 2.05}))
    found = changed(replace(now, scope_1=total(6.65)))
    cause = "gas.ncv: ncv (1) -> ncv-2026 (60)"
    assert found["line.1.gas"] == FigureChange(
        figure="line.1.gas", before=2.16, after=2.05, unit="tCO2e", cause=cause
    )
    assert found["factor.1.gas.gas.ncv"] == FigureChange(
        figure="factor.1.gas.gas.ncv", before=38.931, after=37.0, unit="MJ/Nm3", cause=cause
    )
    assert (found["line.1.gas.co2"].before, found["line.1.gas.co2"].after) == (2.16, 2.05)
    assert found["scope_1"].cause == f"gas: {cause}"
    assert set(found) == {
        "scope_1", "scope_1.known", "scope_1.fixed", "line.1.gas", "line.1.gas.co2", "factor.1.gas.gas.ncv",
    }  # fmt: skip


def test_a_corrected_factor_of_the_same_id_is_told_by_its_entry() -> None:
    other = replace(NCV, entry=61, value=37.0)
    found = changed(of_line(replace(GAS, factors=(other, CARBON))))
    assert found["factor.1.gas.gas.ncv"].cause == "gas.ncv: ncv (1) -> ncv (61)"


def test_a_year_that_used_two_factors_tells_them_apart() -> None:
    before = of_line(replace(GAS, factors=(NCV, replace(NCV, id="ncv-2025", entry=5, value=38.0))))
    now = of_line(replace(GAS, factors=(NCV, replace(NCV, id="ncv-2026", entry=6, value=37.0))))
    found = {each.figure: (each.before, each.after) for each in difference(before, now)}
    assert found == {
        "factor.1.gas.gas.ncv.ncv-2025.5": (38.0, None), "factor.1.gas.gas.ncv.ncv-2026.6": (None, 37.0),
    }  # fmt: skip
    one = {each.figure for each in difference(before, of_line(replace(GAS, factors=(NCV,))))}
    assert one == {"factor.1.gas.gas.ncv.ncv-2025.5"}  # the other is the same in both


def test_other_readings_are_told_by_the_meter_behind_them() -> None:
    found = changed(of_line(replace(GAS, activity=1010.0, tco2e=2.18)))
    assert found["line.1.gas.activity"] == FigureChange(
        figure="line.1.gas.activity", before=1000.0, after=1010.0, unit="Nm3", cause="windows: gas_main.v"
    )
    assert found["line.1.gas"].cause == "windows: gas_main.v"


def test_entries_that_came_and_went_are_told_by_their_numbers() -> None:
    found = changed(of_line(replace(DIESEL, activity=2.0, tco2e=6.2, entries=(8, 12))))
    assert found["line.1.diesel"].cause == "entries: +8 +12 -7"


def test_a_certificate_that_covers_less_is_the_cause_of_the_market_based_figure() -> None:
    now = of_line(replace(MARKET, tco2e=4.1))
    fewer = (COVERS[0], replace(COVERS[1], kwh=500.0))
    found = changed(replace(now, covers=fewer, scope_2_market=total(4.1)))
    assert (found["cover.2026-03.b"].before, found["cover.2026-03.b"].after) == (1000.0, 500.0)
    assert found["line.2_market.electricity"].cause == "covers: b"
    assert found["scope_2_market"].cause == "electricity: covers: b"


def test_a_line_that_is_new_or_gone_is_a_difference() -> None:
    found = changed(replace(CLOSED, lines=CLOSED.lines[1:]))
    assert (found["line.1.diesel"].before, found["line.1.diesel"].after) == (4.6, None)
    assert found["line.1.diesel"].cause == "entries: -7"
    (gone,) = [each for each in difference(replace(CLOSED, lines=CLOSED.lines[1:]), CLOSED)
               if each.figure == "line.1.diesel"]  # fmt: skip
    assert (gone.before, gone.after, gone.cause) == (None, 4.6, "entries: +7")


def test_another_version_of_a_formula_is_a_cause() -> None:
    found = changed(of_line(replace(GAS, formula="gas.2", tco2e=2.2)))
    assert found["line.1.gas"].cause == "formula: gas.1 -> gas.2"


def test_what_nothing_of_it_explains_is_put_down_to_the_method() -> None:
    found = changed(of_line(replace(GAS, uncertainty=0.04)))
    assert found["line.1.gas.uncertainty"].cause == "method"


def test_unknown_and_zero_are_not_the_same() -> None:
    found = changed(replace(CLOSED, scope_3_1=total(0.0)))
    assert (found["scope_3_1"].before, found["scope_3_1"].after) == (None, 0.0)


@pytest.mark.parametrize(
    ("now", "figure", "unit"),
    [
        (
            replace(CLOSED, per_output=(replace(CLOSED.per_output[0], output=11.0),)),
            "per_output.t.output", "t",
        ),
        (
            replace(CLOSED, per_output=(replace(CLOSED.per_output[0], scope_1=0.7),)),
            "per_output.t.scope_1", "tCO2e/t",
        ),
        (
            replace(CLOSED, reconciled=(replace(CLOSED.reconciled[0], other=1005.0),)),
            "reconciled.gas.invoices.2026-03.other", "Nm3",
        ),
        (replace(CLOSED, avoided=replace(CLOSED.avoided, pv_t=0.2)), "avoided.pv_t", "tCO2e"),
        (replace(CLOSED, avoided=replace(CLOSED.avoided, heat_kwh=9.0)), "avoided.heat_kwh", "kWh"),
        (
            replace(CLOSED, paths=(replace(CLOSED.paths[0], actual=1.2),)),
            "path.scope_1_2.2026.actual", "tCO2e/t",
        ),
        (
            of_line(replace(GAS, evidence=replace(PROOF, coverage=0.9))),
            "line.1.gas.coverage", "1",
        ),
    ],
)  # fmt: skip
def test_no_figure_of_it_is_left_out(now: Inventory, figure: str, unit: str) -> None:
    (found,) = difference(CLOSED, now)
    assert (found.figure, found.unit) == (figure, unit)
    assert found.cause


def test_a_factor_that_came_beside_another_is_not_said_to_replace_it() -> None:
    added = replace(GRID, id="grid-2024", entry=99)
    now = of_line(replace(BOUGHT, factors=(*BOUGHT.factors, added), tco2e=1.0))
    name = f"line.{BOUGHT.scope}.{BOUGHT.id}"
    assert changed(now)[name].cause == "grid.location: +grid-2024 (99)"


def test_a_reason_that_was_given_after_the_closing_is_a_difference() -> None:
    row = CLOSED.reconciled[0]
    told = replace(CLOSED, reconciled=(replace(row, reason="a valve stood open"),))
    figure = "reconciled.gas.invoices.2026-03.reason"
    (change,) = difference(replace(CLOSED, reconciled=(replace(row, reason=""),)), told)
    assert (change.figure, change.before, change.after) == (figure, None, None)
    assert change.cause == "reason: a valve stood open"
    (back,) = difference(told, replace(CLOSED, reconciled=(replace(row, reason=""),)))
    assert back.cause == "reason: none"
    assert difference(told, told) == ()
