"""What an unknown device is taken for, with every profile of the library as a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from collector.heard import Heard
from collector.inquiry import Catalogue, Inquiry
from collector.pace import Pace
from collector.recognition import Sureness
from config.profiles import BUILT_IN, load_catalogue
from domain.errors import BadAnswer
from domain.registers import DataType, DeviceProfile, Identity, Order, Register, Space
from domain.sunspec import Chain, Model
from simulators.answering import ILLEGAL_ADDRESS, Refusal, Unit
from simulators.device import SimulatedDevice
from simulators.effects import Source
from simulators.hostile import Hostility
from tests.collector.unknown import LINK, Wired, ask, simulated

PROFILES = load_catalogue([BUILT_IN]).profiles
LIBRARY = Catalogue(PROFILES.values())


async def test_every_profile_of_the_library_is_first_or_level_with_the_first() -> None:
    wrong = {}
    for profile in PROFILES.values():
        _, found = await ask(simulated(profile), LIBRARY)
        best = found.ranked[0]
        level = {one.profile.id for one in found.ranked if one.points >= best.points - 1.0}
        if profile.id not in level:
            wrong[profile.id] = [(one.profile.id, round(one.points, 1)) for one in found.ranked[:3]]
    assert wrong == {}


class Memory:
    """A device that holds words and refuses what it does not hold, or shows zeros there."""

    hostility: Hostility | None = None
    delay_s = 0.0

    def __init__(self, words: Mapping[int, int], *, zeros: bool = False) -> None:
        self._words = words
        self._zeros = zeros

    def read(self, space: Space, address: int, count: int) -> bytes:
        places = range(address, address + count)
        if not self._zeros and (
            space is not Space.INPUT or not all(place in self._words for place in places)
        ):
            raise Refusal(ILLEGAL_ADDRESS)
        return b"".join(self._words.get(place, 0).to_bytes(2, "big") for place in places)


async def test_a_device_that_answers_zeros_everywhere_has_no_name() -> None:
    heard, found = await ask(Memory({}, zeros=True), LIBRARY)
    assert found.best is None
    assert found.sureness is Sureness.UNKNOWN
    assert heard.reads < 60, "it is not asked for ever"


async def test_a_device_without_a_plausible_value_has_no_name() -> None:
    _, found = await ask(Memory(dict.fromkeys(range(120), 0x8A31)), LIBRARY)
    assert found.best is None


@pytest.mark.parametrize(
    "stranger", ["carlo_gavazzi_em111", "carlo_gavazzi_em330", "suto_s418", "omron_e5cc"]
)
async def test_a_device_that_no_profile_describes_has_no_name(stranger: str) -> None:
    """They answer where one of these reads, with values that may be anything."""
    known = ("moxa_iologik_e1214", "suto_s401", "suto_s415", "eastron_sdm630", "siemens_pac3200", "abb_b23",
             "huawei_sun2000", "acrel_dtsd1352", "delta_dvp_es2", "schneider_iem3155", "tuf_2000m",
             "fuxin_gas_meter", "sungrow_sg", "siemens_mass6000")  # fmt: skip
    _, found = await ask(simulated(PROFILES[stranger]), Catalogue([PROFILES[name] for name in known]))
    assert found.sureness is Sureness.UNKNOWN


def meter(**changed: object) -> DeviceProfile:
    names = {
        "voltage_l1_n": "V",
        "voltage_l2_n": "V",
        "voltage_l3_n": "V",
        "frequency": "Hz",
        "current_l1": "A",
    }
    registers = tuple(
        Register(name=name, space=Space.INPUT, address=2 * place, type=DataType.F32, unit=unit)
        for place, (name, unit) in enumerate(names.items())
    )
    made = DeviceProfile(
        id="meter", maker="m", model="m", kind="electricity_meter", manual="", source="", hardware="",
        registers=registers,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def in_word_order(profile: DeviceProfile, order: Order) -> DeviceProfile:
    registers = tuple(replace(register, word_order=order) for register in profile.registers)
    return replace(profile, id=f"meter_{order}", registers=registers)


@pytest.mark.parametrize("order", list(Order))
async def test_the_word_order_is_told_by_what_the_values_look_like(order: Order) -> None:
    both = [in_word_order(meter(), each) for each in Order]
    true = in_word_order(meter(), order)
    _, found = await ask(simulated(true), Catalogue(both))
    assert found.best is not None
    assert (found.best.profile.id, found.ties) == (true.id, ())
    assert found.ranked[-1].points < 0 < found.best.points


@pytest.mark.parametrize(("phase_kw", "sureness"), [(4.14, Sureness.PROBABLE), (12.0, Sureness.POSSIBLE)])
async def test_a_name_is_not_probable_where_a_value_speaks_against_it(
    phase_kw: float, sureness: Sureness
) -> None:
    phases = [f"active_power_l{number}" for number in (1, 2, 3)]
    sources = {name: Source(read=lambda at_ms: phase_kw, maximum=100.0) for name in phases}
    total = {"active_power": Source(read=lambda at_ms: 12.42, maximum=100.0)}
    device = SimulatedDevice(PROFILES["eastron_sdm630"], sources | total, now_ms=lambda: 0)
    _, found = await ask(device, LIBRARY)
    assert found.best is not None
    assert found.best.points >= 15.0
    assert (found.best.profile.id, found.sureness) == ("eastron_sdm630", sureness)


def known_by(*words: int) -> tuple[Identity, ...]:
    return (Identity(space=Space.HOLDING, address=900, count=len(words), words=words),)


async def test_identity_words_tell_two_maps_apart_that_are_the_same() -> None:
    first, second = (meter(id=f"meter_{word}", identities=known_by(word)) for word in (111, 222))
    _, found = await ask(simulated(second), Catalogue([first, second]))
    assert found.best is not None
    assert found.sureness is Sureness.IDENTIFIED
    assert [one.profile.id for one in found.ranked] == ["meter_222"]
    assert "says 0x00DE at holding 900" in found.best.reasons


async def test_maps_that_are_the_same_are_told_as_level() -> None:
    _, found = await ask(simulated(meter()), Catalogue([meter(id="one"), meter(id="two")]))
    assert found.sureness is Sureness.TIE
    assert found.best is not None
    assert [found.best.profile.id, *(tie.profile.id for tie in found.ties)] == ["one", "two"]


async def test_the_longer_of_two_alike_maps_is_asked_for_before_the_shorter_is_named() -> None:
    energy = Register(
        name="active_energy_import",
        space=Space.INPUT,
        address=10,
        type=DataType.F32,
        unit="kWh",
        is_counter=True,
    )
    longer = meter(id="longer", registers=(*meter().registers, energy))
    for true in (longer, meter(id="shorter")):
        _, found = await ask(simulated(true), Catalogue([longer, meter(id="shorter")]))
        assert found.best is not None
        assert found.best.profile.id == true.id


async def test_identity_words_count_where_a_longer_read_shows_values() -> None:
    inside = Identity(space=Space.INPUT, address=2, count=1, words=(71,))
    _, found = await ask(simulated(meter(identities=(inside,))), Catalogue([meter(identities=(inside,))]))
    assert found.sureness is Sureness.IDENTIFIED


async def test_a_meter_like_one_found_before_takes_few_reads() -> None:
    device = simulated(PROFILES["eastron_sdm630"])
    alone, _ = await ask(device, LIBRARY)
    after, found = await ask(device, LIBRARY, familiar=["eastron_sdm630"])
    assert found.best is not None
    assert found.best.profile.id == "eastron_sdm630"
    assert after.reads < alone.reads / 2


async def test_nothing_is_asked_twice() -> None:
    wired = Wired(simulated(PROFILES["suto_s401"]))
    await Inquiry(Pace(LINK, wired), 1, Heard(), LIBRARY, most_reads=200).run()
    assert len(wired.asked) == len(set(wired.asked))


class Noisy(Wired):
    """A device on a wire that spoils each sixth answer."""

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        answer = await super().read(unit_id, space, address, count, timeout_s=timeout_s)
        self.answers += 1
        if self.answers % 6 == self.spoils:
            raise BadAnswer("unit", "answered with a wrong checksum", kind="frame")
        return answer

    def __init__(self, device: Unit, spoils: int) -> None:
        super().__init__(device)
        self.answers, self.spoils = 0, spoils


async def test_a_spoilt_answer_does_not_give_a_meter_the_name_of_its_kin() -> None:
    for spoils in range(6):
        wired = Noisy(simulated(PROFILES["eastron_sdm120"]), spoils)
        heard = Heard()
        await Inquiry(Pace(LINK, wired), 1, heard, LIBRARY, most_reads=200).run()
        found = LIBRARY.recognise(heard)
        assert found.best is not None
        assert (found.best.profile.id, found.sureness) == ("eastron_sdm120", Sureness.IDENTIFIED), spoils


async def test_the_reads_are_used_up_and_not_more() -> None:
    wired = Wired(simulated(PROFILES["suto_s401"]))
    await Inquiry(Pace(LINK, wired), 1, Heard(), LIBRARY, most_reads=12).run()
    assert 10 <= len(wired.asked) <= 13


def test_a_fact_survives_its_file() -> None:
    heard = Heard(
        chain=Chain(base=40000, models=(Model(id=1, first=40002, length=66),)), is_walked=True, reads=3
    )
    heard.take(Space.HOLDING, 7, bytes([1, 2, 3, 4]))
    heard.take(Space.COIL, 9, bytes([1, 0, 1]))
    heard.take(Space.INPUT, 0, b"\0\5", is_later=True)
    heard.refuse(Space.INPUT, 5, 2, 1)
    heard.refuse(Space.HOLDING, 0, 1, 6)
    assert Heard.from_json(heard.as_json()) == heard
    assert heard.answer(Space.HOLDING, 8, 1) == b"\3\4"
    assert heard.is_refused(Space.INPUT, 100, 1), "the function is not there at all"
    assert not heard.is_refused(Space.HOLDING, 0, 1), "busy is no refusal"
