from __future__ import annotations

import numpy as np
import pytest

from analytics.balance import balances, findings_of
from analytics.gas import gas_windows
from domain.method import Method
from domain.plant import Carrier, MeterRole, Plant
from domain.registers import Reference
from domain.results import Balance
from domain.series import Floats
from domain.windows import Flag, Grade, Windows
from tests.analytics.made import NAN, hours, period, plant, point

GAS = plant(
    point("main", Carrier.GAS, MeterRole.MAIN, unit="m3"),
    point("coil", Carrier.GAS, unit="m3"),
    point("sheet", Carrier.GAS, unit="m3"),
)
DAY = period(0, 24)


def gas(
    main: list[float] | Floats, coil: list[float] | Floats, sheet: list[float] | Floats
) -> dict[str, Windows]:
    return {
        "main.main": hours("main.main", main),
        "coil.coil": hours("coil.coil", coil),
        "sheet.sheet": hours("sheet.sheet", sheet),
    }


def one(windows: dict[str, Windows], of: Plant = GAS) -> Balance:
    (found,) = balances(of, Method(), windows, [DAY])
    return found


def test_an_honest_plant_with_meter_noise_and_small_losses_gives_no_code() -> None:
    rng = np.random.default_rng(11)
    days = [period(24 * day, 24 * day + 24) for day in range(365)]
    coil, sheet = rng.gamma(4.0, 60.0, 365 * 24), rng.gamma(4.0, 25.0, 365 * 24)
    main = (coil + sheet) * 1.01
    noisy = [each * (1.0 + rng.normal(0.0, 0.01, len(each))) for each in (main, coil, sheet)]
    found = balances(GAS, Method(), gas(*noisy), days)
    assert len(found) == 365
    assert {each.evidence.codes for each in found} == {()}
    assert findings_of(found, Method()) == ()
    error = 0.01 * np.sqrt(sum((each**2).sum() for each in (main, coil, sheet))) / main.sum()
    whole = sum(each.unallocated or 0.0 for each in found) / sum(each.main or 0.0 for each in found)
    assert whole == pytest.approx(0.01 / 1.01, abs=3.0 * error)


def test_a_leak_of_7_percent_reads_7_percent_and_is_over_the_tolerance() -> None:
    rng = np.random.default_rng(12)
    coil, sheet = rng.gamma(4.0, 60.0, 24), rng.gamma(4.0, 25.0, 24)
    found = one(gas((coil + sheet) / 0.93, coil, sheet))
    assert found.share == pytest.approx(0.07, abs=1e-12)
    assert found.unallocated == pytest.approx(0.07 * (coil.sum() + sheet.sum()) / 0.93, rel=1e-12)
    assert found.evidence.codes == ("balance.over_tolerance",)
    (finding,) = findings_of([found], Method())
    assert finding.problem == "7.0% of the main meter reaches no sub-meter, more than 5.0%"


def test_a_main_meter_taken_at_the_wrong_reference_shows_as_6_8_percent() -> None:
    read = np.full(24, 100.0)
    main_meter = point("main", Carrier.GAS, MeterRole.MAIN, unit="m3", reference=Reference.AT_0C)
    sub = point("coil", Carrier.GAS, unit="m3", reference=Reference.AT_20C)
    windows = {
        each.id: gas_windows(each, hours(each.id, read), temperature=None, pressure=None)
        for each in (main_meter, sub)
    }
    found = one(windows, plant(main_meter, sub))
    assert found.share == pytest.approx(1.0 - 0.9317755, abs=1e-7)
    assert found.evidence.codes == ("balance.over_tolerance",)


def test_sub_meters_that_exceed_the_main_meter_are_negative() -> None:
    found = one(gas([100.0] * 24, [70.0] * 24, [35.0] * 24))
    assert found.share == pytest.approx(-0.05)
    assert found.evidence.codes == ("balance.negative",)
    (finding,) = findings_of([found], Method())
    assert finding.code == "balance.negative"


def test_sub_meters_without_any_supply_are_negative_too() -> None:
    found = one(gas([0.0] * 24, [1.0] * 24, [0.0] * 24))
    assert found.share is None
    assert found.evidence.codes == ("balance.negative",)
    assert len(findings_of([found], Method())) == 1


def test_meters_errors_alone_are_not_negative() -> None:
    assert one(gas([100.0] * 24, [70.0] * 24, [32.0] * 24)).evidence.codes == ()


def test_a_plant_at_rest_balances_without_a_share() -> None:
    found = one(gas([0.0] * 24, [0.0] * 24, [0.0] * 24))
    assert (found.main, found.subs, found.unallocated, found.share) == (0.0, 0.0, 0.0, None)
    assert found.evidence.codes == ()


def test_an_hour_that_one_meter_does_not_know_is_left_out_on_both_sides() -> None:
    coil = [60.0] * 24
    coil[5] = NAN
    found = one(gas([100.0] * 24, coil, [40.0] * 24))
    assert (found.main, found.subs, found.share) == (2300.0, 2300.0, 0.0)
    assert found.evidence.codes == ("balance.partial",)
    assert not found.evidence.is_complete


def test_a_meter_without_windows_leaves_the_balance_unknown() -> None:
    windows = gas([100.0] * 24, [60.0] * 24, [40.0] * 24)
    del windows["sheet.sheet"]
    found = one(windows)
    assert (found.main, found.subs, found.unallocated, found.share) == (None, None, None, None)
    assert found.evidence.codes == ("balance.partial",)
    assert found.evidence.coverage == 0.0


def test_a_balance_rests_on_the_worst_of_its_meters() -> None:
    windows = gas([100.0] * 24, [60.0] * 24, [40.0] * 24)
    grades = [Grade.MEASURED] * 12 + [Grade.ESTIMATED] * 12
    windows["coil.coil"] = hours("coil.coil", [60.0] * 24, grade=grades, coverage=0.8, flags=Flag.GAP)
    found = one(windows)
    assert found.evidence.shares == {"measured": 0.5, "estimated": 0.5}
    assert found.evidence.coverage == pytest.approx(0.8)
    assert found.evidence.codes == ("data.gap",)
    assert found.evidence.is_provisional


def test_electricity_is_supplied_by_the_grid_and_the_roof_less_what_goes_out() -> None:
    works = plant(
        point("main", Carrier.ELECTRICITY, MeterRole.MAIN),
        point("export", Carrier.ELECTRICITY, MeterRole.EXPORT),
        point("roof", Carrier.PV),
        point("feeder", Carrier.ELECTRICITY),
    )
    amounts = {"main": 500.0, "export": 30.0, "roof": 130.0, "feeder": 570.0}
    windows = {f"{name}.{name}": hours(f"{name}.{name}", [each] * 24) for name, each in amounts.items()}
    found = one(windows, works)
    assert found.carrier == "electricity"
    assert (found.main, found.subs) == (600.0 * 24, 570.0 * 24)
    assert found.share == pytest.approx(0.05)
    assert found.evidence.codes == ()


def test_a_carrier_without_main_meter_or_without_sub_meters_has_no_balance() -> None:
    sub_only, main_only = (
        point("coil", Carrier.GAS, unit="m3"),
        point("em", Carrier.ELECTRICITY, MeterRole.MAIN),
    )
    product = point("mass", Carrier.PRODUCTION, MeterRole.MAIN, unit="t")
    assert balances(plant(sub_only, main_only, product), Method(), {}, [DAY]) == ()
    assert balances(GAS, Method(), {}, []) == ()


def test_periods_keep_their_order_and_a_future_one_is_unknown_and_not_partial() -> None:
    windows = gas([100.0] * 24, [60.0] * 24, [40.0] * 24)
    found = balances(GAS, Method(), windows, [period(24, 48), period(0, 48), DAY])
    assert [each.main for each in found] == [None, 2400.0, 2400.0]
    assert [each.evidence.coverage for each in found] == [0.0, 1.0, 1.0]
    assert [each.evidence.is_complete for each in found] == [False, False, True]
    assert {each.evidence.codes for each in found} == {()}


def test_a_balance_has_the_same_bits_whatever_range_was_recomputed() -> None:
    rng = np.random.default_rng(13)
    windows = gas(*(rng.gamma(4.0, 60.0, 24 * 60) for _ in range(3)))
    days = [period(24 * day, 24 * day + 24) for day in range(60)]
    whole = balances(GAS, Method(), windows, days)
    for first in range(0, 60, 7):
        some = days[first : first + 7]
        part = {name: each.between(some[0].since, some[-1].until) for name, each in windows.items()}
        assert balances(GAS, Method(), part, some) == whole[first : first + 7]


def test_a_heat_meter_that_counts_water_is_no_part_of_a_sum_of_kwh() -> None:
    main = point("heat", Carrier.HEAT, MeterRole.MAIN, unit="kWh")
    sub, water = point("one", Carrier.HEAT, unit="kWh"), point("two", Carrier.HEAT, unit="m3")
    windows = {
        main.id: hours(main.id, [10.0] * 24),
        sub.id: hours(sub.id, [9.0] * 24),
        water.id: hours(water.id, [1.0] * 24),
    }
    [found] = balances(plant(main, sub, water), Method(), windows, [DAY])
    assert (found.main, found.subs) == (240.0, 216.0)
