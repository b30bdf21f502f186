"""A process of its own that replaces windows and results until it is killed."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count as counting
from pathlib import Path

import numpy as np

from domain.ports import ResultRow
from domain.windows import Windows
from storage import duckdb_results
from storage.duckdb import DuckStore
from storage.schema import Connection
from storage.window_rows import Rows
from tests.storage.doubles import DEVICES

POINTS = ("boiler.gas", "boiler.pressure")
MANY = 1000


def windows_of(point: str, round_: int) -> Windows:
    """Return windows that all carry the number of their round."""
    since = np.arange(MANY, dtype=np.int64) * 3_600_000
    return Windows(
        point=point,
        since=since,
        until=since + 3_600_000,
        amount=np.full(MANY, float(round_)),
        grade=np.zeros(MANY, np.uint8),
        coverage=np.ones(MANY),
        flags=np.zeros(MANY, np.uint16),
        minimum=np.full(MANY, np.nan),
        maximum=np.full(MANY, np.nan),
    )


def results_of(round_: int) -> list[ResultRow]:
    """Return results that all carry the number of their round."""
    body = b'{"ratio":%d.0}' % round_
    return [
        ResultRow(kind="intensity", subject="oven", period="day", since=at, until=at + 1, body=body)
        for at in range(100)
    ]


def main(path: Path, appends: int) -> None:
    """Say each round when it is on disk; die like a killed process before the append of that number."""
    append, done = duckdb_results._append, counting(1)

    def die_in_time(con: Connection, table: str, rows: Rows) -> None:
        if next(done) == appends:
            os.kill(os.getpid(), signal.SIGKILL)
        append(con, table, rows)

    duckdb_results._append = die_in_time
    store = DuckStore(path, DEVICES)
    for round_ in range(1, 10):
        store.put_windows([windows_of(point, round_) for point in POINTS], at=round_)
        store.replace_results("intensity", results_of(round_), since=0, until=100)
        print(round_, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
