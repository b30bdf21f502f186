"""Each fault of a profile: its code, its key, its cure; and what a sound profile becomes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from config.plant import canonical_resolution
from config.profiles import BUILT_IN, load_catalogue, read_profile
from domain.registers import DataType, Order, ReadableRange, Reference, Space
from tests.config.works import CORRECTOR, METER, Works, assert_only

Change = tuple[str, str]
IDENTITY = '[[identity]]\nspace = "holding"\n'
VOLTAGE = 'address = 4\ntype = "f32"'


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            (VOLTAGE, 'address = 1\ntype = "u16"'), "profile.overlap", "registers[3].address", "correct",
            id="registers that share an address",
        ),
        pytest.param(
            ('"discrete"\naddress = 0', '"discrete"\naddress = 65536'), "profile.address_range",
            "registers[4].address", "0-based", id="an address beyond 65535",
        ),
        pytest.param(
            ('"discrete"\naddress = 0', '"discrete"\naddress = -1'), "profile.address_range",
            "registers[4].address", "0-based", id="a negative address",
        ),
        pytest.param(
            ("last = 39", "last = 65536"), "profile.address_range", "readable[0].last", "0-based",
            id="a readable range beyond 65535",
        ),
        pytest.param(
            ("first = 0\nlast = 39", "first = 39\nlast = 38"), "profile.readable", "readable[0]", "inclusive",
            id="a readable range that ends before it begins",
        ),
        pytest.param(
            ("last = 39", "last = 4"), "profile.across_range", "registers[3].address", "widen",
            id="a register across the edge of a readable range",
        ),
        pytest.param(
            (VOLTAGE, 'address = 4\ntype = "f64"'), "profile.max_block", "registers[3]", "max_block",
            id="a register wider than a read",
        ),
        pytest.param(
            ("max_block = 40", "max_block = 126"), "config.wrong_value", "profile.max_block", "at most 125",
            id="a block longer than the protocol's",
        ),
        pytest.param(
            ('type = "bit"', 'type = "u16"'), "profile.type_of_space", "registers[4].type", '"bit"',
            id="a wide type in a bit space",
        ),
        pytest.param(
            ('unit = "MWh"', 'unit = "Mwh"'), "profile.unknown_unit", "registers[0].unit", "'MWh'",
            id="a misspelt unit",
        ),
        pytest.param(
            ('scale_register = "power_sf"', 'scale_register = "power_fs"'),
            "profile.unknown_scale_register", "registers[1].scale_register", "'power_sf'",
            id="a misspelt scale register",
        ),
        pytest.param(
            ('scale_register = "power_sf"', 'scale_register = "voltage"'), "profile.bad_scale_register",
            "registers[1].scale_register", 'unit = "sf"', id="a scale register that is a voltage",
        ),
        pytest.param(
            ('type = "i16"\nunit = "sf"', 'type = "u16"\nunit = "sf"'), "profile.bad_scale_register",
            "registers[2]", "i16", id="a scale factor that is not i16",
        ),
        pytest.param(
            ('"2^32"', '"4294967296"'), "profile.bad_modulus", "registers[0].counter.modulus", "2^32",
            id="a modulus in other words",
        ),
        pytest.param(
            ('"2^32"', '"2^64"'), "profile.bad_modulus", "registers[0].counter.modulus", "type",
            id="a modulus more than the type can count",
        ),
        pytest.param(
            ('unit = "V"', 'unit = "V"\ncounter = {}'), "profile.impossible_counter",
            "registers[3].counter", "unit", id="a counter of volts",
        ),
        pytest.param(
            ('unit = "V"', 'unit = "V"\nreference = "20C"'), "profile.impossible_reference",
            "registers[3].reference", "reference", id="a reference of volts",
        ),
        pytest.param(
            ("scale = 0.001", "scale = 0.0"), "profile.bad_scale", "registers[0].scale", "0.1",
            id="a scale of zero",
        ),
        pytest.param(
            ("scale = 0.001", "scale = inf"), "config.wrong_value", "registers[0].scale", "finite",
            id="an endless scale",
        ),
        pytest.param(
            ("scale = 0.001", "scale = 1e999999999"), "config.wrong_value", "registers[0].scale", "1e30",
            id="a scale that would fill the memory",
        ),
        pytest.param(
            ("scale = 0.001", "scale = true"), "config.wrong_type", "registers[0].scale", "number",
            id="a scale that is true",
        ),
        pytest.param(
            ("[0x8000]", "[0x10000]"), "profile.bad_pattern", "registers[1].not_available[0]", "0x8000",
            id="a pattern wider than its register",
        ),
        pytest.param(
            ('name = "voltage"', 'name = "energy"'), "profile.duplicate_register", "registers[3].name",
            "another name", id="two registers of one name",
        ),
        pytest.param(
            ('name = "voltage"', 'name = "voltage l1"'), "profile.bad_name", "registers[3].name", "letters",
            id="a name that cannot be a point's",
        ),
        pytest.param(
            ('id = "meter"', 'id = "the meter"'), "config.bad_id", "profile.id", "letters",
            id="an id that is none",
        ),
        pytest.param(
            ('word_order = "little"', 'word_order = "litle"'), "config.wrong_value",
            "registers[3].word_order", "'little'", id="a misspelt word order",
        ),
        pytest.param(
            ('word_order = "little"', 'wordorder = "little"'), "config.unknown_key",
            "registers[3].wordorder", "'word_order'", id="a misspelt key",
        ),
        pytest.param(
            (VOLTAGE, f'overlaps = ["energie"]\n{VOLTAGE}'), "profile.unknown_overlap",
            "registers[3].overlaps", "'energy'", id="words shared with a register that is not there",
        ),
        pytest.param(
            ("address = 3", "address = 60"), "profile.scale_apart", "registers[1].scale_register",
            "two reads", id="a scale factor out of a value's reach",
        ),
        pytest.param(
            (VOLTAGE, f"rated_max = 0\n{VOLTAGE}"), "profile.bad_rated_max", "registers[3].rated_max",
            "the most", id="a rating of nothing",
        ),
        pytest.param(
            ("[[readable]]", '[[identity]]\nspace = "holding"\naddress = 9\n\n[[readable]]'),
            "profile.bad_identity", "identity[0]", "words", id="an identity by nothing",
        ),
        pytest.param(
            ("[[readable]]", '[[identity]]\nspace = "holding"\naddress = 9\ntext = "X"\n\n[[readable]]'),
            "profile.bad_identity", "identity[0]", "count", id="a text to look for in no words",
        ),
        pytest.param(
            ("last = 39", "last = 2"), "profile.scale_apart", "registers[1].scale_register",
            "side by side", id="a scale factor that another read gives",
        ),
        pytest.param(
            ('unit = "sf"', 'unit = "sf"\nscale = 2'), "profile.bad_scale_register", "registers[2]",
            "nothing else", id="a power of ten times two",
        ),
        pytest.param(
            ("[[readable]]", f"{IDENTITY}address = 65535\nwords = [1, 2]\n\n[[readable]]"),
            "profile.address_range", "identity[0].address", "0..65535", id="an identity beyond 65535",
        ),
        pytest.param(
            ("[[readable]]", f"{IDENTITY}address = 9\nwords = {[7] * 41}\n\n[[readable]]"),
            "profile.max_block", "identity[0]", "fewer words", id="an identity longer than a read",
        ),
        pytest.param(
            ("[[readable]]", f'{IDENTITY}address = 9\ntext = "SUN2"\ncount = 1\n\n[[readable]]'),
            "profile.bad_identity", "identity[0].count", "count of words", id="a text in too few words",
        ),
        pytest.param(
            ('"discrete"\naddress = 0', '"discrete"\nmodel = 103\naddress = 0'), "profile.model_space",
            "registers[4].space", "holding", id="a SunSpec model among inputs",
        ),
        pytest.param(
            ('source = "https://example.org"', ""), "config.missing_key", "profile.source", "add source",
            id="a profile without a source",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_profile_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    blocks = [("max_block = 40", "max_block = 3")] if code == "profile.max_block" else []
    works.write_profile(METER, change, *blocks)
    assert_only(works.check(), code, f"meter.toml: {key}", cure)


def test_device_of_a_faulty_profile_is_not_a_second_fault(works: Works) -> None:
    works.write_profile("[profile\n")
    assert [finding.code for finding in works.check()] == ["config.syntax"]


def test_profile_of_an_id_that_is_taken_is_found(works: Works) -> None:
    (works.folder / "more").mkdir()
    (works.folder / "more" / "mine.toml").write_text(METER)
    works.write(("[agent]", '[agent]\nprofile_dirs = ["more"]'))
    assert_only(works.check(), "profile.duplicate", "mine.toml: profile.id", "another id")


def test_profile_from_an_extra_folder_is_used(works: Works) -> None:
    (works.folder / "more").mkdir()
    (works.folder / "more" / "mine.toml").write_text(METER.replace('"meter"', '"mine"'))
    works.write(("[agent]", '[agent]\nprofile_dirs = ["more"]'), ('profile = "meter"', 'profile = "mine"'))
    assert works.load().plant.device("main_meter").profile.id == "mine"


def test_several_faults_of_one_profile_are_found_together(works: Works) -> None:
    works.write_profile(
        METER, ('"MWh"', '"mwh"'), ("scale = 0.001", 'scale = "x"'), ("[0x8000]", "[-1]"), ("2^32", "3^2")
    )
    assert len(works.check()) == 4


def test_profile_is_read_exactly(works: Works) -> None:
    profile, findings = read_profile(works.profiles / "meter.toml")
    assert profile is not None
    assert not findings
    energy, power, _, voltage, alarm = profile.registers
    assert energy.scale == Fraction(1, 1000)
    assert (energy.type, energy.is_counter, energy.modulus) == (DataType.U32, True, 2**32)
    assert energy.label == {"zh": "电能", "en": "Energy"}
    assert power.scale_register == "power_sf"
    assert power.not_available == {0x8000}
    assert voltage.word_order is Order.LITTLE
    assert alarm.space is Space.DISCRETE
    assert profile.readable == (ReadableRange(space=Space.HOLDING, first=0, end=40),)
    assert [point.name for point in profile.points] == ["energy", "power", "voltage", "alarm"]


def test_counter_without_a_known_modulus_has_none(works: Works) -> None:
    works.write_profile(CORRECTOR, ('"10^8"', '"none"'), name="corrector.toml")
    assert works.load().plant.device("gas_coil").points[0].modulus is None


def test_plant_takes_modulus_reference_and_minimum_from_the_profile(works: Works) -> None:
    gas, flow, actual = works.load().plant.device("gas_coil").points
    assert (gas.modulus, gas.minimum, gas.rated_max_per_hour) == (1e7, 0.0, 400.0)
    assert (gas.reference, flow.reference) == (Reference.AT_20C, Reference.AT_20C)
    assert (actual.reference, actual.modulus) == (Reference.ACTUAL, None)
    assert dict(gas.shares) == {"coil": 0.6, "sheet": 0.4}
    energy, power = works.load().plant.device("main_meter").points
    assert energy.modulus == 2**32  # 0.001 MWh a count is 1 kWh
    assert (energy.unit, power.minimum) == ("kWh", None)


def test_plant_file_overrules_the_derived_modulus(works: Works) -> None:
    works.write(("rated_max_per_hour = 400.0", "modulus = 1e6\nminimum = 5"))
    gas = works.load().plant.device("gas_coil").points[0]
    assert (gas.modulus, gas.minimum) == (1e6, 5.0)


def test_registers_that_say_so_may_show_the_same_words(works: Works) -> None:
    works.write_profile(METER, (VOLTAGE, 'overlaps = ["energy"]\naddress = 1\ntype = "u16"'))
    assert not works.check()


def test_rating_of_a_counter_is_what_it_can_rise_in_an_hour_on_the_primary(works: Works) -> None:
    works.write_profile(METER, ("scale = 0.001", "scale = 0.001\nrated_max = 0.07"))
    assert works.load().plant.device("main_meter").points[0].rated_max_per_hour == 70.0
    works.write(('profile = "meter"', 'profile = "meter"\nct_ratio = 20'))
    assert works.load().plant.device("main_meter").points[0].rated_max_per_hour == 1400.0


def test_of_the_library_only_what_is_wanted_is_read_and_the_rest_is_known_by_name(works: Works) -> None:
    found = load_catalogue([BUILT_IN], {"eastron_sdm630", "nobodys"})
    assert set(found.profiles) == {"eastron_sdm630"}
    assert found.known == load_catalogue([BUILT_IN]).known
    works.write_profile(METER, ('id = "meter"', 'id = "suto_s401"'))
    found = load_catalogue([BUILT_IN, works.profiles], {"suto_s401_"})
    assert_only(found.findings, "profile.duplicate", "meter.toml: profile.id", "another id")


def test_files_of_the_library_are_named_by_the_ids_of_their_profiles() -> None:
    profiles = load_catalogue([BUILT_IN]).profiles
    assert set(profiles) == {path.stem for path in BUILT_IN.glob("*.toml")}


def test_counter_with_a_scale_factor_shows_no_step_finer_than_its_coarsest_factor() -> None:
    profile = load_catalogue([BUILT_IN]).profiles["solaredge_sunspec_103"]
    energy = next(register for register in profile.registers if register.name == "ac_energy")
    assert canonical_resolution(energy) == 1.0  # Wh shown as kWh


def test_built_in_profiles_have_no_fault() -> None:
    catalogue = load_catalogue([BUILT_IN])
    assert not catalogue.findings, "\n".join(map(str, catalogue.findings))
    assert len(catalogue.profiles) >= 10
