from __future__ import annotations

import numpy as np
import pytest

from analytics.pv import pv
from domain.plant import Carrier, MeterRole, Plant
from domain.results import Pv
from domain.series import Floats
from domain.windows import Flag, Windows
from tests.analytics.made import NAN, hours, period, plant, point

ROOF = point("roof", Carrier.PV)
MAIN = point("main", Carrier.ELECTRICITY, MeterRole.MAIN)
EXPORT = point("export", Carrier.ELECTRICITY, MeterRole.EXPORT)
FEEDERS = (point("coil", Carrier.ELECTRICITY), point("office", Carrier.ELECTRICITY))
METERED = plant(ROOF, MAIN, EXPORT, *FEEDERS)
UNMETERED = plant(ROOF, MAIN, *FEEDERS)


def made(**amounts: list[float] | Floats) -> dict[str, Windows]:
    return {f"{name}.{name}": hours(f"{name}.{name}", each) for name, each in amounts.items()}


def one(of: Plant, windows: dict[str, Windows], n: int = 4) -> Pv:
    (found,) = pv(of, windows, [period(0, n)])
    return found


def test_a_plant_without_generation_has_no_figures() -> None:
    assert pv(plant(MAIN, EXPORT), made(main=[1.0]), [period(0, 1)]) == ()


def test_what_is_not_exported_is_self_consumed() -> None:
    found = one(
        METERED,
        made(
            roof=[0.0, 50.0, 80.0, 70.0],
            export=[0.0, 0.0, 30.0, 20.0],
            main=[40.0, 10.0, 0.0, 0.0],
            coil=[0.0] * 4,
            office=[0.0] * 4,
        ),
    )
    assert (found.generated, found.exported, found.self_consumed, found.imported) == (
        200.0,
        50.0,
        150.0,
        50.0,
    )
    assert found.self_consumption_rate == 0.75
    assert found.self_sufficiency == 0.75
    assert found.evidence.shares == {"measured": 1.0}
    assert found.evidence.codes == ()
    assert found.evidence.is_complete


def test_an_honest_year_finds_the_planted_self_consumption_again() -> None:
    rng = np.random.default_rng(3)
    at = np.arange(365 * 24)
    roof = 900.0 * np.clip(np.sin((at % 24 - 6.0) / 12.0 * np.pi), 0.0, None) * rng.uniform(0.2, 1.0, len(at))
    load = 450.0 + rng.gamma(4.0, 40.0, len(at))
    own = np.minimum(roof, load)
    windows = made(roof=roof, export=roof - own, main=load - own, coil=load * 0.6, office=load * 0.4)
    exact, estimated = one(METERED, windows, 8760), one(UNMETERED, windows, 8760)
    assert exact.self_consumed == pytest.approx(own.sum(), rel=1e-12)
    assert exact.self_consumption_rate == pytest.approx(own.sum() / roof.sum(), rel=1e-12)
    assert exact.self_sufficiency == pytest.approx(own.sum() / load.sum(), rel=1e-12)
    assert exact.evidence.codes == ()
    assert estimated.self_consumed == pytest.approx(own.sum(), rel=1e-12)
    assert estimated.self_sufficiency == pytest.approx(own.sum() / load.sum(), rel=1e-12)


def test_without_an_export_meter_it_is_estimated_window_by_window() -> None:
    found = one(
        UNMETERED,
        made(
            roof=[0.0, 50.0, 80.0, 70.0],
            main=[40.0, 10.0, 0.0, 0.0],
            coil=[30.0, 40.0, 20.0, 60.0],
            office=[10.0, 20.0, 10.0, 20.0],
        ),
    )
    assert found.self_consumed == 0.0 + 50.0 + 30.0 + 70.0
    assert found.exported is None
    assert found.self_consumption_rate == 0.75
    assert found.evidence.shares == {"estimated": 1.0}
    assert found.evidence.codes == ("pv.no_export_meter",)


def test_without_export_meter_and_sub_meters_it_is_not_known() -> None:
    found = one(plant(ROOF, MAIN), made(roof=[50.0] * 4, main=[10.0] * 4))
    assert (found.generated, found.imported) == (200.0, 40.0)
    assert (found.self_consumed, found.self_consumption_rate, found.self_sufficiency) == (None, None, None)
    assert found.evidence.codes == ("pv.no_export_meter", "pv.no_load")


def test_without_main_meter_there_is_no_self_sufficiency() -> None:
    found = one(plant(ROOF, EXPORT), made(roof=[50.0] * 4, export=[10.0] * 4))
    assert (found.self_consumed, found.self_consumption_rate) == (160.0, 0.8)
    assert (found.imported, found.self_sufficiency) == (None, None)
    assert found.evidence.codes == ("pv.no_main_meter",)


def test_an_export_above_the_generation_is_a_contradiction_and_never_negative() -> None:
    found = one(plant(ROOF, MAIN, EXPORT), made(roof=[50.0] * 4, export=[51.0] * 4, main=[10.0] * 4))
    assert (found.generated, found.exported) == (200.0, 204.0)
    assert (found.self_consumed, found.self_consumption_rate, found.self_sufficiency) == (None, None, None)
    assert found.evidence.codes == ("pv.export_exceeds_generation",)


def test_a_night_has_figures_but_no_rate_of_self_consumption() -> None:
    windows = made(roof=[0.0] * 4, export=[0.0] * 4, main=[10.0] * 4)
    found = one(plant(ROOF, MAIN, EXPORT), windows)
    assert (found.generated, found.self_consumed) == (0.0, 0.0)
    assert found.self_consumption_rate is None
    assert found.self_sufficiency == 0.0


def test_rates_are_of_the_hours_that_are_known_on_both_sides() -> None:
    windows = made(roof=[100.0] * 4, export=[50.0, 50.0, NAN, NAN], main=[50.0, NAN, 50.0, 50.0])
    found = one(plant(ROOF, MAIN, EXPORT), windows)
    assert (found.generated, found.exported, found.self_consumed) == (400.0, 100.0, 100.0)
    assert found.self_consumption_rate == 0.5
    assert found.self_sufficiency == 0.5
    assert not found.evidence.is_complete


def test_several_inverters_add_up_and_the_worst_meter_counts() -> None:
    two = plant(ROOF, point("hall", Carrier.PV), MAIN, EXPORT)
    windows = made(roof=[10.0] * 4, export=[0.0] * 4, main=[1.0] * 4)
    windows["hall.hall"] = hours("hall.hall", [5.0] * 4, coverage=0.5, flags=Flag.GAP)
    found = one(two, windows)
    assert found.generated == 60.0
    assert found.evidence.coverage == 0.5
    assert found.evidence.codes == ("data.gap",)


def test_meters_without_windows_leave_figures_unknown() -> None:
    found = one(METERED, {})
    assert (found.generated, found.exported, found.self_consumed, found.imported) == (None, None, None, None)
    assert found.evidence.coverage == 0.0
    assert not found.evidence.is_complete
