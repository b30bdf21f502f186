"""Scenario files say what happens and when; a misspelt one says what to do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from simulators.assignment import AssignmentError, load_assignment
from simulators.hostile import Kind
from simulators.scenario import ScenarioError, load_scenario, parse_scenario, shipped_scenario

FOLDER = Path(__file__).parents[2] / "simulators" / "scenarios"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.toml") if not path.stem.startswith("assignment"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_shipped_scenario_is_read(name: str) -> None:
    assert shipped_scenario(name).effects


def test_the_hostile_scenario_shows_every_behaviour() -> None:
    assert {effect.behaviour for effect in shipped_scenario("hostile").effects} == set(Kind)


def test_offsets_count_from_the_start_and_instants_stand_for_themselves() -> None:
    zone = timezone(timedelta(hours=8))
    tables = {
        "effects": [
            {"kind": "stuck", "device": "a", "from": "+1d2h30m5.5s", "to": datetime(2026, 3, 1, tzinfo=zone)},
            {"kind": "stuck", "device": "a"},
        ]
    }
    first, second = parse_scenario(tables).effects
    assert first.window(1000) == (1000 + 95_405_500, 1_772_294_400_000)
    assert second.window(1000) == (1000, 2**62)


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ({"kind": "drfit"}, r"effects\[0\].kind: 'drfit' is unknown; did you mean drift\?"),
        ({"kind": "stuck", "devcie": "a"}, r"effects\[0\].devcie: .* did you mean device\?"),
        ({"kind": "stuck"}, r"effects\[0\].device: is missing; stuck needs it"),
        ({"kind": "stuck", "device": "a", "from": "5m"}, r"from: '5m' is no instant; write an offset"),
        ({"kind": "stuck", "device": "a", "from": datetime(2026, 1, 1)}, "is no instant"),  # noqa: DTZ001
        ({"kind": "slow", "device": "a", "delay_s": "1"}, "delay_s: is no number; write it without quotes"),
        ({"kind": "stuck", "device": 3}, "device: is no text; write it in quotes"),
        ({"kind": "hostile", "device": "a", "behaviour": "garbadge"}, "did you mean garbage"),
        ({"kind": "drift", "line": "foil", "percent": 1}, "use one of coil, sheet|did you mean coil"),
        ({"kind": "outage"}, "give one of device and link"),
        ({"kind": "outage", "device": "a", "percent": 2}, r"percent: 'percent' is unknown; use one of"),
    ],
)
def test_a_fault_names_its_key_and_the_cure(effect: dict[str, object], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse_scenario({"effects": [effect]})


def test_an_unknown_table_and_broken_toml_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"effect: .* did you mean effects"):
        parse_scenario({"effect": []})
    broken = tmp_path / "broken.toml"
    broken.write_text("[[effects]", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"broken.toml: is not TOML"):
        load_scenario(broken)


def test_the_demo_assignment_is_what_the_rule_says() -> None:
    found = load_assignment(FOLDER / "assignment_demo.toml")
    rule = type(found)()
    assert {device: rule.prefix(device) for device in found.devices} == dict(found.devices)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[device]\n", "device: unknown table; use devices, registers, refresh_s"),
        ("[devices]\na = 1\n", "devices.a: give a signal prefix"),
        ("[refresh_s]\na = 0\n", "refresh_s.a: give seconds above 0"),
        ("devices = 1\n", r"devices: is no table; write \[devices\]"),
    ],
)
def test_a_faulty_assignment_names_its_key_and_the_cure(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssignmentError, match=said):
        load_assignment(path)
