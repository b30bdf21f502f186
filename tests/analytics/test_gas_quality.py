"""The supplier's calorific value of a month, from the ledger to the results of that month and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.declared import declare
from analytics.prepared import prepare
from analytics.whole import analyse
from domain.ledger import Entry, GasQuality
from domain.method import Counterfactual, Method
from domain.periods import PeriodKind
from domain.plant import Carrier, Process
from domain.registers import Reference
from domain.results import Results
from storage.ledger_csv import ledger_csv, parse_ledger_csv
from tests.analytics.made import START, hours, plant, point, span

JANUARY, END = span(0, 31 * 24)[1], span(0, 59 * 24)[1]
"""End of January, end of February."""
METHOD = Method(counterfactual=Counterfactual.GAS, heat_efficiency=1.0)


def results(*stated: GasQuality) -> Results:
    """Return what follows from two months of 100 m3 at 20 C and 10 kWh of heat an hour."""
    gas = replace(point("gas", Carrier.GAS, unit="m3", reference=Reference.AT_20C), shares={"coil": 1.0})
    mass = replace(point("mass", Carrier.PRODUCTION, unit="t"), shares={"coil": 1.0})
    works = plant(gas, mass, point("heat", Carrier.HEAT), processes=(Process(id="coil", output_unit="t"),))
    amounts = {"gas.gas": 100.0, "mass.mass": 2.0, "heat.heat": 10.0}
    windows = {name: hours(name, np.full(59 * 24, amount)) for name, amount in amounts.items()}
    entries = [
        Entry(number=number, at=END, who="Li", why="", body=body) for number, body in enumerate(stated, 1)
    ]
    kept = parse_ledger_csv(ledger_csv(entries))
    prepared = prepare(works, METHOD, declare(kept, METHOD), windows, since=START, until=END)
    return analyse(prepared, now=END, hours_since=END)


def test_energy_co2_and_avoided_gas_of_the_stated_month_alone_follow_it_and_volumes_do_not() -> None:
    before = results()
    after = results(GasQuality(since=JANUARY, until=END, ncv_mj_per_nm3=35.0, source="invoice 7"))
    ratio = 35.0 / METHOD.gas.ncv_mj_per_nm3
    for old, new in zip(before.intensities, after.intensities, strict=True):
        if old.period.kind is not PeriodKind.MONTH:
            continue
        assert old.gas_kwh is not None
        assert old.co2_kg is not None
        share = ratio if old.period.since == JANUARY else 1.0
        assert new.gas_nm3 == old.gas_nm3
        assert new.gas_kwh == pytest.approx(old.gas_kwh * share, rel=1e-12)
        assert new.co2_kg == pytest.approx(old.co2_kg * share, rel=1e-12)
    for was, now in zip(before.heat, after.heat, strict=True):
        if was.period.kind is not PeriodKind.MONTH:
            continue
        assert was.avoided_gas_nm3 is not None
        share = ratio if was.period.since == JANUARY else 1.0
        assert now.heat_kwh == was.heat_kwh
        assert now.avoided_gas_nm3 == pytest.approx(was.avoided_gas_nm3 / share, rel=1e-12)
    assert [each.period.name for each in after.heat if each.period.kind is PeriodKind.MONTH] == [
        "2026-01",
        "2026-02",
    ]
    february = next(each for each in after.intensities if each.period.name == "2026-02")
    assert february.gas_kwh == pytest.approx(28 * 24 * 100.0 * 273.15 / 293.15 * 35.0 / 3.6, rel=1e-12)
