"""What makes one doubt a profile that has no fault: the thing and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.lint_profile import lint_profile
from config.profiles import BUILT_IN, load_catalogue, read_profile
from tests.config.works import METER

SOUND = (
    METER.replace('kind = "electricity_meter"', 'kind = "electricity_meter"\nrevision = "1.0"')
    .replace('unit = "W"', 'unit = "W"\npage = "13"\nlabel = { zh = "功率", en = "Power" }')
    .replace('unit = "sf"', 'unit = "sf"\npage = "13"')
    .replace('unit = "V"', 'unit = "V"\npage = "13"\nlabel = { zh = "电压", en = "Voltage" }')
    .replace('unit = "code"', 'unit = "code"\npage = "13"\nlabel = { zh = "报警", en = "Alarm" }')
)


def doubts(folder: Path, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "meter.toml"
    path.write_text(text, encoding="utf-8")
    profile, findings = read_profile(path)
    assert profile is not None, findings
    return [(finding.code, f"{finding.problem}; {finding.remedy}") for finding in lint_profile(profile, "")]


def test_a_sound_profile_raises_no_doubt(tmp_path: Path) -> None:
    assert doubts(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (('counter = { modulus = "2^32" }\n', ""), "profile.amount_not_counted", "no counter"),
        (('"2^32"', '"none"'), "profile.no_modulus", "a reset"),
        (('page = "12"\n', ""), "profile.no_page", "names no page"),
        (('label = { zh = "电能", en = "Energy" }', 'label = { en = "Energy" }'), "profile.no_label", "both"),
        (('revision = "1.0"\n', ""), "profile.no_revision", "edition"),
        (('"electricity_meter"', '"electric_meter"'), "profile.unknown_kind", "'electricity_meter'"),
        (("[[readable]]", '[[readable]]\nspace = "input"\nfirst = 1\nlast = 9\n\n[[readable]]'),
         "profile.unused_range", "holds no register"),
        (("last = 39", "last = 3"), None, ""),
        (("first = 0\nlast = 39", "first = 40\nlast = 49"), "profile.unused_range", "holding 40..49"),
    ],
)  # fmt: skip
def test_a_doubt_names_the_thing_and_the_cure(
    tmp_path: Path, change: tuple[str, str], code: str | None, said: str
) -> None:
    found = doubts(tmp_path, change)
    assert [each for each, _ in found] == ([code] if code else [])
    assert all(said in text for _, text in found)


def test_a_small_hole_that_costs_a_read_is_told(tmp_path: Path) -> None:
    found = doubts(tmp_path, ("last = 39", "last = 3"), ("address = 4", "address = 6"))
    assert [code for code, _ in found] == ["profile.small_hole"]
    assert "holding 3..7 in one read" in found[0][1]


def test_numbers_of_a_manual_in_place_of_addresses_are_told(tmp_path: Path) -> None:
    moves = [(f"address = {n}\n", f"address = {40001 + n}\n") for n in (2, 3, 4)]
    first = ('address = 0\ntype = "u32"', 'address = 40001\ntype = "u32"')
    ranges = ("first = 0\nlast = 39", "first = 40001\nlast = 40040")
    found = doubts(tmp_path, *moves, first, ranges)
    assert [code for code, _ in found] == ["profile.looks_like_number"]


def test_daily_amounts_are_no_counters_that_were_forgotten(tmp_path: Path) -> None:
    gone = ('counter = { modulus = "2^32" }\n', "")
    assert doubts(tmp_path, gone, ('name = "energy"', 'name = "daily_energy"')) == []


def test_profiles_that_come_with_the_agent_leave_no_avoidable_doubt() -> None:
    """A map may use such addresses, have holes, or not say where a counter wraps; the rest is work undone."""
    told_by_the_source = {"profile.looks_like_number", "profile.small_hole", "profile.no_modulus"}
    found = [
        f"{profile.id}: {finding}"
        for profile in load_catalogue([BUILT_IN]).profiles.values()
        for finding in lint_profile(profile, "")
        if finding.code not in told_by_the_source
    ]
    assert not found, "\n".join(found)
