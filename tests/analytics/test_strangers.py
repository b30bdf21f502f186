"""What the ledger says of things that are not there, and what a device says twice, is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analytics.declared import declare
from analytics.strangers import doubled, strangers
from domain.findings import Severity
from domain.ledger import Body, Entry, MeterEvent, MeterEventKind, Production, ProductionPlan, StaticFactor
from domain.method import Method
from domain.plant import Carrier, MeterRole, Plant, Point, Process
from tests.analytics.made import plant


def counter(
    name: str,
    *,
    device: str = "gas",
    role: MeterRole = MeterRole.SUB,
    counts: bool = True,
    process: str = "coil",
    carrier: Carrier = Carrier.GAS,
) -> Point:
    return Point(
        device=device,
        name=name,
        unit="m3" if counts else "m3/h",
        is_counter=counts,
        carrier=carrier,
        role=role,
        shares={process: 0.5},
    )


def said(works: Plant, body: Body) -> list[tuple[str, str]]:
    entries = [Entry(number=1, at=1, who="Li", why="", body=body)]
    found = strangers(works, declare(entries, Method()))
    assert all(each.severity is Severity.WARNING and each.remedy for each in found)
    return [(each.code, each.key) for each in found]


@pytest.mark.parametrize(
    ("code", "make"),
    [
        (
            "production.unknown_process",
            lambda name: Production(process=name, since=0, until=9, quantity=1.0, unit="t"),
        ),
        (
            "ledger.unknown_subject",
            lambda name: ProductionPlan(process=name, since=0, until=9, quantity=1.0, unit="t"),
        ),
        ("ledger.unknown_subject", lambda name: StaticFactor(process=name, since=0, what="oven")),
    ],
)
def test_an_entry_about_a_process_that_is_not_there_is_named(code: str, make: Callable[[str], Body]) -> None:
    works = plant(counter("volume"), processes=(Process(id="coil", output_unit="t"),))
    assert said(works, make("coli")) == [(code, "coli")]
    assert said(works, make("coil")) == []


def test_an_event_of_a_meter_that_is_not_there_is_named() -> None:
    works = plant(counter("volume"))
    for name, expected in (("gas.volum", [("ledger.unknown_subject", "gas.volum")]), ("gas.volume", [])):
        event = MeterEvent(kind=MeterEventKind.EXCHANGE, point=name, at=1, old_final=1.0, new_start=0.0)
        assert said(works, event) == expected


def test_two_counters_of_one_device_for_one_process_are_named() -> None:
    [finding] = doubled(plant(counter("volume"), counter("corrected")))
    assert (finding.code, finding.key, finding.severity) == ("gas.doubled", "gas.corrected", Severity.WARNING)
    assert "gas.volume" in finding.problem


@pytest.mark.parametrize(
    "other",
    [
        counter("other", device="gas2"),
        counter("other", role=MeterRole.EXPORT),
        counter("other", counts=False),
        counter("other", process="sheet"),
        counter("other", carrier=Carrier.HEAT),
    ],
)
def test_what_is_not_added_up_is_no_double(other: Point) -> None:
    assert doubled(plant(counter("volume"), other)) == ()
