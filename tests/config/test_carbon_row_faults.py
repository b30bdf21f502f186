"""Rows for carbon that may be misread: refused with line, field, code and cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.carbon_codes import CODES
from config.carbon_columns import KINDS
from config.carbon_tables import parse_table, typed_row
from config.spreadsheet import LONGEST_LINE
from domain.carbon_entries import BaseYear, BaseYearReason
from tests.config.carbon_rows import EXAMPLES, RULES, one, parsed, table


def codes(kind: str, **change: str) -> list[str]:
    """Return the codes of the example with a change; each has its line and its cure."""
    found = parsed(kind, {}, change)
    assert [read.order for read in found.read if read.order == 2] == [2], "the row before it is good"
    for fault in found.findings:
        assert fault.key == "a.csv:3"
        assert fault.code in CODES
        assert fault.problem
        assert fault.remedy
    return [fault.code for fault in found.findings]


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("fuel_use", {"fuel": "diesle"}, ["entry.unknown_fuel"]),
        ("fuel_use", {"unit": "gal"}, ["entry.wrong_unit"]),
        ("fuel_use", {"unit": "kg"}, ["fuel.density"]),
        ("fuel_use", {"density_kg_per_l": ""}, ["fuel.density"]),
        ("fuel_use", {"density_kg_per_l": "840"}, ["entry.implausible"]),
        ("fuel_use", {"quantity": "-5"}, ["entry.negative"]),
        ("fuel_use", {"quantity": "1,200"}, ["entry.thousands"]),
        ("fuel_use", {"quantity": "12..5"}, ["entry.bad_number"]),
        ("fuel_use", {"quantity": ""}, ["entry.missing"]),
        ("fuel_use", {"quantity": "=A1*2"}, ["entry.formula"]),
        ("fuel_use", {"document": ""}, ["entry.missing"]),
        ("fuel_use", {"quantity": "25000", "unit": "t", "density_kg_per_l": ""}, ["entry.implausible"]),
        ("fuel_use", {"date": "2026-02-30"}, ["entry.bad_date"]),
        ("fuel_use", {"date": "2.3.2026"}, ["entry.bad_date"]),
        ("fuel_use", {"date": "2026-04"}, ["entry.future"]),
        ("fuel_use", {"date": "1999-12"}, ["entry.too_old"]),
        ("fuel_use", {"date": "2101"}, ["entry.too_far"]),
        ("fuel_use", {"what": "x" * 2001}, ["entry.text"]),
        ("fuel_use", {"what": "a\u202eb"}, ["entry.text"]),
        ("invoice", {"reference": ""}, ["invoice.no_reference"]),
        ("invoice", {"reference": "25C"}, ["entry.unknown_reference"]),
        ("invoice", {"unit": "Nm3"}, ["invoice.wrong_reference"]),
        ("invoice", {"unit": "kWh"}, ["invoice.wrong_unit"]),
        ("invoice", {"unit": "t", "reference": ""}, ["invoice.wrong_unit"]),
        ("invoice", {"carrier": "electricity", "unit": "kWh"}, ["invoice.wrong_reference"]),
        ("invoice", {"carrier": "steam"}, ["entry.unknown_carrier"]),
        ("invoice", {"quantity": "1e12"}, ["entry.implausible"]),
        ("certificates", {"first": "GEC-26-A"}, ["certificate.bad_ids"]),
        ("certificates", {"first": "GEC-25-000101"}, ["certificate.bad_ids"]),
        ("certificates", {"first": "GEC-26-000221"}, ["certificate.bad_ids"]),
        ("certificates", {"count": "119"}, ["certificate.count"]),
        ("certificates", {"count": "120.5"}, ["certificate.count"]),
        ("certificates", {"last": "GEC-26-900000000", "count": ""}, ["certificate.too_many"]),
        ("certificates", {"retired": "2026-04-02"}, ["entry.future"]),
        ("certificates", {"retired": "2025-12-31"}, ["certificate.retired_early"]),
        ("certificates", {"beneficiary": ""}, ["certificate.wrong_beneficiary"]),
        ("certificates", {"is_sold": "yes"}, ["certificate.sold"]),
        ("certificates", {"is_own_pv": "perhaps"}, ["entry.bad_flag"]),
        ("certificates", {"date": "2026-04"}, ["entry.future", "certificate.retired_early"]),
        ("green_contract", {"quantity": "0"}, ["entry.not_positive"]),
        ("green_contract", {"unit": "m3"}, ["entry.wrong_unit"]),
        ("green_contract", {"factor_kg_per_kwh": "556.8"}, ["entry.implausible"]),
        ("aluminium_lot", {"primary": "0.7"}, ["lot.shares"]),
        ("aluminium_lot", {"primary": "75"}, ["entry.bad_share"]),
        ("aluminium_lot", {"primary": "", "pre_consumer": "0.9"}, ["lot.green_power"]),
        ("aluminium_lot", {"primary": "", "pre_consumer": "", "post_consumer": ""}, ["lot.green_power"]),
        ("aluminium_lot", {"factor_t_per_t": "9800"}, ["entry.implausible"]),
        ("aluminium_lot", {"mass": "24600"}, ["entry.implausible"]),
        ("aluminium_lot", {"mass": "0"}, ["entry.not_positive"]),
        ("aluminium_lot", {"scrap_method": "cut"}, ["entry.unknown_scrap_method"]),
        ("aluminium_lot", {"at": "2026-04-02"}, ["entry.future"]),
        ("aluminium_lot", {"at": "46082"}, ["entry.bad_date"]),
        ("aluminium_lot", {"year": "2027"}, ["entry.future"]),
        ("aluminium_lot", {"year": "25"}, ["entry.bad_year"]),
        ("aluminium_lot", {"id": "x" * 101}, ["entry.text"]),
        ("emission_factor", {"use": "grid.locaton"}, ["factor.unknown_use"]),
        ("emission_factor", {"value": "441.9"}, ["entry.implausible"]),
        ("emission_factor", {"value": "0.30", "unit": "gCO2/kWh"}, ["entry.implausible"]),
        ("emission_factor", {"use": "grid.residual", "value": "0"}, ["entry.implausible"]),
        ("emission_factor", {"unit": "kg/MJ"}, ["factor.wrong_unit"]),
        ("emission_factor", {"use": "gas.ch4", "value": "1", "unit": "kgN2O/TJ", "region": ""},
         ["factor.wrong_unit"]),
        ("emission_factor", {"region": ""}, ["factor.no_region"]),
        ("emission_factor", {"region": "Guangdng"}, ["entry.unknown_region"]),
        ("emission_factor", {"use": "gwp.ch4", "value": "27", "unit": "1"}, ["factor.region"]),
        ("emission_factor", {"reference": "20C"}, ["factor.wrong_reference"]),
        ("emission_factor", {"use": "gas.ncv", "value": "35.9", "unit": "MJ/m3", "region": ""},
         ["factor.no_reference"]),
        ("emission_factor", {"use": "gas.ncv", "value": "35.9", "unit": "MJ/Nm3", "region": "",
                             "reference": "20C"}, ["factor.wrong_reference"]),
        ("emission_factor", {"use": "gas.ncv", "value": "10.8", "unit": "MJ/Nm3", "region": ""},
         ["entry.implausible"]),
        ("emission_factor", {"use": "gas.oxidation", "value": "99", "unit": "1", "region": ""},
         ["entry.implausible"]),
        ("emission_factor", {"use": "gwp.ch4", "value": "81", "unit": "1", "region": ""},
         ["entry.implausible"]),
        ("emission_factor", {"valid_until": "2022-12-31"}, ["factor.validity"]),
        ("emission_factor", {"valid_from": "1989-01-01"}, ["entry.too_old"]),
        ("emission_factor", {"valid_until": "2150-01-01"}, ["entry.too_far"]),
        ("emission_factor", {"file_sha256": "abc"}, ["entry.bad_sha256"]),
        ("emission_factor", {"uncertainty": "5"}, ["entry.bad_share"]),
        ("emission_factor", {"uncertainty": "-0.05"}, ["entry.negative"]),
        ("base_year", {"reason": "organic growth"}, ["base_year.growth"]),
        ("base_year", {"reason": "产量增长"}, ["base_year.growth"]),
        ("base_year", {"reason": "because"}, ["entry.unknown_reason"]),
        ("base_year", {"what": ""}, ["base_year.what"]),
        ("base_year", {"output_unit": "kg"}, ["entry.unknown_output_unit"]),
        ("base_year", {"output": "0"}, ["entry.not_positive"]),
        ("base_year", {"threshold": "0"}, ["entry.bad_share"]),
        ("base_year", {"approver": ""}, ["entry.missing"]),
        ("explained", {"against": "bills"}, ["entry.unknown_against"]),
        ("explained", {"date": "2026-04"}, ["entry.future"]),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_what_is_wrong(
    kind: str, change: dict[str, str], expected: list[str]
) -> None:
    assert codes(kind, **change) == expected
    typed = typed_row(kind, {**KINDS[kind].example, **change}, RULES)
    assert isinstance(typed, tuple)
    assert [fault.code for fault in typed] == expected
    columns = {each.name for each in KINDS[kind].columns}
    assert all(fault.field in columns for fault in typed)
    if len(expected) == len(change) == 1 and expected[0].startswith("entry."):
        assert typed[0].field in change


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    expected = [
        "entry.missing",
        "entry.bad_date",
        "entry.bad_number",
        "entry.wrong_unit",
        "entry.unknown_fuel",
    ]
    found = codes("fuel_use", fuel="x", date="02/2026", quantity="ten", unit="gal", document="")
    assert sorted(found) == sorted(expected)


def test_growth_is_refused_with_the_reasons_that_there_are() -> None:
    (fault,) = parsed("base_year", {"reason": "growth"}).findings
    assert "never recalculated for organic growth" in fault.problem
    for reason in ("structural", "method", "factor", "error", "5 %"):
        assert reason in fault.remedy


def test_the_threshold_of_a_base_year_is_the_plants_where_none_is_given() -> None:
    body = one("base_year", threshold="", reason="首次", what="")
    assert isinstance(body, BaseYear)
    assert (body.threshold, body.reason) == (RULES.threshold, BaseYearReason.FIRST)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-02-01", "2026-03-01", []),
        ("2026-01-31T16:00Z", "2026-03-01T00:00", []),
        ("2026-02-01", "2026-02-01", ["entry.empty_span"]),
        ("2026-02-02", "2026-02-01", ["entry.empty_span"]),
        ("2026-02", "2026-03-01", ["entry.bad_date"]),
        ("2026-02-01", "soon", ["entry.bad_date"]),
        ("2026-02-01", "", ["entry.missing"]),
        ("", "2026-03-01", ["entry.missing"]),
        ("2026-03-01", "2026-04-02", ["entry.future"]),
    ],
)
def test_a_span_may_have_two_ends_instead_of_a_date(since: str, until: str, expected: list[str]) -> None:
    text = table("invoice", {"since": since, "until": until}).replace("date", "note", 1)
    found = parse_table(text.encode(), "a.csv", "invoice", RULES)
    assert [fault.code for fault in found.findings] == expected
    if not expected:
        assert found.read[0].body == EXAMPLES["invoice"]


def test_a_time_that_is_said_twice_is_refused() -> None:
    fields = {**KINDS["invoice"].example, "since": "2026-02-01", "until": "2026-03-01"}
    found = typed_row("invoice", fields, RULES)
    assert isinstance(found, tuple)
    assert [(fault.field, fault.code) for fault in found] == [("date", "entry.two_times")]
    faults = parsed("invoice", {"since": "2026-02-01", "until": "2026-03-01"}).findings
    assert [fault.code for fault in faults] == ["entry.header"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ":entry.file"),
        ("hello world\n1\n", "1:entry.header"),
        ("fuel,date,quantity,unit\n", "1:entry.header"),
        ("fuel,date,quantity,unit,document,densty\n", "1:entry.header"),
        ("fuel,date,quantity,用量,unit,document\n", "1:entry.header"),
        ("fuel,since,quantity,unit,document\n", "1:entry.header"),
        ("fuel,date,quantity,unit,document\n\n,,,\n", ":entry.empty"),
        ('fuel,date,quantity,unit,document\ndiesel,2026-02,"5,t,x\n', "2:entry.columns"),
        ("fuel,date,quantity,unit,document\ndiesel,2026-02,5,t,x,y\n", "2:entry.columns"),
        ("fuel,date,quantity,unit,document\n" + "x" * (LONGEST_LINE + 1), "2:entry.long_line"),
    ],
)
def test_a_file_that_is_no_such_table_says_what_it_lacks(text: str, expected: str) -> None:
    (fault,) = parse_table(text.encode(), "a.csv", "fuel_use", RULES).findings
    assert f"{fault.key.removeprefix('a.csv').lstrip(':')}:{fault.code}" == expected


def test_a_field_that_there_is_not_is_answered_with_the_near_one() -> None:
    found = typed_row("fuel_use", {**KINDS["fuel_use"].example, "documnt": "x", "用量": "7"}, RULES)
    assert isinstance(found, tuple)
    assert [(fault.field, fault.code) for fault in found] == [
        ("documnt", "entry.header"),
        ("quantity", "entry.header"),
    ]
    assert "'document'" in found[0].remedy


def test_every_code_is_raised_by_a_test_of_this_room() -> None:
    here = Path(__file__).parent
    text = "".join(
        (here / name).read_text() for name in ("test_carbon_row_faults.py", "test_carbon_beside.py")
    )
    raised = set(re.findall(r"\w+\.\w+", text))
    only_of_the_ledger = {"entry.already"}
    assert set(CODES) - raised - only_of_the_ledger == set()


@settings(max_examples=25)
@given(content=st.binary(max_size=200), kind=st.sampled_from(list(KINDS)))
def test_any_bytes_are_a_table_or_a_finding(content: bytes, kind: str) -> None:
    found = parse_table(content, "a.csv", kind, RULES)
    assert found.findings
    assert found.read == ()


CELL = st.text("0123456789-/.:年月日TWZ+ ,;'\"=eE%tkgLm3NWh°C\r\n", max_size=12)


@settings(max_examples=30)
@given(data=st.data(), kind=st.sampled_from(list(KINDS)))
def test_any_fields_are_a_body_or_faults(data: st.DataObject, kind: str) -> None:
    names = [each.name for each in KINDS[kind].columns]
    change = data.draw(st.dictionaries(st.sampled_from(names), CELL, max_size=4))
    found = typed_row(kind, {**KINDS[kind].example, **change}, RULES)
    if isinstance(found, tuple):
        assert found
        assert all(fault.code in CODES and fault.field in names for fault in found)
    else:
        assert type(found) is type(EXAMPLES[kind])


@pytest.mark.parametrize(
    ("until", "is_fault"), [("2025-01-01", False), ("2025-01-03", True), ("2026-01-01", True)]
)
def test_a_vintage_longer_than_a_year_is_refused(until: str, *, is_fault: bool) -> None:
    given = {name: cell for name, cell in KINDS["certificates"].example.items() if name != "date"}
    found = typed_row("certificates", {**given, "since": "2024-01-01", "until": until}, RULES)
    faults = [(each.field, each.code) for each in found] if isinstance(found, tuple) else []
    assert faults == ([("until", "certificate.long_vintage")] if is_fault else [])
