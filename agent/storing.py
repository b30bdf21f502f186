"""The store's half of a running agent: its way to the broker, the ingest, the store, quarantine."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.dirty import DirtyHours, NotingStore
from agent.status import StoreStatus
from bus.mqtt import BrokerAddress, MqttClient
from config import Loaded
from config.loaded import Store as StoreSettings
from domain.errors import StoreError
from domain.plant import Plant
from domain.ports import Clock, Store
from domain.reading import point_id
from domain.wire import ack_topic, encode_ack
from storage.duckdb import DuckStore
from storage.ingest import Ingest
from storage.quarantine import SqliteQuarantine
from storage.seals import FILE_NAME, sealed_until
from storage.source import Source, changed_source, devices_of, source_of, stored_of

log = logging.getLogger(__name__)

_STOP_S = 3.0
_FORMER_MS = 10 * 60_000
"""Readings of a dropped device are taken up to so long after it: its collector may be told later."""
_STUCK_S = 30.0
"""A store that neither answers nor fails for so long is a reason not to be ready."""


class Storing:
    """Takes what the broker delivers, commits it and acknowledges it."""

    def __init__(
        self,
        loaded: Loaded,
        address: BrokerAddress,
        clock: Clock,
        *,
        dirty: DirtyHours | None = None,
        failpoint: Callable[[str], None] | None = None,
    ) -> None:
        """`dirty` is told of every batch before it is committed."""
        self._loaded = loaded
        self._clock = clock
        plant = loaded.plant
        self._source = source_of(plant)
        self._store = open_store(loaded)
        try:
            self._quarantine = SqliteQuarantine(loaded.agent.state_dir / "quarantine.sqlite")
        except StoreError:
            self._store.close()
            raise
        self._mqtt = MqttClient(
            address,
            client_id=f"ea-store-{secrets.token_hex(6)}",
            subscriptions=[f"energy/{plant.site}/{plant.gateway}/+/{kind}" for kind in ("readings", "gaps")],
            received=self._received,
        )
        self._ingest = Ingest(
            self._store if dirty is None else NotingStore(self._store, dirty),
            self._quarantine,
            [self._source],
            clock,
            self._acknowledge,
            failpoint=failpoint,
        )

    def start(self) -> None:
        """Begin to take messages."""
        self._ingest.start()
        self._mqtt.start()

    async def stop(self) -> None:
        """Commit and acknowledge what was taken, then close."""
        ended = await asyncio.to_thread(self._ingest.stop, _STOP_S)
        await asyncio.to_thread(self._mqtt.stop)
        if ended:
            self._store.close()
            self._quarantine.close()

    def prepare(self, loaded: Loaded) -> Source:
        """Make room for the points of another plant and return what is taken once they are there; may wait.

        StoreError when the store cannot: nothing has changed then.
        """
        source = changed_source(self._source, loaded.plant, until=self._clock.now_ms() + _FORMER_MS)
        self._store.know(stored_of(source))
        return source

    def change(self, loaded: Loaded, source: Source) -> None:
        """Take the readings of another plant from now on; what was polled before is still taken."""
        self._loaded, self._source = loaded, source
        self._ingest.know([source])

    @property
    def store(self) -> Store:
        """Return the open store."""
        return self._store

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> bool:
        """Hand a message to the broker client; False when it cannot take it now."""
        return self._mqtt.publish(topic, payload, retain=retain)

    @property
    def is_alive(self) -> bool:
        """Say whether the worker runs."""
        return self._ingest.health().is_alive

    def reasons(self) -> Iterator[str]:
        """Give each reason why readings are not stored now."""
        health = self._ingest.health()
        if not self._mqtt.is_connected:
            yield f"store has no broker: {self._mqtt.error}"
        if health.error:
            yield f"store: {health.error}"
        if health.quarantine_full:
            yield "the quarantine is full: what it cannot take waits in the journal"
        if not health.is_alive:
            yield "the ingest has ended"
        elif health.round_age_s > _STUCK_S:
            yield "the store does not answer"

    def status(self) -> StoreStatus:
        """Return the counts."""
        health = self._ingest.health()
        return StoreStatus(
            kind=self._loaded.store.kind,
            readings=health.readings,
            messages=health.messages,
            duplicates=health.duplicates,
            deferred=health.deferred,
            errors=health.store_errors + health.crashes,
            queue=health.queue_depth + health.in_hand,
            quarantine=dict(self._quarantine.count()),
        )

    def export(self, points: Sequence[str], *, since: int, until: int, path: Path, form: str) -> int:
        """Write readings to a file and return how many; from any thread."""
        request = {"points": points, "since": since, "until": until, "format": form}
        return export_from(self._store, self._loaded.plant, request, path)

    def _received(self, topic: str, payload: bytes, *flags: bool) -> None:
        self._ingest.offer(topic, payload, retain=any(flags), received_ms=self._clock.now_ms())

    def _acknowledge(self, site: str, gateway: str, journal: str, ranges: Sequence[tuple[int, int]]) -> bool:
        return self._mqtt.publish(ack_topic(site, gateway), encode_ack(journal, ranges))


def open_store(loaded: Loaded) -> Store:
    """Return the store of the settings, opened."""
    settings, plant = loaded.store, loaded.plant
    if settings.kind == "duckdb":
        devices = devices_of([source_of(plant)])
        store = DuckStore(settings.path, devices, memory_limit=settings.memory_limit)
        store.receipts.close_until(_sealed_until(loaded.agent.state_dir / FILE_NAME))
        return store
    return _open_influx(settings, plant)


def _sealed_until(path: Path) -> int:
    """Return the end of what is sealed; 0 where nobody knows it: readings go on being stored."""
    try:
        return sealed_until(path)
    except StoreError as error:
        log.error("seals unreadable: %s", error)
        return 0


def _open_influx(settings: StoreSettings, plant: Plant) -> Store:
    from storage.influx import InfluxStore

    token = settings.token.get_secret_value() if settings.token else ""
    return InfluxStore(
        settings.url, token=token, org=settings.org, bucket=settings.bucket, sources=[source_of(plant)]
    )


def export_from(store: Store, plant: Plant, request: Mapping[str, Any], path: Path) -> int:
    """Write the readings that a request asks for; StoreError when the store cannot."""
    units = {point.id: point.unit for point in plant.points}
    registers = [(d.id, register) for d in plant.devices for register in d.profile.points]
    digits = {point_id(device, register.name): 4 * register.type.width for device, register in registers}
    return store.export(
        request["points"],
        since=request["since"],
        until=request["until"],
        path=path,
        form=request["format"],
        units=units,
        digits=digits,
    )
