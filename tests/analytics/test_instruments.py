"""Which certificates may cover anything: each id once, retired for the plant, of generation that was."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics.certificates import Covered, covers
from domain.carbon_entries import Certificates
from domain.findings import Severity
from tests.analytics.green import (
    METHOD,
    batch,
    carbon,
    codes,
    contract,
    kwh_of,
    matched,
    month,
    months,
)

MARCH = month(2026, 3)
MUCH = {"2026-03": 1e6}


def alone(**more: Any) -> Covered:
    """Return what ten certificates of March cover, said otherwise than they should be."""
    return matched(batch(1, 10, MARCH, **more), bought=MUCH)


def test_nothing_declared_covers_nothing_and_doubts_nothing() -> None:
    found = matched(bought=MUCH, pv={"2026-03": 5e5})
    assert (found.covers, dict(found.sold_pv_kwh), found.contracts, found.findings) == ((), {}, (), ())


def test_a_certificate_covers_one_mwh_and_names_its_retirement() -> None:
    (cover,) = alone().covers
    assert (cover.instrument, cover.kind, cover.entry) == ("GEC000001..GEC000010", "certificates", 1)
    assert (cover.month, cover.kwh) == ("2026-03", 10_000.0)
    assert (cover.retired, cover.beneficiary) == ("2027-01-31", "Jiangmen Works")
    assert alone().entries == {"2026-03": (1,)}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"retired": None}, "certificate.not_retired"),
        ({"beneficiary": ""}, "certificate.wrong_beneficiary"),
        ({"beneficiary": "Somebody Else"}, "certificate.wrong_beneficiary"),
        ({"retired": date(2026, 2, 28)}, "certificate.retired_early"),
        ({"is_sold": True}, "certificate.sold"),
        ({"contract": "nobody knows"}, "certificate.no_contract"),
        ({"last": "GED000010"}, "certificate.bad_ids"),
        ({"last": "GEC000000"}, "certificate.bad_ids"),
        ({"first": "GEC", "last": "GEC"}, "certificate.bad_ids"),
        ({"until": MARCH.since}, "certificate.bad_vintage"),
        ({"since": month(2020, 1).since}, "certificate.long_vintage"),
        ({"is_own_pv": True}, "certificate.own_pv"),
    ],
)
def test_what_may_not_cover_covers_nothing_and_says_why(more: dict[str, Any], code: str) -> None:
    found = alone(**more)
    assert (codes(found), found.covers) == ([code], ())


def test_the_name_of_the_beneficiary_may_be_written_otherwise() -> None:
    assert kwh_of(alone(beneficiary=" jiangmen  WORKS ")) == {"2026-03": 10_000.0}


def test_without_a_name_in_the_method_any_beneficiary_will_do_but_none() -> None:
    anybody = type(METHOD)()
    assert kwh_of(matched(batch(1, 1, MARCH), bought=MUCH, method=anybody)) == {"2026-03": 1000.0}
    assert not matched(batch(1, 1, MARCH, beneficiary=" "), bought=MUCH, method=anybody).covers


def test_retired_on_the_first_day_of_its_generation_is_not_too_early() -> None:
    assert codes(alone(retired=date(2026, 3, 1))) == []


def test_ids_that_an_earlier_entry_has_count_once_and_both_entries_are_named() -> None:
    found = matched(batch(1, 10, MARCH), batch(6, 10, MARCH), bought=MUCH)
    assert [(each.entry, each.kwh) for each in found.covers] == [(1, 10_000.0), (2, 5_000.0)]
    (twice,) = found.findings
    assert (twice.code, twice.severity) == ("certificate.twice", Severity.ERROR)
    assert twice.facts["entry"] == 2.0
    assert twice.facts["earlier"] == 1.0
    assert twice.facts["ids"] == "GEC000006..GEC000010"
    assert "GEC000006..GEC000010" in twice.problem


def test_a_certificate_said_three_times_counts_once_and_each_pair_is_named() -> None:
    found = matched(batch(1, 4, MARCH), batch(3, 4, MARCH), batch(4, 4, MARCH), bought=MUCH)
    assert kwh_of(found) == {"2026-03": 7_000.0}
    pairs = [(each.facts["entry"], each.facts["earlier"], each.facts["ids"]) for each in found.findings]
    assert pairs == [
        (2.0, 1.0, "GEC000003..GEC000004"),
        (3.0, 1.0, "GEC000004..GEC000004"),
        (3.0, 2.0, "GEC000004..GEC000006"),
    ]


def test_an_earlier_entry_keeps_its_ids_even_if_it_covers_nothing_itself() -> None:
    found = matched(batch(1, 10, MARCH, retired=None), batch(1, 10, MARCH), bought=MUCH)
    assert sorted(codes(found)) == ["certificate.not_retired", "certificate.twice"]
    assert not found.covers


def test_leading_zeros_and_another_prefix_make_no_other_certificate_or_no_twin() -> None:
    same = matched(batch(1, 1, MARCH), batch(1, 1, MARCH, first="GEC1", last="GEC1"), bought=MUCH)
    other = matched(batch(1, 1, MARCH), batch(1, 1, MARCH, first="GED000001", last="GED000001"), bought=MUCH)
    assert kwh_of(same) == {"2026-03": 1_000.0}
    assert kwh_of(other) == {"2026-03": 2_000.0}


def test_the_order_in_which_entries_come_changes_nothing() -> None:
    bodies: list[Certificates] = [batch(1 + 7 * n, 10, month(2026, 1 + n)) for n in range(8)]
    declared = carbon(*bodies, contract(2e4, months()[0].since, months()[-1].until))
    turned = type(declared)(certificates=declared.certificates[::-1], contracts=declared.contracts)
    bought = {each.name: 11_000.0 for each in months()}
    one, two = (
        covers(each, METHOD, bought=bought, pv={}, months=months(), closed={}) for each in (declared, turned)
    )
    assert one == two
    assert one.covers


def test_a_vintage_year_without_consumption_is_a_finding() -> None:
    found = matched(batch(1, 10, month(2025, 12)), bought=MUCH)
    assert (codes(found), found.covers) == (["certificate.no_consumption"], ())


@pytest.mark.parametrize(
    "first",
    ["gec-000001", "\uff27\uff25\uff23-000001", "GEC\u2013000001", "GEC \u2212 000001", f"GEC-{1:055d}"],
)
def test_certificates_count_once_however_their_ids_are_written(first: str) -> None:
    one = batch(1, 10, MARCH, first="GEC-000001", last="GEC-000010")
    again = batch(1, 10, MARCH, first=first, last=first[:-2] + "10")
    found = matched(one, again, bought=MUCH)
    assert kwh_of(found) == {"2026-03": 10_000.0}
    (twice,) = [each for each in found.findings if each.code == "certificate.twice"]
    assert twice.facts["ids"] == f"{first}..{first[:-2]}10"


def test_a_closed_month_finds_its_certificates_however_they_are_written_now() -> None:
    again = batch(1, 10, MARCH, first="gec 000001", last="gec 000010")
    stood = alone().covers
    found = matched(again, bought=MUCH, closed={"2026-03": stood})
    assert (found.covers, codes(found)) == (stood, [])


def test_numbers_beyond_sixty_digits_are_no_ids() -> None:
    assert codes(alone(first=f"GEC{1:061d}", last=f"GEC{10:061d}")) == ["certificate.bad_ids"]
    assert codes(alone(first=f"GEC{1:060d}", last=f"GEC{10:060d}")) == []
