"""Results come back from their rows as they were, and the same result is the same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.findings import Finding, Severity
from domain.periods import Period, PeriodKind
from domain.result_rows import KINDS, WHOLE_KINDS, decode, encode, rows_of
from domain.results import Alert, AlertKind, AlertState, Balance, Evidence, Results

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=8)


def made(hint: Any) -> st.SearchStrategy[Any]:
    """Return what a field of a result may hold, by its type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([made(each) for each in inner])
    if origin is tuple:
        return st.lists(made(inner[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(TEXTS, made(inner[1]), max_size=3)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return st.builds(hint, **{each.name: made(hints[each.name]) for each in fields(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return {
        float: FLOATS,
        int: st.integers(-(2**53), 2**53),
        str: TEXTS,
        bool: st.booleans(),
        type(None): st.none(),
        date: st.dates(),
    }[hint]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_result_comes_back_as_it_was_and_has_one_form(kind: str) -> None:
    @settings(max_examples=25)
    @given(made(KINDS[kind]))
    def holds(result: Any) -> None:
        body = encode(result)
        assert decode(kind, body) == result
        assert encode(decode(kind, body)) == body

    holds()


def test_mappings_are_written_by_key_in_whatever_order_they_were_made() -> None:
    one = Evidence(shares={"measured": 0.5, "manual": 0.5}, coverage=1.0, is_complete=True)
    other = Evidence(shares={"manual": 0.5, "measured": 0.5}, coverage=1.0, is_complete=True)
    assert encode(one) == encode(other)


def test_a_float_keeps_every_bit() -> None:
    value = math.pi * 1e-7 + 1e-23
    assert msgspec.json.decode(encode(value)) == value


def test_a_number_of_numpy_is_a_number_and_nan_is_never_one() -> None:
    assert (
        encode({"a": np.float64(0.1), "b": np.int64(3), "c": np.bool_(True)}) == b'{"a":0.1,"b":3,"c":true}'
    )
    assert encode([math.nan, np.float64("nan")]) == b"[null,null]"


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(object())
    for body in (b"", b"{", b"{}", b'{"carrier": 7}'):
        with pytest.raises(ValueError, match=r"."):
            decode("balance", body)


DAY = Period(kind=PeriodKind.DAY, since=1000, until=2000, name="d")
NOTHING = Evidence(shares={}, coverage=0.0, is_complete=False)


def results(**more: Any) -> Results:
    names = ("intensities", "tracks", "watches", "alerts", "balances", "pv", "heat", "findings")
    return Results(since=0, until=5000, **{**dict.fromkeys(names, ()), **more})


def finding(problem: str = "p", **other: Any) -> Finding:
    values: dict[str, Any] = {"code": "production.impossible", "key": "coil", "since": 10, "until": 20}
    return Finding(**{**values, **other}, problem=problem, remedy="r")


def balance(carrier: str, since: int) -> Balance:
    return Balance(
        carrier=carrier,
        period=replace(DAY, since=since),
        main=1.0,
        subs=1.0,
        unallocated=0.0,
        share=0.0,
        evidence=NOTHING,
    )


def test_rows_come_by_subject_and_instant_and_every_kind_is_there() -> None:
    found = rows_of(results(balances=(balance("gas", 5), balance("heat", 1), balance("gas", 2))))
    assert set(found) == set(KINDS)
    assert [(row.subject, row.since) for row in found["balance"]] == [("gas", 2), ("gas", 5), ("heat", 1)]
    assert set(WHOLE_KINDS) < set(KINDS)


def test_a_finding_without_instants_is_about_the_whole_span() -> None:
    [row] = rows_of(results(findings=(finding(since=None, until=None),)))["finding"]
    assert (row.subject, row.since, row.until) == ("production.impossible/coil", 0, 5000)


def test_two_doubts_about_one_thing_and_instant_have_two_names() -> None:
    """Two products of one span are both impossible: the store knows rows by their name."""
    findings = (finding("25 t of A"), finding("30 t of B"), finding("40 t of C"))
    rows = rows_of(results(findings=findings))["finding"]
    assert len({(row.subject, row.period, row.since) for row in rows}) == 3
    assert [decode("finding", row.body).problem for row in rows] == ["25 t of A", "30 t of B", "40 t of C"]


def test_an_alert_lasts_until_it_recovered_or_now() -> None:
    alert = Alert(
        id="a",
        kind=AlertKind.DATA,
        code="data.gap",
        subject="gas",
        severity=Severity.ERROR,
        since=10,
        detected=20,
        until=None,
        state=AlertState.OPEN,
        problem="p",
        remedy="r",
    )
    over = replace(alert, id="b", until=30, state=AlertState.RECOVERED)
    rows = rows_of(results(alerts=(alert, over)))["alert"]
    assert [(row.subject, row.since, row.until) for row in rows] == [("a", 10, 5000), ("b", 10, 30)]
