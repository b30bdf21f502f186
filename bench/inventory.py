"""What three years of 100 meters cost as an inventory: hourly windows in memory to 36 months and 3 years.

    python -m bench.inventory '{"meters": 100, "days": 1095}'

No meter is a main meter, so that each is added up. Making windows and ledger is not measured. Prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.balance import balances
from analytics.declared import declare
from analytics.heat import recovered
from analytics.inventory import inventories
from analytics.prepared import prepare
from analytics.pv import pv
from bench.recompute import T0, plant_of
from domain.carbon_entries import AluminiumLot, EmissionFactor, FuelUse
from domain.factors import FUELS, USES
from domain.ledger import Body, Entry, GasQuality
from domain.method import CarbonMethod, Method
from domain.periods import DAY_MS, Period, PeriodKind, PlantCalendar
from domain.plant import Carrier, Plant, Point
from domain.result_rows import encode
from domain.windows import Grade, Windows

METHOD = Method(carbon=CarbonMethod(grid_region="CN-GD"))
LOTS_A_MONTH = 15


def main() -> None:
    """Measure and print."""
    job = {"meters": 100, "days": 1095}
    job |= json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    plant = with_power(plant_of(job["meters"]))
    until = T0 + job["days"] * DAY_MS
    calendar = PlantCalendar(ZoneInfo(plant.time_zone))
    months = list(calendar.periods(PeriodKind.MONTH, T0, until))
    windows, declared = made(plant, calendar, until), declare(list(entries(months)), METHOD)
    begin = time.process_time()
    prepared = prepare(plant, METHOD, declared, windows, since=T0, until=until)
    between = time.process_time()
    periods = [*months, *calendar.periods(PeriodKind.YEAR, T0, until)]
    found, findings = inventories(
        prepared,
        now=until,
        balances=balances(plant, METHOD, prepared.windows, periods),
        pv=pv(plant, prepared.windows, periods),
        heat=recovered(plant, METHOD, prepared.windows, periods, monthly=prepared.monthly),
    )
    end = time.process_time()
    said: dict[str, Any] = {
        "windows": sum(map(len, windows.values())),
        "entries": len(declared.carbon.fuels) + len(declared.carbon.lots) + len(declared.carbon.factors),
        "inventories": len(found),
        "findings": len(findings),
        "bytes": sum(len(encode(each)) for each in found),
        "prepare_cpu_s": between - begin,
        "inventory_cpu_s": end - between,
        "cpu_s": end - begin,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    print(json.dumps(said))


def with_power(plant: Plant) -> Plant:
    """Return the plant with a third of its gas meters as meters of electricity."""
    devices = []
    for number, device in enumerate(plant.devices):
        (point,) = device.points
        is_power = number % 3 == 1 and point.carrier is Carrier.GAS
        devices.append(replace(device, points=(_power(point),)) if is_power else device)
    return replace(plant, devices=tuple(devices))


def _power(point: Point) -> Point:
    return replace(point, carrier=Carrier.ELECTRICITY, unit="kWh", reference=None)


def made(plant: Plant, calendar: PlantCalendar, until: int) -> Mapping[str, Windows]:
    """Return hourly windows of every meter; one in a thousand is estimated."""
    edges = calendar.edges(T0, until)
    n = len(edges) - 1
    random, nothing = np.random.default_rng(1), np.full(n, np.nan)
    found = {}
    for point in plant.points:
        grade = np.where(random.random(n) < 1e-3, np.uint8(Grade.ESTIMATED), np.uint8(0))
        found[point.id] = Windows(
            point=point.id,
            since=edges[:-1],
            until=edges[1:],
            amount=random.uniform(1.0, 10.0, n),
            grade=grade.astype(np.uint8),
            coverage=np.ones(n),
            flags=np.zeros(n, np.uint16),
            minimum=nothing,
            maximum=nothing,
        )
    return found


def entries(months: list[Period]) -> Iterator[Entry]:
    """Give a ledger: a factor of each use a year, and each month a calorific value, three fuels and lots."""
    for number, body in enumerate(_bodies(months), 1):
        yield Entry(number=number, at=T0, who="bench", why="", body=body)


def _bodies(months: list[Period]) -> Iterator[Body]:
    for year in range(2020, 2028):
        for use, unit in USES.items():
            yield EmissionFactor(
                id=f"{use}/{year}",
                use=use,
                value=1.0,
                unit=unit,
                region="CN-GD" if use.startswith("grid.") else "",
                valid_from=date(year, 1, 1),
                source="bench",
                uncertainty=0.01,
            )
    for month in months:
        yield GasQuality(since=month.since, until=month.until, ncv_mj_per_nm3=38.5)
        for fuel in FUELS:
            yield FuelUse(
                fuel=fuel,
                since=month.since,
                until=month.until,
                mass_t=1.0,
                stated=1.0,
                stated_unit="t",
                document=month.name,
            )
        for lot in range(LOTS_A_MONTH):
            yield AluminiumLot(
                id=f"{month.name}-{lot}",
                supplier=f"supplier {lot}",
                at=month.since + lot * DAY_MS,
                mass_t=100.0,
                primary=0.6,
                pre_consumer=0.1,
                post_consumer=0.3,
                green_power=0.2,
                document=f"lot {lot}",
            )


if __name__ == "__main__":
    main()
