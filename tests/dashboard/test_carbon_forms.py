"""Forms of the carbon inventory: a field a column, recorded once under a name, or back as it was typed."""

from __future__ import annotations

import pytest

from config.carbon_columns import KINDS, Value
from dashboard.views.carbon_fields import forms, role_of
from dashboard.words import words_of
from domain.inventory_text import canonical
from tests.dashboard.made import MadeSource
from tests.dashboard.parsed import Tree
from tests.dashboard.posting import desk_of, fault_of

ENGLISH = words_of("en")
_EVERY_COLUMN = {"since", "until"}
"""Columns that files have and forms do not: the period is one field there."""
NUMBERS = (Value.NUMBER, Value.SHARE, Value.YEAR)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_has_a_field_for_each_column_of_the_table(kind: str) -> None:
    own = {each.name: each for each in forms(ENGLISH)[kind].fields}
    columns = {each.name: each for each in KINDS[kind].columns if each.name not in _EVERY_COLUMN}
    assert own.keys() == columns.keys()
    for name, column in columns.items():
        field = own[name]
        assert field.is_needed or not column.is_needed, name
        if column.choices:
            assert {value for value, _ in field.choices} - {""} == set(column.choices), name
        assert (field.type == "number") == (column.value in NUMBERS), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_the_table_can_be_typed(kind: str) -> None:
    source = MadeSource()
    with desk_of(source, role_of(kind)) as desk:
        answer = desk.send(f"/declare/carbon/{kind}", why="as in the document", **KINDS[kind].example)
        assert answer.status_code == 303, answer.text
        (made,) = source.recorded
        assert (made.who, made.why) == ("Li", "as in the document")
        assert desk.told[-1][:3] == (f"carbon.{kind}", desk.told[-1][1], "done")


def test_a_number_that_can_be_read_in_two_ways_comes_back_with_the_form() -> None:
    source = MadeSource()
    fields = {**KINDS["fuel_use"].example, "quantity": "1,200", "why": "x"}
    with desk_of(source, "operator") as desk:
        answer = desk.send("/declare/carbon/fuel_use", **fields)
    assert answer.status_code == 422
    assert "two ways" in fault_of(Tree(answer.text).root, "quantity")
    assert source.recorded == []


def test_factors_and_base_years_are_for_admins() -> None:
    for kind in KINDS:
        with desk_of(MadeSource(), "operator") as desk:
            answer = desk.send(f"/declare/carbon/{kind}", why="x", **KINDS[kind].example)
        assert answer.status_code == (403 if role_of(kind) == "admin" else 303), kind
    assert [kind for kind in KINDS if role_of(kind) == "admin"] == ["emission_factor", "base_year"]


def test_a_period_is_closed_or_restated_by_an_admin_under_an_approver() -> None:
    source = MadeSource()
    states = {each.period.name: each.state for each in source.results("inventory")}
    still = next(name for name, state in states.items() if state == "open")
    done = next(name for name, state in states.items() if state != "open")
    with desk_of(source, "admin") as desk:
        for path in (f"/close/{still}", f"/restate/{done}"):
            assert desk.send(path, approver="Wang", why="checked").status_code == 303
        assert desk.send("/close/1999-01", approver="Wang", why="checked").status_code == 404
        assert desk.send(f"/close/{still}", approver="", why="checked").status_code == 422
    assert [each.action for each in source.recorded] == ["close_period", "restate_period"]
    with desk_of(source, "operator") as desk:
        assert desk.send(f"/close/{still}", approver="Wang", why="checked").status_code == 403


def test_the_page_of_a_restatement_shows_each_figure_before_and_after() -> None:
    source = MadeSource()
    against = next(
        found
        for each in source.results("inventory")
        if (found := source.restatement(each.period.name)) is not None and found.changes
    )
    with desk_of(source, "admin") as desk:
        (table,) = desk.look(f"/restate/{against.period}").all(lambda node: node.tag == "tbody")
    assert len(table.all(lambda node: node.tag == "tr")) == len(against.changes)


def test_a_form_confirms_the_figures_that_it_showed() -> None:
    source = MadeSource()
    against = next(
        found
        for each in source.results("inventory")
        if (found := source.restatement(each.period.name)) is not None and found.changes
    )
    with desk_of(source, "admin") as desk:
        page = desk.look(f"/restate/{against.period}")
        (field,) = page.all(lambda node: node.attributes.get("name") == "shown")
        shown = field.attributes["value"]
        assert shown == canonical(against.now)[1]
        desk.send(f"/restate/{against.period}", approver="Wang", why="checked", shown=shown)
    assert source.recorded[0].facts["shown"] == shown
