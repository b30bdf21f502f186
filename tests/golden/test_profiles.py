"""Every profile, from the words its meter sends over a socket to the values people read."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest

from collector.blocks import plan_blocks
from collector.compiled import compile_device
from collector.sunspec import walk
from collector.unit import ModbusLink
from config.profiles import BUILT_IN, load_catalogue
from domain.codec import DeviceDecoder
from domain.plant import Device, Link, LinkKind, Point
from domain.registers import DeviceProfile
from domain.sunspec import has_models, placed
from domain.units import CONVERSIONS
from simulators.frames import Framing
from simulators.server import ModbusServer
from tests.golden.cases import Case, GoldenMeter, cases, chain_of

CATALOGUE = load_catalogue([BUILT_IN])
CASES = cases()
UNIT_ID = 17
FRAMINGS = {LinkKind.TCP: Framing.TCP, LinkKind.RTU_TCP: Framing.RTU}


def device_of(profile: DeviceProfile) -> Device:
    points = tuple(
        Point(
            device="meter", name=register.name, unit=register.canonical_unit, is_counter=register.is_counter
        )
        for register in profile.points
    )
    return Device(id="meter", link="link", unit_id=UNIT_ID, profile=profile, interval_s=1.0, points=points)


async def poll(case: Case, kind: LinkKind) -> tuple[dict[str, float | None], dict[str, str]]:
    """Ask a server with the words of the case as the collector would, block by planned block."""
    profile = CATALOGUE.profiles[case.profile]
    device = device_of(profile)
    meter = GoldenMeter(case, profile)
    async with ModbusServer({UNIT_ID: meter}, framing=FRAMINGS[kind]) as server:
        link = Link(id="link", kind=kind, host="127.0.0.1", port=server.port)
        unit = ModbusLink(link)
        try:
            chain = await walk(unit, UNIT_ID, timeout_s=5.0) if has_models(profile) else None
            blocks, decoder = compile_device(device, chain=chain)
            answers = [
                await unit.read(UNIT_ID, block.space, block.first, block.count, timeout_s=5.0)
                for block in blocks
            ]
        finally:
            await unit.close()
        assert set(server.requests) <= {1, 2, 3, 4}
    values, quality = decoder.decode(answers)
    return values, {name: found.code for name, found in quality.items()}


def is_float_scaled(profile: DeviceProfile, name: str) -> bool:
    register = next(register for register in profile.points if register.name == name)
    return register.type.is_float and register.scale * CONVERSIONS[register.unit].factor != 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_words_of_a_golden_case_give_its_values_and_no_other(case: Case) -> None:
    profile = CATALOGUE.profiles[case.profile]
    for kind in FRAMINGS:
        values, quality = await poll(case, kind)
        for name, expected in case.expect.items():
            value = values[name]
            assert value is not None, f"{name}: {quality[name]}"
            ulps = math.ulp(expected) if is_float_scaled(profile, name) else 0.0
            assert abs(value - expected) <= ulps, name
            assert name not in quality, name
        for name in case.unavailable:
            assert (values[name], quality[name]) == (None, "not_available"), name
    named = case.expect.keys() | case.unavailable
    points = {register.name for register in profile.points}
    assert not case.expect.keys() & case.unavailable
    assert named == points if case.name == case.profile else named <= points


def test_each_golden_case_tells_a_swapped_word_order() -> None:
    untold = {}
    for case in (case for case in CASES if case.name == case.profile):
        profile = CATALOGUE.profiles[case.profile]
        if has_models(profile):
            profile = placed(profile, chain_of(case))
        wide = [register for register in profile.points if register.type.width > 1]
        mirrored = {
            space: {
                **words,
                **{
                    register.address + place: words[register.end - 1 - place]
                    for register in wide
                    if register.space is space
                    for place in range(register.type.width)
                },
            }
            for space, words in case.words.items()
        }
        values, swapped = decoded(case, profile), decoded(replace(case, words=mirrored), profile)
        if same := [register.name for register in wide if values[register.name] == swapped[register.name]]:
            untold[case.name] = same
    assert not untold


def decoded(case: Case, profile: DeviceProfile) -> dict[str, float | None]:
    """Return what the words of a case mean, without a wire."""
    meter, blocks = GoldenMeter(case, profile), plan_blocks(profile)
    decoder = DeviceDecoder([(block.first, block.registers) for block in blocks])
    return decoder.decode([meter.read(block.space, block.first, block.count) for block in blocks])[0]


def test_every_profile_has_a_golden_case() -> None:
    assert {case.name for case in CASES if case.name == case.profile} == CATALOGUE.profiles.keys()


def test_every_profile_loads_without_findings() -> None:
    assert CATALOGUE.findings == ()
    assert CATALOGUE.faulty == frozenset()
    assert len(CATALOGUE.profiles) == len(list(BUILT_IN.glob("*.toml")))


def test_the_profiles_cover_the_kinds_of_meter_that_the_plant_needs() -> None:
    kinds = Counter(profile.kind for profile in CATALOGUE.profiles.values())
    needed = {"gas_meter": 2, "electricity_meter": 3, "pv_inverter": 2, "heat_meter": 1, "analog_input": 1}
    assert {kind: kinds[kind] for kind in needed if kinds[kind] < needed[kind]} == {}
    assert kinds["production_counter"] >= 1
    assert any("sunspec" in name for name in CATALOGUE.profiles)
