"""The collector's half of a running agent: pollers, journal, forwarder and its way to the broker."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from agent.clock import is_far_ahead
from agent.rival import HEARTBEAT_S, wait_until_alone
from bus.mqtt import BrokerAddress, MqttClient, Will
from collector.downtime import downtime_gaps
from collector.forwarder import Failpoint, Forwarder, Limits
from collector.health import DeviceHealth
from collector.journal import Journal
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.plant import Plant
from domain.ports import Clock
from domain.reading import Gap, Poll
from domain.wire import ack_topic, encode_meta, encode_status, meta_topic, status_topic

log = logging.getLogger(__name__)

Tap = Callable[[Poll | Gap], None]


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
        self.mqtt = MqttClient(
            address,
            client_id=f"ea-collector-{journal.id}-{self._instance}",
            subscriptions=[ack_topic(plant.site, plant.gateway)],
            received=self._received,
            will=Will(
                topic=status_topic(plant.site, plant.gateway),
                offline=self._state("offline"),
                online=self._state("online"),
            ),
            connected=self._describe,
        )
        self.forwarder = Forwarder(journal, self.mqtt, limits=limits, failpoint=failpoint)
        self.pollers = tuple(self._poller(link.id) for link in plant.links)

    def _poller(self, link_id: str) -> LinkPoller:
        link = self._plant.link(link_id)
        devices = [device for device in self._plant.devices if device.link == link_id]
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
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak(), name="speak")
            for poller in self.pollers:
                group.create_task(poller.run(since_ms=self._since_ms), name=f"link {poller.link_id}")

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
        self.forwarder.put(item)
        for tap in self.taps:
            tap(item)

    def _received(self, topic: str, payload: bytes, *_: bool) -> None:
        if topic.endswith("/ack"):
            self._heard_at = time.monotonic()
            self.forwarder.take_ack(topic, payload)

    def _describe(self) -> None:
        for device in self._plant.devices:
            topic = meta_topic(self._plant.site, self._plant.gateway, device.id)
            self.mqtt.publish(topic, encode_meta(device), retain=True)


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
