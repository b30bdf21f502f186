"""The whole plant on the wire: one listener a link, one unit a device, and the truth to compare with.

signals -> effects -> device (registers) -> answering -> server or serial bus -> the collector under test
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from domain.plant import Device, Link, LinkKind, Plant
from domain.reading import Quality
from domain.registers import Register
from simulators.assignment import Assignment, sources_of
from simulators.catalogue import plant_model
from simulators.columns import Words
from simulators.device import SimulatedDevice
from simulators.effects import Rescale, Source, Spell, below_modulus, exchanged, stuck
from simulators.frames import Framing
from simulators.hostile import quality_of
from simulators.noise import Floats, Ints
from simulators.registers import canonical_modulus
from simulators.scenario import Effect, Scenario, ScenarioError
from simulators.serial import SerialBus
from simulators.server import ModbusServer
from simulators.truth import Drift, Truth

_WATCH_S = 0.05
"""How often link outages are looked at, real seconds."""
_WRAPS_BELOW = 1e12
"""Canonical unit; a larger modulus is out of reach, and of a double's resolution."""
Listener = ModbusServer | SerialBus
Qualities = NDArray[np.uint8]


class PlantSimulator:
    """Serve a plant's links until the context ends."""

    def __init__(
        self,
        plant: Plant,
        *,
        now_ms: Callable[[], int],
        seed: int = 0,
        scenario: Scenario | None = None,
        assignment: Assignment | None = None,
        truth: Truth | None = None,
        refresh_ms: int = 1000,
        start_ms: int | None = None,
        may_leave_loopback: bool = False,
    ) -> None:
        """Offsets in the scenario count from `start_ms`, by default now."""
        self._plant = plant
        self._now_ms = now_ms
        self._scenario = scenario or Scenario()
        self._start_ms = now_ms() if start_ms is None else start_ms
        self._assignment = assignment or Assignment()
        self._refresh_ms = refresh_ms
        _check_names(plant, self._scenario)
        self.model = plant_model(self._drifted(truth or Truth()), seed)
        """The plant without faults of meters; its `truth` holds the planted numbers, drifts included."""
        self.devices = {device.id: self._simulated(device) for device in plant.devices}
        """Device id -> device; set its `hostility` to make it misbehave."""
        self._may_leave_loopback = may_leave_loopback
        self.listeners = {link.id: self._listener(link) for link in plant.links}
        """Link id -> server or bus; set its `hostility` to make all its units misbehave."""
        self._watch: asyncio.Task[None] | None = None

    @property
    def plant(self) -> Plant:
        """Return the plant with the ports that are really open (a link may ask for port 0)."""
        links = tuple(
            replace(link, port=found.port) if isinstance(found, ModbusServer) else link
            for link, found in zip(self._plant.links, self.listeners.values(), strict=True)
        )
        return replace(self._plant, links=links)

    @property
    def requests(self) -> Counter[int]:
        """Return function code -> requests that arrived on any link."""
        return sum((found.requests for found in self.listeners.values()), Counter())

    def truth(self, device_id: str, point_name: str, at_ms: int) -> float | None:
        """Return the value that a correct reader of a point must have for an instant, None where it has none.

        Switched hostilities are the caller's knowledge; scheduled ones and outages are in the answer.
        """
        link_id = self._plant.device(device_id).link
        for down, since_ms, until_ms in self._link_outages():
            if down == link_id and since_ms <= at_ms < until_ms:
                return None
        return self.devices[device_id].expected(point_name, at_ms)

    async def __aenter__(self) -> PlantSimulator:
        self.model.value("ambient.temperature", self._now_ms())  # builds the tables before anyone waits
        for listener in self.listeners.values():
            await listener.start()
        if any(until_ms > self._now_ms() for _, _, until_ms in self._link_outages()):
            await self._follow_outages()
            self._watch = asyncio.create_task(self._watch_outages(), name="simulator.outages")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for listener in self.listeners.values():
            await listener.refuse()

    async def _watch_outages(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            await self._follow_outages()

    async def _follow_outages(self) -> None:
        now = self._now_ms()
        outages = list(self._link_outages())
        down = {link for link, since_ms, until_ms in outages if since_ms <= now < until_ms}
        for link_id in {link for link, _, _ in outages}:
            listener = self.listeners[link_id]
            await (listener.refuse() if link_id in down else listener.start())

    def series(self, device_id: str, point_name: str, at_ms: Ints) -> tuple[Floats, Qualities]:
        """Return the values of `truth` for many instants, NaN for None, and what a poll says about each."""
        values = self.devices[device_id].series(point_name, at_ms)
        return values, self._quality(device_id, values, at_ms)

    def worded_series(self, device_id: str, point_name: str, at_ms: Ints) -> tuple[Floats, Qualities, Words]:
        """Return `series` and the register words, each as one number, that an honest device held."""
        values, words = self.devices[device_id].worded_series(point_name, at_ms)
        return values, self._quality(device_id, values, at_ms), words

    def _quality(self, device_id: str, values: Floats, at_ms: Ints) -> Qualities:
        """Return what a poll says about each value, and take away those that a link lost."""
        simulated, link_id = self.devices[device_id], self._plant.device(device_id).link
        quality = np.where(np.isnan(values), int(Quality.NOT_AVAILABLE), int(Quality.GOOD)).astype(np.uint8)
        for spell in simulated.spells:
            if spell.loses_value and spell.hostility is not None:
                lost = (spell.since_ms <= at_ms) & (at_ms < spell.until_ms)
                quality[lost] = quality_of(spell.hostility)
        for down, since_ms, until_ms in self._link_outages():
            if down == link_id:
                lost = (since_ms <= at_ms) & (at_ms < until_ms)
                values[lost], quality[lost] = np.nan, Quality.LINK_DOWN
        return quality

    def effects(self) -> Iterator[tuple[Effect, int, int]]:
        """Give the scenario's effects with their [since, until) as instants."""
        for effect in self._scenario.effects:
            yield effect, *effect.window(self._start_ms)

    def _link_outages(self) -> Iterator[tuple[str, int, int]]:
        for effect, since_ms, until_ms in self.effects():
            if effect.kind == "outage" and effect.link:
                yield effect.link, since_ms, until_ms

    def _effects(self, kind: str) -> list[Effect]:
        return [effect for effect in self._scenario.effects if effect.kind == kind]

    def _drifted(self, truth: Truth) -> Truth:
        for effect in self._effects("drift"):
            since_ms, until_ms = effect.window(self._start_ms)
            share = effect.percent / 100.0
            truth = truth.with_drift(effect.line, Drift(since_ms=since_ms, until_ms=until_ms, share=share))
        return truth

    def _simulated(self, device: Device) -> SimulatedDevice:
        refresh_s = self._assignment.refresh_s.get(device.id)
        own = [effect for effect in self._scenario.effects if effect.device == device.id]
        sources = sources_of(device, self._assignment, self.model)
        simulated = SimulatedDevice(
            device.profile,
            sources,
            now_ms=self._now_ms,
            refresh_ms=self._refresh_ms if refresh_s is None else round(refresh_s * 1000),
            spells=[self._spell(effect) for effect in own if effect.hostility or effect.delay_s],
            sunspec_base=self._assignment.sunspec_base.get(device.id, 40000),
        )
        for effect in own:
            self._change(device, simulated, effect)
        return simulated

    def _spell(self, effect: Effect) -> Spell:
        since_ms, until_ms = effect.window(self._start_ms)
        delay_s = effect.delay_s if effect.kind == "slow" else 0.0
        return Spell(since_ms=since_ms, until_ms=until_ms, hostility=effect.hostility, delay_s=delay_s)

    def _change(self, device: Device, simulated: SimulatedDevice, effect: Effect) -> None:
        """Wrap the sources of a device's registers in an effect on what they show."""
        since_ms, until_ms = effect.window(self._start_ms)
        for register in device.profile.points:
            if effect.register not in ("", register.name) or register.name not in simulated.sources:
                continue
            if effect.kind == "rescale" and register.scale_register:
                simulated.rescales[register.scale_register] = Rescale(
                    since_ms=since_ms,
                    until_ms=until_ms,
                    by=int(effect.by),
                    every_ms=round(effect.every_s * 1000),
                )
            source: Source = simulated.sources[register.name]
            if effect.kind == "stuck":
                source = stuck(source, since_ms, until_ms)
            elif effect.kind == "exchange":
                source = exchanged(source, since_ms, effect.new_start, effect.old_final)
            elif effect.kind == "wrap":
                modulus = _modulus(device, register, simulated.power_of(register))
                source = below_modulus(source, since_ms, modulus, effect.headroom)
            simulated.sources[register.name] = source

    def _listener(self, link: Link) -> Listener:
        units = {
            device.unit_id: self.devices[device.id]
            for device in self._plant.devices
            if device.link == link.id
        }
        if link.kind is LinkKind.SERIAL:
            return SerialBus(units, path=link.path, baudrate=link.baudrate)
        host = "127.0.0.1" if link.host in ("", "localhost") else link.host
        if not self._may_leave_loopback and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"link {link.id}: {host} is not loopback; a simulated plant lives on 127.0.0.1")
        if link.tls:
            raise ValueError(
                f"link {link.id}: a simulated plant has no certificate; take tls out of the link"
            )
        framing = Framing.TCP if link.kind is LinkKind.TCP else Framing.RTU
        return ModbusServer(units, framing=framing, host=host, port=link.port)


def _modulus(device: Device, register: Register, power: int) -> float:
    """Return where a counter starts again; ScenarioError for one that never does."""
    modulus = canonical_modulus(register, power)
    has_none = not register.is_counter or (register.type.is_float and register.modulus is None)
    if has_none or modulus > _WRAPS_BELOW:
        raise ScenarioError(
            f"wrap: {device.id}.{register.name} never wraps; choose a counter of 32 bits or fewer"
        )
    return modulus


def _check_names(plant: Plant, scenario: Scenario) -> None:
    """Raise ScenarioError for an effect on a device, link or register that the plant has not."""
    links = {link.id for link in plant.links}
    devices = {device.id: device for device in plant.devices}
    for place, effect in enumerate(scenario.effects):
        where = f"effects[{place}] ({effect.kind})"
        if effect.device and effect.device not in devices:
            raise ScenarioError(f"{where}.device: the plant has no {effect.device}; use {', '.join(devices)}")
        if effect.link and effect.link not in links:
            raise ScenarioError(
                f"{where}.link: the plant has no {effect.link}; use {', '.join(sorted(links))}"
            )
        if effect.register:
            names = [register.name for register in devices[effect.device].profile.points]
            if effect.register not in names:
                raise ScenarioError(f"{where}.register: no {effect.register} there; use {', '.join(names)}")
