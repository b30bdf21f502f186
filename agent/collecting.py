"""The collector's half of a running agent: pollers, journal, forwarder and its way to the broker."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from agent.clock import is_far_ahead
from agent.rival import HEARTBEAT_S, wait_until_alone
from bus.mqtt import BrokerAddress, MqttClient, Will
from collector.change import successor, take_over
from collector.compiled import Scheduled
from collector.downtime import downtime_gaps
from collector.forwarder import Failpoint, Forwarder, Limits
from collector.health import DeviceHealth
from collector.journal import Journal
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import EnergyAgentError
from domain.plant import Device, Link, Plant
from domain.ports import Clock, ModbusUnit
from domain.reading import ALL_POINTS, Gap, Poll, Quality
from domain.wire import ack_topic, encode_meta, encode_status, meta_topic, status_topic

log = logging.getLogger(__name__)

Tap = Callable[[Poll | Gap], None]
_HOLD_S = 20.0
"""Longest wait of a change for what is under way on a link."""


class LinkInUse(EnergyAgentError):
    """A link cannot be changed now."""


class Collecting:
    """Polls every link and sees the readings to the store's acknowledgement."""

    def __init__(
        self,
        plant: Plant,
        journal: Journal,
        address: BrokerAddress,
        clock: Clock,
        *,
        limits: Limits | None = None,
        failpoint: Failpoint | None = None,
        is_broker_shared: bool = False,
    ) -> None:
        self.journal_id = journal.id
        self.taps: list[Tap] = []
        self._plant = plant
        self._journal = journal
        self._clock = clock
        self._address = address
        self._is_broker_shared = is_broker_shared
        self._instance = secrets.token_hex(6)
        self._heard_at = time.monotonic()
        """When the store last acknowledged, or nothing waited for it."""
        self._since_ms = clock.now_ms()
        """The pollers take over from the gaps here: no instant between them."""
        self.mqtt = self._client(address)
        self.forwarder = Forwarder(journal, self.mqtt, limits=limits, failpoint=failpoint)
        self.pollers = tuple(
            self._poller_of(link, [device for device in plant.devices if device.link == link.id])
            for link in plant.links
        )
        self._last = journal.last_poll()
        """Device -> the instant up to which its polls are handed on."""
        self._gone: tuple[str, ...] = ()
        """Devices that were dropped: what is retained about them is taken back."""
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def _client(self, address: BrokerAddress) -> MqttClient:
        return MqttClient(
            address,
            client_id=f"ea-collector-{self.journal_id}-{self._instance}",
            subscriptions=[ack_topic(self._plant.site, self._plant.gateway)],
            received=self._received,
            will=Will(
                topic=status_topic(self._plant.site, self._plant.gateway),
                offline=self._state("offline"),
                online=self._state("online"),
            ),
            connected=self._describe,
        )

    def _poller_of(self, link: Link, devices: Sequence[Device]) -> LinkPoller:
        worded = self._plant.worded
        return LinkPoller(
            link, devices, unit=ModbusLink(link), clock=self._clock, sink=self._take, worded=worded
        )

    @property
    def devices(self) -> tuple[DeviceHealth, ...]:
        """Return the state of every device."""
        return tuple(health for poller in self.pollers for health in poller.health)

    def unheard_s(self) -> float:
        """Return for how long messages wait and the store acknowledges none, real seconds."""
        if not self.forwarder.depth:
            self._heard_at = time.monotonic()
        return time.monotonic() - self._heard_at

    def poller_of(self, device_id: str) -> LinkPoller:
        """Return the poller of a device; KeyError for an unknown one."""
        link_id = self._plant.device(device_id).link
        return next(poller for poller in self.pollers if poller.link_id == link_id)

    def start(self) -> None:
        """Note what was missed while we were down and open the way to the disk."""
        self._since_ms = self._clock.now_ms()
        gaps = downtime_gaps(self._plant.devices, self._journal.last_poll(), self._since_ms)
        for gap in gaps:
            self.forwarder.put(gap)
        self.forwarder.start()

    async def run(self) -> None:
        """Poll and publish until cancelled; BusError when another agent speaks under our name."""
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self._speak(), name="speak")
            for poller in self.pollers:
                self._poll(poller)

    def _poll(self, poller: LinkPoller) -> None:
        assert self._group is not None
        work = poller.run(since_ms=self._since_ms)
        self._tasks[poller.link_id] = self._group.create_task(work, name=f"link {poller.link_id}")

    @asynccontextmanager
    async def changing(self, plant: Plant) -> AsyncIterator[Callable[[], None]]:
        """Prepare to poll another plant; give what begins it, in one step of the loop.

        Links that are dropped or changed are held until the end, so that no read is cut off. LinkInUse
        when one of them is in other hands; nothing has changed then, nor without the call.
        """
        before = {entry.device.id: entry for poller in self.pollers for entry in poller.scheduled}
        entries = {
            device.id: successor(before.get(device.id), device, plant.worded) for device in plant.devices
        }
        pollers = {poller.link_id: poller for poller in self.pollers}
        async with AsyncExitStack() as stack:
            for link in self._plant.links:
                if link not in plant.links:
                    await _hold(pollers[link.id], stack)
            left: list[ModbusUnit] = []
            yield partial(self._change, plant, before, entries, left)
            for unit in left:
                await unit.close()

    def _change(
        self,
        plant: Plant,
        before: Mapping[str, Scheduled],
        entries: Mapping[str, Scheduled],
        left: list[ModbusUnit],
    ) -> None:
        known, self._plant = self._plant, plant
        for device in plant.devices:
            self._begin(before.get(device.id), entries[device.id])
        pollers = {poller.link_id: poller for poller in self.pollers}
        for link in plant.links:
            own = [entries[device.id] for device in plant.devices if device.link == link.id]
            poller = pollers.get(link.id)
            if poller is None:
                poller = pollers[link.id] = self._poller_of(link, ())
                self._poll(poller)
            elif link not in known.links:
                left.append(poller.relink(link, ModbusLink(link)))
            poller.change(own)
        for name in pollers.keys() - {link.id for link in plant.links}:
            pollers.pop(name).change(())
            self._tasks.pop(name).cancel()
        self.pollers = tuple(pollers[link.id] for link in plant.links)
        self._tell_of_change(known, plant)

    def _begin(self, old: Scheduled | None, new: Scheduled) -> None:
        """Let a device go on or begin; what it missed while it was not in the plant file becomes a gap."""
        if new is old:
            return
        now_ms, device = self._clock.now_ms(), new.device
        if old is None:
            for gap in downtime_gaps([device], self._last, now_ms):
                self._take(gap)
        take_over(new, old, last_at=self._last.get(device.id, 0))
        is_due = old is not None and old.due <= self._clock.monotonic() and not old.is_in_hand
        if is_due and not new.due:  # it gets another interval, and this poll is never made
            new.last_at = max(now_ms, new.last_at + 1)
            quality = {ALL_POINTS: Quality.OVERRUN}
            self._take(Poll(device=device.id, at=new.last_at, values={}, quality=quality))

    def _tell_of_change(self, known: Plant, plant: Plant) -> None:
        """Publish what is new about devices, and take back what is retained about those that are gone."""
        living = {device.id for device in plant.devices}
        gone = {device.id for device in known.devices} - living
        self._gone = tuple(sorted({*self._gone, *gone} - living))
        for device in plant.devices:
            if device not in known.devices:
                self._tell(device)
        for name in sorted(gone):
            self._tell_nothing(name)

    async def _speak(self) -> None:
        """Connect as soon as nobody else speaks under our name, then show signs of life."""
        site, gateway = self._plant.site, self._plant.gateway
        if self._is_broker_shared:
            await wait_until_alone(
                self._address, site=site, gateway=gateway, instance=self._instance, tell=self._no_broker
            )
        self.mqtt.start()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self.mqtt.publish(status_topic(site, gateway), self._state("online"), retain=True)

    def _no_broker(self, reason: str) -> None:
        self.mqtt.error = reason

    def _state(self, state: str) -> bytes:
        return encode_status(state, at=self._clock.now_ms(), journal=self.journal_id, instance=self._instance)

    async def stop(self, drain_s: float) -> None:
        """Give the store `drain_s` to acknowledge what is under way; the rest stays journalled."""
        deadline = time.monotonic() + drain_s
        # The depth is counted by a thread: there is no event to wait for.
        while self.forwarder.depth and self.mqtt.is_connected and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        if await asyncio.to_thread(self.forwarder.stop, 2.0):
            self._journal.close()
        await asyncio.to_thread(self.mqtt.stop)

    def _take(self, item: Poll | Gap) -> None:
        at = item.at if isinstance(item, Poll) else item.until
        self._last[item.device] = max(self._last.get(item.device, 0), at)
        self.forwarder.put(item)
        for tap in self.taps:
            tap(item)

    def _received(self, topic: str, payload: bytes, *_: bool) -> None:
        if topic.endswith("/ack"):
            self._heard_at = time.monotonic()
            self.forwarder.take_ack(topic, payload)

    def _describe(self) -> None:
        for device in self._plant.devices:
            self._tell(device)
        for name in self._gone:
            self._tell_nothing(name)

    def _tell(self, device: Device) -> None:
        topic = meta_topic(self._plant.site, self._plant.gateway, device.id)
        self.mqtt.publish(topic, encode_meta(device), retain=True)

    def _tell_nothing(self, device: str) -> None:
        self.mqtt.publish(meta_topic(self._plant.site, self._plant.gateway, device), b"", retain=True)


async def _hold(poller: LinkPoller, stack: AsyncExitStack) -> None:
    """Wait until nobody reads over the link, and keep it."""
    try:
        async with asyncio.timeout(_HOLD_S):
            await stack.enter_async_context(poller.borrowed())
    except TimeoutError as error:
        raise LinkInUse(
            poller.link_id, "is in other hands: a read or a scan", "reload again when it has ended"
        ) from error


def open_journal(plant: Plant, state_dir: Path) -> Journal:
    """Open the plant's journal in the state folder; JournalInUse when another agent holds it."""
    return Journal.open(state_dir / "journal.sqlite", site=plant.site, gateway=plant.gateway)


def last_instant(journal: Journal, now_ms: int) -> int:
    """Return the instant up to which the journal goes; what a wrong clock wrote far ahead is set back."""
    for device, at in journal.last_poll().items():
        if is_far_ahead(at, now_ms):
            log.warning("journal is ahead of the clock, following the clock device=%s at=%d", device, at)
            journal.restart_at(device, now_ms)
    return max(journal.last_poll().values(), default=0)
