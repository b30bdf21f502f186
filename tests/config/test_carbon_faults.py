"""`[carbon]`: the grid factor with its source, the paths of the reduction plan, and each fault of them."""

from __future__ import annotations

import tomllib

import pytest

from config import load
from tests.config.works import Works, assert_only
from tests.e2e.harness import ROOT

EXAMPLES = ROOT / "config/examples"
Change = tuple[str, str]
CARBON = """
[carbon]
grid_kg_per_kwh = 0.4419
grid_source = "the ministry, Guangdong, 2023"
grid_verified = true
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
    ],
)  # fmt: skip
def test_fault_of_carbon_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    old, new = change
    assert old in CARBON
    works.write(extra=CARBON.replace(old, new, 1))
    assert_only(works.check(), code, key, cure)
