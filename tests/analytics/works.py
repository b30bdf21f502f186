"""A whole works by the hour with known truths: two lines, boiler, office, roof and recovered heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analytics.baseline import fit
from analytics.declared import Declared, declare
from analytics.prepared import Prepared, prepare
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier, MeterRole, Plant, Point, Process
from domain.registers import Reference
from domain.series import Floats
from domain.windows import Windows
from tests.analytics.made import hours, plant, point
from tests.analytics.process import JANUARY_2024

BASE, PER_TONNE = 10.0, 30.0
"""Nm3 an hour and a tonne, of both lines."""
BOILER, OFFICE, UNMETERED_GAS, UNMETERED_POWER = 4.0, 20.0, 2.0, 15.0


def served(each: Point, process: str) -> Point:
    return replace(each, shares={process: 1.0})


def gas(device: str, role: MeterRole = MeterRole.SUB) -> Point:
    return point("volume", Carrier.GAS, role, device=device, unit="m3", reference=Reference.AT_0C)


def mass(process: str) -> Point:
    return served(point("mass", Carrier.PRODUCTION, device=f"plc_{process}", unit="t"), process)


POINTS = (
    gas("gas_main", MeterRole.MAIN),
    served(gas("gas_coil"), "coil"),
    served(gas("gas_sheet"), "sheet"),
    gas("gas_boiler"),
    point("import", Carrier.ELECTRICITY, MeterRole.MAIN, device="em_main"),
    point("export", Carrier.ELECTRICITY, MeterRole.EXPORT, device="em_main"),
    served(point("import", Carrier.ELECTRICITY, device="em_coil"), "coil"),
    served(point("import", Carrier.ELECTRICITY, device="em_sheet"), "sheet"),
    point("import", Carrier.ELECTRICITY, device="em_office"),
    point("energy", Carrier.PV, device="pv_1"),
    served(point("energy", Carrier.HEAT, device="heat_coil"), "coil"),
    mass("coil"),
    mass("sheet"),
)
LINES = (Process(id="coil", output_unit="t"), Process(id="sheet", output_unit="t"))


def works_plant(*without: str, points: tuple[Point, ...] = POINTS) -> Plant:
    """Return the works, less the devices named."""
    return plant(*(each for each in points if each.device not in without), processes=LINES)


def amounts(days: int, *, seed: int = 1) -> dict[str, Floats]:
    """Return point id -> what passed in each hour; lines work from 8 to 20 o'clock."""
    rng = np.random.default_rng(seed)
    hour = np.arange(24 * days) % 24
    works = (hour >= 8) & (hour < 20)
    by_day = rng.uniform(0.5, 1.5, (2, days)).repeat(24, axis=1)
    coil, sheet = 3.0 * by_day[0] * works, 1.5 * by_day[1] * works
    gas_of = {"coil": BASE + PER_TONNE * coil, "sheet": BASE + PER_TONNE * sheet}
    power = {"coil": 50.0 + 100.0 * coil, "sheet": 30.0 + 80.0 * sheet}
    roof = 600.0 * np.clip(np.sin((hour - 6.0) / 12.0 * np.pi), 0.0, None) * rng.uniform(0.2, 1.0, len(hour))
    use = power["coil"] + power["sheet"] + OFFICE + UNMETERED_POWER
    flat = np.ones(len(hour))
    return {
        "gas_main.volume": gas_of["coil"] + gas_of["sheet"] + BOILER + UNMETERED_GAS,
        "gas_coil.volume": gas_of["coil"],
        "gas_sheet.volume": gas_of["sheet"],
        "gas_boiler.volume": BOILER * flat,
        "em_main.import": np.maximum(use - roof, 0.0),
        "em_main.export": np.maximum(roof - use, 0.0),
        "em_coil.import": power["coil"],
        "em_sheet.import": power["sheet"],
        "em_office.import": OFFICE * flat,
        "pv_1.energy": roof,
        "heat_coil.energy": 40.0 * works,
        "plc_coil.mass": coil,
        "plc_sheet.mass": sheet,
    }


def made_windows(found: Mapping[str, Floats], start: int = JANUARY_2024) -> dict[str, Windows]:
    """Return the hours of each point."""
    return {name: hours(name, each, start=start) for name, each in found.items()}


def prepared_works(
    windows: Mapping[str, Windows],
    *,
    of: Plant | None = None,
    method: Method | None = None,
    baseline_days: int = 0,
    start: int = JANUARY_2024,
    declared: Declared | None = None,
) -> Prepared:
    """Return the works prepared, held against baselines of the first days if so many are given."""
    of, method = of or works_plant(), method or Method()
    days = max((len(each) for each in windows.values()), default=24) * HOUR_MS // DAY_MS
    declared = declared or declare((), method)
    given = {name: each for name, each in windows.items() if name in {each.id for each in of.points}}
    until = start + max(1, days) * DAY_MS
    found = prepare(of, method, declared, given, since=start, until=until)
    if not baseline_days:
        return found
    approvals = {}
    for process, rows in found.rows.items():
        baseline, _ = fit(rows, since=start, until=start + baseline_days * DAY_MS)
        assert baseline is not None
        approvals[process] = ((start, baseline),)
    return prepare(of, method, replace(declared, approvals=approvals), given, since=start, until=until)
