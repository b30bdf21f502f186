"""What SunSpec writes where a value is not implemented, type by type: from the file to the reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.compiled import compile_device
from config.profiles import read_profile
from domain.reading import Quality
from domain.registers import DataType, DeviceProfile, Register
from domain.sunspec import Chain, Model
from tests.collector.sunspec_works import device_of

CHAIN = Chain(base=40000, models=(Model(id=103, first=40002, length=8),))
HEAD = """
[profile]
id = "marks"
maker = "m"
model = "m"
kind = "pv_inverter"
manual = "m"
source = "s"
"""
VALUE = """
[[registers]]
name = "x"
space = "holding"
model = 103
address = 2
type = "{type}"
unit = "{unit}"
{more}
"""
SCALE = """
[[registers]]
name = "sf"
space = "holding"
model = 103
address = 6
type = "i16"
unit = "sf"
"""
Mark = tuple[str, str, str, str, str, str]
"""SunSpec's type, ours, unit, more of the register, words that are no value, words that are one."""
MARKS: list[Mark] = [
    ("int16", "i16", "W", "", "8000", "7fff"),
    ("uint16", "u16", "W", "", "ffff", "8000"),
    ("enum16", "u16", "code", "", "ffff", "0000"),
    ("acc16", "u16", "Wh", 'counter = {{ modulus = "2^16" }}', "0000", "ffff"),
    ("int32", "i32", "W", "", "80000000", "7fffffff"),
    ("uint32", "u32", "W", "", "ffffffff", "80000000"),
    ("acc32", "u32", "Wh", 'counter = {{ modulus = "2^32" }}', "00000000", "ffffffff"),
    ("acc64", "u64", "Wh", 'counter = {{ modulus = "2^64" }}', "0000000000000000", "0000000000000001"),
    ("float32", "f32", "W", "", "7fc00000", "00000000"),
    ("float32_other_nan", "f32", "W", "", "ffffffff", "43660000"),
    ("sunssf", "i16", "W", 'scale_register = "sf"', "0001", "0001"),
]


def loaded(folder: Path, kind: str, unit: str, more: str) -> DeviceProfile:
    path = folder / "marks.toml"
    path.write_text(
        HEAD + VALUE.format(type=kind, unit=unit, more=more.format()) + (SCALE if "sf" in more else "")
    )
    made, findings = read_profile(path)
    assert made is not None, findings
    return made


def quality_of(made: DeviceProfile, words: str, factor: str) -> Quality:
    blocks, decoder = compile_device(device_of(made), chain=CHAIN)
    header = "00670008"
    answer = bytes.fromhex((header + words).ljust(24, "0") + factor)[: 2 * blocks[0].count]
    return decoder.decode([answer])[1].get("x", Quality.GOOD)


@pytest.mark.parametrize("mark", MARKS, ids=[each[0] for each in MARKS])
def test_the_mark_of_each_type_is_no_value_and_its_neighbour_is_one(tmp_path: Path, mark: Mark) -> None:
    _, kind, unit, more, missing, value = mark
    made = loaded(tmp_path, kind, unit, more)
    no_factor = "8000" if "sf" in more else "0000"
    assert quality_of(made, missing, no_factor) is Quality.NOT_AVAILABLE
    assert quality_of(made, value, "0000") is Quality.GOOD


def test_a_profile_that_gives_its_own_marks_is_taken_at_its_word(tmp_path: Path) -> None:
    made = loaded(tmp_path, "u16", "W", "not_available = [0x1234]")
    assert quality_of(made, "1234", "0000") is Quality.NOT_AVAILABLE
    assert quality_of(made, "ffff", "0000") is Quality.GOOD


def test_a_register_outside_models_has_no_marks_but_its_own(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text(HEAD + VALUE.format(type="u16", unit="W", more="").replace("model = 103\n", ""))
    made, _ = read_profile(path)
    assert made is not None
    [found] = made.registers
    assert isinstance(found, Register)
    assert (found.type, found.not_available) == (DataType.U16, frozenset())
