"""What every store promises of windows and results."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from domain.errors import StoreError, StoreRejected
from domain.periods import HOUR_MS, PeriodKind
from domain.ports import ResultRow, Store
from domain.windows import Flag, Grade, Windows, no_windows
from tests.contract.stores import Opener

T0 = 1_763_798_400_000
NAN = math.nan
GAS, POWER = "boiler.gas", "feeder.power"


def windows(
    amounts: Sequence[float],
    *,
    point: str = GAS,
    first: int = 0,
    grade: Grade = Grade.MEASURED,
    flags: Sequence[int] | int = 0,
    coverage: float = 1.0,
    hours: float = 1,
) -> Windows:
    """Return windows that follow each other, from hour `first` on."""
    many = len(amounts)
    since = T0 + np.round((first + np.arange(many) * hours) * HOUR_MS).astype(np.int64)
    return Windows(
        point=point,
        since=since,
        until=since + round(hours * HOUR_MS),
        amount=np.array(amounts, np.float64),
        grade=np.full(many, grade, np.uint8),
        coverage=np.full(many, coverage),
        flags=np.broadcast_to(np.array(flags, np.uint16), many).copy(),
        minimum=np.full(many, NAN),
        maximum=np.array(amounts, np.float64) + 0.25,
    )


def hour(number: float) -> int:
    return T0 + round(number * HOUR_MS)


def held(store: Store, point: str = GAS) -> Windows:
    return store.windows([point], since=0, until=2 * T0)[point]


def same(found: Windows, expected: Windows) -> bool:
    names = ("since", "until", "amount", "grade", "coverage", "flags", "minimum", "maximum")
    return found.point == expected.point and all(
        getattr(found, name).dtype == getattr(expected, name).dtype
        and np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=name in _FLOATS)
        for name in names
    )


_FLOATS = ("amount", "coverage", "minimum", "maximum")


def test_windows_come_back_as_they_went_in(store: Store) -> None:
    gas = windows([1.5, NAN, 1e-300], grade=Grade.ESTIMATED, flags=Flag.GAP | Flag.NO_CONDITIONS)
    power = windows([3.0], point=POWER, first=1, coverage=0.25)
    store.put_windows([power, gas, no_windows("feeder.energy")], at=T0)
    found = store.windows([GAS, POWER, "feeder.energy", "no.where"], since=0, until=2 * T0)
    assert same(found[GAS], gas)
    assert same(found[POWER], power)
    assert same(found["feeder.energy"], no_windows("feeder.energy"))
    assert same(found["no.where"], no_windows("no.where"))


def test_windows_asked_for_begin_in_the_span(store: Store) -> None:
    store.put_windows([windows([1.0, 2.0, 3.0])], at=T0)
    found = store.windows([GAS], since=hour(1), until=hour(2))[GAS]
    assert found.amount.tolist() == [2.0]
    assert len(store.windows([GAS], since=hour(1), until=hour(1))[GAS]) == 0


def test_a_span_is_replaced_and_the_rest_stays(store: Store) -> None:
    store.put_windows([windows([1.0, 2.0, 3.0, 4.0]), windows([9.0], point=POWER)], at=T0)
    store.put_windows([windows([20.0, NAN], first=1)], at=T0 + 1)
    assert same(held(store).pick(slice(0, 1)), windows([1.0]))
    assert held(store).amount.tolist()[1] == 20.0
    assert math.isnan(held(store).amount[2])
    assert math.isnan(held(store).maximum[2])
    assert held(store).amount.tolist()[3] == 4.0
    assert held(store, POWER).amount.tolist() == [9.0]


def test_windows_that_reach_into_the_span_go_with_it(store: Store) -> None:
    store.put_windows([windows([1.0, 2.0, 3.0])], at=T0)
    halves = windows([0.5, 0.5], first=0, hours=0.5)
    later = Windows(**{f: getattr(halves, f) for f in Windows.__slots__} | _moved(halves, HOUR_MS // 2))
    store.put_windows([later], at=T0 + 1)  # 0:30 to 1:30
    assert held(store).since.tolist() == [hour(0.5), hour(1), hour(2)]


def _moved(one: Windows, by: int) -> dict[str, object]:
    return {"since": one.since + by, "until": one.until + by}


def test_a_closed_window_that_changes_leaves_its_version(store: Store) -> None:
    store.put_windows([windows([1.0, 2.0])], at=100)
    store.put_windows([windows([1.0, 2.5], grade=Grade.BRIDGED)], at=200)
    store.put_windows([windows([1.0, 2.5], grade=Grade.BRIDGED)], at=300)  # nothing new
    store.put_windows([windows([NAN], first=1, grade=Grade.BRIDGED, flags=Flag.RESET)], at=400)
    found = store.window_versions(GAS, hour(1))
    assert [(one.version, one.recorded, one.grade, one.flags) for one in found] == [
        (1, 100, Grade.MEASURED, Flag.NONE),
        (2, 200, Grade.BRIDGED, Flag.NONE),
        (3, 400, Grade.BRIDGED, Flag.RESET),
    ]
    assert [one.amount for one in found[:2]] == [2.0, 2.5]
    assert math.isnan(found[2].amount)
    assert [(one.version, one.until) for one in store.window_versions(GAS, hour(0))] == [
        (1, hour(1)),
        (2, hour(1)),
    ]
    assert store.version_numbers(GAS, since=hour(0), until=hour(2)) == {hour(0): 2, hour(1): 3}
    assert store.version_numbers(GAS, since=hour(1), until=hour(9)) == {hour(1): 3}
    assert store.version_numbers("no.where", since=hour(0), until=hour(2)) == {}
    assert store.window_versions(GAS, hour(7)) == []
    assert store.window_versions("no.where", hour(0)) == []


def test_an_open_window_grows_without_versions(store: Store) -> None:
    for amount in (1.0, 1.5, 2.0):
        store.put_windows([windows([amount], flags=Flag.OPEN, coverage=amount / 4)], at=int(amount * 100))
    store.put_windows([windows([3.0])], at=400)
    [only] = store.window_versions(GAS, hour(0))
    assert (only.version, only.recorded, only.amount, only.coverage) == (1, 400, 3.0, 1.0)
    store.put_windows([windows([3.0], coverage=0.5)], at=500)  # coverage alone is no other figure
    assert len(store.window_versions(GAS, hour(0))) == 1
    assert held(store).coverage.tolist() == [0.5]


def test_a_window_that_comes_back_goes_on_with_its_versions(store: Store) -> None:
    store.put_windows([windows([1.0, 2.0])], at=100)
    whole = windows([3.0], hours=2)
    store.put_windows([whole], at=200)
    store.put_windows([windows([1.0, 2.0])], at=300)
    assert same(held(store), windows([1.0, 2.0]))
    assert [(one.version, one.amount) for one in store.window_versions(GAS, hour(1))] == [(1, 2.0), (2, 2.0)]
    assert [one.amount for one in store.window_versions(GAS, hour(0))] == [1.0, 3.0, 1.0]


def test_windows_survive_a_restart(opener: Opener) -> None:
    before = opener()
    before.put_windows([windows([1.0])], at=100)
    before.put_windows([windows([2.0])], at=200)
    before.close()
    after = opener()
    assert held(after).amount.tolist() == [2.0]
    assert [one.amount for one in after.window_versions(GAS, hour(0))] == [1.0, 2.0]
    after.close()


def test_windows_of_a_point_that_nobody_knows_are_refused_with_all_others(store: Store) -> None:
    with pytest.raises(StoreRejected, match=r"boiler\.ghost, x\.y"):
        store.put_windows([windows([1.0]), windows([1.0], point="x.y"), no_windows("boiler.ghost")], at=T0)
    overlapping = windows([1.0, 2.0])
    overlapping.until[0] += 1
    with pytest.raises(StoreRejected, match="overlap"):
        store.put_windows([overlapping], at=T0)
    with pytest.raises(StoreRejected, match="more than once"):
        store.put_windows([windows([1.0]), windows([1.0], first=5)], at=T0)
    assert len(held(store)) == 0


def result(
    subject: str, since: int, *, period: str = "day", kind: str = "intensity", body: bytes = b"{}"
) -> ResultRow:
    return ResultRow(kind=kind, subject=subject, period=period, since=since, until=since + 9, body=body)


def all_results(store: Store, kind: str = "intensity") -> Sequence[ResultRow]:
    return store.results(kind, since=0, until=2 * T0)


def test_results_come_back_in_order_as_they_went_in(store: Store) -> None:
    body = '{"ratio":1.5,"whole":3,"none":null,"deep":{"low":-1},"text":"a\\"b\\\\c \\n 炉, x=1","list":[1]}'
    rows = [
        result("oven", hour(2)),
        result("oven", hour(1), body=body.encode()),
        result("oven", hour(1), period="week"),
        result('a "b", =c', 0, period=""),
    ]
    store.replace_results("intensity", rows, since=0, until=hour(3))
    assert all_results(store) == [rows[3], rows[1], rows[0], rows[2]]
    assert store.results("intensity", since=hour(1), until=hour(2)) == [rows[1], rows[2]]
    assert store.results("intensity", since=0, until=hour(9), period=PeriodKind.WEEK) == [rows[2]]
    assert store.results("intensity", since=0, until=hour(9), subject=rows[3].subject) == [rows[3]]
    assert all_results(store, "track") == []


def test_results_are_replaced_where_it_was_asked_for(store: Store) -> None:
    stays = [
        result("oven", hour(3)),
        result("oven", hour(1), period="week"),
        result("line", hour(1)),
        result("oven", hour(1), kind="pv"),
    ]
    gone = [result("oven", hour(1), body=b'{"a":1.0,"b":2.0}'), result("oven", hour(2))]
    for kind in ("intensity", "pv"):
        rows = [row for row in stays + gone if row.kind == kind]
        store.replace_results(kind, rows, since=0, until=hour(9))
    new = [result("oven", hour(1), body=b'{"a":3.0}')]
    store.replace_results(
        "intensity", new, since=hour(1), until=hour(3), period=PeriodKind.DAY, subject="oven"
    )
    assert all_results(store) == [stays[2], new[0], stays[0], stays[1]]
    assert all_results(store, "pv") == [stays[3]]
    store.replace_results("intensity", [], since=0, until=hour(9))
    assert all_results(store) == []
    assert all_results(store, "pv") == [stays[3]]


def test_results_that_lie_elsewhere_or_share_a_name_are_refused(store: Store) -> None:
    one = result("oven", hour(1))
    with pytest.raises(ValueError, match="outside"):
        store.replace_results("intensity", [one], since=0, until=hour(1))
    with pytest.raises(ValueError, match="outside"):
        store.replace_results("intensity", [one], since=0, until=hour(9), period=PeriodKind.WEEK)
    with pytest.raises(ValueError, match="two results"):
        store.replace_results("intensity", [one, one], since=0, until=hour(9))
    assert all_results(store) == []


def test_a_closed_store_takes_no_windows_and_no_results(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError):
        store.put_windows([windows([1.0])], at=T0)
    with pytest.raises(StoreError):
        store.replace_results("intensity", [], since=0, until=1)
    with pytest.raises(StoreError):
        store.windows([GAS], since=0, until=1)
