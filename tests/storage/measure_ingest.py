"""CPU of the store's side, from MQTT payload to committed row: `python -m tests.storage.measure_ingest`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from domain.reading import Poll
from domain.wire import encode_item, readings_topic
from storage.duckdb import DuckStore
from storage.ingest import Ingest, IngestLimits
from storage.quarantine import SqliteQuarantine
from storage.source import Source
from tests.storage.doubles import NOW, Acks, StandingClock

DEVICES = {f"m{device:02d}": tuple(f"p{point:02d}" for point in range(20)) for device in range(50)}


def messages(rounds: int) -> list[tuple[str, bytes]]:
    """Return one poll of each device a second."""
    made = []
    for number in range(rounds * len(DEVICES)):
        second, place = divmod(number, len(DEVICES))
        device = f"m{place:02d}"
        values = {name: round(1234.5 + i * 0.37 + second * 1.7, 3) for i, name in enumerate(DEVICES[device])}
        poll = Poll(device=device, at=NOW + second * 1000, values=values)
        made.append((readings_topic("s", "g", device), encode_item(poll, "j1", number + 1)))
    return made


def main(rounds: int, batch_messages: int) -> None:
    """Ingest so many rounds of 1000 readings and print what it cost."""
    offered = messages(rounds)
    with tempfile.TemporaryDirectory() as folder:
        store = DuckStore(Path(folder) / "store.duckdb", DEVICES)
        ingest = Ingest(
            store,
            SqliteQuarantine(Path(folder) / "quarantine.sqlite"),
            [Source(site="s", gateway="g", devices=DEVICES)],
            StandingClock(NOW + rounds * 1000),
            Acks(),
            limits=IngestLimits(batch_messages=batch_messages, queue_messages=len(offered)),
        )
        cpu, start = time.process_time(), time.monotonic()
        for topic, payload in offered:
            ingest.offer(topic, payload, retain=False, received_ms=NOW)
        ingest.start()
        ingest.stop(600)
        cpu, wall = time.process_time() - cpu, time.monotonic() - start
        rows, health = store.count(), ingest.health()
        store.close()
    cost = f"cpu_s_per_million={cpu / rows * 1e6:.2f} per_s={rows / wall:.0f}"
    print(f"readings={rows} commits={health.commits} {cost}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or ("1000", "50")))
