"""Rows for carbon beside each other and the ledger: each counts once, a correction says what it corrects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.carbon_beside import Placed, place_rows, placed_at
from config.carbon_columns import KINDS
from config.carbon_regions import region_named
from config.carbon_tables import Read, parse_table
from config.carbon_units import BOUNDS
from config.shipped_factors import shipped_factors
from domain.carbon_book import Declaration
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    BaseYearReason,
    Certificates,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
    ScrapMethod,
)
from domain.certificate_ids import id_range
from domain.factors import BY_REGION, FUELS, USES
from domain.plant import Carrier
from domain.registers import Reference
from tests.config.carbon_rows import NOW, RULES, ids, one, written

HOUR = 3_600_000


def placed(*bodies: Declaration, there: dict[int, Declaration] | None = None) -> Placed:
    """Return rows of one file, from line 2 on, beside entries."""
    read = [Read(place=f"a.csv:{line}", order=line, body=body) for line, body in enumerate(bodies, 2)]
    return place_rows(read, there or {}, RULES)


def faults(found: Placed) -> list[tuple[str, str]]:
    return [(fault.key, fault.code) for fault in found.findings]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_row_again_is_left_out_wherever_it_was_read(kind: str) -> None:
    body = one(kind)
    found = placed(body, there={7: placed_at(body, "old.csv:9")})
    assert (found.new, found.findings) == ((), ())
    assert [(each.entry, each.corrected_by) for each in found.already] == [(7, None)]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("emission_factor", {"value": "0.4403"}),
        ("green_contract", {"quantity": "351"}),
        ("aluminium_lot", {"mass": "24.7"}),
        ("explained", {"reason": "a valve"}),
    ],
)
def test_the_same_id_with_other_content_corrects_and_its_file_again_does_not_undo_that(
    kind: str, change: dict[str, str]
) -> None:
    old, new = one(kind), one(kind, **change)
    found = placed(new, there={7: old})
    assert ([each.body for each in found.new], found.corrects) == ([new], {2: 7})
    again = placed(old, there={7: old, 9: new})
    assert (again.new, again.findings) == ((), ())
    assert [(each.entry, each.corrected_by) for each in again.already] == [(7, 9)]


@pytest.mark.parametrize(
    "kind", ["emission_factor", "green_contract", "aluminium_lot", "explained", "base_year"]
)
def test_one_thing_in_two_rows_of_a_file_is_refused_in_both(kind: str) -> None:
    found = placed(one(kind), one(kind))
    assert found.new == ()
    assert faults(found) == [("a.csv:2", "entry.twice"), ("a.csv:3", "entry.twice")]
    assert "a.csv:3" in found.findings[0].problem


@pytest.mark.parametrize("kind", ["green_contract", "aluminium_lot", "emission_factor"])
@pytest.mark.parametrize(
    ("old", "new"), [("GP-1", "gp-1"), ("Q1", "\uff311"), ("L 1", "L1"), ("A-1", "A\u20131")]
)
def test_an_id_in_another_writing_is_refused_with_the_one_that_is_there(
    kind: str, old: str, new: str
) -> None:
    found = placed(one(kind, id=new), there={7: one(kind, id=old)})
    assert faults(found) == [("a.csv:2", "entry.other_writing")]
    assert repr(old) in found.findings[0].problem
    assert "entry 7" in found.findings[0].problem
    both = placed(one(kind, id=old), one(kind, id=new))
    assert faults(both) == [("a.csv:2", "entry.twice"), ("a.csv:3", "entry.twice")]
    assert placed(one(kind, id=old, note="x"), there={7: one(kind, id=old)}).findings == ()


def test_an_id_keeps_its_use() -> None:
    old = one("emission_factor")
    new = one("emission_factor", use="grid.residual")
    assert faults(placed(new, there={7: old})) == [("a.csv:2", "factor.other_use")]


def test_a_second_first_base_year_is_a_recalculation_without_its_reason() -> None:
    first = one("base_year", reason="first", year="2023")
    second = one("base_year", reason="first", year="2024")
    assert faults(placed(second, there={7: first})) == [("a.csv:2", "base_year.first_twice")]
    assert placed(one("base_year"), there={7: first}).new


@pytest.mark.parametrize(
    ("first", "last", "is_twice"),
    [
        ("GEC-26-000220", "GEC-26-000230", True),
        ("GEC-26-000090", "GEC-26-000101", True),
        ("GEC-26-000150", "GEC-26-000150", True),
        ("GEC-26-000001", "GEC-26-009999", True),
        ("GEC-26-150", "GEC-26-150", True),
        ("GEC-26-000221", "GEC-26-000230", False),
        ("GEC-26-000001", "GEC-26-000100", False),
        ("GEC-25-000101", "GEC-25-000220", False),
        ("gec-26-000101", "gec-26-000101", True),
        ("\uff27\uff25\uff23\uff0d26\uff0d\uff1000101", "GEC-26-000101", True),
        ("GEC\u201326\u2013000101", "GEC\u201426\u2014000101", True),
        ("GEC\u221226\u2212000101", "GEC-26-000101", True),
        ("GEC -26- 000101", "GEC-26-000101", True),
        (f"GEC-26-{101:060d}", f"GEC-26-{101:060d}", True),
    ],
)
def test_a_certificate_is_in_one_entry_only(first: str, last: str, *, is_twice: bool) -> None:
    there: dict[int, Declaration] = {7: ids("GEC-26-000101", "GEC-26-000220")}
    found = placed(ids(first, last), there=there)
    assert faults(found) == ([("a.csv:2", "certificate.twice")] if is_twice else [])
    if is_twice:
        assert "event void 7" in found.findings[0].remedy
    both = placed(ids(first, last), there[7])
    assert [key for key, _ in faults(both)] == (["a.csv:2", "a.csv:3"] if is_twice else [])


@pytest.mark.parametrize(
    ("kind", "same", "other"),
    [
        ("fuel_use", {"quantity": "900"}, {"what": "cars", "quantity": "900"}),
        ("fuel_use", {"what": "cars"}, {"what": "cars", "quantity": "900", "date": "2026-02-10"}),
        ("fuel_use", {"what": "", "quantity": "900"}, {"what": "", "date": "2026-03"}),
        ("fuel_use", {"what": ""}, {"what": "", "document": "INV-2"}),
        ("fuel_use", {"date": "2026-02-10"}, {"date": "2026-03"}),
        ("fuel_use", {"unit": "kg", "density_kg_per_l": ""}, {"document": "INV-2"}),
        ("invoice", {"quantity": "1"}, {"number": "GAS-2026-02b"}),
        ("invoice", {"supplier": "another"}, {"date": "2026-01"}),
    ],
)
def test_a_document_counts_once_for_a_time(kind: str, same: dict[str, str], other: dict[str, str]) -> None:
    code = "fuel.twice" if kind == "fuel_use" else "invoice.twice"
    there = {7: one(kind)}
    assert faults(placed(one(kind, **same), there=there)) == [("a.csv:2", code)]
    assert faults(placed(one(kind, **other), there=there)) == []
    assert faults(placed(one(kind), one(kind, **same))) == [("a.csv:2", code), ("a.csv:3", code)]


def test_what_was_for_nobody_says_what_clashes_with_what_was_for_somebody() -> None:
    for_nobody, cars = one("fuel_use", what="", quantity="900"), one("fuel_use", what="cars", quantity="7")
    assert faults(placed(cars, there={7: for_nobody})) == [("a.csv:2", "fuel.twice")]
    assert faults(placed(for_nobody, there={7: one("fuel_use"), 8: cars})) == [("a.csv:2", "fuel.twice")]
    assert faults(placed(for_nobody, cars)) == [("a.csv:2", "fuel.twice"), ("a.csv:3", "fuel.twice")]


RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8), st.sampled_from(["A", "B"])), max_size=10)


@settings(max_examples=40)
@given(fresh=RANGES, old=RANGES)
def test_every_row_that_shares_an_id_with_another_is_found_and_no_other(
    fresh: list[tuple[int, int, str]], old: list[tuple[int, int, str]]
) -> None:
    def made(number: int, more: int, prefix: str, document: str) -> Certificates:
        return Certificates(
            first=f"{prefix}{number}", last=f"{prefix}{number + more}", since=0, until=HOUR, document=document
        )

    rows = [made(*each, document=f"row {no}") for no, each in enumerate(fresh)]
    there = [made(*each, document="old") for each in old]
    found = placed(*rows, there=dict(enumerate(there, 1)))
    spans = {id(each): id_range(each.first, each.last) for each in (*rows, *there)}

    def meets(one_: Certificates, other: Certificates) -> bool:
        a, b = spans[id(one_)], spans[id(other)]
        return a is not None and b is not None and a.overlaps(b)

    bad = {
        order
        for order, row in enumerate(rows, 2)
        if any(meets(row, other) for other in (*rows, *there) if other is not row)
    }
    assert [fault.key for fault in found.findings] == [f"a.csv:{order}" for order in sorted(bad)]
    assert [each.order for each in found.new] == [n for n in range(2, len(rows) + 2) if n not in bad]


# A table written from bodies is read back to the same bodies


TEXT = (
    st.text("abcXYZ019 铝卷,;\"'.-_/()", max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text[:1] not in ("-", "'") and not text.startswith(("=", "@")))
)
NAME = TEXT.filter(bool)
DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
SPANS = st.tuples(st.integers(946_800_000_000, NOW - 2), st.integers(1, 10**10)).map(
    lambda pair: (pair[0], min(pair[0] + pair[1], NOW))
)
YEARS = st.none() | st.integers(1990, 2026)
MONEY = st.decimals("0.001", "9999", places=3).map(float)
SMALL = st.decimals("0.001", "0.5", places=3).map(float)
MAYBE = st.none() | st.decimals("0", "999", places=4).map(float)


@st.composite
def factors(draw: st.DrawFn) -> EmissionFactor:
    use = draw(st.sampled_from(list(USES)))
    low, high = BOUNDS[use]
    first = draw(DAYS)
    return EmissionFactor(
        id=draw(NAME), use=use, value=draw(st.decimals(str(low), str(high), places=4).map(float)),
        unit=USES[use], region=draw(st.sampled_from(["CN", "CN-GD", "VN"])) if use in BY_REGION else "",
        year=draw(YEARS), valid_from=first, valid_until=draw(st.none() | st.dates(first, date(2099, 1, 1))),
        reference=Reference.AT_0C if use == "gas.ncv" else None, source=draw(NAME), page=draw(TEXT),
        file_sha256=draw(st.sampled_from(["", "0f" * 32])), is_verified=draw(st.booleans()),
        approver=draw(TEXT), uncertainty=draw(st.none() | SMALL),
    )  # fmt: skip


@st.composite
def fuels(draw: st.DrawFn) -> FuelUse:
    since, until = draw(SPANS)
    stated, unit = draw(MONEY), draw(st.sampled_from(["t", "kg"]))
    return FuelUse(
        fuel=draw(st.sampled_from(FUELS)), since=since, until=until,
        stated=stated, stated_unit=unit, what=draw(TEXT),
        mass_t=stated if unit == "t" else float(f"{stated:.3f}e-3"), document=draw(NAME),
    )  # fmt: skip


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    since, until = draw(SPANS)
    is_gas = draw(st.booleans())
    references = (Reference.AT_0C, Reference.AT_15C, Reference.AT_20C)
    return Invoice(
        carrier=Carrier.GAS if is_gas else Carrier.ELECTRICITY, since=since, until=until,
        quantity=draw(MONEY),
        unit="m3" if is_gas else "kWh", reference=draw(st.sampled_from(references)) if is_gas else None,
        number=draw(NAME), supplier=draw(TEXT),
    )  # fmt: skip


@st.composite
def certificates(draw: st.DrawFn) -> Certificates:
    first, own, retired = draw(st.integers(0, 10**12)), draw(st.booleans()), draw(st.booleans())
    since, until = draw(SPANS)
    return Certificates(
        first=f"G-{first:014d}", last=f"G-{first + draw(st.integers(0, 9999)):014d}",
        since=since, until=until,
        technology=draw(TEXT), project=draw(TEXT), is_own_pv=own, is_sold=own and draw(st.booleans()),
        retired=RULES.today if retired else None, beneficiary=draw(NAME if retired else TEXT),
        contract=draw(TEXT), document=draw(NAME),
    )  # fmt: skip


@st.composite
def contracts(draw: st.DrawFn) -> GreenContract:
    since, until = draw(SPANS)
    return GreenContract(
        id=draw(NAME), supplier=draw(NAME), since=since, until=until,
        kwh=draw(MONEY), factor_kg_per_kwh=draw(SMALL),
        document=draw(NAME),
    )  # fmt: skip


@st.composite
def lots(draw: st.DrawFn) -> AluminiumLot:
    shares: dict[str, float] = {}
    if draw(st.booleans()):
        parts = sorted(draw(st.tuples(st.integers(1, 100), st.integers(1, 100))))
        cuts = (parts[0], parts[1] - parts[0], 100 - parts[1])
        shares = dict(zip(("primary", "pre_consumer", "post_consumer"), (n / 100 for n in cuts), strict=True))
        shares["green_power"] = draw(SMALL)
    return AluminiumLot(
        id=draw(NAME), supplier=draw(NAME), at=draw(st.integers(946_800_000_000, NOW)), mass_t=draw(MONEY),
        primary=shares.get("primary"), pre_consumer=shares.get("pre_consumer"),
        post_consumer=shares.get("post_consumer"), green_power=shares.get("green_power", 0.0),
        scrap_method=draw(st.sampled_from(ScrapMethod)), boundary=draw(TEXT), year=draw(YEARS),
        factor_t_per_t=draw(st.none() | st.decimals("0", "40", places=3).map(float)),
        verifier=draw(TEXT), document=draw(NAME),
    )  # fmt: skip


@st.composite
def base_years(draw: st.DrawFn) -> BaseYear:
    reason = draw(st.sampled_from(BaseYearReason))
    return BaseYear(
        year=draw(st.integers(1990, 2026)), scope_1_2_t=draw(MAYBE), scope_3_1_t=draw(MAYBE),
        output=draw(st.none() | MONEY), output_unit=draw(st.sampled_from(["t", "m2"])),
        intensity_1_2=draw(MAYBE), intensity_3_1=draw(MAYBE), reason=reason,
        what=draw(TEXT if reason is BaseYearReason.FIRST else NAME), threshold=draw(SMALL),
        approver=draw(NAME), document=draw(TEXT),
    )  # fmt: skip


@st.composite
def explained(draw: st.DrawFn) -> Explained:
    since, until = draw(SPANS)
    return Explained(
        carrier=draw(st.sampled_from([Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT])),
        since=since, until=until,
        against=draw(st.sampled_from(["invoices", "subs"])), reason=draw(NAME),
    )  # fmt: skip


BODIES: dict[str, Callable[[], st.SearchStrategy[Declaration]]] = {
    "emission_factor": factors, "fuel_use": fuels, "invoice": invoices, "certificates": certificates,
    "green_contract": contracts, "aluminium_lot": lots, "base_year": base_years, "explained": explained,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8)
@given(data=st.data())
def test_a_table_written_from_bodies_is_read_back_to_the_same_bodies(kind: str, data: st.DataObject) -> None:
    bodies = data.draw(st.lists(BODIES[kind](), min_size=1, max_size=4))
    found = parse_table(written(kind, bodies).encode(), "a.csv", kind, RULES)
    assert found.findings == ()
    assert [read.body for read in found.read] == bodies


@pytest.mark.parametrize("use", sorted(BOUNDS))
def test_a_factor_on_the_very_bound_is_taken(use: str) -> None:
    at_bounds = [
        EmissionFactor(
            id=f"f{number}", use=use, value=value, unit=USES[use], region="CN" if use in BY_REGION else "",
            valid_from=date(2020, 1, 1), reference=Reference.AT_0C if use == "gas.ncv" else None, source="s",
        )
        for number, value in enumerate(BOUNDS[use])
    ]  # fmt: skip
    assert (
        parse_table(
            written("emission_factor", at_bounds).encode(), "a.csv", "emission_factor", RULES
        ).findings
        == ()
    )


def test_the_factors_that_come_with_the_agent_are_taken_by_the_same_rules() -> None:
    factors = shipped_factors()
    found = parse_table(written("emission_factor", factors).encode(), "a.csv", "emission_factor", RULES)
    assert found.findings == ()
    assert tuple(read.body for read in found.read) == factors


def test_litres_are_written_and_read_back_with_their_density() -> None:
    body = one("fuel_use")
    assert parse_table(written("fuel_use", [body]).encode(), "a", "fuel_use", RULES).read[0].body == body


def test_regions_elsewhere_are_taken_by_their_form_and_those_of_china_by_their_names() -> None:
    assert region_named("VN-SG", ()) == "VN-SG"
    assert region_named("CN-XX", ()) is None
    assert region_named("CN-XX", {"CN-XX"}) == "CN-XX"
    assert region_named("南方", ()) == "CN-SOUTH"


def test_a_row_says_where_it_was_read_and_a_factor_keeps_its_own_source() -> None:
    for kind in KINDS:
        body = placed_at(one(kind), "a.csv:2")
        source = getattr(body, "source", "")
        no_place = {"emission_factor": "annex of the ministry 2025-12", "base_year": "", "explained": ""}
        assert source == no_place.get(kind, "a.csv:2")
