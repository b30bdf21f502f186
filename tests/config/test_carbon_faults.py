"""`[carbon]`: the grid factor with its source, the paths of the reduction plan, and each fault of them."""

from __future__ import annotations

import tomllib

import pytest

from config import load
from config.carbon_regions import near_names, region_named
from config.shipped_factors import shipped_factors
from domain.grid_regions import MAINLAND
from domain.method import CarbonMethod
from tests.config.works import Works, assert_only
from tests.e2e.harness import ROOT

EXAMPLES = ROOT / "config/examples"
Change = tuple[str, str]
CARBON = """
[carbon]
grid_kg_per_kwh = 0.4419
grid_source = "the ministry, Guangdong, 2023"
grid_verified = true
grid_region = "CN-GD"
certificate_match = "month"
beneficiary = "the works"
invoice_tolerance = 0.03
base_year_threshold = 0.04
invoice_uncertainty = 0.02
[carbon.meter_uncertainty]
gas = 0.01
heat = 0.05
[[carbon.paths]]
id = "scope_1_2"
source = "the plan"
allowed = { "2025" = 1.21, "2024" = 1.25 }
stated = { "2024" = 0.102 }
[[carbon.paths]]
id = "scope_3_1"
unit = "kgCO2e/m2"
source = "the plan"
allowed = { "2024" = 14.9 }
"""


def test_factor_and_paths_of_a_plant_file_are_loaded(works: Works) -> None:
    works.write(extra=CARBON)
    carbon = works.load().method.carbon
    assert (carbon.grid_kg_per_kwh, carbon.is_grid_verified) == (0.4419, True)
    assert carbon.grid_source == "the ministry, Guangdong, 2023"
    first, second = carbon.paths
    assert (first.id, first.unit, first.source) == ("scope_1_2", "tCO2e/t", "the plan")
    assert (first.allowed, first.stated) == ({2024: 1.25, 2025: 1.21}, {2024: 0.102})
    assert (second.unit, second.allowed, second.stated) == ("kgCO2e/m2", {2024: 14.9}, {})


def test_plant_file_without_carbon_has_no_factor_and_no_path(works: Works) -> None:
    carbon = works.load().method.carbon
    assert (carbon.grid_kg_per_kwh, carbon.paths, carbon.is_grid_verified) == (None, (), False)


def test_choices_of_the_inventory_are_loaded(works: Works) -> None:
    works.write(extra=CARBON)
    carbon = works.load().method.carbon
    assert (carbon.grid_region, carbon.certificate_match, carbon.beneficiary) == (
        "CN-GD", "month", "the works",
    )  # fmt: skip
    assert (carbon.invoice_tolerance, carbon.base_year_threshold, carbon.invoice_uncertainty) == (
        0.03, 0.04, 0.02,
    )  # fmt: skip
    assert carbon.meter_uncertainty == {"gas": 0.01, "electricity": 0.01, "pv": 0.01, "heat": 0.05}
    assert (carbon.pv_plan_kwh_per_year, carbon.heat_plan_kwh_per_year) == (None, None)


def test_a_file_that_says_nothing_of_the_inventory_has_the_methods_own_choices(works: Works) -> None:
    assert works.load().method.carbon == CarbonMethod()


def test_the_demo_knows_its_region_its_plans_and_its_area_per_tonne() -> None:
    loaded = load(EXAMPLES / "demo.toml", {})
    carbon = loaded.method.carbon
    assert (carbon.grid_region, carbon.beneficiary) == ("CN-GD", "江门涂装厂")
    assert (carbon.pv_plan_kwh_per_year, carbon.heat_plan_kwh_per_year) == (2_400_000, 1_200_000)
    assert {each.id: each.m2_per_t for each in loaded.plant.processes} == {"coil": 460, "sheet": 390}


def test_a_grid_that_nobody_knows_is_a_warning(works: Works) -> None:
    works.write(extra='[carbon]\ngrid_region = "CN-NOWHERE"\n')
    assert_only(works.check(), "config.unknown_region", "carbon.grid_region", "CN-")
    works.load()


@pytest.mark.parametrize("region", ["CN", "CN-GD", "CN-SOUTH", "CN-HK", "VN", "VN-SG"])
def test_a_grid_that_is_known_or_of_another_country_is_no_warning(works: Works, region: str) -> None:
    works.write(extra=f'[carbon]\ngrid_region = "{region}"\n')
    assert not works.check()


def test_every_grid_of_a_factor_that_comes_with_the_agent_is_known() -> None:
    assert all(region_named(each.region, ()) for each in shipped_factors() if each.region)


def test_the_country_stands_in_for_mainland_grids_alone() -> None:
    of_china = {each for each in near_names(()) if each.startswith("CN-")}
    assert of_china - MAINLAND == {"CN-HK", "CN-MO", "CN-TW"}
    assert of_china > MAINLAND


def test_energy_that_is_planned_and_not_measured_is_a_warning(works: Works) -> None:
    works.write(extra="[carbon]\npv_plan_kwh_per_year = 2_400_000\n")
    assert_only(works.check(), "config.plan_without_meter", "carbon.pv_plan_kwh_per_year", 'carrier = "pv"')
    works.load()


def test_area_per_tonne_of_a_process_is_loaded(works: Works) -> None:
    works.write(('id = "coil"\n', 'id = "coil"\nm2_per_t = 460\n'))
    assert [each.m2_per_t for each in works.load().plant.processes] == [460, None]


@pytest.mark.parametrize("given", [0, 0.46, 460_000])
def test_area_of_a_kilogram_or_of_a_thousand_tonnes_is_refused(works: Works, given: float) -> None:
    works.write(('id = "coil"\n', f'id = "coil"\nm2_per_t = {given}\n'))
    assert_only(works.check(), "config.wrong_value", "processes[0].m2_per_t", "it must be at")


def test_factor_may_come_from_the_environment(works: Works) -> None:
    names = {"ENERGY_AGENT_CARBON__GRID_KG_PER_KWH": "0.4403", "ENERGY_AGENT_CARBON__GRID_SOURCE": "2022"}
    carbon = works.load(names).method.carbon
    assert (carbon.grid_kg_per_kwh, carbon.grid_source) == (0.4403, "2022")


def test_the_demo_has_the_paths_of_the_plan_and_an_unverified_factor() -> None:
    carbon = load(EXAMPLES / "demo.toml", {}).method.carbon
    allowed = {path.id: dict(path.allowed) for path in carbon.paths}
    years = range(2024, 2030)
    assert allowed == {
        "scope_1_2": dict(zip(years, (1.25, 1.21, 1.17, 1.13, 1.09, 1.04), strict=True)),
        "scope_3_1": dict(zip(years, (14.9, 14.4, 13.6, 13.5, 12.9, 12.2), strict=True)),
    }
    assert {path.id: dict(path.stated) for path in carbon.paths} == {
        "scope_1_2": {2024: 0.102}, "scope_3_1": {2024: 14.982},
    }  # fmt: skip
    assert (carbon.grid_kg_per_kwh, carbon.is_grid_verified) == (0.4419, False)


def test_the_example_says_of_carbon_what_the_demo_says() -> None:
    demo, example = (tomllib.loads((EXAMPLES / f"{name}.toml").read_text()) for name in ("demo", "plant"))
    assert demo["carbon"].pop("heat_plan_kwh_per_year") == 1_200_000  # the example's heat is not measured
    inventory = ("certificate_match", "invoice_tolerance", "base_year_threshold", "invoice_uncertainty")
    assert {key: example["carbon"].pop(key) for key in inventory} == {
        key: getattr(CarbonMethod(), key) for key in inventory
    }  # the demo leaves them as they are
    assert demo["carbon"] == example["carbon"]


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            ('"2025" = 1.21', '"2205" = 1.21'), "config.bad_year", "carbon.paths[0].allowed", "1990 to 2100",
            id="a year with a slip",
        ),
        pytest.param(
            ('"2025" = 1.21', '"next" = 1.21'), "config.bad_year", "carbon.paths[0].allowed", '"2026"',
            id="a year that is a word",
        ),
        pytest.param(
            ('"2024" = 0.102', '"24" = 0.102'), "config.bad_year", "carbon.paths[0].stated", '"2026"',
            id="a year of two digits",
        ),
        pytest.param(
            ('"2025" = 1.21', '"2025" = -1.21'), "config.wrong_value", "carbon.paths[0].allowed.2025",
            "more than 0", id="a negative path",
        ),
        pytest.param(
            ('"2024" = 14.9', '"2024" = 0'), "config.wrong_value", "carbon.paths[1].allowed.2024",
            "more than 0", id="a path of zero",
        ),
        pytest.param(
            ('source = "the plan"\n', ""), "config.missing_key", "carbon.paths[0].source", "add source",
            id="a path that nobody published",
        ),
        pytest.param(
            ('id = "scope_3_1"', 'id = "scope_3"'), "config.wrong_value", "carbon.paths[1].id",
            "'scope_3_1'", id="a path of another scope",
        ),
        pytest.param(
            ('id = "scope_3_1"', 'id = "scope_1_2"'), "config.duplicate_id", "carbon.paths[1].id",
            "another id", id="one path twice",
        ),
        pytest.param(
            ('grid_source = "the ministry, Guangdong, 2023"\n', ""), "config.missing_key",
            "carbon.grid_source", "who publishes it", id="a factor without a source",
        ),
        pytest.param(
            ("grid_kg_per_kwh = 0.4419", "grid_kg_per_kwh = 441.9"), "config.wrong_value",
            "carbon.grid_kg_per_kwh", "at most 2", id="grams for kilograms",
        ),
        pytest.param(
            ('grid_kg_per_kwh = 0.4419\ngrid_source = "the ministry, Guangdong, 2023"\n', ""),
            "config.missing_key", "carbon.grid_kg_per_kwh", "add grid_kg_per_kwh",
            id="a verified factor that is not given",
        ),
        pytest.param(
            ('"CN-GD"', '"guangdong"'), "config.wrong_value", "carbon.grid_region", '"CN-GD"',
            id="a region in words",
        ),
        pytest.param(
            ('"month"', '"day"'), "config.wrong_value", "carbon.certificate_match", "one of: year, month",
            id="certificates of a day",
        ),
        pytest.param(
            ("invoice_tolerance = 0.03", "invoice_tolerance = 3"), "config.wrong_value",
            "carbon.invoice_tolerance", "write 0.02 for 2 %", id="percents for a share",
        ),
        pytest.param(
            ("threshold = 0.04", "threshold = 0"), "config.wrong_value", "carbon.base_year_threshold",
            "more than 0", id="a threshold that everything exceeds",
        ),
        pytest.param(
            ("gas = 0.01", "gas = 1.5"), "config.wrong_value", "carbon.meter_uncertainty.gas",
            "write 0.02 for 2 %", id="percents of a meter",
        ),
        pytest.param(
            ("heat = 0.05", "water = 0.05"), "config.unknown_key", "carbon.meter_uncertainty.water",
            "heat", id="meters of something else",
        ),
        pytest.param(
            ("grid_region", "pv_plan_kwh_per_year = 2400\ngrid_region"), "config.wrong_value",
            "carbon.pv_plan_kwh_per_year", "at least 10000", id="MWh for kWh",
        ),
    ],
)  # fmt: skip
def test_fault_of_carbon_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    old, new = change
    assert old in CARBON
    works.write(extra=CARBON.replace(old, new, 1))
    assert_only(works.check(), code, key, cure)
