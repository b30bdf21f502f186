"""A scan on real sockets and a real pseudo-terminal: who is there, who is the same, who is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.heard import Heard
from collector.inquiry import Catalogue
from collector.pace import Pace
from collector.recognition import Sureness
from collector.scanning import Presence, Scan, Unit
from collector.unit import ModbusLink
from config.profiles import BUILT_IN, read_profile
from domain.errors import LinkDown
from domain.plant import Link, LinkKind
from domain.registers import DeviceProfile, Space
from simulators.answering import Refusal
from simulators.answering import Unit as Answerer
from simulators.device import SimulatedDevice
from simulators.effects import Source
from simulators.frames import Framing
from simulators.hostile import Hostility, Kind
from simulators.serial import SerialBus
from simulators.server import ModbusServer


def profile(name: str) -> DeviceProfile:
    found, _ = read_profile(BUILT_IN / f"{name}.toml")
    assert found is not None
    return found


METER, GAS = profile("eastron_sdm630"), profile("suto_s401")
SOME = Catalogue([METER, GAS, *(profile(name) for name in ("siemens_pac3200", "abb_b23", "huawei_sun2000"))])


def meter(
    energy_kwh: float, which: DeviceProfile = METER, name: str = "active_energy_import"
) -> SimulatedDevice:
    """Return a meter whose counter rises by 0.001 with each read."""
    ticks = iter(range(1, 10**6))
    source = Source(read=lambda at_ms: energy_kwh + at_ms / 1_000_000, maximum=1e6)
    return SimulatedDevice(which, {name: source}, now_ms=lambda: 1000 * next(ticks))


@asynccontextmanager
async def scanning(
    units: dict[int, Answerer], framing: Framing = Framing.TCP, known: tuple[Unit, ...] = ()
) -> AsyncIterator[tuple[Scan, ModbusServer, Pace]]:
    async with ModbusServer(units, framing=framing) as server:
        kind = LinkKind.TCP if framing is Framing.TCP else LinkKind.RTU_TCP
        link = Link(id="link", kind=kind, host="127.0.0.1", port=server.port, timeout_s=0.4)
        modbus = ModbusLink(link)
        pace = Pace(link, modbus)
        try:
            yield Scan(pace, SOME, known, settle_s=0.01), server, pace
        finally:
            await modbus.close()


async def test_who_answers_is_named_and_who_does_not_is_nobody() -> None:
    async with scanning({2: meter(100.0), 3: meter(5.0, GAS, "volume_reference")}, Framing.RTU) as (
        scan,
        server,
        _,
    ):
        found = [await scan.look(unit_id) for unit_id in (1, 2, 3)]
        assert [unit.presence for unit in found] == [Presence.NOBODY, Presence.ANSWERS, Presence.ANSWERS]
        assert [scan.recognise(unit).ranked[0].profile.id for unit in found[1:]] == [METER.id, GAS.id]
        assert set(server.requests) <= {3, 4}


async def test_a_gateway_that_answers_for_an_empty_unit_id_is_nobody() -> None:
    async with scanning({7: meter(100.0)}) as (scan, _, _):
        unit = await scan.look(1)
        assert (unit.presence, unit.note) == (Presence.NOBODY, "the gateway says so (exception 11)")


async def test_a_device_that_answers_any_unit_id_is_found_once() -> None:
    device = meter(1234.5)
    async with scanning({1: device, 2: device, 3: device}) as (scan, _, _):
        found = [await scan.look(unit_id) for unit_id in (1, 2, 3)]
        assert [unit.twin_of for unit in found] == [None, 1, 1]


async def test_on_a_bus_two_unit_ids_are_two_devices() -> None:
    device = meter(1234.5)
    async with scanning({1: device, 2: device}, Framing.RTU) as (scan, _, _):
        found = [await scan.look(unit_id) for unit_id in (1, 2)]
        assert [unit.twin_of for unit in found] == [None, None]


async def test_two_meters_of_one_type_are_two() -> None:
    async with scanning({1: meter(1234.5), 2: meter(1235.5)}) as (scan, _, _):
        found = [await scan.look(unit_id) for unit_id in (1, 2)]
        assert [unit.twin_of for unit in found] == [None, None]


async def test_a_counter_that_has_risen_at_the_second_read_speaks_for_its_profile() -> None:
    async with scanning({1: meter(1234.5)}) as (scan, _, _):
        unit = await scan.look(1)
        first = scan.recognise(unit).ranked[0].points
        await scan.look_again(unit)
        second = scan.recognise(unit).ranked[0]
        assert second.points >= first + 2.0
        assert "counter active_energy_import rises" in second.plausibility.signs


async def test_the_broadcast_is_never_asked() -> None:
    async with scanning({1: meter(1.0)}) as (scan, server, _):
        with pytest.raises(ValueError, match="no unit id"):
            await scan.look(0)
        assert not server.requests


async def test_patience_shrinks_once_answers_have_been_measured() -> None:
    async with scanning({1: meter(1.0)}, Framing.RTU) as (scan, _, pace):
        before, in_haste = pace.estimate_s(100), pace.quick_s
        await scan.look(1)
        assert pace.quick_s < in_haste
        assert pace.estimate_s(100) < 0.7 * before


async def test_answers_that_are_never_sound_are_told_as_such() -> None:
    device = meter(1.0)
    device.hostility = Hostility(kind=Kind.WRONG_UNIT)
    async with scanning({1: device}) as (scan, _, _):
        unit = await scan.look(1)
        assert unit.presence is Presence.GARBLED
        assert "unit" in unit.note


async def test_a_closed_port_ends_the_scan() -> None:
    async with scanning({1: meter(1.0)}) as (scan, server, _):
        await server.refuse()
        with pytest.raises(LinkDown, match="refused"):
            await scan.look(1)


class Cutting:
    """A meter that cuts the connection where others refuse."""

    delay_s = 0.0

    def __init__(self, device: SimulatedDevice) -> None:
        self._device = device
        self.hostility: Hostility | None = None

    def read(self, space: Space, address: int, count: int) -> bytes:
        self.hostility = None
        try:
            return self._device.read(space, address, count)
        except Refusal:
            self.hostility = Hostility(kind=Kind.DISCONNECT)
            raise


async def test_a_device_that_cuts_the_connection_at_what_it_has_not_is_named_all_the_same() -> None:
    async with scanning({1: Cutting(meter(1234.5))}) as (scan, _, _):
        unit = await scan.look(1)
        assert unit.presence is Presence.ANSWERS
        assert scan.recognise(unit).ranked[0].profile.id == METER.id


async def test_units_of_an_earlier_run_are_recognised_without_a_read() -> None:
    async with scanning({1: meter(50.0), 2: meter(60.0)}) as (scan, _, _):
        kept = Unit.from_json((await scan.look(1)).as_json())
    async with scanning({1: meter(50.0), 2: meter(60.0)}, known=(kept,)) as (scan, server, _):
        assert scan.recognise(kept).sureness is not Sureness.UNKNOWN
        assert not server.requests
        await scan.look_afresh(kept)
        await scan.look_again(kept)
        assert "counter active_energy_import rises" in scan.recognise(kept).ranked[0].plausibility.signs


async def test_a_serial_bus_is_scanned_gently(tmp_path: Path) -> None:
    """At 19200 baud, three unit ids, one of them dead: one request at a time, a rest before each."""
    asked: list[float] = []
    loop = asyncio.get_running_loop()
    async with SerialBus({1: meter(10.0), 3: meter(20.0)}, path=str(tmp_path / "bus"), baudrate=19200) as bus:
        link = Link(
            id="bus", kind=LinkKind.SERIAL, path=bus.path, baudrate=19200, timeout_s=0.3, pause_s=0.01
        )
        modbus = ModbusLink(link)

        class Noted:
            async def read(self, *place: object, timeout_s: float) -> bytes:
                asked.append(loop.time())
                try:
                    return await modbus.read(*place, timeout_s=timeout_s)  # type: ignore[arg-type]
                finally:
                    asked.append(loop.time())

            async def close(self) -> None:
                pass

        scan = Scan(Pace(link, Noted()), SOME, settle_s=0.01)
        found = [await scan.look(unit_id) for unit_id in (1, 2, 3)]
        await modbus.close()
    assert [unit.presence.value for unit in found] == ["answers", "nobody", "answers"]
    assert {scan.recognise(found[place]).ranked[0].profile.id for place in (0, 2)} == {METER.id}
    rests = [begin - end for end, begin in zip(asked[1::2], asked[2::2], strict=False)]
    assert min(rests) >= 0.009


def test_a_unit_survives_its_file() -> None:
    unit = Unit(unit_id=9, presence=Presence.ANSWERS, heard=Heard(reads=4), note="x", twin_of=2)
    assert Unit.from_json(unit.as_json()) == unit
