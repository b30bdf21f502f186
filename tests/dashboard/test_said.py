"""Every code that the agent can raise has a sentence of its own in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dashboard.said import SENTENCES, of_alert, of_finding, thing, told, variable_name
from domain.findings import Finding
from domain.plant import Carrier
from domain.results import Alert
from domain.windows import Flag
from tests.dashboard.asking import asked_of
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of
from tests.dashboard.served import asked_of as answer_of

ROOT = Path(__file__).parents[2]
ROOMS = {
    "balance", "baseline", "clock", "counter", "data", "drift", "gas", "gauge", "heat", "intensity", "ledger",
    "production", "pv", "track",
}  # fmt: skip
FACTS: dict[str, float | str] = {
    "standing_h": 8.0, "unseen_h": 6.0, "silent_min": 4.0, "estimated_days": 5.5, "valid_until": "2026-11-30",
    "share_percent": 6.2, "shift_percent": 3.1, "rows": 4.0, "base_nm3": -12.0, "mean": 91.5, "low": 36.0,
    "high": 80.0, "standing_rows": 3.0, "ncv_mj_per_nm3": 3.4, "windows": 7.0, "correction": 0.012,
    "doubt": 0.002, "other": "gas_main.volume_reference", "spans": 2.0, "quantity": 1200.0,
}  # fmt: skip
"""One of each fact that the analytics give."""


def files() -> Iterator[Path]:
    """Give the files whose findings, alerts and evidence a page shows."""
    yield from sorted((ROOT / "analytics").glob("*.py"))
    yield ROOT / "agent" / "analysis.py"


@cache
def raised() -> set[str]:
    """Return every code in those files: written out, by the kind of a point, by carrier, by flag."""
    found = {f"data.{str(flag.name).lower()}" for flag in Flag if flag}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                room, _, rest = node.value.partition(".")
                if room in ROOMS and rest.replace("_", "").isalnum() and rest.islower():
                    found.add(node.value)
            if isinstance(node, ast.keyword) and node.arg == "code":
                found |= codes_of(node.value)
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "finding"
                and len(node.args) > 2
            ):
                found |= codes_of(node.args[2])
    return found


def codes_of(node: ast.expr) -> set[str]:
    """Return the codes that an expression gives."""
    if isinstance(node, ast.JoinedStr):  # f"{carrier}.doubled"
        return {f"{carrier}{part.value!s}" for carrier in Carrier for part in node.values
                if isinstance(part, ast.Constant)}  # fmt: skip
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return set()
    code = node.value
    return {code} if "." in code else {f"counter.{code}", f"gauge.{code}"}


def test_every_code_of_the_analytics_has_a_sentence() -> None:
    codes = raised()
    assert {"counter.reset_undeclared", "gauge.stuck", "pv.doubled", "track.no_plan", "data.silent"} <= codes
    assert len(codes) > 90
    assert not codes - SENTENCES.keys()


def test_no_sentence_is_for_a_code_that_nobody_raises() -> None:
    assert not SENTENCES.keys() - raised()


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_each_sentence_puts_in_the_facts_that_come_with_it(language: str) -> None:
    asked = asked_of(MadeSource(), language=language)
    for code in sorted(SENTENCES):
        said = told(code, "coil", asked, facts=FACTS, problem="PROBLEM", remedy="CURE")
        assert not said.language, code
        assert "PROBLEM" not in said.text
        assert "%(" not in said.text + said.remedy
        assert language == "en" or any("\u4e00" <= letter <= "\u9fff" for letter in said.text), code


def test_an_unknown_code_keeps_its_english_text_and_says_so() -> None:
    finding = Finding(code="new.code", key="coil", problem="something is new", remedy="read the notes")
    said = of_finding(finding, asked_of(MadeSource(), language="zh_Hans_CN"))
    assert (said.text, said.remedy, said.language) == ("something is new", "read the notes", "en")
    assert not of_finding(finding, asked_of(MadeSource())).language


def test_a_sentence_whose_fact_is_missing_falls_back_to_the_english_text() -> None:
    finding = Finding(
        code="counter.gap", key="gas_coil.volume_reference", problem="6 h without", remedy="look"
    )
    said = of_finding(finding, asked_of(MadeSource(), language="zh_Hans_CN"))
    assert (said.text, said.language) == ("6 h without", "en")


def test_the_sentence_of_a_drift_has_its_size_and_the_name_of_the_line() -> None:
    source = MadeSource()
    (drift,) = [each.alert for each in source.alerts() if each.subject == "coil"]
    assert isinstance(drift, Alert)
    assert (
        of_alert(drift, asked_of(source, language="zh_Hans_CN")).text
        == "卷涂：同等产出的耗气上升 3.1\u00a0%。"
    )


def test_what_a_balance_lacks_is_told_by_its_sign() -> None:
    asked = asked_of(MadeSource())
    less = told("data.balance", "gas", asked, facts={"share_percent": 6.2}, problem="", remedy="")
    more = told("data.balance", "gas", asked, facts={"share_percent": -6.2}, problem="", remedy="")
    assert less.text == "Natural gas: 6.2\u00a0% of the main meter is on no sub-meter."
    assert more.text == "Natural gas: the sub-meters show 6.2\u00a0% more than the main meter."


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("coil", "Coil coating"),
        ("gas_coil", "Gas, coil coating"),
        ("gas_coil.volume_reference", "Gas, coil coating\u00a0· Volume at reference conditions"),
        ("electricity", "Electricity"),
        ("coil.2026", "Coil coating 2026"),
        ("statement 2026/03.pdf", "statement 2026/03.pdf"),
    ],
)
def test_a_thing_is_called_what_people_call_it(key: str, name: str) -> None:
    assert thing(key, asked_of(MadeSource())) == name


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("output", "产量"),
        ("operating_hours", "运行小时"),
        ("ambient_temperature", "环境温度"),
        ("starts", "启动次数"),
        ("oven_temperature", "烘箱温度"),
        ("humidity", "humidity"),
    ],
)
def test_variables_of_models_have_names_and_a_plants_own_keeps_its(variable: str, name: str) -> None:
    asked = asked_of(MadeSource(), language="zh_Hans_CN")
    assert variable_name(variable, asked) == name
    assert thing(f"coil.{variable}", asked).endswith(name)


def test_no_page_shows_the_name_of_a_variable_in_the_plant_file() -> None:
    app = app_of(MadeSource())
    for path in ("/processes", "/baselines", "/alerts"):
        text = answer_of(app, path, **{"accept-language": "zh-CN"}).text
        assert not re.findall(
            r"\b(operating_hours|ambient_temperature|oven_temperature)\b(?![^<]*>)", text
        ), path
