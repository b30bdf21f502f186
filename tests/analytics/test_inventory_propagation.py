"""Uncertainty from first principles: move an input by its uncertainty and see what the tonnes do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pytest

from analytics.certificates import ContractLine, Covered
from analytics.inventory_gas import gas_lines
from analytics.inventory_meters import metered
from analytics.inventory_power import market_lines
from analytics.inventory_uncertainty import combined
from analytics.lots import lot_lines
from domain.carbon_entries import AluminiumLot, EmissionFactor
from domain.factors import FactorUsed
from domain.inventory import Cover, Line
from domain.ledger import Body, GasQuality
from domain.plant import Carrier
from domain.series import Floats
from tests.analytics.carbon_made import FEW, METHOD, basis, entries, factor, factors, few, total
from tests.analytics.process import SHANGHAI

JANUARY_KWH = total("em_main.import", 0, 31)
CONTRACT = FactorUsed(
    use="contract.factor", id="C-1", entry=40, value=0.2, unit="kgCO2/kWh", source="", uncertainty=0.3
)


def spread(tonnes: Callable[[Mapping[str, float]], float], doubts: Mapping[str, float]) -> float:
    """Return the root sum square of what the tonnes do when each input alone is off, by the tonnes."""
    plain = tonnes({})
    return math.hypot(*(tonnes({name: doubt}) - plain for name, doubt in doubts.items())) / plain


def scaled(name: str, by: float) -> dict[str, Floats]:
    return {point: each * (1.0 + by) if point == name else each for point, each in FEW.items()}


def market(off: Mapping[str, float], covered: Covered) -> Line:
    residual = factor("grid.residual", 0.6096 * (1.0 + off.get("residual", 0.0)), uncertainty=0.05)
    ledger = entries([*factors("grid.residual"), residual])
    of = basis(few(ledger=ledger, truth=scaled("em_main.import", off.get("meter", 0.0))))
    return market_lines(of, metered(of, Carrier.ELECTRICITY), covered).lines["2024-01"]


def covers(share: float, kind: str = "certificates") -> Covered:
    kwh = share * JANUARY_KWH
    one = Cover(instrument="A1..A9", kind=kind, entry=30, month="2024-01", kwh=kwh)
    return Covered(covers=(one,), sold_pv_kwh={})


def under(share: float, used: FactorUsed) -> ContractLine:
    kwh = share * JANUARY_KWH
    return ContractLine(contract="C-1", entry=40, month="2024-01", kwh=kwh, factor=used, unproven_kwh=0.0)


def known(line: Line) -> float:
    assert line.tco2e is not None
    return line.tco2e


def test_the_meters_error_is_of_all_the_electricity_and_falls_on_the_rest() -> None:
    covered = covers(343.0 / 380.0)
    true = spread(lambda off: known(market(off, covered)), {"meter": 0.01, "residual": 0.05})
    assert market({}, covered).uncertainty == pytest.approx(true, rel=1e-9)
    assert true == pytest.approx(math.hypot(0.01 * 380.0 / 37.0, 0.05), rel=1e-9)


def test_a_contracts_factor_moves_its_own_energy_alone() -> None:
    def of(off: Mapping[str, float]) -> Line:
        used = replace(CONTRACT, value=0.2 * (1.0 + off.get("contract", 0.0)))
        return market(off, replace(covers(0.4, "contract"), contracts=(under(0.4, used),)))

    doubts = {"meter": 0.01, "residual": 0.05, "contract": 0.3}
    assert of({}).uncertainty == pytest.approx(spread(lambda off: known(of(off)), doubts), rel=1e-9)


def test_all_covered_by_a_contract_the_meter_moves_what_the_contract_covers() -> None:
    found = market({}, replace(covers(1.0, "contract"), contracts=(under(1.0, CONTRACT),)))
    assert found.uncertainty == pytest.approx(math.hypot(0.3, 0.01), rel=1e-9)


SHARES = {"A": (0.8, 0.2), "B": (0.3, 0.7)}
"""Lot -> shares of primary metal and of scrap."""


def aluminium(off: Mapping[str, float]) -> list[Line]:
    values = {"aluminium.primary": 15.1, "aluminium.recycled": 0.6}
    used: list[EmissionFactor] = [
        factor(use, value * (1.0 + off.get(use, 0.0)), uncertainty=0.1) for use, value in values.items()
    ]
    lots = [
        AluminiumLot(
            id=name,
            supplier="Smelter",
            at=SHANGHAI.instant(date(2024, 1, 5)),
            mass_t=100.0 * (1.0 + off.get(name, 0.0)),
            primary=primary,
            post_consumer=scrap,
            document="invoice",
        )
        for name, (primary, scrap) in SHARES.items()
    ]
    of = basis(few(ledger=entries([*factors(), *used, *lots])))
    found, _ = lot_lines(
        of.carbon, METHOD.carbon, months=of.months, calendar=of.prepared.calendar, base_year=2024
    )
    return list(found["2024-01"])


def test_metal_of_one_kind_is_wrong_together_in_every_lot_and_masses_are_not() -> None:
    doubts = {"aluminium.primary": 0.1, "aluminium.recycled": 0.1, "A": 0.01, "B": 0.01}
    true = spread(lambda off: math.fsum(known(each) for each in aluminium(off)), doubts)
    found, codes = combined(aluminium({}), METHOD.carbon)
    assert found == pytest.approx(true, rel=1e-9)
    assert codes == ()
    one = aluminium({})[0]
    by_hand = math.hypot(0.8 * 15.1 * 0.1, 0.2 * 0.6 * 0.1) / (0.8 * 15.1 + 0.2 * 0.6)
    assert one.uncertainty == pytest.approx(math.hypot(by_hand, 0.01), rel=1e-9)


def gas(off: Mapping[str, float]) -> Line:
    statement = GasQuality(
        since=SHANGHAI.day_start(date(2024, 1, 11)),
        until=SHANGHAI.day_start(date(2024, 2, 1)),
        ncv_mj_per_nm3=37.0 * (1.0 + off.get("statement", 0.0)),
        source="statement 7",
    )
    ledger: list[Body] = [
        *factors("gas.ncv", "gas.carbon"),
        factor("gas.ncv", 38.931 * (1.0 + off.get("ncv", 0.0))),
        factor("gas.carbon", 15.3 * (1.0 + off.get("carbon", 0.0))),
        statement,
    ]
    prepared = few(ledger=entries(ledger), truth=scaled("gas_main.volume", off.get("meter", 0.0)))
    return gas_lines(basis(prepared)).lines["2024-01"]


def test_a_calorific_value_moves_the_gas_that_it_holds_for() -> None:
    doubts = {"ncv": 0.03, "statement": 0.03, "carbon": 0.01, "meter": 0.015}
    found = gas({}).uncertainty
    assert found == pytest.approx(spread(lambda off: known(gas(off)), doubts), rel=1e-9)
    assert found is not None
    assert found < 0.035
