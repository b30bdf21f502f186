"""Scope 2 by place and by market: what is covered, under contract, and left to the residual mix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from analytics.certificates import ContractLine, Covered
from analytics.inventory_meters import metered
from analytics.inventory_power import location_lines, market_lines, region_findings
from domain.factors import FactorUsed
from domain.inventory import Cover, Line
from domain.method import CarbonMethod, Method
from domain.plant import Carrier
from tests.analytics.carbon_made import METHOD, basis, entries, factor, factors, few, found, total, works
from tests.analytics.works import works_plant

JANUARY_KWH = total("em_main.import", 0, 31)
NOTHING = Covered(covers=(), sold_pv_kwh={})
CONTRACT = FactorUsed(
    use="contract.factor", id="C-1", entry=40, value=0.05, unit="kgCO2/kWh", source="contract"
)


def cover(kwh: float, kind: str = "certificates") -> Cover:
    return Cover(instrument="A1..A9", kind=kind, entry=30, month="2024-01", kwh=kwh)


def january(covered: Covered = NOTHING, *without: str, method: Method = METHOD) -> Line:
    of = basis(few(ledger=entries(factors(*without)), method=method))
    return market_lines(of, metered(of, Carrier.ELECTRICITY), covered).lines["2024-01"]


def test_bought_electricity_by_the_factor_of_the_region() -> None:
    of = basis(few())
    line = location_lines(of, metered(of, Carrier.ELECTRICITY)).lines["2024-01"]
    assert line.activity == pytest.approx(JANUARY_KWH)
    assert line.tco2e == pytest.approx(JANUARY_KWH * 0.4419 / 1000.0)
    assert (line.scope, line.formula, line.points) == ("2_location", "grid.1", ("em_main.import",))
    assert [each.id for each in line.factors] == ["grid.location/2020"]


def test_a_factor_of_a_month_and_the_base_years_factor_are_two_paths() -> None:
    ledger = entries([*factors(), factor("grid.location", 0.40, since=date(2025, 1, 1), year=2023)])
    of = basis(works(ledger=ledger))
    line = location_lines(of, metered(of, Carrier.ELECTRICITY)).lines["2025-01"]
    assert line.activity is not None
    assert line.tco2e == pytest.approx(line.activity * 0.40 / 1000.0)
    assert line.fixed_t == pytest.approx(line.activity * 0.4419 / 1000.0)
    assert "factor.other_year" in line.codes


def test_without_a_region_scope_2_is_not_known_and_a_finding_says_how_to_tell_it() -> None:
    of = basis(few(method=Method(carbon=CarbonMethod())))
    line = location_lines(of, metered(of, Carrier.ELECTRICITY)).lines["2024-01"]
    assert (line.tco2e, line.fixed_t, line.codes) == (None, None, ("inventory.no_region",))
    assert [each.code for each in region_findings(of)] == ["inventory.no_region"]
    assert january(method=Method()).tco2e is None


def test_a_region_whose_factor_is_not_in_the_ledger_has_no_number() -> None:
    elsewhere = replace(METHOD, carbon=replace(METHOD.carbon, grid_region="CN-SOUTH"))
    prepared = few(method=elsewhere)
    made, findings = found(prepared)
    assert made["2024"].scope_2_location.tco2e is None
    (none,) = [each for each in findings if each.code == "factor.none"]
    assert (none.key, none.since) == ("grid.location/CN-SOUTH", prepared.since)
    assert none in made["2024"].findings
    assert none in made["2024-03"].findings


def test_without_instruments_everything_is_residual_mix_of_the_country() -> None:
    line = january()
    assert line.tco2e == pytest.approx(JANUARY_KWH * 0.6096 / 1000.0)
    assert line.factors[0].region == "CN"


@pytest.mark.parametrize("region", ["CN-HK", "CN-XX", "VN-SG"])
def test_the_residual_mix_of_mainland_china_is_no_other_regions(region: str) -> None:
    line = january(method=replace(METHOD, carbon=replace(METHOD.carbon, grid_region=region)))
    assert line.tco2e is None
    assert "factor.none" in line.codes


def test_what_certificates_cover_emits_nothing_and_the_rest_is_residual_mix() -> None:
    half = replace(NOTHING, covers=(cover(JANUARY_KWH / 2),), entries={"2024-01": (30,)})
    assert january(half).tco2e == pytest.approx(JANUARY_KWH / 2 * 0.6096 / 1000.0)
    assert january(half).entries == (30,)
    whole = january(replace(NOTHING, covers=(cover(JANUARY_KWH),)), "grid.residual")
    assert (whole.tco2e, whole.fixed_t, whole.factors) == (0.0, 0.0, ())


def test_a_rest_without_a_residual_factor_is_not_known() -> None:
    line = january(replace(NOTHING, covers=(cover(JANUARY_KWH / 2),)), "grid.residual")
    assert line.tco2e is None
    assert "factor.none" in line.codes


def test_energy_under_contract_has_the_factor_of_the_contract() -> None:
    bought = ContractLine(
        contract="C-1",
        entry=40,
        month="2024-01",
        kwh=1000.0,
        factor=CONTRACT,
        unproven_kwh=1000.0,
        codes=("contract.unproven",),
    )
    line = january(replace(NOTHING, covers=(cover(1000.0, "contract"),), contracts=(bought,)))
    assert line.tco2e == pytest.approx(((JANUARY_KWH - 1000.0) * 0.6096 + 1000.0 * 0.05) / 1000.0)
    assert CONTRACT in line.factors
    assert "contract.unproven" in line.codes


def test_own_pv_whose_certificates_were_sold_is_residual_mix() -> None:
    sold = Covered(covers=(cover(JANUARY_KWH),), sold_pv_kwh={"2024-01": 500.0})
    assert january(sold).tco2e == pytest.approx(500.0 * 0.6096 / 1000.0)
    unknown = january(replace(sold, sold_pv_kwh={"2024-01": None}))
    assert (unknown.tco2e, "inventory.no_pv" in unknown.codes) == (None, True)


def test_a_roof_without_a_main_meter_leaves_bought_electricity_unknown() -> None:
    made, _ = found(few(of=works_plant("em_main")))
    assert made["2024-01"].scope_2_location.tco2e is None
    assert "inventory.no_meter" in made["2024-01"].scope_2_location.codes
    assert made["2024-01"].scope_1.tco2e is not None
