"""Tables for carbon: what is declared is read exactly, what may be misread is refused with its line."""

from __future__ import annotations

import pytest

from config.carbon_columns import KINDS
from config.carbon_tables import parse_table, typed_row
from config.carbon_units import BOUNDS, units_of
from domain.carbon_entries import (
    AluminiumLot,
    EmissionFactor,
    FuelUse,
    Invoice,
    ScrapMethod,
)
from domain.factors import USES
from domain.registers import Reference
from storage.ledger_rows import KINDS as STORED
from tests.config.carbon_rows import EXAMPLES, FEBRUARY, MARCH_1, RULES, one, parsed


def test_there_is_a_table_for_everything_that_can_be_declared() -> None:
    closings = {"closed", "restated"}
    names = [kind.partition(".")[0] for kind in STORED]
    assert list(KINDS) == names[names.index("emission_factor") :][: len(KINDS)]
    assert set(names[names.index("emission_factor") :]) == {*KINDS, *closings}


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_table_is_read_from_a_file_and_typed_alike(kind: str) -> None:
    assert one(kind) == EXAMPLES[kind]
    assert typed_row(kind, KINDS[kind].example, RULES) == EXAMPLES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_columns_have_one_name_and_every_column_has_a_chinese_one(kind: str) -> None:
    columns = KINDS[kind].columns
    names = [name.lower() for each in columns for name in (each.name, *each.en, *each.zh)]
    assert len(names) == len(set(names))
    assert all(each.zh and not each.zh[0].isascii() and each.help for each in columns)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(("separator", "point"), [(",", "."), (";", ","), ("\t", ".")])
def test_a_chinese_table_is_read_however_a_spreadsheet_exports_it(
    encoding: str, separator: str, point: str
) -> None:
    rows = ("燃料|月份|用量|单位|密度|单据|备注", f"柴油|2026年2月|1200{point}5|升|0{point}84|发票7|=1+1")
    content = "\r\n".join(row.replace("|", separator) for row in rows).encode(encoding)
    found = parse_table(content, "a.csv", "fuel_use", RULES)
    assert found.findings == ()
    assert found.read[0].body == FuelUse(
        fuel="diesel", since=FEBRUARY, until=MARCH_1,
        mass_t=1.00842, stated=1200.5, stated_unit="L", density_kg_per_l=0.84,
        document="发票7",
    )  # fmt: skip


# Units


@pytest.mark.parametrize(
    ("quantity", "unit", "density", "mass_t"),
    [
        ("1.5", "t", "", 1.5), ("0", "t", "", 0.0), ("1500.3", "kg", "", 1.5003), ("0.1", "吨", "", 0.1),
        ("1000", "L", "0.84", 0.84), ("3", "升", "0.7", 0.0021), ("9", "公斤", "", 0.009),
    ],
)  # fmt: skip
def test_a_mass_of_fuel_is_converted_exactly(quantity: str, unit: str, density: str, mass_t: float) -> None:
    body = one("fuel_use", quantity=quantity, unit=unit, density_kg_per_l=density)
    assert isinstance(body, FuelUse)
    assert (body.mass_t, body.stated) == (mass_t, float(quantity))
    assert body.stated_unit == {"吨": "t", "升": "L", "公斤": "kg"}.get(unit, unit)


@pytest.mark.parametrize(
    ("carrier", "unit", "reference", "quantity", "found"),
    [
        ("gas", "Nm3", "", 7.0, ("m3", Reference.AT_0C)),
        ("gas", "Nm³", "0C", 7.0, ("m3", Reference.AT_0C)),
        ("天然气", "立方米", "20 ℃", 7.0, ("m3", Reference.AT_20C)),
        ("gas", "m3", "15C", 7.0, ("m3", Reference.AT_15C)),
        ("gas", "万m³", "20C", 70_000.0, ("m3", Reference.AT_20C)),
        ("electricity", "MWh", "", 7000.0, ("kWh", None)),
        ("电力", "度", "", 7.0, ("kWh", None)),
        ("electricity", "万千瓦时", "", 70_000.0, ("kWh", None)),
    ],
)
def test_an_invoice_is_in_kwh_or_in_m3_of_named_conditions(
    carrier: str, unit: str, reference: str, quantity: float, found: tuple[str, Reference | None]
) -> None:
    body = one("invoice", carrier=carrier, quantity="7", unit=unit, reference=reference)
    assert isinstance(body, Invoice)
    assert (body.quantity, (body.unit, body.reference)) == (quantity, found)


@pytest.mark.parametrize(
    ("use", "value", "unit", "found"),
    [
        ("gas.ncv", "389.31", "GJ/10^4Nm3", 38.931),
        ("gas.ncv", "389.31", "GJ/万Nm³", 38.931),
        ("gas.ncv", "9200", "kcal/Nm3", 38.51856),
        ("gas.carbon", "15.3", "tC/TJ", 15.3),
        ("gas.oxidation", "99", "%", 0.99),
        ("gas.ch4", "1", "g/GJ", 1.0),
        ("diesel.ncv", "42.652", "MJ/kg", 42.652),
        ("gwp.ch4", "27.0", "1", 27.0),
        ("aluminium.primary", "15100", "kgCO2e/t", 15.1),
    ],
)
def test_a_factor_is_kept_in_the_unit_of_its_use_and_says_how_it_was_stated(
    use: str, value: str, unit: str, found: float
) -> None:
    body = one("emission_factor", use=use, value=value, unit=unit, region="")
    assert isinstance(body, EmissionFactor)
    assert (body.value, body.unit) == (found, USES[use])
    is_converted = float(value) != found
    assert body.source.endswith(f"; stated as {value} {unit}") == is_converted
    assert body.reference is (Reference.AT_0C if use == "gas.ncv" else None)


def test_every_use_has_bounds_and_its_own_unit_among_those_it_may_be_given_in() -> None:
    assert set(BOUNDS) == set(USES)
    assert all(units_of(use)[unit] == 1 for use, unit in USES.items())


@pytest.mark.parametrize("text", ["Guangdong", "广东", "cn-gd", "CN-GD"])
def test_a_grid_may_be_named(text: str) -> None:
    body = one("emission_factor", region=text)
    assert isinstance(body, EmissionFactor)
    assert body.region == "CN-GD"


def test_a_grid_that_the_plant_names_is_known() -> None:
    found = parsed("emission_factor", {"region": "CN-OWN"})
    assert [fault.code for fault in found.findings] == ["entry.unknown_region"]
    assert isinstance(one("emission_factor", region="VN"), EmissionFactor)


def test_shares_may_be_percent_and_what_is_left_out_of_a_whole_is_nothing() -> None:
    body = one("aluminium_lot", primary="60 %", pre_consumer="", post_consumer="40%", scrap_method="副产品法")
    assert isinstance(body, AluminiumLot)
    assert (body.primary, body.pre_consumer, body.post_consumer) == (0.6, 0.0, 0.4)
    assert body.scrap_method is ScrapMethod.CO_PRODUCT
    unknown = one("aluminium_lot", primary="", pre_consumer="", post_consumer="", green_power="")
    assert isinstance(unknown, AluminiumLot)
    assert (unknown.primary, unknown.pre_consumer, unknown.post_consumer) == (None, None, None)
