"""The whole simulated plant: every link kind, truth against a raw client, scenarios on the wire."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import serial
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient

from domain.plant import Link, LinkKind
from simulators.assignment import Assignment, AssignmentError
from simulators.frames import Framing
from simulators.plant import PlantSimulator
from simulators.scenario import Scenario, ScenarioError, parse_scenario
from simulators.serial import SerialBus
from tests.simulators.wire import Clock, RawClient, request, rtu_request, slow_crc, small_plant


def effects(*tables: Mapping[str, object]) -> Scenario:
    return parse_scenario({"effects": list(tables)})


def port_of(simulator: PlantSimulator) -> int:
    return simulator.plant.link("bus").port


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def volume(client: RawClient) -> float:
    """Read `volume_reference` of gas_coil."""
    answer = await client.ask(request(1, 1, 3, 0, 2), quiet_s=0.02)
    raw: int = struct.unpack(">I", answer[9:13])[0]
    return raw / 100


async def test_the_truth_is_what_a_raw_client_reads() -> None:
    clock = Clock()
    async with (
        PlantSimulator(small_plant(), now_ms=clock, seed=5) as simulator,
        RawClient(port_of(simulator)) as client,
    ):
        for step_ms in (0, 1234, 40 * 86_400_000):
            clock.now += step_ms
            assert await volume(client) == simulator.truth("gas_coil", "volume_reference", clock.now)
            floor = clock.now // 1000 * 1000
            plain = simulator.model.value("gas.coil.volume_reference", floor)
            assert await volume(client) == float(int(plain * 100)) / 100
    assert simulator.requests == {3: 6}


async def test_rtu_over_tcp_serves_the_same_registers() -> None:
    clock = Clock()
    async with (
        PlantSimulator(small_plant(LinkKind.RTU_TCP), now_ms=clock) as simulator,
        RawClient(port_of(simulator)) as client,
    ):
        answer = await client.ask(rtu_request(3, 3, 0, 2))
    assert answer[-2:] == slow_crc(answer[:-2])
    kilograms: int = struct.unpack(">I", answer[3:7])[0]
    assert kilograms / 1000 == simulator.truth("plc_coil", "produced_mass", clock.now)


async def test_a_serial_bus_stands_at_the_path_asked_for(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "ttyGAS"
    plant = small_plant(LinkKind.SERIAL, path=str(path))
    async with PlantSimulator(plant, now_ms=clock) as simulator:
        client = AsyncModbusSerialClient(
            str(path), framer=FramerType.RTU, baudrate=115200, timeout=1, retries=0
        )
        assert await client.connect()
        for unit_id, device, point, scale in (
            (1, "gas_coil", "volume_reference", 100),
            (3, "plc_coil", "produced_mass", 1000),
        ):
            found = await client.read_holding_registers(0, count=2, device_id=unit_id)
            high, low = found.registers
            assert ((high << 16) | low) / scale == simulator.truth(device, point, clock.now)
        client.close()
        await asyncio.sleep(0.01)
    assert not path.is_symlink()


async def test_a_bus_takes_the_time_its_baudrate_needs_and_stays_silent_for_strangers() -> None:
    clock = Clock()
    units = PlantSimulator(small_plant(), now_ms=clock).devices
    async with SerialBus({1: units["gas_coil"]}, baudrate=9600) as bus:
        assert bus.answering.framing is Framing.RTU
        with serial.Serial(bus.path, timeout=0) as port:
            began = asyncio.get_running_loop().time()
            port.write(rtu_request(9, 3, 0, 2))
            await asyncio.sleep(0.03)
            assert port.read(100) == b""
            port.write(rtu_request(1, 3, 0, 2)[:3])
            await asyncio.sleep(0.005)
            port.write(rtu_request(1, 3, 0, 2)[3:])
            heard, began = b"", asyncio.get_running_loop().time()
            while len(heard) < 9:
                await asyncio.sleep(0.001)
                heard += port.read(100)
            assert asyncio.get_running_loop().time() - began >= 17 * 11 / 9600 - 0.002
    assert heard[-2:] == slow_crc(heard[:-2])
    assert bus.requests == {3: 2}


async def test_a_real_file_is_never_replaced_by_a_bus(tmp_path: Path) -> None:
    path = tmp_path / "ttyUSB0"
    path.write_text("real", encoding="utf-8")
    bus = SerialBus({}, path=str(path))
    with pytest.raises(FileExistsError):
        await bus.start()
    assert path.read_text(encoding="utf-8") == "real"


async def test_a_wrap_comes_soon_after_its_start() -> None:
    clock = Clock()
    wrap = {"kind": "wrap", "device": "gas_coil", "register": "volume_reference", "headroom": 0.5}
    simulator = PlantSimulator(small_plant(), now_ms=clock, scenario=effects(wrap))
    before, after = (
        simulator.truth("gas_coil", "volume_reference", clock.now + n) for n in (0, 3 * 86_400_000)
    )
    assert before == pytest.approx(1e7 - 0.5, abs=0.02)
    assert after is not None
    assert 0.0 < after < 50_000.0
    async with simulator, RawClient(port_of(simulator)) as client:
        assert await volume(client) == before


async def test_a_counter_that_never_wraps_cannot_be_made_to() -> None:
    wrap = {"kind": "wrap", "device": "em_coil", "register": "active_energy_import"}
    with pytest.raises(ScenarioError, match=r"em_coil.active_energy_import never wraps; choose"):
        PlantSimulator(small_plant(), now_ms=Clock(), scenario=effects(wrap))


async def test_exchange_and_stuck_are_seen_by_the_truth() -> None:
    clock = Clock()
    exchange = {"kind": "exchange", "device": "gas_coil", "register": "volume_reference", "from": "+60s"}
    scenario = effects(
        {**exchange, "new_start": 12.5, "old_final": 5000},
        {"kind": "stuck", "device": "plc_coil", "from": "+1h", "to": "+4h"},
    )
    start, hour = clock.now // 1000 * 1000, 3_600_000
    truth = PlantSimulator(small_plant(), now_ms=clock, scenario=scenario).truth
    old, new = (truth("gas_coil", "volume_reference", start + n) for n in (59_000, 60_000))
    assert old == pytest.approx(5000, abs=1.0)
    assert new == 12.5
    held = {truth("plc_coil", "produced_mass", start + n * hour) for n in (1, 2, 3)}
    assert len(held) == 1


async def test_a_drift_raises_the_gas_and_nothing_else() -> None:
    clock = Clock()
    drifted = PlantSimulator(
        small_plant(), now_ms=clock, scenario=effects({"kind": "drift", "line": "coil", "percent": 10})
    )
    plain = PlantSimulator(small_plant(), now_ms=clock)

    def grown(simulator: PlantSimulator, name: str) -> float:
        return simulator.model.value(name, clock.now + 30 * 86_400_000) - simulator.model.value(
            name, clock.now
        )

    assert (
        1.06 < grown(drifted, "gas.coil.volume_reference") / grown(plain, "gas.coil.volume_reference") < 1.10
    )
    for name in ("output.coil.produced_mass", "gas.sheet.volume_reference"):
        assert grown(drifted, name) == grown(plain, name)


async def test_an_outage_of_a_link_refuses_connections_and_ends() -> None:
    clock = Clock()
    scenario = effects({"kind": "outage", "link": "bus", "from": "+10s", "to": "+20s"})
    async with PlantSimulator(small_plant(), now_ms=clock, scenario=scenario) as simulator:
        start, port = clock.now, port_of(simulator)
        async with RawClient(port) as client:
            assert await volume(client) == simulator.truth("gas_coil", "volume_reference", clock.now)
            clock.now = start + 10_000
            await asyncio.sleep(0.12)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            assert simulator.truth("gas_coil", "volume_reference", clock.now) is None
        clock.now = start + 20_000
        await asyncio.sleep(0.12)
        async with RawClient(port) as client:
            assert await volume(client) == simulator.truth("gas_coil", "volume_reference", clock.now)


async def test_an_outage_of_a_device_is_silence_of_one_unit() -> None:
    clock = Clock()
    scenario = effects({"kind": "outage", "device": "gas_coil"})
    async with (
        PlantSimulator(small_plant(), now_ms=clock, scenario=scenario) as simulator,
        RawClient(port_of(simulator)) as client,
    ):
        assert await client.ask(request(1, 1, 3, 0, 2)) == b""
        assert len(await client.ask(request(2, 3, 3, 0, 2))) == 13
    assert simulator.truth("gas_coil", "volume_reference", clock.now) is None


async def test_a_slow_device_answers_late_but_right() -> None:
    clock = Clock()
    scenario = effects({"kind": "slow", "device": "gas_coil", "delay_s": 0.1})
    async with (
        PlantSimulator(small_plant(), now_ms=clock, scenario=scenario) as simulator,
        RawClient(port_of(simulator)) as client,
    ):
        assert await client.ask(request(1, 1, 3, 0, 2), quiet_s=0.05) == b""
        assert len(await client.listen(0.1)) == 13
    assert simulator.truth("gas_coil", "volume_reference", clock.now) is not None


async def test_an_effect_on_what_the_plant_has_not_is_an_error() -> None:
    for table, said in (
        ({"kind": "stuck", "device": "gas_cole"}, "the plant has no gas_cole; use gas_coil"),
        ({"kind": "outage", "link": "room"}, "the plant has no room; use bus"),
        ({"kind": "stuck", "device": "gas_coil", "register": "mass"}, "no mass there; use volume_reference"),
    ):
        with pytest.raises(ScenarioError, match=said):
            PlantSimulator(small_plant(), now_ms=Clock(), scenario=effects(table))


def test_an_assignment_may_bend_the_rule() -> None:
    clock = Clock()
    bent = Assignment(
        devices={"gas_coil": "gas.sheet"},
        registers={"em_coil": {"active_power": "pv.1.ac_power"}},
        refresh_s={"gas_coil": 60},
    )
    simulator = PlantSimulator(small_plant(), now_ms=clock, assignment=bent)
    at = clock.now // 60_000 * 60_000
    expected = int(simulator.model.value("gas.sheet.volume_reference", at) * 100) / 100
    assert simulator.truth("gas_coil", "volume_reference", at + 59_999) == expected
    wrong = Assignment(registers={"em_coil": {"active_power": "gas.coil.mass"}})
    with pytest.raises(AssignmentError, match=r"em_coil.active_power: is in kW, signal gas.coil.mass in t"):
        PlantSimulator(small_plant(), now_ms=clock, assignment=wrong)


def test_a_simulated_plant_stays_on_loopback() -> None:
    plant = small_plant()
    away = replace(plant, links=(Link(id="bus", kind=LinkKind.TCP, host="0.0.0.0", port=0),))
    with pytest.raises(ValueError, match=r"lives on 127\.0\.0\.1"):
        PlantSimulator(away, now_ms=Clock())


def test_a_link_with_tls_is_not_simulated_in_clear() -> None:
    plant = small_plant()
    secured = replace(plant, links=(replace(plant.links[0], tls=True),))
    with pytest.raises(ValueError, match="link bus: a simulated plant has no certificate"):
        PlantSimulator(secured, now_ms=Clock())


async def test_nothing_stays_open_after_the_end() -> None:
    before = open_files()
    async with (
        PlantSimulator(small_plant(), now_ms=Clock()) as simulator,
        RawClient(port_of(simulator)) as client,
    ):
        await client.ask(request(1, 1, 3, 0, 2), quiet_s=0.01)
    await asyncio.sleep(0.02)
    assert open_files() == before
