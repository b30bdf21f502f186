"""The factors that come with the agent: METHOD's own, never changed under one id."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from config.shipped_factors import SHIPPED, shipped_factors
from domain.carbon_entries import EmissionFactor
from domain.errors import ConfigError
from domain.factors import BY_REGION, USES
from domain.registers import Reference

FACTORS = {factor.id: factor for factor in shipped_factors()}
CONTENT = {
    "gbt32151.34-gas-ncv": "34ef8bd69b8882689b83fd282825c85b39381b58066b826f655e4af83c1d0a92",
    "gbt32151.34-gas-carbon": "a53d6b1fc6bb1ff76b68eb5741dfa5eb42a6f8c8fc9a439d7df7d4416f80de9a",
    "gbt32151.34-gas-oxidation": "1bca00305b19bbe011b0ecb600c66dc73aaefbaf84ec1f99cc73764ceb877508",
    "ipcc2006-gas-ch4": "fb277a9e2a78e448d1296fb3f337e2db2e1f21b54d549b0f2eb9983ea8c8c5e8",
    "ipcc2006-gas-n2o": "7336d7ceb7ba6d1252f0944938d01263129b5f0fef2d7bbbd10eb824cdfc5de8",
    "default-diesel-ncv": "f90144787c6602ea896e4b2489f0d43c4dd78dab8366dd493a5b73e207b4469c",
    "default-diesel-carbon": "edd999e810c8c72ff895c5e266747a9502cbe942b256f488740e135a9eacbbff",
    "default-diesel-oxidation": "70a343876b5eefec2974a1b61f676e7b1449dff02175bc2f7859c4f7852e08af",
    "default-gasoline-ncv": "5191b55fdce96d50cef8239057725cc41780b44207b04df09fb94f2b3a4230d6",
    "default-gasoline-carbon": "b71650d02f630de632fe91d370347df16a271d61ce14cee223b29ca28d2af2fc",
    "default-gasoline-oxidation": "615aeb0dad65267f4c5fd53f734875fba73fa7dc51c9871bdd9a36fa90f81ed2",
    "default-lpg-ncv": "06a27c3d450f6ffe5732aa5e09e53e82c0a475a469addab8160abe5370507015",
    "default-lpg-carbon": "cc0f54f0beedf54cb527b02798665e967f39180c0c2161b5c4d1ab5977a73ff2",
    "default-lpg-oxidation": "4adcbdb99ae2f684937c6ffd5c24943b1848b9f7592836e25ed4ab044744620e",
    "ar6-gwp-ch4": "0fd149a918c9f1123a9420800ce725f173f0cf9be8a0abda6bc59c82bd016929",
    "ar6-gwp-n2o": "cf44396efca46bff632d4862c4d6c909c68d2ef8394c9877eb917e5fcc96ff8f",
    "ar5-gwp-ch4": "51c15c919991fd7aa7172a1c2b247a1ab2dffd745da1f2a4e27f5ea8ce2c336e",
    "ar5-gwp-n2o": "3412f1f9eda35d7c1ee27ca35d774c01ef87a5f97d37abcb53561fef6cccb65c",
    "grid-cn-2021": "249e25f6c2a14cf66a9e113f261983b813e49c1834fc2e78be8ea149558d8fff",
    "grid-cn-2022": "76b49b048525fef51c177544747db6bc0e1c947177dae2683f55321ff4224efd",
    "grid-cn-2023": "9ad936e0472aea905c1d51764ff2d26c59010385495f01de5ba2d51de8e2ba8b",
    "grid-cn-gd-2021": "801e2e14ec61f9f4a467d82111c63a27f687b2e68eb92f15c7c033853a1651f2",
    "grid-cn-gd-2022": "9e6a6c1edc7c821bcf9e97eacae625984911cca1427f9ab81f408a123664266d",
    "grid-cn-gd-2023": "5e4e6c0b1112a617a2ed5e0bff977df8267d620fca323ba85c20bf5d6041a779",
    "grid-cn-south-2023": "fe9af46b6c88a30c347471d68d9157d28c73cc3b5c3c3e0dcac7e0ff78d6b476",
    "grid-cn-residual-2023": "15761873c744ae4ca5aa1583c8b5324b6fbf7d65b3220dca722f3c1bd5f4151c",
    "world-primary-2022": "27be1881ed0e336f0eb2e57f47663dfef59e39b0581192ad1c74c79f267ee04d",
}
"""Id -> SHA-256 of what it says. An id may be added here; a line that is here never changes."""
NOT_MARKED = {
    "gbt32151.34-gas-ncv", "gbt32151.34-gas-carbon", "gbt32151.34-gas-oxidation",
    "ar6-gwp-ch4", "ar6-gwp-n2o", "ar5-gwp-ch4", "ar5-gwp-n2o",
}  # fmt: skip
"""METHOD marks fuels besides gas, CH4 and N2O of burning and the ministry's annex with "verify"; of primary
aluminium it names no publication. What is left."""


def said(factor: EmissionFactor) -> str:
    """Return what a factor says, without the defaults: a new field of factors changes no old one."""
    given = {
        each.name: str(getattr(factor, each.name))
        for each in fields(factor)
        if each.default is MISSING or getattr(factor, each.name) != each.default
    }
    return json.dumps(given, sort_keys=True, ensure_ascii=False)


def test_an_id_that_was_shipped_says_the_same_for_ever() -> None:
    assert {id_: sha256(said(factor).encode()).hexdigest() for id_, factor in FACTORS.items()} == CONTENT


def test_every_id_is_there_once() -> None:
    assert len(FACTORS) == len(shipped_factors()) == 27


@pytest.mark.parametrize("factor", FACTORS.values(), ids=FACTORS)
def test_a_factor_has_a_unit_a_source_and_a_region_where_it_holds_in_one(factor: EmissionFactor) -> None:
    assert factor.unit == USES[factor.use]
    assert factor.source
    assert bool(factor.region) == (factor.use in BY_REGION)
    assert factor.approver == ""


def composed(fuel: str) -> float:
    """Return t CO2 per t of a fuel, kg per Nm3 of gas."""
    ncv, carbon, oxidation = (
        next(each.value for each in FACTORS.values() if each.use == f"{fuel}.{part}")
        for part in ("ncv", "carbon", "oxidation")
    )
    return ncv * carbon * oxidation * 44 / 12 / 1000


@pytest.mark.parametrize(
    ("fuel", "per_unit"),
    [("gas", 2.162189), ("diesel", 3.095910), ("gasoline", 2.925056), ("lpg", 3.101330)],
)
def test_the_parts_of_a_fuel_make_what_the_method_says(fuel: str, per_unit: float) -> None:
    assert composed(fuel) == pytest.approx(per_unit, abs=5e-7)


def test_gas_is_per_m3_at_0_c_and_one_at_20_c_is_less() -> None:
    assert {each.id for each in FACTORS.values() if each.reference is not None} == {"gbt32151.34-gas-ncv"}
    assert FACTORS["gbt32151.34-gas-ncv"].reference is Reference.AT_0C
    # METHOD 2: V at 0 C = 0.9317755 * V at 20 C, so a m3 at 20 C gives 2.0147 kg, not 2.1622.
    to_0_c = 273.15 / 293.15
    assert to_0_c == pytest.approx(0.9317755, abs=5e-8)
    assert composed("gas") * to_0_c == pytest.approx(2.162189 * 0.9317755, abs=1e-6)


def test_electricity_has_a_factor_a_year_and_only_the_newest_goes_on() -> None:
    found = {each.id: (each.value, each.year, each.valid_until) for each in FACTORS.values() if each.region}
    assert found == {
        "grid-cn-2021": (0.5568, 2021, date(2021, 12, 31)),
        "grid-cn-2022": (0.5366, 2022, date(2022, 12, 31)),
        "grid-cn-2023": (0.5306, 2023, None),
        "grid-cn-gd-2021": (0.4715, 2021, date(2021, 12, 31)),
        "grid-cn-gd-2022": (0.4403, 2022, date(2022, 12, 31)),
        "grid-cn-gd-2023": (0.4419, 2023, None),
        "grid-cn-south-2023": (0.4042, 2023, None),
        "grid-cn-residual-2023": (0.6096, 2023, None),
    }
    assert all(each.valid_from == date(each.year or 0, 1, 1) for each in FACTORS.values() if each.year)


def test_the_potentials_of_the_older_report_hold_on_no_day_that_is_counted() -> None:
    found = {each.id: (each.value, each.valid_until) for each in FACTORS.values() if "gwp" in each.use}
    assert found == {
        "ar6-gwp-ch4": (27.0, None),
        "ar6-gwp-n2o": (273.0, None),
        "ar5-gwp-ch4": (28.0, date(2020, 12, 31)),
        "ar5-gwp-n2o": (265.0, date(2020, 12, 31)),
    }
    assert min(each.valid_from for each in FACTORS.values() if "ar5" not in each.id) == date(2021, 1, 1)


def test_what_the_method_wants_verified_is_marked_as_not_verified() -> None:
    assert {each.id for each in FACTORS.values() if each.is_verified} == NOT_MARKED


def test_uncertainties_are_those_of_the_methods_example() -> None:
    found = {each.id: each.uncertainty for each in FACTORS.values() if each.uncertainty is not None}
    assert found == {"gbt32151.34-gas-ncv": 0.03, "gbt32151.34-gas-carbon": 0.01}


def test_a_damaged_file_is_named_with_its_fault(tmp_path: Path) -> None:
    path = tmp_path / "shipped.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").replace("value = 15.3\n", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"factors\[1\].value: is missing"):
        shipped_factors(path)
