"""What alerts say, in both languages, and that it fits the narrowest channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.wording import MOST_BYTES, Wording
from domain.findings import Severity
from domain.notice import Item, Notice, NoticeKind
from domain.plant import Plant, Process
from domain.results import Alert, AlertKind, AlertState, Suspect

PLANT = Plant(site="works", gateway="g", time_zone="Asia/Shanghai", label={"zh": "江门工厂", "en": "Works"},
              is_demo=False, links=(), devices=(),
              processes=(Process(id="coil", label={"zh": "卷涂", "en": "Coil coating"}, output_unit="t"),)
              )  # fmt: skip
AT = 1_772_380_800_000
"""2026-03-02 00:00 in the plant."""
DRIFT = Alert(
    id="a", kind=AlertKind.DRIFT, code="drift.up", subject="coil", severity=Severity.WARNING, since=AT,
    detected=AT + 86_400_000, until=None, state=AlertState.OPEN,
    problem="gas per output of coil is 4.1 % above normal", remedy="look at burners and dampers",
    facts={"shift_percent": 4.1, "shift_percent_low": 2.2, "shift_percent_high": 6.0, "excess_nm3": 12345.6,
           "excess_nm3_per_day": 411.5, "excess_co2_kg": 26693.0, "cost": 44444.0, "currency": "CNY"},
    suspects=(Suspect(variable="oven_temperature", before=241.0, after=252.0, deviations=3.1),),
)  # fmt: skip


def message(language: str, *items: Item) -> tuple[str, str]:
    return Wording(plant=PLANT, language=language).message(Notice(at=AT, items=items))


def item(alert: Alert = DRIFT, kind: NoticeKind = NoticeKind.NEW) -> Item:
    return Item(kind=kind, alert=alert)


def test_alert_in_english_names_plant_process_time_size_suspect_and_cure() -> None:
    title, body = message("en", item())
    assert title == "[Works] new: Coil coating gas per output has risen"
    for piece in ("since 2026-03-02 00:00", "warning", "drift.up", DRIFT.problem,
                  "oven_temperature 241 -> 252", "do: look at burners"):  # fmt: skip
        assert piece in body


def test_alert_in_chinese_has_its_own_sentence_and_cure() -> None:
    title, body = message("zh", item())
    assert title == "[江门工厂] 新告警: 卷涂 单位产量耗气上升"
    for piece in ("始于 2026-03-02 00:00", "警告", "变化 +4.1 %", "+12,346 Nm3", "费用 +44,444 CNY", "烧嘴"):
        assert piece in body
    assert DRIFT.remedy not in body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_alert_of_an_unknown_code_says_its_own_problem(language: str) -> None:
    title, body = message(language, item(replace(DRIFT, code="data.new_kind")))
    assert DRIFT.problem in title
    assert DRIFT.remedy in body


def test_recovery_says_from_when_to_when() -> None:
    over = replace(DRIFT, state=AlertState.RECOVERED, until=AT + 3_600_000)
    title, body = message("en", item(over, NoticeKind.RECOVERED))
    assert "recovered" in title
    assert "since 2026-03-02 00:00, until 2026-03-02 01:00" in body
    assert "do:" not in body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_digest_lists_the_first_and_counts_the_rest(language: str) -> None:
    title, body = message(language, *(item(replace(DRIFT, id=str(n))) for n in range(20)))
    assert "20" in title
    assert len(body.splitlines()) == 9
    assert "12" in body.splitlines()[-1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("count", [1, 30])
def test_message_fits_a_wecom_robot_whatever_the_alert_says(language: str, count: int) -> None:
    long = replace(DRIFT, code="x.y", problem="很长的问题" * 400, remedy="办法\n" * 400,
                   facts={f"fact_{n}": "值" * 100 for n in range(50)})  # fmt: skip
    title, body = message(language, *[item(long)] * count)
    assert len(f"{title}\r\n{body}".encode()) <= MOST_BYTES
    assert "\n" not in title
