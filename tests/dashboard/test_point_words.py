"""The last step of every drill-down: the words of a register, and how they become the value."""

from __future__ import annotations

import re
from html import unescape

import pytest

from dashboard.views.words import register_text
from domain.courses import ReadingsPicture
from domain.registers import DataType
from tests.dashboard.api.conftest import api_of
from tests.dashboard.asking import asked_of as request_of
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of
from tests.domain.registers import register

Given = tuple[float | None, str, str]
"""Value, quality, words."""


class Worded(MadeSource):
    """Gives readings of our own, a minute apart."""

    def __init__(self, *given: Given) -> None:
        super().__init__()
        self.given = given

    def readings(self, point: str, *, since: int, until: int, limit: int = 1000) -> ReadingsPicture:
        unit = next(each.unit for each in self.plant.points if each.id == point)
        value, quality, words = zip(*self.given, strict=True)
        at = tuple(NOW - 3_600_000 + 60_000 * place for place in range(len(self.given)))
        return ReadingsPicture(
            point=point, unit=unit, at=at, value=value, quality=quality, is_cut=False, words=words
        )


def cells(point: str, *given: Given, language: str = "en") -> list[list[str]]:
    """Return the texts of the table of raw readings, without its instants."""
    answer = asked_of(app_of(Worded(*given)), f"/point/{point}", **{"accept-language": language})
    table = answer.text.partition('id="readings"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    texts = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    plain = [[unescape(re.sub(r"<[^>]+>", "", text)).replace("\xa0", " ") for text in row] for row in texts]
    return [row[1:] for row in plain]


def head(point: str, *given: Given) -> str:
    text = asked_of(app_of(Worded(*given)), f"/point/{point}").text.partition('id="readings"')[2]
    return unescape(text.partition("<table>")[0]).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("point", "given", "shown", "worked", "said"),
    [
        ("gas_coil.volume_reference", (123456.0, "good", "e2400001"), "e240 0001", "123456",
         "holding register 8 · u32 · low word first · value = raw number m³"),
        ("em_coil.active_energy_import", (1234.567, "good", "000000000012d687"), "0000 0000 0012 d687",
         "1234567 × 0.001", "u64 · high word first · value = raw number × 0.001 kWh"),
        ("em_office.active_energy_import", (12345.6, "good", "e2400001"), "e240 0001", "123456 × 0.1",
         "i32 · low word first"),
        ("em_main.active_energy_import", (0.2305, "good", "406cd00000000000"), "406c d000 0000 0000",
         "230.5 × 0.001", "f64 · high word first"),
        ("pv_2.ac_energy", (123.45664, "good", "00bc6140"), "00bc 6140", "12345664 × 0.001 × 10^−2",
         "value = raw number × 0.001 kWh × 10^ac_energy_sf"),
        ("gas_main.gas_temperature", (21.1, "clock_stepped", "41a8cccd"), "41a8 cccd", "21.1",
         "f32 · high word first"),
    ],
)  # fmt: skip
def test_words_are_shown_with_the_sum_that_makes_the_value(
    point: str, given: Given, shown: str, worked: str, said: str
) -> None:
    [row] = cells(point, given)
    assert row[:2] == [shown, worked]
    assert said in head(point, given)


@pytest.mark.parametrize(
    ("point", "given", "doubt"),
    [
        ("gas_coil.volume_reference", (99.0, "good", "e2400001"), "means 123456.0 today"),
        ("gas_coil.volume_reference", (99.0, "good", "0001000000000001"), "too many for the register"),
        ("gas_coil.volume_reference", (None, "out_of_range", "e2400001"), "means 123456.0 today"),
        ("pv_1.ac_energy", (5.0, "good", "ffffffff"), "means no value today"),
        ("pv_2.ac_energy", (99.0, "good", "00bc6140"), "no power of ten gives the value"),
    ],
)
def test_words_that_do_not_give_the_stored_value_say_so(point: str, given: Given, doubt: str) -> None:
    [row] = cells(point, given)
    assert doubt in row[1]
    assert "changed since" in row[1]
    [chinese] = cells(point, given, language="zh")
    assert "此后已更改" in chinese[1]


def test_a_refused_reading_shows_the_words_that_it_was_refused_for_and_one_without_words_none() -> None:
    rows = cells(
        "pv_1.ac_energy",
        (None, "not_available", "ffffffff"),
        (None, "no_answer", ""),
        (5.0, "good", "000001f4"),
    )
    assert [row[:2] for row in rows] == [
        ["ffff ffff", "4294967295 × 0.01"],
        ["", ""],
        ["0000 01f4", "500 × 0.01"],
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "SunSpec model 103, word 16 · i16"), ("zh_Hans_CN", "SunSpec 模型 103，第 16 字 · i16")],
)
def test_a_register_of_a_sunspec_model_is_said_to_be_in_it(language: str, said: str) -> None:
    found = register(DataType.I16, 16, name="power", unit="W", model=103)
    assert register_text(found, request_of(MadeSource(), "/point", language)) == said


def test_without_any_words_the_table_is_as_it_was() -> None:
    text = asked_of(app_of(MadeSource()), "/point/gas_coil.volume_reference").text
    assert "Register words" not in text
    assert "holding register 8" in text


def test_the_api_gives_the_words_too() -> None:
    source = Worded((5.0, "good", "000001f4"), (None, "no_answer", ""))
    rows = asked_of(api_of(source), "/api/v1/readings/pv_1.ac_energy").json()["rows"]
    assert [row["words"] for row in rows] == ["000001f4", None]
    text = asked_of(api_of(source), "/api/v1/readings/pv_1.ac_energy.csv").text.splitlines()
    assert text[0].endswith(",quality,words")
    assert text[1].endswith(",good,000001f4")
