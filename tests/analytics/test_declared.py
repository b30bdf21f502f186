"""The ledger as what holds now: corrections applied, voided entries left out, whatever the order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from analytics.declared import Declared, declare
from domain.ledger import (
    AlertAction,
    AlertEntry,
    BaselineApproved,
    BaselineFitted,
    Body,
    CalendarChange,
    Entry,
    GasQuality,
    MeterEvent,
    MeterEventKind,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.method import Method
from domain.periods import DAY_MS, WorkingCalendar
from tests.analytics.plants import fitted, plants

METHOD = Method(calendar=WorkingCalendar(day_start_min=480))


def entries(*bodies: Body) -> list[Entry]:
    return [
        Entry(number=number, at=1000 * number, who="Li", why="", body=body)
        for number, body in enumerate(bodies, 1)
    ]


def declared(*bodies: Body) -> Declared:
    return declare(entries(*bodies), METHOD)


def made(first: float, end: float, quantity: float, product: str = "", process: str = "coil") -> Production:
    since, until = round(first * DAY_MS), round(end * DAY_MS)
    return Production(process=process, since=since, until=until, quantity=quantity, unit="t", product=product)


def days(spans: tuple[Production, ...]) -> list[tuple[float, float, float]]:
    return [(each.since / DAY_MS, each.until / DAY_MS, each.quantity) for each in spans]


def test_an_empty_ledger_declares_nothing_but_the_calendar_of_the_plant_file() -> None:
    nothing = declared()
    assert nothing.calendars == (METHOD.calendar,)
    assert not nothing.production
    assert not nothing.plans
    assert not nothing.meter_events
    assert not nothing.factors
    assert not nothing.baselines
    assert not nothing.alerts
    assert nothing.gas_quality == ()


def test_a_later_statement_corrects_the_earlier_one_of_its_span() -> None:
    found = declared(made(0, 1, 10), made(1, 2, 20), made(0, 1, 11))
    assert days(found.production["coil"]) == [(0, 1, 11), (1, 2, 20)]


def test_what_a_correction_covers_in_part_keeps_the_rest_by_its_share_of_time() -> None:
    found = declared(made(0, 4, 40), made(1, 2, 3))
    assert days(found.production["coil"]) == [(0, 1, 10), (1, 2, 3), (2, 4, 20)]


def test_one_statement_may_replace_many() -> None:
    found = declared(made(0, 1, 1), made(1, 2, 2), made(3, 4, 4), made(0.5, 3.5, 30))
    assert days(found.production["coil"]) == [(0, 0.5, 0.5), (0.5, 3.5, 30), (3.5, 4, 2)]


def test_neighbours_touch_and_do_not_correct_each_other() -> None:
    found = declared(made(1, 2, 2), made(0, 1, 1), made(2, 3, 3))
    assert days(found.production["coil"]) == [(0, 1, 1), (1, 2, 2), (2, 3, 3)]


def test_products_and_processes_stand_side_by_side() -> None:
    found = declared(
        made(0, 1, 6, "A"), made(0, 1, 4, "B"), made(0, 1, 9, process="sheet"), made(0, 1, 5, "B")
    )
    assert sorted((each.product, each.quantity) for each in found.production["coil"]) == [("A", 6), ("B", 5)]
    assert days(found.production["sheet"]) == [(0, 1, 9)]


def test_a_voided_correction_brings_the_earlier_statement_back() -> None:
    found = declared(made(0, 1, 10), made(0, 1, 99), Voided(entry=2))
    assert days(found.production["coil"]) == [(0, 1, 10)]


def test_plans_are_corrected_like_statements() -> None:
    plan = ProductionPlan(process="coil", since=0, until=10 * DAY_MS, quantity=100.0, unit="t")
    later = ProductionPlan(process="coil", since=5 * DAY_MS, until=10 * DAY_MS, quantity=10.0, unit="t")
    found = declared(plan, later).plans["coil"]
    assert [each.quantity for each in found] == [50.0, 10.0]


def test_of_meter_events_the_last_of_a_kind_and_instant_counts() -> None:
    def event(at: int, old: float, kind: MeterEventKind = MeterEventKind.EXCHANGE) -> MeterEvent:
        return MeterEvent(kind=kind, point="gas.volume", at=at, old_final=old, new_start=0.0)

    found = declared(event(7, 1.0), event(3, 2.0), event(7, 5.0), event(7, 6.0, MeterEventKind.RESET))
    assert [(each.at, each.old_final) for each in found.meter_events["gas.volume"]] == [
        (3, 2.0),
        (7, 5.0),
        (7, 6.0),
    ]


def test_static_factors_of_a_process_come_by_instant() -> None:
    late = StaticFactor(process="coil", since=20, what="oven")
    early = StaticFactor(process="coil", since=10, what="coating")
    assert declared(late, early).factors == {"coil": (early, late)}


def test_a_calendar_holds_from_its_day_on_and_a_later_entry_of_that_day_replaces_it() -> None:
    def change(day: date, start: int) -> CalendarChange:
        return CalendarChange(calendar=WorkingCalendar(valid_from=day, day_start_min=start))

    spring = date(2026, 3, 1)
    found = declared(change(date(2026, 5, 1), 60), change(spring, 30), change(spring, 45))
    assert [each.day_start_min for each in found.calendars] == [480, 45, 60]


def test_only_an_approved_baseline_counts_and_the_approval_that_came_last() -> None:
    one = fitted(plants(1, 300)[0])
    other = fitted(plants(1, 300, seed=1)[0])
    other = type(other)(**{**{n: getattr(other, n) for n in other.__slots__}, "id": "coil-other"})
    fits = [BaselineFitted(baseline=one), BaselineFitted(baseline=other)]
    approved = [BaselineApproved(baseline=each.id, process="coil", valid_from=0) for each in (one, other)]
    assert declared(*fits).baselines == {}
    assert declared(*fits, *approved).baselines == {"coil": other}
    assert declared(*fits, *reversed(approved)).baselines == {"coil": one}
    assert declared(*fits, *approved, Voided(entry=4)).baselines == {"coil": one}
    assert declared(*fits, *approved, Voided(entry=2)).baselines == {"coil": one}


def test_a_baseline_is_not_held_against_another_process() -> None:
    coil = fitted(plants(1, 300)[0])
    wrong = BaselineApproved(baseline=coil.id, process="sheet", valid_from=0)
    assert declared(BaselineFitted(baseline=coil), wrong).baselines == {}


def test_steps_of_an_alert_and_statements_of_gas_keep_the_order_of_recording() -> None:
    steps = [
        AlertEntry(alert="a", action=action, at=at, subject="coil")
        for at, action in ((9, AlertAction.RAISED), (5, AlertAction.CLOSED))
    ]
    gas = [GasQuality(since=0, until=1, ncv_mj_per_nm3=value) for value in (36.0, 35.0)]
    found = declared(*steps, *gas)
    assert found.alerts == {"a": tuple(steps)}
    assert found.gas_quality == tuple(gas)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_entries_are_given_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    bodies: list[Body] = []
    for number in range(40):
        first = rng.randrange(20)
        bodies.append(made(first, first + rng.randrange(1, 6), rng.randrange(1, 50), rng.choice(["", "A"])))
        if rng.random() < 0.2:
            bodies.append(Voided(entry=rng.randrange(1, number + 2)))
    ordered = entries(*bodies)
    shuffled = rng.sample(ordered, len(ordered))
    found = declare(shuffled, METHOD)
    assert found == declare(ordered, METHOD)
    for product in ("", "A"):
        spans = [each for each in found.production["coil"] if each.product == product]
        assert all(one.until <= other.since for one, other in pairwise(spans))


def test_a_later_approval_leaves_what_began_before_it_as_it_was() -> None:
    one = fitted(plants(1, 300)[0])
    two = replace(one, id="coil-two")
    found = declared(
        BaselineFitted(baseline=one),
        BaselineFitted(baseline=two),
        BaselineApproved(baseline=one.id, process="coil", valid_from=100),
        BaselineApproved(baseline=two.id, process="coil", valid_from=200),
    )
    assert [found.baseline("coil", at) for at in (0, 100, 199, 200)] == [one, one, one, two]
    assert found.baseline("sheet", 0) is None
    assert found.baselines == {"coil": two}
