"""`energy-agent profile`: what a person types and what it says."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.__main__ import main
from agent.commands.common import EXIT_CONFIG, EXIT_DEVICE, EXIT_USAGE
from agent.profile_page import index_page, profile_page
from config.profiles import BUILT_IN, load_catalogue, read_profile
from domain.registers import DataType, DeviceProfile, Order, Space
from simulators.device import SimulatedDevice
from simulators.server import ModbusServer
from tests.agent.inside import said

ROOT = Path(__file__).parents[2]
PROFILES = load_catalogue([BUILT_IN]).profiles
SDM = BUILT_IN / "eastron_sdm630.toml"


def changed(path: Path, *changes: tuple[str, str]) -> Path:
    """Write the SDM630's profile, changed, under an id of its own."""
    text = SDM.read_text(encoding="utf-8").replace('id = "eastron_sdm630"', 'id = "mine"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


async def tried(
    meter: DeviceProfile, which: str | Path, *options: str, unit_id: int = 1
) -> subprocess.CompletedProcess[str]:
    """Try a profile against a simulated meter."""
    device = SimulatedDevice(meter, {}, now_ms=lambda: 0)
    async with ModbusServer({1: device}) as server:
        place = f"127.0.0.1:{server.port}"
        wanted = ("--tcp", place, "--unit", str(unit_id), "--wait", "0", "--pause", "0", "--timeout", "0.3")
        done = await asyncio.to_thread(said, "profile", "try", which, *wanted, *options)
        assert set(server.requests) <= {1, 2, 3, 4}
        return done


# Pages


def test_the_pages_in_the_repository_are_made_from_the_files() -> None:
    folder = ROOT / "docs/profiles"
    wanted = {f"{each.id}.md": profile_page(each) for each in PROFILES.values()}
    wanted["README.md"] = index_page(PROFILES.values())
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    assert not stale, "run make profile-pages"


def test_pages_are_written_and_those_of_dropped_profiles_go(tmp_path: Path) -> None:
    (tmp_path / "dropped.md").write_text("old")
    done = said("profile", "pages", tmp_path)
    assert done.returncode == 0
    assert {path.stem for path in tmp_path.iterdir()} == {*PROFILES, "README"}


# list, show


def test_list_shows_the_profiles_of_a_kind_and_maker() -> None:
    lines = said("profile", "list", "--kind", "electricity_meter", "--maker", "eastron").stdout.splitlines()
    assert any(line.startswith("eastron_sdm630") for line in lines)
    assert all("Eastron" in line for line in lines[:-1])
    body = json.loads(said("profile", "list", "--json").stdout)
    assert {each["id"] for each in body} == set(PROFILES)


def test_list_of_an_unknown_kind_says_which_there_are() -> None:
    done = said("profile", "list", "--kind", "water")
    assert (done.returncode, "gas_meter" in done.stderr) == (EXIT_USAGE, True)


def test_show_prints_the_page_and_a_misspelt_id_is_guessed() -> None:
    assert said("profile", "show", "suto_s401").stdout == profile_page(PROFILES["suto_s401"])
    done = said("profile", "show", "sutos401")
    assert (done.returncode, "'suto_s401'" in done.stderr) == (EXIT_USAGE, True)


def test_a_profile_of_an_own_folder_is_listed(tmp_path: Path) -> None:
    changed(tmp_path / "mine.toml")
    assert "mine  " in said("profile", "list", "--folder", tmp_path, "--maker", "eastron").stdout


# check


def test_check_says_what_a_sound_profile_costs(tmp_path: Path) -> None:
    done = said("profile", "check", SDM)
    assert done.returncode == 0
    assert "1 read a poll for all values: input 0..79" in done.stdout


def test_check_names_faults_and_doubts_of_all_files_in_one_run(tmp_path: Path) -> None:
    overlap = changed(tmp_path / "one.toml", ("address = 0x004A", "address = 0x0049"))
    silent = changed(tmp_path / "two.toml", ('label = { zh = "频率", en = "Frequency" }\n', ""))
    done = said("profile", "check", overlap, silent, tmp_path / "none.toml")
    assert done.returncode == EXIT_CONFIG
    assert "one.toml: registers[1].address" in done.stdout
    assert "[profile.overlap]" in done.stdout
    assert "[profile.no_label]" in done.stdout
    assert "none.toml: does not exist" in done.stdout
    assert "3 profiles:" in done.stdout
    assert said("profile", "check", silent).returncode == 0
    assert said("profile", "check", silent, "--strict").returncode == EXIT_CONFIG
    assert json.loads(said("profile", "check", overlap, "--json").stdout)["ok"] is False


# try


async def test_try_says_that_an_honest_profile_holds() -> None:
    done = await tried(PROFILES["eastron_sdm630"], "eastron_sdm630")
    assert done.returncode == 0, done.stdout
    assert "the profile holds" in done.stdout
    assert "(2 requests; a poll takes 1)" in done.stdout


async def test_try_looks_for_sunspec_models_where_the_device_has_them() -> None:
    done = await tried(PROFILES["sunspec_103"], "sunspec_103")
    assert done.returncode == 0, done.stdout
    assert "the profile holds" in done.stdout
    other = await tried(PROFILES["eastron_sdm630"], "sunspec_103")
    assert (other.returncode, "SunSpec" in other.stdout) == (EXIT_DEVICE, True)


async def test_try_finds_the_word_order_of_a_profile_that_lies(tmp_path: Path) -> None:
    lie = changed(tmp_path / "mine.toml", ('type = "f32"', 'type = "f32"\nword_order = "little"'))
    done = await tried(PROFILES["eastron_sdm630"], lie, "--json")
    body = json.loads(done.stdout)
    assert done.returncode == EXIT_CONFIG
    assert body["trials"][0]["way"] == "the other word_order"
    assert body["trials"][0]["values"]["frequency"] == 50.0
    assert body["trials"][0]["weight"] > body["trials"][1]["weight"] + 10
    assert [each["blame"] for each in body["diagnoses"]] == ["profile"]


async def test_try_tells_another_model_from_a_dead_meter(tmp_path: Path) -> None:
    other = await tried(PROFILES["schneider_iem3155"], "eastron_sdm630")
    assert other.returncode == EXIT_DEVICE
    assert "the profile, it seems" in other.stdout
    dead = await tried(PROFILES["eastron_sdm630"], "eastron_sdm630", unit_id=9)
    assert dead.returncode == EXIT_DEVICE
    assert "the meter, it seems" in dead.stdout
    assert "does not hold" in other.stdout
    assert "does not hold" not in dead.stdout, "nobody knows that"


async def test_try_asks_any_unit_id_on_tcp_and_none_of_a_bus_that_no_device_has() -> None:
    meter = SimulatedDevice(PROFILES["eastron_sdm630"], {}, now_ms=lambda: 0)
    async with ModbusServer({255: meter}) as server:
        place = f"127.0.0.1:{server.port}"
        wanted = ("profile", "try", "eastron_sdm630", "--unit", "255", "--wait", "0")
        done = await asyncio.to_thread(said, *wanted, "--tcp", place)
        assert done.returncode == 0, done.stderr
        refused = await asyncio.to_thread(said, *wanted, "--rtu-tcp", place)
        assert (refused.returncode, "1 to 247" in refused.stderr) == (EXIT_USAGE, True)


def test_try_without_a_place_or_of_a_faulty_file_says_what_to_do(tmp_path: Path) -> None:
    done = said("profile", "try", "eastron_sdm630", "--unit", "1")
    assert (done.returncode, "--tcp HOST" in done.stderr) == (EXIT_USAGE, True)
    lie = changed(tmp_path / "mine.toml", ('unit = "Hz"', 'unit = "hertz"'))
    done = said("profile", "try", lie, "--tcp", "127.0.0.1:1", "--unit", "1")
    assert (done.returncode, "hertz" in done.stderr) == (EXIT_CONFIG, True)


# new

HEAD = (
    "mine",
    "Acme",
    "X1",
    "electricity_meter",
    "Manual X1",
    "2.0",
    "https://example.org",
    "9600 8N1",
    "",
    "",
)


def answered(path: Path, answers: Sequence[str]) -> str:
    result = CliRunner().invoke(main, ["profile", "new", str(path)], input="\n".join(answers) + "\n")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


def test_new_asks_until_an_answer_is_right_and_writes_a_profile_without_faults(tmp_path: Path) -> None:
    path = tmp_path / "own" / "mine.toml"
    energy = (
        "active_energy_import",
        "40001",
        "u32",
        "little",
        "kwh",
        "kWh",
        "0.01",
        "",
        "y",
        "2^32",
        "电能",
        "E",
        "12",
    )
    overlapping = ("voltage_l1_n", "40002", "u16", "V", "0.1", "", "电压", "Voltage", "13")
    right = ("voltage_l1_n", "40003", "u16", "V", "0.1", "", "电压", "Voltage", "13")
    output = answered(path, (*HEAD, "modicon", *energy, *overlapping, *right, ""))
    assert "did you mean 'kWh'?" in output
    assert "not taken: address 1 is also part of" in output
    profile, findings = read_profile(path)
    assert profile is not None, findings
    one, two = profile.registers
    assert (one.space, one.address, one.type, one.word_order) == (
        Space.HOLDING,
        0,
        DataType.U32,
        Order.LITTLE,
    )
    assert (str(one.scale), one.modulus, one.label["zh"]) == ("1/100", 2**32, "电能")
    assert (two.address, two.unit, str(two.scale)) == (2, "V", "1/10")
    assert said("profile", "check", path, "--strict").returncode == 0


def test_what_was_answered_before_an_interruption_stays_and_new_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    volume = (
        "volume_reference",
        "input",
        "17",
        "f32",
        "big",
        "m3",
        "1",
        "",
        "y",
        "none",
        "y",
        "20C",
        "标况",
        "V",
        "3",
    )
    answered(path, (*HEAD, "one", *volume, "flow_reference", "input"))
    answered(
        path,
        (
            "wire",
            "volume_reference",
            "code",
            "input",
            "0x14",
            "u16",
            "code",
            "1",
            "",
            "状态",
            "State",
            "4",
            "",
        ),
    )
    profile, findings = read_profile(path)
    assert profile is not None, findings
    volume_register, code = profile.registers
    assert (volume_register.address, volume_register.reference, code.address) == (16, "20C", 20)


VOLTAGE = ("40001", "u16", "V", "0.1", "", "电压", "Voltage", "13")


@pytest.mark.parametrize("count", [len(HEAD), len(HEAD) + 1, len(HEAD) + 4])
def test_new_goes_on_though_it_was_left_before_the_first_register(tmp_path: Path, count: int) -> None:
    path = tmp_path / "mine.toml"
    answered(path, (*HEAD, "modicon", "voltage_l1_n", *VOLTAGE)[:count])
    answered(path, ("modicon", "voltage_l1_n", *VOLTAGE, ""))
    profile, findings = read_profile(path)
    assert profile is not None, findings


def test_new_holds_a_register_against_those_of_earlier_sittings_and_against_later_addresses(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    factor = ("power_sf", "40002", "i16", "sf", "12")
    answered(path, (*HEAD, "modicon", *factor, ""))
    wide = ("energy", "40001", "u32", "big", "kWh", "1", "", "n", "电能", "E", "13")
    power = ("active_power", "40001", "u16", "W", "1", "power_sf", "功率", "Power", "13")
    output = answered(path, ("modicon", *wide, *power, ""))
    assert output.count("not taken: address 1 is also part of") == 1
    profile, findings = read_profile(path)
    assert profile is not None, findings
    assert [(r.name, r.scale_register) for r in profile.registers] == [
        ("power_sf", None), ("active_power", "power_sf"),
    ]  # fmt: skip


def test_new_takes_no_head_that_its_own_check_refuses(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    head = ("mine", "A" * 1001, "Acme", *HEAD[2:7], "96\x7f00", "9600", "", "-1", "61", "0.5")
    answered(path, (*head, "modicon", "voltage_l1_n", *VOLTAGE, ""))
    profile, findings = read_profile(path)
    assert profile is not None, findings
    assert (profile.maker, profile.factory, profile.pause_s) == ("Acme", "9600", 0.5)


def test_new_asks_nothing_for_a_file_that_no_command_would_read(tmp_path: Path) -> None:
    done = said("profile", "new", tmp_path / "mine")
    assert (done.returncode, "mine.toml" in done.stderr, done.stdout) == (EXIT_USAGE, True, "")


def test_new_says_before_the_first_question_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    done = said("profile", "new", tmp_path / "taken" / "mine.toml")
    assert (done.returncode, "Maker" in done.stdout) == (1, False)
    assert "taken" in done.stderr


def test_new_leaves_a_file_that_is_no_profile_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.toml"
    path.write_text("a = 1\n")
    assert "config.unknown_key" in answered(path, ("x",))
    assert path.read_text() == "a = 1\n"


def test_the_examples_of_all_pages_pass_the_check_of_a_plant_file(tmp_path: Path) -> None:
    parts = [(ROOT / "config/examples/minimal.toml").read_text(encoding="utf-8")]
    parts.append('[[links]]\nid = "my_link"\nkind = "tcp"\nhost = "127.0.0.2"\n')
    for number, profile in enumerate(PROFILES.values(), start=1):
        example = profile_page(profile).split("```toml\n")[1].split("```")[0]
        own = example.replace(f"my_{profile.kind}", f"d{number}").replace(
            "unit_id = 1", f"unit_id = {number}"
        )
        parts.append(own.replace("profile =", "interval_s = 3600\nprofile ="))
    path = tmp_path / "plant.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    done = said("check", path)
    assert done.returncode == 0, done.stdout
