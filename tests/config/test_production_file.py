"""Tables of output: what a plant exports is read, what may be misread is refused with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.production_codes import CODES
from config.production_file import Parsed, parse_production
from config.production_rules import Rules, Stated, sort_out
from config.spreadsheet import LONGEST_LINE
from domain.ledger import Production
from domain.periods import HOUR_MS, PlantCalendar, Shift, WorkingCalendar
from domain.plant import Process

NOW = 1_775_000_000_000
"""2026-04-01 07:33 in Shanghai."""
MARCH_1 = 1_772_294_400_000
"""2026-03-01 00:00 in Shanghai."""
SHIFTS = (Shift(name="day", start_min=480, end_min=1200), Shift(name="night", start_min=1200, end_min=480))
ZONE = ZoneInfo("Asia/Shanghai")
PROCESSES = {
    "coil": Process(id="coil", label={"zh": "卷涂", "en": "Coil coating"}, output_unit="t"),
    "film": Process(id="film", label={}, output_unit="m2"),
}


def rules(*, day_start_min: int = 0, is_plan: bool = False) -> Rules:
    calendar = PlantCalendar(ZONE, (WorkingCalendar(day_start_min=day_start_min, shifts=SHIFTS),))
    return Rules(
        processes=PROCESSES, calendar=calendar, most_per_hour={"coil": 30.0}, now=NOW, is_plan=is_plan
    )


def parsed(text: str, *, process: str | None = None, with_rules: Rules | None = None) -> Parsed:
    return parse_production(text.encode(), "a.csv", with_rules or rules(), process=process)


def one(row: str, header: str = "process,date,quantity,unit") -> Stated:
    """Return the one statement of a table with one row."""
    found = parsed(f"{header}\n{row}\n")
    assert not found.findings
    return found.stated[0]


def codes(text: str, *, process: str | None = None, with_rules: Rules | None = None) -> list[str]:
    """Return line:code of each finding, the latter without its room."""
    found = parsed(text, process=process, with_rules=with_rules).findings
    assert all(fault.code in CODES and fault.problem and fault.remedy for fault in found)
    return [
        f"{fault.key.removeprefix('a.csv').lstrip(':')}:{fault.code.partition('.')[2]}" for fault in found
    ]


CHINESE = (
    "工序{0}日期{0}班次{0}产量{0}单位{0}产品{1}"
    "卷涂{0}2026年3月1日{0}夜班{0}12{2}5{0}吨{0}3003{1}{0}{0}{0}{0}{0}{1}"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize(("separator", "point"), [(",", "."), (";", ","), (";", "."), ("\t", ".")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_chinese_table_is_read_however_a_spreadsheet_exports_it(
    encoding: str, separator: str, point: str, end: str
) -> None:
    content = CHINESE.format(separator, end, point).encode(encoding)
    found = parse_production(content, "a.csv", rules())
    assert found.findings == ()
    assert found.rows == 1
    assert found.stated == (
        Stated(
            place="a.csv:2",
            order=2,
            process="coil",
            since=MARCH_1 + 20 * HOUR_MS,
            until=MARCH_1 + 32 * HOUR_MS,
            quantity=12.5,
            unit="t",
            product="3003",
        ),
    )


@pytest.mark.parametrize(
    ("text", "first_h", "hours"),
    [
        ("2026-03-01", 0, 24),
        ("2026/3/1", 0, 24),
        ("2026.03.01", 0, 24),
        ("20260301", 0, 24),
        ("2026年3月1日", 0, 24),
        ("2026-03", 0, 31 * 24),
        ("2026年3月", 0, 31 * 24),
        ("2026-W09", -6 * 24, 7 * 24),
        ("2025", -(365 + 59) * 24, 365 * 24),
    ],
)
def test_a_date_may_be_a_day_a_week_a_month_or_a_year(text: str, first_h: int, hours: int) -> None:
    stated = one(f"coil,{text},5,t")
    assert stated.since == MARCH_1 + first_h * HOUR_MS
    assert stated.until - stated.since == hours * HOUR_MS


def test_a_day_is_a_production_day_of_the_calendar() -> None:
    found = parsed("process,date,quantity,unit\ncoil,2026-03-01,5,t", with_rules=rules(day_start_min=480))
    assert found.stated[0].since == MARCH_1 + 8 * HOUR_MS


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-01T08:00", "2026-03-01T20:30"),
        ("2026/3/1 8:00", "2026-03-01 20:30:00.000"),
        ("2026-03-01T00:00Z", "2026-03-01T13:30+01:00"),
        ("2026年3月1日 08:00", "2026-03-01T20:30"),
    ],
)
def test_instants_are_plant_time_unless_they_say_otherwise(since: str, until: str) -> None:
    stated = one(f"{since},{until},coil,5,t", "since,until,process,quantity,unit")
    assert (stated.since, stated.until) == (MARCH_1 + 8 * HOUR_MS, MARCH_1 + 20.5 * HOUR_MS)


def test_24_00_is_the_end_of_a_day() -> None:
    stated = one("2026-02-28 24:00,2026-03-01 24:00,coil,5,t", "since,until,process,quantity,unit")
    assert (stated.since, stated.until) == (MARCH_1, MARCH_1 + 24 * HOUR_MS)


@pytest.mark.parametrize(
    ("quantity", "unit", "found"),
    [
        ("1234.567", "kg", 1.234567),
        ("0.1", "吨", 0.1),
        ("3e2", "t", 300.0),
        ("0", "t", 0.0),
        ("9", "公斤", 0.009),
    ],
)
def test_units_are_converted_exactly(quantity: str, unit: str, found: float) -> None:
    stated = one(f"coil,2026-03-01,{quantity},{unit}")
    assert (stated.quantity, stated.unit) == (found, "t")


def test_a_process_may_be_named_by_its_label_and_a_table_of_one_process_needs_no_column() -> None:
    assert one("Coil Coating,2026-03-01,5,t").process == "coil"
    found = parsed("date,quantity,unit\n2026-03-01,5,t", process="coil")
    assert [stated.process for stated in found.stated] == ["coil"]
    rows = "process,date,quantity,unit\nfilm,2026-03-01,5,m2\n,2026-03-02,5,t"
    assert codes(rows, process="coil") == ["2:other_process", "3:missing"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("coyl,2026-03-01,5,t", ["unknown_process"]),
        ("合计,2026-03-01,5,t", ["unknown_process"]),
        ("coil,2026-02-29,5,t", ["bad_date"]),
        ("coil,01.03.2026,5,t", ["bad_date"]),
        ("coil,3/1/2026,5,t", ["bad_date"]),
        ("coil,46082,5,t", ["bad_date"]),
        ("coil,２０２６-03-01,5,t", ["bad_date"]),
        ("coil,2026-W60,5,t", ["bad_date"]),
        ("coil,0026-03-01,5,t", ["bad_date"]),
        ("coil,2026-03-01,,t", ["missing"]),
        ("coil,2026-03-01", ["missing", "missing"]),
        ("coil,2026-03-01,-5,t", ["negative"]),
        ("coil,2026-03-01,nan,t", ["bad_number"]),
        ("coil,2026-03-01,inf,t", ["bad_number"]),
        ("coil,2026-03-01,1_000,t", ["bad_number"]),
        ("coil,2026-03-01,５,t", ["bad_number"]),
        ("coil,2026-03-01,1e999,t", ["bad_number"]),
        ('coil,2026-03-01,"12,5",t', ["bad_number"]),
        ("coil,2026-03-01,12,5,t", ["columns"]),
        ('coil,2026-03-01,"1,234.5",t', ["thousands"]),
        ("coil,2026-03-01,1 234,t", ["thousands"]),
        ("coil,2026-03-01,1'234,t", ["thousands"]),
        ("coil,2026-03-01,5,m2", ["wrong_unit"]),
        ("coil,2026-03-01,5,ton", ["wrong_unit"]),
        ("coil,2026-03-01,=SUM(A1),t", ["formula"]),
        ("coil,#REF!,5,t", ["formula"]),
        ("coil,########,5,t", ["formula"]),
        ('coil,2026-03-01,"5,t', ["columns"]),
        ("x" * (LONGEST_LINE + 1), ["long_line"]),
        ("coil,2026-04-01,5,t", ["future"]),
        ("coil,2026-03,99999,t", ["impossible"]),
        ("coil,2026-03-01,721,t", ["impossible"]),
        ("coil,1999-12-31,5,t", ["too_old"]),
        ("coil,2150-01-01,5,t", ["too_far"]),
        ("coyl,2026-02-30,-5,t", ["unknown_process", "bad_date", "negative"]),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_all_that_is_wrong(row: str, expected: list[str]) -> None:
    text = f"process,date,quantity,unit\n\nfilm,2026-03-01,1,m2\n{row}\ncoil,2026-03-02,720,t\n"
    assert codes(text) == [f"4:{code}" for code in expected]
    assert [stated.order for stated in parsed(text).stated] == [3, 5], "the rows around it are good"


@pytest.mark.parametrize("number", ["1.234", "12.345", "1.234,5", "1.234.567", "1,234.5", "1,234,567"])
def test_with_semicolons_a_point_that_may_be_of_thousands_is_refused(number: str) -> None:
    assert codes(f"process;date;quantity;unit\ncoil;2026-03-01;{number};kg") == ["2:thousands"]


@pytest.mark.parametrize(
    ("number", "found"), [("1,234", 1.234), ("0.500", 0.5), ("12.5", 12.5), ("12,5", 12.5)]
)
def test_with_semicolons_a_comma_is_the_decimal_one(number: str, found: float) -> None:
    assert parsed(f"process;date;quantity;unit\ncoil;2026-03-01;{number};t").stated[0].quantity == found


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-01T08:00", "2026-03-01T08:00", "empty_span"),
        ("2026-03-02T08:00", "2026-03-01T08:00", "empty_span"),
        ("2026-03-01T24:30", "2026-03-02T08:00", "bad_date"),
        ("2026-03-01T08:60", "2026-03-02T08:00", "bad_date"),
        ("2026-03-01T08", "2026-03-02T08:00", "bad_date"),
        ("2026-03", "2026-04", "bad_date"),
    ],
)
def test_a_span_must_be_one(since: str, until: str, expected: str) -> None:
    assert codes(f"process,since,until,quantity,unit\ncoil,{since},{until},1,t") == [f"2:{expected}"]


def test_an_unknown_shift_is_answered_with_the_known_ones() -> None:
    found = parsed("process,date,shift,quantity,unit\ncoil,2026-03-01,nihgt,1,t")
    assert found.findings[0].code == "production.unknown_shift"
    assert "'night'" in found.findings[0].remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [":file"]),
        ("\n ,;\n", [":file"]),
        ("sep=;\n", [":file"]),
        ("hello world\n1\n", ["1:header"]),
        ("coil,2026-03-01,5,t\n", ["1:header"]),
        ("process,date,quantity\n", ["1:header"]),
        ("process,date,quantity,unit,shfit\n", ["1:header"]),
        ("process,date,quantity,产量,unit\n", ["1:header"]),
        ("process,since,quantity,unit\n", ["1:header"]),
        ("process,date,since,until,quantity,unit\n", ["1:header"]),
        ("process,date,quantity,unit\n\n,,,\n", [":empty"]),
        ('process,"date\n', [":file"]),
    ],
)
def test_a_file_that_is_no_such_table_says_what_it_lacks(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04...", "Excel"),
        (b"a\0b", "not text"),
        (b"a,b\n\xff\xff", "GB18030"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_file_that_is_no_text_names_the_cure(content: bytes, word: str) -> None:
    (finding,) = parse_production(content, "a.csv", rules()).findings
    assert finding.code == "production.file"
    assert word in str(finding)


def test_excels_own_hint_and_columns_of_the_plants_own_are_taken() -> None:
    found = parsed("sep=;\nprocess;date;quantity;unit;备注;\ncoil;2026-03-01;5;t;=1+1;;\n")
    assert found.findings == ()
    assert found.stated[0].order == 3


def test_a_plan_may_lie_ahead_and_has_no_product() -> None:
    plan = rules(is_plan=True)
    assert codes("process,date,quantity,unit\ncoil,2026-12,5,t", with_rules=plan) == []
    assert codes("process,date,quantity,unit,product\ncoil,2026-12,5,t,a", with_rules=plan) == ["1:header"]


def test_progress_ends_at_the_number_of_lines() -> None:
    steps: list[tuple[int, int]] = []
    text = "process,date,quantity,unit\n" + "coil,2026-03-01,5,t\n" * 2500
    parse_production(text.encode(), "a.csv", rules(), advance=lambda done, total: steps.append((done, total)))
    assert steps == [(1000, 2502), (2000, 2502), (2502, 2502)]


@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_finding(content: bytes) -> None:
    found = parse_production(content, "a.csv", rules())
    assert found.findings
    assert found.stated == ()


CELLS = st.text("0123456789-/.:年月日TWZ+ ,;'\"=eE日班天t\r", max_size=20)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
def test_any_dates_and_quantities_are_statements_or_findings(rows: list[tuple[str, str, str]]) -> None:
    lines = [f"coil;{since};{until};{quantity};t" for since, until, quantity in rows]
    found = parsed("\n".join(["process;since;until;quantity;unit", *lines]))
    assert len(found.stated) + len({fault.key for fault in found.findings}) == found.rows
    days = [f"coil;{since};{quantity};t" for since, _, quantity in rows]
    found = parsed("\n".join(["process;date;quantity;unit", *days]))
    assert len(found.stated) + len({fault.key for fault in found.findings}) == found.rows


# Beside each other and beside the ledger


def stated(order: int, since: int, until: int, product: str = "", quantity: float = 1.0) -> Stated:
    return Stated(
        place=f"a.csv:{order}",
        order=order,
        process="coil",
        since=since,
        until=until,
        quantity=quantity,
        unit="t",
        product=product,
    )


def recorded(each: Stated) -> Production:
    return Production(
        process="coil",
        since=each.since,
        until=each.until,
        quantity=each.quantity,
        unit="t",
        product=each.product,
    )


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from(["", "", "a", "b"])), max_size=12
)


@given(fresh=SPANS, old=SPANS)
def test_every_statement_about_a_time_that_another_has_too_is_found_and_no_other(
    fresh: list[tuple[int, int, str]], old: list[tuple[int, int, str]]
) -> None:
    def overlap(one: Stated, other: Stated) -> bool:
        share_product = one.product == other.product or "" in (one.product, other.product)
        return share_product and one.since < other.until and other.since < one.until

    new = [
        stated(order, since, since + length, product) for order, (since, length, product) in enumerate(fresh)
    ]
    there = [stated(-1, since, since + length, product, 2.0) for since, length, product in old]
    unlimited = replace(rules(), most_per_hour={})
    found = sort_out(new, {number: recorded(each) for number, each in enumerate(there, 1)}, unlimited)
    clash = {
        each.order
        for each in new
        if any(overlap(each, other) for other in (*there, *new) if other is not each)
    }
    assert {each.order for each in new} - {each.order for each in found.new} == clash
    assert [fault.key for fault in found.findings] == [f"a.csv:{order}" for order in sorted(clash)]
    assert {fault.code for fault in found.findings} <= {"production.overlap"}


def test_the_same_row_again_is_recognised() -> None:
    old, other = stated(2, 0, 10), stated(3, 10, 20)
    found = sort_out([old, other], {7: recorded(old)}, rules())
    assert found.already == ((old, 7),)
    assert found.new == (other,)
    assert found.findings == ()


def test_another_quantity_for_a_time_in_the_ledger_names_the_entry_to_void() -> None:
    found = sort_out([stated(2, 0, 10, quantity=3.0)], {7: recorded(stated(2, 0, 10))}, rules())
    assert found.new == ()
    assert "event void 7" in found.findings[0].remedy


def test_every_code_is_raised_by_a_test_of_this_file() -> None:
    content = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in CODES if code.partition(".")[2] not in content] == []


def test_dates_before_a_new_calendar_keep_the_old_one() -> None:
    both = (WorkingCalendar(), WorkingCalendar(valid_from=date(2026, 3, 10), day_start_min=480))
    changed = Rules(
        processes=PROCESSES, calendar=PlantCalendar(ZONE, both), most_per_hour={}, now=NOW, is_plan=False
    )
    found = parsed(
        "process,date,quantity,unit\ncoil,2026-03-09,5,t\ncoil,2026-03-10,5,t", with_rules=changed
    ).stated
    assert [(each.until - each.since) // HOUR_MS for each in found] == [32, 24]
