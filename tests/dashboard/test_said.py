"""Every code that the agent can raise has a sentence of its own in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dashboard.said import SENTENCES, of_alert, of_code, of_finding, thing, told, variable_name
from dashboard.sentences import carbon, inventory
from domain.factors import USES
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
    "avoided", "balance", "base_year", "baseline", "certificate", "clock", "contract", "counter", "cover",
    "data", "drift", "factor", "fuel", "gas", "gauge", "heat", "intensity", "inventory", "invoice", "ledger",
    "lot", "production", "pv", "reconcile", "track",
}  # fmt: skip
USES_OF_FACTORS = {*USES, "contract.factor", "lot.factor"}
"""They look like codes and are none."""
FACTS: dict[str, float | str] = {
    "standing_h": 8.0, "unseen_h": 6.0, "silent_min": 4.0, "estimated_days": 5.5, "valid_until": "2026-11-30",
    "share_percent": 6.2, "shift_percent": 3.1, "rows": 4.0, "base_nm3": -12.0, "mean": 91.5, "low": 36.0,
    "high": 80.0, "standing_rows": 3.0, "ncv_mj_per_nm3": 3.4, "windows": 7.0, "correction": 0.012,
    "doubt": 0.002, "other": "gas_main.volume_reference", "spans": 2.0, "quantity": 1200.0,
    "entry": 7.0, "earlier": 3.0, "ids": "GEC1..GEC9", "beneficiary": "Somebody", "wanted": "the works",
    "contract": "direct", "left_kwh": 1200.0, "over_kwh": 900.0, "kwh": 5000.0, "month": "2026-03",
    "use": "aluminium.recycled", "other_number": "E-1", "against": "invoices", "share": 0.031,
    "tolerance": 0.02, "figure": "intensity_1_2", "stated": 0.102, "actual": 0.1123, "unit": "tCO2e/t",
    "first": "2026-03", "last": "2026-04", "period": "2026-03",
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
    return found - USES_OF_FACTORS


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


def test_codes_of_the_inventory_stand_beside_a_figure_without_facts() -> None:
    asked = asked_of(MadeSource(), language="zh_Hans_CN")
    for code in [*carbon.SENTENCES, *inventory.SENTENCES]:
        said = of_code(code, "", asked)
        assert not said.language, code
        assert "%(" not in said.text
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said.text), code


def test_findings_of_the_inventory_are_told_with_their_facts() -> None:
    twice = Finding(
        code="certificate.twice",
        key="GEC6..GEC15",
        problem="",
        remedy="",
        facts={"entry": 2.0, "earlier": 1.0, "ids": "GEC6..GEC10"},
    )
    due = Finding(
        code="base_year.recalculation_due",
        key="2024",
        problem="",
        remedy="",
        facts={"figure": "intensity_1_2", "stated": 0.102, "actual": 0.1123, "unit": "tCO2e/t",
               "tolerance": 0.05},
    )  # fmt: skip
    asked = asked_of(MadeSource())
    assert (
        of_finding(twice, asked).text
        == "GEC6..GEC15: Entry 2 has GEC6..GEC10, which entry 1 has already; they count once."
    )
    assert of_finding(due, asked).text.startswith(
        "2024: Scope 1 and 2 per output was stated as 0.102 tCO2e/t, and the inventory gives 0.112 now"
    )


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
