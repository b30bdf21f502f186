"""`energy-agent enter`: one row typed field by field, by the rules of a file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from agent.carbon_help import typed_example
from agent.carbon_importing import typed
from agent.commands.common import EXIT_USAGE
from agent.declaring import open_desk
from config.carbon_columns import KINDS
from dashboard.views.carbon_fields import forms
from dashboard.words import words_of
from domain.carbon_entries import FuelUse
from domain.declared import Refused
from tests.agent.declarations import Declared

FUEL = ("fuel=diesel", "date=2026-02", "quantity=1200", "unit=L", "density_kg_per_l=0.84", "document=INV-7")
WHY = ("--why", "fuel log")


@pytest.fixture
def plant(tmp_path: Path) -> Declared:
    return Declared(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_in_the_help_of_each_kind_is_recorded(plant: Declared, kind: str) -> None:
    table = KINDS[kind]
    text = plant.run("enter", table.word, "--help").stdout
    assert all(f"  {each.name}" in text for each in table.columns)
    example = shlex.split(typed_example(table).replace("\\\n", " "))
    assert example[:3] == ["energy-agent", "enter", table.word]
    done = plant.run(*example[1:])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("entry 1: ")
    (entry,) = plant.entries()
    assert (entry.who, entry.why) == ("Li", "...")


def test_a_dry_run_says_what_would_be_recorded(plant: Declared) -> None:
    done = plant.run("enter", "fuel", *FUEL, *WHY, "--dry-run")
    assert done.stdout.splitlines() == [
        "1.008 t of diesel (1200 L), 2026-02-01 00:00 to 2026-03-01 00:00, INV-7",
        "nothing written: --dry-run",
    ]
    assert plant.entries() == ()
    assert plant.run("enter", "fuel", *FUEL, *WHY).returncode == 0
    body = plant.entries()[0].body
    assert isinstance(body, FuelUse)
    assert (body.mass_t, body.source) == (1.008, "")


def test_the_same_again_is_refused_and_other_content_of_an_id_corrects(plant: Declared) -> None:
    lot = ("enter", "lot", "id=A", "supplier=Chalco", "at=2026-02-17", "unit=t", "document=d", *WHY)
    assert plant.run(*lot, "mass=24.6").returncode == 0
    same = plant.run(*lot, "mass=24600", "unit=kg")
    assert same.returncode == EXIT_USAGE
    assert "unit is given twice" in same.stderr
    same = plant.run(*lot, "mass=24.60")
    assert "entry 1 says so already; nothing is written [entry.already]" in same.stderr
    done = plant.run(*lot, "mass=24.7")
    assert done.stdout.splitlines()[1:3] == [
        "  it corrects entry 1: lot A, Chalco: 24.6 t of aluminium, 2026-02-17",
        "    mass_t: 24.6 -> 24.7",
    ]
    back = plant.run(*lot, "mass=24.6")
    assert "entry 2 corrects it: void that one to go back" in back.stderr
    assert len(plant.entries()) == 2


def test_every_fault_is_said_at_once_and_nothing_is_written(plant: Declared) -> None:
    done = plant.run(
        "enter", "fuel", "fuel=diesle", "date=2026-02", "quantity=1,200", "unit=L", "documnt=x", *WHY
    )
    assert done.returncode == EXIT_USAGE
    for words in (
        "'documnt' is no field of fuel; did you mean 'document'? [entry.header]",
        "document is empty; fill in document [entry.missing]",
        "'diesle' is no fuel; did you mean 'diesel'? [entry.unknown_fuel]",
        "[entry.thousands]",
        "[fuel.density]",
        "nothing written",
    ):
        assert words in done.stderr
    assert plant.entries() == ()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("fule", *FUEL, *WHY), "did you mean 'fuel'?"),
        (("fuel", "diesel", *WHY), "write name=value"),
        (("fuel", *FUEL), "--why"),
        (("fuel", *WHY), "NAME=VALUE"),
    ],
)
def test_wrong_use_names_the_cure(plant: Declared, args: tuple[str, ...], words: str) -> None:
    done = plant.run("enter", *args)
    assert done.returncode == EXIT_USAGE
    assert words in done.stderr


def test_a_form_gets_the_field_that_is_faulty(plant: Declared) -> None:
    assert plant.run("enter", "fuel", *FUEL, *WHY).returncode == 0
    desk = open_desk(plant.plant)
    given = dict(field.split("=") for field in FUEL)
    for change, field in (
        ({"unit": "gal"}, "unit"),
        ({"quantity": "9"}, "document"),
        ({"date": "2199-01"}, "date"),
        ({}, "fuel"),
    ):
        with pytest.raises(Refused) as refused:
            typed(desk, "fuel_use", {**given, **change})
        assert refused.value.subject == field
        assert refused.value.hint
    (body,) = typed(desk, "fuel_use", {**given, "document": "INV-8"})
    assert isinstance(body, FuelUse)
    with pytest.raises(Refused, match="cannot be declared"):
        typed(desk, "closed", {})


def test_the_forms_of_the_page_have_the_columns_of_the_tables() -> None:
    for kind, form in forms(words_of("en")).items():
        table = KINDS[kind]
        wanted = {each.name for each in table.columns} - {"since", "until"}
        assert {field.name for field in form.fields} == wanted
        needed = {each.name for each in table.columns if each.is_needed} | (
            {"date"} if table.has_span else set()
        )
        assert {field.name for field in form.fields if field.is_needed} == needed
