"""Green power against metered electricity: by vintage, never more than metered, each kWh once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from domain.inventory import Cover
from tests.analytics.green import METHOD, batch, codes, contract, day, kwh_of, matched, month, months

Q1 = {"2026-01": 10_000.0, "2026-02": 10_000.0, "2026-03": 10_000.0}
JANUARY, FEBRUARY, MARCH = (month(2026, number) for number in (1, 2, 3))
BY_MONTH = replace(METHOD, certificate_match="month")
CLOSED = Cover(
    instrument="GEC000001..GEC000030",
    kind="certificates",
    entry=1,
    month="2026-01",
    kwh=10_000.0,
    retired="2027-01-31",
    beneficiary="Jiangmen Works",
)


# planted truth


@pytest.mark.parametrize("seed", range(5))
def test_a_year_of_planted_certificates_and_contracts_is_used_up_exactly_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bought = {each.name: float(rng.integers(0, 60_000)) for each in months()}
    counts = rng.integers(1, 40, 12)
    starts = np.cumsum(counts) - counts
    batches = [
        batch(1 + int(start), int(count), month(2026, int(rng.integers(1, 13))))
        for start, count in zip(starts, counts, strict=True)
    ]
    green_kwh = float(rng.integers(1, 200_000))
    found = matched(*batches, contract(green_kwh, day(2026, 4), day(2026, 10)), bought=bought)
    by_instrument: dict[int, float] = defaultdict(float)
    for each in found.covers:
        by_instrument[each.entry] += each.kwh
    for name, kwh in kwh_of(found).items():
        assert kwh <= bought[name] + 1e-6
    for number, count in enumerate(counts, 1):
        assert by_instrument[number] <= 1000.0 * count + 1e-6
    green = by_instrument[len(batches) + 1]
    assert green == pytest.approx(min(green_kwh, sum(bought[f"2026-{n:02d}"] for n in range(4, 10))))
    by_certificates = min(1000.0 * counts.sum(), sum(bought.values()) - green)
    assert sum(by_instrument.values()) - green == pytest.approx(by_certificates)


# certificates


def test_certificates_cover_their_own_month_first_and_then_the_others_of_the_year_in_order() -> None:
    found = matched(batch(1, 25, MARCH), bought=Q1)
    assert kwh_of(found) == {"2026-01": 10_000.0, "2026-02": 5_000.0, "2026-03": 10_000.0}


def test_certificates_of_a_later_month_have_their_own_month_before_a_surplus_of_an_earlier_one() -> None:
    found = matched(batch(1, 15, JANUARY), batch(16, 10, FEBRUARY), bought=Q1)
    assert [(each.entry, each.month, each.kwh) for each in found.covers] == [
        (1, "2026-01", 10_000.0),
        (2, "2026-02", 10_000.0),
        (1, "2026-03", 5_000.0),
    ]


def test_matched_by_month_nothing_goes_to_another_month() -> None:
    found = matched(batch(1, 25, MARCH), bought=Q1, method=BY_MONTH)
    assert kwh_of(found) == {"2026-03": 10_000.0}
    assert codes(found) == ["certificate.surplus"]


def test_certificates_of_a_year_never_cover_another_year() -> None:
    both = months((2025, 11), (2026, 2))
    bought = {each.name: 4_000.0 for each in both}
    found = matched(batch(1, 20, month(2025, 12)), bought=bought, of=both)
    assert kwh_of(found) == {"2025-11": 4_000.0, "2025-12": 4_000.0}


def test_certificates_and_contracts_over_two_years_move_nothing_from_one_year_to_the_other() -> None:
    both = months((2025, 12), (2026, 2))
    bought = {"2025-12": 1_000.0, "2026-01": 2_000.0, "2026-02": 50_000.0}
    span = both[0].since, both[1].until
    found = matched(batch(1, 9, both[0], until=both[1].until), bought=bought, of=both)
    assert kwh_of(found) == {"2025-12": 1_000.0, "2026-01": 2_000.0}
    found = matched(contract(6_200.0, *span), bought=bought, of=both)
    assert kwh_of(found) == pytest.approx({"2025-12": 1_000.0, "2026-01": 2_000.0})


def test_more_certificates_than_metered_are_a_surplus_with_what_is_left() -> None:
    (surplus,) = matched(batch(1, 40, MARCH), bought=Q1).findings
    assert (surplus.code, surplus.severity) == ("certificate.surplus", "info")
    assert surplus.facts["left_kwh"] == 10_000.0


def test_a_month_whose_electricity_is_not_known_is_not_covered() -> None:
    found = matched(batch(1, 25, MARCH), bought={**Q1, "2026-02": None})
    assert kwh_of(found) == {"2026-01": 10_000.0, "2026-03": 10_000.0}


# contracts


def test_a_contract_is_spread_over_its_months_by_time_and_goes_before_certificates() -> None:
    found = matched(
        batch(1, 100, JANUARY),
        contract(5_900.0, JANUARY.since, MARCH.since, factor_kg_per_kwh=0.01),
        bought=Q1,
    )
    assert [(each.kind, each.month, round(each.kwh, 6)) for each in found.covers] == [
        ("contract", "2026-01", 3_100.0),
        ("certificates", "2026-01", 6_900.0),
        ("contract", "2026-02", 2_800.0),
        ("certificates", "2026-02", 7_200.0),
        ("certificates", "2026-03", 10_000.0),
    ]
    line = found.contracts[0]
    assert (line.factor.use, line.factor.id, line.factor.value) == ("contract.factor", "direct", 0.01)
    assert (line.entry, line.factor.entry, line.factor.unit) == (2, 2, "kgCO2/kWh")


def test_what_a_month_cannot_take_of_a_contract_goes_to_the_other_months_of_its_span() -> None:
    poor = {**Q1, "2026-01": 100.0}
    found = matched(contract(5_900.0, JANUARY.since, MARCH.since), bought=poor)
    assert kwh_of(found) == pytest.approx({"2026-01": 100.0, "2026-02": 5_800.0})
    assert "contract.surplus" not in codes(found)


def test_a_contract_that_was_settled_for_more_than_was_metered_is_a_finding() -> None:
    found = matched(contract(25_000.0, JANUARY.since, MARCH.since), bought=Q1)
    assert kwh_of(found) == {"2026-01": 10_000.0, "2026-02": 10_000.0}
    assert codes(found) == ["contract.surplus", "contract.unproven"]
    assert found.findings[0].facts["left_kwh"] == pytest.approx(5_000.0)


@pytest.mark.parametrize("kwh", [-1.0, float("nan"), float("inf")])
def test_a_contract_that_cannot_be_covers_nothing(kwh: float) -> None:
    found = matched(contract(kwh, JANUARY.since, MARCH.since), bought=Q1)
    assert (codes(found), found.covers) == (["contract.impossible"], ())


def test_certificates_of_a_contract_prove_it_and_cover_nothing_more() -> None:
    bodies = contract(20_000.0, JANUARY.since, MARCH.since), batch(1, 15, JANUARY, contract="direct")
    found = matched(*bodies, bought=Q1)
    assert kwh_of(found) == {"2026-01": 10_000.0, "2026-02": 10_000.0}
    assert {each.kind for each in found.covers} == {"contract"}
    assert [(each.month, each.unproven_kwh, each.codes) for each in found.contracts] == [
        ("2026-01", 0.0, ()),
        ("2026-02", 5_000.0, ("contract.unproven",)),
    ]
    (unproven,) = found.findings
    assert (unproven.code, unproven.facts["kwh"]) == ("contract.unproven", 5_000.0)
    assert found.entries["2026-01"] == (1, 2)


def test_more_proof_than_energy_under_contract_is_a_surplus() -> None:
    bodies = contract(20_000.0, JANUARY.since, MARCH.since), batch(1, 25, JANUARY, contract="direct")
    found = matched(*bodies, bought=Q1)
    assert codes(found) == ["certificate.surplus"]
    assert sum(kwh_of(found).values()) == 20_000.0


# closed months


def test_what_a_closed_month_used_is_gone_and_its_covers_stand() -> None:
    found = matched(batch(1, 30, MARCH), bought={**Q1, "2026-01": 99_000.0}, closed={"2026-01": (CLOSED,)})
    assert found.covers[0] == CLOSED
    assert kwh_of(found) == Q1
    assert codes(found) == []


def test_a_closed_month_without_covers_gets_none_later() -> None:
    found = matched(batch(1, 30, JANUARY), bought=Q1, closed={"2026-01": ()})
    assert kwh_of(found) == {"2026-02": 10_000.0, "2026-03": 10_000.0}


def test_a_closed_cover_whose_certificates_are_gone_stands_and_is_a_finding() -> None:
    found = matched(bought=Q1, closed={"2026-01": (CLOSED,)})
    assert found.covers == (CLOSED,)
    (gone,) = found.findings
    assert (gone.code, gone.key, gone.facts["month"]) == ("cover.gone", CLOSED.instrument, "2026-01")
    assert gone.facts["kwh"] == 10_000.0


def test_certificates_that_were_entered_anew_in_parts_are_not_used_a_second_time() -> None:
    halves = batch(1, 8, MARCH), batch(9, 22, MARCH)
    found = matched(*halves, bought=Q1, closed={"2026-01": (CLOSED,)})
    assert kwh_of(found) == Q1
    assert codes(found) == []


def test_closed_months_of_a_contract_leave_the_rest_to_the_others() -> None:
    closed = replace(CLOSED, instrument="direct", kind="contract", kwh=4_000.0, retired="", beneficiary="")
    body = contract(5_900.0, JANUARY.since, MARCH.since)
    found = matched(body, bought=Q1, closed={"2026-01": (closed,)})
    assert kwh_of(found) == pytest.approx({"2026-01": 4_000.0, "2026-02": 1_900.0})
    assert [each.month for each in found.contracts] == ["2026-02"]


@pytest.mark.parametrize("seed", range(3))
def test_closing_months_one_after_the_other_changes_no_cover(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bought = {each.name: float(rng.integers(0, 30_000)) for each in months()}
    bodies = [
        batch(1 + 40 * n, int(rng.integers(1, 40)), month(2026, int(rng.integers(1, 13)))) for n in range(9)
    ]
    settled = contract(5e4, day(2026, 3), day(2026, 8)), batch(900, 20, MARCH, contract="direct")
    open_ = matched(*bodies, *settled, bought=bought)
    closed: dict[str, tuple[Cover, ...]] = {}
    for each in months():
        closed[each.name] = tuple(cover for cover in open_.covers if cover.month == each.name)
        again = matched(*bodies, *settled, bought=bought, closed=closed)
        assert [replace(cover, kwh=0.0) for cover in again.covers] == [
            replace(cover, kwh=0.0) for cover in open_.covers
        ]
        assert [cover.kwh for cover in again.covers] == pytest.approx([cover.kwh for cover in open_.covers])
        assert "cover.gone" not in codes(again)


# own PV


def test_own_pv_whose_certificates_are_sold_counts_in_its_months_and_no_more_than_was_used() -> None:
    sold = batch(1, 7, JANUARY, is_own_pv=True, is_sold=True, retired=None, beneficiary="")
    found = matched(sold, bought=Q1, pv={"2026-01": 5_000.0}, generated={"2026-01": 9_000.0})
    assert found.sold_pv_kwh == {"2026-01": 5_000.0}
    assert (found.covers, codes(found)) == ((), [])
    assert found.entries == {"2026-01": (1,)}


def test_more_own_certificates_than_pv_are_a_finding() -> None:
    kept, sold = batch(1, 6, JANUARY, is_own_pv=True), batch(7, 6, JANUARY, is_own_pv=True, is_sold=True)
    made = {"2026-01": 9_000.0}
    found = matched(kept, sold, bought=Q1, pv=made, generated=made)
    assert found.sold_pv_kwh == {"2026-01": 6_000.0}
    assert sorted(codes(found)) == ["certificate.more_than_generated", "certificate.own_pv"]
    more = next(each for each in found.findings if each.code == "certificate.more_than_generated")
    assert more.facts["over_kwh"] == 3_000.0


def test_part_of_a_mwh_that_was_carried_over_is_no_doubt() -> None:
    sold = batch(1, 10, JANUARY, is_own_pv=True, is_sold=True)
    found = matched(sold, bought=Q1, pv={"2026-01": 9_100.0})
    assert (found.sold_pv_kwh, codes(found)) == ({"2026-01": 9_100.0}, [])


def test_sold_pv_of_a_month_that_nobody_metered_is_not_known() -> None:
    sold = batch(1, 10, JANUARY, is_own_pv=True, is_sold=True)
    found = matched(sold, bought=Q1, pv={"2026-01": None})
    assert (found.sold_pv_kwh, codes(found)) == ({"2026-01": None}, ["certificate.pv_unknown"])


def test_a_contract_whose_id_is_written_in_two_ways_counts_once_and_is_proven_by_either() -> None:
    span = JANUARY.since, JANUARY.until
    found = matched(
        contract(4000.0, *span, id="GP-1"),
        contract(5000.0, *span, id="gp-1"),
        batch(1, 5, JANUARY, contract="GP\u20131"),
        bought=Q1,
    )
    assert (kwh_of(found), codes(found)) == ({"2026-01": 5000.0}, [])


def test_certificates_that_are_gone_from_a_closed_month_are_a_finding_of_that_month() -> None:
    found = matched(bought=Q1, closed={"2026-01": (CLOSED,)})
    (gone,) = found.findings
    assert (gone.code, gone.since, gone.until) == ("cover.gone", JANUARY.since, JANUARY.until)
    assert "restate 2026-01" in gone.remedy


def test_a_contract_that_comes_too_late_for_a_closed_month_says_so() -> None:
    quarter = contract(9_000.0, JANUARY.since, MARCH.until)
    found = matched(
        quarter, bought={"2026-01": 8_000.0, "2026-02": 1.0, "2026-03": 1.0}, closed={"2026-01": ()}
    )
    late, surplus, _ = found.findings
    assert (late.code, late.facts["month"]) == ("contract.closed", "2026-01")
    assert late.facts["kwh"] == pytest.approx(9_000.0 * 31 / 90)
    assert "restate 2026-01" in late.remedy
    assert surplus.facts["left_kwh"] == pytest.approx(9_000.0 * 59 / 90 - 2.0)


def test_what_a_closed_month_knew_of_a_contract_is_not_too_late() -> None:
    january = contract(9_000.0, JANUARY.since, JANUARY.until)
    stood = Cover(instrument="direct", kind="contract", entry=1, month="2026-01", kwh=8_000.0)
    found = matched(january, bought={"2026-01": 8_000.0}, closed={"2026-01": (stood,)})
    assert codes(found) == ["contract.surplus", "contract.unproven"]
    assert [each.facts.get("left_kwh", each.facts.get("kwh")) for each in found.findings] == [
        1_000.0,
        8_000.0,
    ]


def test_a_contract_of_a_closed_month_stays_unproven_until_certificates_prove_it() -> None:
    january = contract(8_000.0, JANUARY.since, JANUARY.until)
    stood = {"2026-01": (Cover(instrument="direct", kind="contract", entry=1, month="2026-01", kwh=8_000.0),)}
    proof = batch(1, 8, JANUARY, contract="direct")
    assert codes(matched(january, bought=Q1, closed=stood)) == ["contract.unproven"]
    assert codes(matched(january, proof, bought=Q1, closed=stood)) == []


def test_own_pv_that_was_sold_in_a_closed_month_which_does_not_know_it_is_a_finding() -> None:
    sold = batch(1, 10, JANUARY, is_own_pv=True, is_sold=True, until=FEBRUARY.until)
    pv = {"2026-01": 7_000.0, "2026-02": 7_000.0}
    found = matched(sold, bought=Q1, pv=pv, closed={"2026-01": ()})
    (late,) = found.findings
    assert (late.code, late.facts["kwh"], late.facts["month"]) == (
        "certificate.sold_closed",
        7_000.0,
        "2026-01",
    )
    assert "restate 2026-01" in late.remedy
    assert codes(matched(sold, bought=Q1, pv=pv)) == []
