"""Every sentence of the page has its Chinese one, with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_file
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from dashboard.numbers import MINUS, Numbers, Quantity
from dashboard.pages import all_pages
from dashboard.words import LOCALE, best_language, catalogues, words_of
from domain.periods import PlantCalendar

ROOM = LOCALE.parent
KEYWORDS = {
    **dict.fromkeys(("words", "_", "gettext", "Said", "Refused"), None),
    **dict.fromkeys(("plural", "ngettext"), (1, 2)),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
Key = str | tuple[str, ...]


def messages() -> Iterator[tuple[Path, Key]]:
    """Give every sentence in code and templates, with its file."""
    for path in sorted(ROOM.rglob("*")):
        method = {".py": "python", ".html": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method is not None:
            for _, message, _, _ in extract_from_file(method, path, KEYWORDS):
                yield path, message
    for spec in all_pages():
        yield ROOM / "pages.py", spec.title


def placeholders(message: Key | list[str] | None) -> set[str]:
    """Return the names that a sentence, or its plural, puts in."""
    texts = (message,) if isinstance(message, str) else message
    return {name for text in texts or () for name in PLACEHOLDER.findall(text)}


def test_every_message_is_translated() -> None:
    known = {each.id for _, catalogue in catalogues("zh_Hans_CN") for each in catalogue if each.string}
    known |= {key[0] for key in known if isinstance(key, tuple)}
    said = list(messages())
    assert len(said) > 20
    missing = sorted({(path.name, str(key)) for path, key in said if key not in known})
    assert not missing


def test_placeholders_of_both_languages_match() -> None:
    wrong = [
        (path.name, each.id)
        for path, catalogue in catalogues("zh_Hans_CN")
        for each in catalogue
        if each.id and placeholders(each.string) != placeholders(each.id)
    ]
    assert not wrong


def test_no_message_has_two_translations_and_none_is_left_over() -> None:
    said = {key for _, key in messages()}
    said |= {key[0] for key in said if isinstance(key, tuple)}
    found: dict[Key, str] = {}
    for path, catalogue in catalogues("zh_Hans_CN"):
        for each in catalogue:
            if not each.id or isinstance(each.id, list):
                continue
            assert not each.fuzzy, f"{path.name}: {each.id}"
            assert each.id in said, f"{path.name} translates {each.id!r}, which nobody says"
            assert found.setdefault(each.id, str(each.string)) == str(each.string), f"{path.name}: {each.id}"


def test_a_catalogue_is_written_for_the_language_of_its_folder() -> None:
    assert words_of("zh_Hans_CN")("Overview") == "总览"
    assert words_of("en")("Live %(time)s", time="14:32:09") == "Live 14:32:09"
    assert words_of("zh_Hans_CN")("Live %(time)s", time="14:32:09") == "实时 14:32:09"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans_CN"),
        ("en-GB,en;q=0.9", "en"),
        ("de-DE,en;q=0.5", "en"),
        ("", "zh_Hans_CN"),
        ("x" * 5000, "zh_Hans_CN"),
    ],
)
def test_a_reader_gets_the_language_that_the_browser_asks_for(header: str, language: str) -> None:
    assert best_language(header) == language


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 1, "–"),
        (float("nan"), 1, "–"),
        (float("inf"), 0, "–"),
        (-1234.56, 1, "−1,234.6"),
        (-0.04, 1, "0.0"),
        (0.0, 0, "0"),
        (1e9, 0, "1,000,000,000"),
    ],
)
def test_a_number_is_written_as_people_read_it(value: float | None, decimals: int, text: str) -> None:
    for language in ("en", "zh_Hans_CN"):
        assert numbers(language).number(value, decimals) == text


@given(st.floats(-1e15, 1e15), st.integers(0, 4), st.sampled_from(["en", "zh_Hans_CN"]))
def test_a_number_is_written_as_babel_writes_it(value: float, decimals: int, language: str) -> None:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    babel = format_decimal(abs(round(value, decimals)), pattern, locale=language)
    sign = MINUS if round(value, decimals) < 0 else ""
    assert numbers(language).number(value, decimals) == sign + babel


def test_a_quantity_keeps_to_its_unit_and_decimals() -> None:
    found = numbers("en")
    assert found.quantity(66_512.0, Quantity.ENERGY) == "66.5\u00a0MWh"
    assert found.quantity(None, Quantity.ENERGY) == "–"
    assert found.quantity(-3.04, Quantity.PER_TONNE, sign=True) == "−3.04\u00a0Nm³/t"
    assert found.percent(0.031, sign=True) == "+3.1\u00a0%"
    assert found.percent(-0.00004, sign=True) == "0.0\u00a0%"


def test_instants_are_told_in_plant_time() -> None:
    found = numbers("zh_Hans_CN")
    assert found.instant(1_795_329_129_000) == "2026-11-22 14:32"
    assert found.clock_s(1_795_329_129_000) == "14:32:09"
    assert [found.age(s * 1000) for s in (-5, 4, 119, 240, 7300, 200_000)] == [
        "0 秒",
        "4 秒",
        "119 秒",
        "4 分钟",
        "2 小时",
        "2 天",
    ]


def numbers(language: str) -> Numbers:
    """Return how a reader in Jiangmen sees numbers."""
    return Numbers(words_of(language), PlantCalendar(ZoneInfo("Asia/Shanghai")))


OTHERWISE = {
    "桥接": "跨接",
    "仪表": "表计",
    "预期": "期望",
    "下网": "外购电量",
    "节约量": "节能量",
    "归一单耗": "归一化单耗",
    "容差": "允许偏差",
    "炉温": "烘箱温度",
    "低位热值": "低位发热量",
    "电网因子": "电网排放因子",
    "单位产量耗气": "燃气单耗",
}


@pytest.mark.parametrize("word", OTHERWISE)
def test_one_thing_has_one_chinese_name_on_every_page(word: str) -> None:
    found = [
        (path.name, message.id)
        for path, catalogue in catalogues("zh_Hans_CN")
        for message in catalogue
        if message.id and word in str(message.string)
    ]
    assert not found, f"write {OTHERWISE[word]}"


def test_only_what_no_meter_shows_is_unmetered_and_only_what_a_balance_leaves_is_unallocated() -> None:
    for _, catalogue in catalogues("zh_Hans_CN"):
        for message in catalogue:
            if "未计量" in str(message.string):
                assert "metered" in str(message.id).lower()
            if "未分配" in str(message.string):
                assert re.search("left over|leave over|tolerance|sub-meter", str(message.id).lower()), (
                    message.id
                )
