"""Which factor of the ledger holds on a day, and which is none."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analytics.declared_carbon import Numbered
from analytics.factor_choice import Chosen, factor_findings, pick
from domain.carbon_entries import EmissionFactor
from domain.registers import Reference


def grid(number: int, value: float, since: date, **more: Any) -> Numbered[EmissionFactor]:
    body = EmissionFactor(
        id=f"grid-{number}",
        use="grid.location",
        value=value,
        unit="kgCO2/kWh",
        region="CN-GD",
        valid_from=since,
        source="made for the test",
    )
    return Numbered(number=number, at=0, body=replace(body, **more))


OLD = grid(1, 0.44, date(2024, 1, 1))
NEW = grid(2, 0.42, date(2026, 1, 1))


def chosen(factors: list[Numbered[EmissionFactor]], day: date, region: str = "CN-GD") -> str:
    found = pick(factors, "grid.location", day, region=region)
    return found.id if found is not None else ""


def test_the_factor_whose_validity_began_last_holds() -> None:
    assert chosen([NEW, OLD], date(2025, 12, 31)) == "grid-1"
    assert chosen([NEW, OLD], date(2026, 1, 1)) == "grid-2"


def test_of_one_first_day_the_later_entry_holds_in_whatever_order_they_come() -> None:
    again = grid(3, 0.41, date(2026, 1, 1))
    assert (
        chosen([again, NEW, OLD], date(2026, 6, 1)) == chosen([OLD, NEW, again], date(2026, 6, 1)) == "grid-3"
    )


def test_a_factor_outside_its_validity_is_none() -> None:
    ended = grid(1, 0.44, date(2024, 1, 1), valid_until=date(2024, 12, 31))
    assert chosen([ended], date(2024, 12, 31)) == "grid-1"
    assert chosen([ended], date(2025, 1, 1)) == ""
    assert chosen([ended], date(2023, 12, 31)) == ""


def test_after_a_shorter_validity_the_one_before_holds_again() -> None:
    short = grid(2, 0.40, date(2025, 1, 1), valid_until=date(2025, 6, 30))
    assert chosen([OLD, short], date(2025, 6, 30)) == "grid-2"
    assert chosen([OLD, short], date(2025, 7, 1)) == "grid-1"


def test_a_factor_of_another_region_is_none_and_other_uses_know_no_region() -> None:
    assert chosen([OLD], date(2025, 1, 1), region="CN") == ""
    metal = grid(4, 15.1, date(2022, 1, 1), use="aluminium.primary", unit="tCO2e/t", region="")
    found = pick([metal], "aluminium.primary", date(2026, 1, 1), region="CN-GD")
    assert found is not None and (found.value, found.entry) == (15.1, 4)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"unit": "kgCO2/MWh"}, "factor.wrong_unit"),
        ({"value": float("nan")}, "factor.impossible"),
        ({"value": -0.1}, "factor.impossible"),
        ({"region": ""}, "factor.no_region"),
        ({"use": "grid.loc"}, "factor.unknown_use"),
        (
            {"use": "gas.ncv", "unit": "MJ/Nm3", "reference": Reference.AT_20C},
            "factor.wrong_reference",
        ),
    ],
)
def test_a_factor_that_cannot_be_is_never_used_and_a_finding_says_so(
    wrong: dict[str, Any], code: str
) -> None:
    factor = replace(grid(5, 0.44, date(2024, 1, 1)), body=replace(OLD.body, id="grid-5", **wrong))
    assert pick([factor], factor.body.use, date(2025, 1, 1), region=factor.body.region) is None
    (finding,) = factor_findings([factor])
    assert (finding.code, finding.key) == (code, "grid-5")
    assert not list(factor_findings([OLD, NEW]))


def test_a_memory_of_picks_changes_none() -> None:
    memory = Chosen([OLD, NEW])
    for day in (date(2023, 1, 1), date(2025, 1, 1), date(2026, 1, 1), date(2025, 1, 1)):
        assert memory.of("grid.location", day, region="CN-GD") == pick(
            [OLD, NEW], "grid.location", day, region="CN-GD"
        )
