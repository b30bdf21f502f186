"""Tonnes by output: sum by sum, in tonnes and square metres, never by an output of zero or one not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from domain.carbon_entries import AluminiumLot
from domain.inventory import Inventory, PerOutput
from domain.plant import Plant, Process
from domain.series import Floats
from tests.analytics.carbon_made import TRUTH, diesel, factor, found, total, works
from tests.analytics.process import SHANGHAI
from tests.analytics.works import works_plant

MADE = {
    (name, month): total(f"plc_{name}.mass", *month) for name in ("coil", "sheet") for month in ((0, 31),)
}
JANUARY = sum(MADE.values())


def by(inventory: Inventory, unit: str) -> PerOutput:
    (chosen,) = [each for each in inventory.per_output if each.unit == unit]
    return chosen


def lines(*processes: Process) -> Plant:
    return replace(works_plant(), processes=processes)


def coated(coil: float | None, sheet: float | None) -> Plant:
    return lines(
        Process(id="coil", output_unit="t", m2_per_t=coil),
        Process(id="sheet", output_unit="t", m2_per_t=sheet),
    )


def test_a_month_without_production_figures_has_no_intensity() -> None:
    silent = {name: each for name, each in TRUTH.items() if not name.startswith("plc_")}
    made, findings = found(works(truth=silent))
    each = by(made["2024-01"], "t")
    assert (each.output, each.scope_1, each.codes) == (None, None, ("inventory.output_unknown",))
    assert by(made["2024"], "t").scope_1 is None
    assert any(each.code == "inventory.output_unknown" for each in findings)


def test_the_intensity_is_the_sum_of_tonnes_by_the_sum_of_output() -> None:
    made, _ = found(works())
    january = made["2024-01"]
    assert by(january, "t").output == pytest.approx(JANUARY)
    assert by(january, "t").scope_1 == pytest.approx((january.scope_1.tco2e or 0.0) / JANUARY)
    both = (january.scope_1.tco2e or 0.0) + (january.scope_2_location.tco2e or 0.0)
    assert by(january, "t").scope_1_2_location == pytest.approx(both / JANUARY)
    assert by(january, "t").scope_3_1 is None
    assert [each.unit for each in january.per_output] == ["t"]
    year = by(made["2024"], "t")
    assert year.output == pytest.approx(total("plc_coil.mass", 0, 366) + total("plc_sheet.mass", 0, 366))
    assert year.scope_1 == pytest.approx((made["2024"].scope_1.tco2e or 0.0) / (year.output or 1.0))


def test_square_metres_come_from_the_plants_area_per_tonne_and_say_so() -> None:
    made, _ = found(works(of=coated(185.0, 120.0)))
    each = by(made["2024-01"], "m2")
    area = MADE["coil", (0, 31)] * 185.0 + MADE["sheet", (0, 31)] * 120.0
    assert each.output == pytest.approx(area)
    assert each.codes == ("inventory.area_by_factor",)
    assert by(made["2024-01"], "t").codes == ()


def test_a_process_measured_in_square_metres_is_turned_into_tonnes() -> None:
    mixed = lines(
        Process(id="coil", output_unit="t", m2_per_t=185.0),
        Process(id="sheet", output_unit="m2", m2_per_t=None),
    )
    made, findings = found(works(of=mixed))
    assert by(made["2024-01"], "t").output is None
    assert "inventory.no_area_factor" in by(made["2024-01"], "t").codes
    assert any(each.code == "inventory.no_area_factor" for each in findings)


def test_a_process_without_area_per_tonne_leaves_the_area_unknown() -> None:
    made, _ = found(works(of=coated(185.0, None)))
    each = by(made["2024-01"], "m2")
    assert (each.output, each.scope_1) == (None, None)
    assert "inventory.no_area_factor" in each.codes
    assert by(made["2024-01"], "t").scope_1 is not None


def test_an_output_of_zero_is_a_finding_and_never_a_number() -> None:
    stood = {name: each.copy() for name, each in TRUTH.items()}
    for name in ("coil", "sheet"):
        stood[f"plc_{name}.mass"][24 * 31 : 24 * 60] = 0.0
    made, findings = found(works(truth=stood))
    each = by(made["2024-02"], "t")
    assert each.output == 0.0
    assert (each.scope_1, each.scope_1_2_location, each.scope_1_2_market) == (None, None, None)
    assert each.codes == ("inventory.no_output",)
    (finding,) = [each for each in findings if each.code == "inventory.no_output"]
    assert finding.since == SHANGHAI.day_start(date(2024, 2, 1))
    assert by(made["2024"], "t").scope_1 is not None


def test_a_few_silent_hours_of_output_are_named_and_many_leave_it_unknown() -> None:
    holed = {name: each.copy() for name, each in TRUTH.items()}
    holed["plc_coil.mass"][24 : 24 * 3] = np.nan
    holed["plc_coil.mass"][24 * 31 : 24 * 40] = np.nan
    made, _ = found(works(truth=holed))
    assert by(made["2024-01"], "t").codes == ("inventory.output_partial",)
    assert by(made["2024-01"], "t").scope_1 is not None
    assert by(made["2024-02"], "t").codes == ("inventory.output_unknown",)
    assert by(made["2024-02"], "t").scope_1 is None
    assert by(made["2024"], "t").scope_1 is None


def test_aluminium_of_some_months_is_held_against_the_output_of_those_months() -> None:
    lots = [
        AluminiumLot(
            id=f"A-{month}",
            supplier="Smelter",
            at=SHANGHAI.instant(date(2024, month, 5)),
            mass_t=1000.0,
            document="invoice",
        )
        for month in (1, 2)
    ]
    made, _ = found(works(factor("aluminium.primary", 15.1), *lots))
    year, first = made["2024"], [by(made[name], "t") for name in ("2024-01", "2024-02")]
    assert year.scope_3_1.tco2e == pytest.approx(2 * 15_100.0)
    assert "inventory.no_lots" in year.scope_3_1.codes
    assert year.scope_3_1.evidence.is_provisional
    output = sum(each.output or 0.0 for each in first)
    assert by(year, "t").scope_3_1 == pytest.approx(2 * 15_100.0 / output)


def silent_gas(days: float, day: int = 31) -> dict[str, Floats]:
    """Return the works with the main meter of gas silent for some days from a day on."""
    holed = {name: each.copy() for name, each in TRUTH.items()}
    holed["gas_main.volume"][24 * day : round(24 * (day + days))] = np.nan
    return holed


def test_most_of_the_energy_missing_leaves_the_intensity_unknown() -> None:
    made, findings = found(works(truth=silent_gas(0.45 * 29)))
    each = by(made["2024-02"], "t")
    assert each.output is not None
    assert (each.scope_1, each.scope_1_2_location, each.scope_1_2_market) == (None, None, None)
    assert "inventory.emissions_partial" in each.codes
    (finding,) = [each for each in findings if each.code == "inventory.emissions_partial"]
    assert (finding.since, finding.until) == (made["2024-02"].period.since, made["2024-02"].period.until)
    assert finding.remedy
    assert finding in made["2024-02"].findings
    assert by(made["2024-03"], "t").codes == ()


def test_a_few_silent_hours_of_energy_are_named_beside_the_number() -> None:
    made, findings = found(works(truth=silent_gas(0.06 * 29)))
    each = by(made["2024-02"], "t")
    assert each.scope_1 == pytest.approx((made["2024-02"].scope_1.tco2e or 0.0) / (each.output or 0.0))
    assert each.codes == ("inventory.emissions_partial",)
    assert by(made["2024"], "t").codes == ("inventory.emissions_partial",)
    assert by(made["2024"], "t").scope_1 is not None
    assert not [each for each in findings if each.code == "inventory.emissions_partial"]


def test_a_year_of_which_more_than_a_tenth_of_the_energy_is_missing_has_no_intensity() -> None:
    made, findings = found(works(truth=silent_gas(40.0)))
    assert by(made["2024"], "t").scope_1 is None
    assert by(made["2024"], "t").scope_1_2_market is None
    assert made["2024"].scope_1.tco2e is not None
    of_year = [each for each in findings if each.facts.get("period") == "2024"]
    assert [each.code for each in of_year] == ["inventory.emissions_partial"]
    assert of_year[0] in made["2024"].findings


def test_missing_electricity_leaves_scope_1_alone() -> None:
    holed = {name: each.copy() for name, each in TRUTH.items()}
    holed["em_main.import"][24 * 31 : 24 * 50] = np.nan
    each = by(found(works(truth=holed))[0]["2024-02"], "t")
    assert each.scope_1 is not None
    assert (each.scope_1_2_location, each.scope_1_2_market) == (None, None)


def test_a_fuel_that_is_not_entered_yet_is_never_divided_as_0_t() -> None:
    months = [(date(2025, month, 1), date(2025, month + 1, 1)) for month in range(1, 6)]
    burnt = [diesel(*month, 200.0, document=f"D-{month[0]}") for month in months]
    running = SHANGHAI.day_start(date(2025, 6, 20))
    made, _ = found(works(*burnt), running)
    june, year = made["2025-06"], made["2025"]
    assert (by(june, "t").scope_1, by(june, "t").scope_1_2_market) == (None, None)
    assert "fuel.not_yet" in by(june, "t").codes
    over = [made[f"2025-{month:02}"] for month in range(1, 6)]
    tonnes = sum(each.scope_1.tco2e or 0.0 for each in over)
    market = sum(each.scope_2_market.tco2e or 0.0 for each in over)
    output = sum(by(each, "t").output or 0.0 for each in over)
    assert by(year, "t").scope_1 == pytest.approx(tonnes / output, rel=1e-12)
    assert by(year, "t").scope_1_2_market == pytest.approx((tonnes + market) / output, rel=1e-12)
    assert by(year, "t").output == pytest.approx(output + (by(june, "t").output or 0.0))
    assert "fuel.not_yet" in by(year, "t").codes
    assert year.scope_1.tco2e == pytest.approx(tonnes + (june.scope_1.tco2e or 0.0))
    assert "fuel.not_yet" in year.scope_1.codes


def test_a_month_over_without_its_fuel_counts_on_neither_side_of_the_year() -> None:
    burnt = [
        diesel(date(2024, month, 1), date(2024, month + 1, 1), 200.0, document=f"D-{month}")
        for month in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11)
    ]
    burnt.append(diesel(date(2024, 12, 1), date(2025, 1, 1), 200.0, document="D-12"))
    made, _ = found(works(*burnt))
    told = [made[f"2024-{month:02}"] for month in range(1, 13) if month != 4]
    assert by(made["2024-04"], "t").scope_1 is None
    true = sum(each.scope_1.tco2e or 0.0 for each in told) / sum(by(each, "t").output or 0.0 for each in told)
    assert by(made["2024"], "t").scope_1 == pytest.approx(true, rel=1e-12)
    assert "fuel.no_entry" in by(made["2024"], "t").codes
