"""A plant in a folder with three days of readings, as the command `verify` and a running agent see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import numpy as np

from agent.sealing import Sealing
from agent.storing import open_store
from config import load
from domain.ledger import Production
from domain.periods import DAY_MS
from domain.series import Series
from storage.ledger import SqliteLedger
from tests.agent.figured import GAS, MASS, PLANT
from tests.agent.inside import said
from tests.storage.doubles import StandingClock

FIRST = 20_500 * DAY_MS
"""2026-02-16 00:00 UTC."""
NOW = FIRST + 3 * DAY_MS + 3_600_000
STATE = "state"


class Works:
    """A plant of two points in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE

    def run(self, *args: str | Path) -> tuple[int, str, str]:
        """Run `verify`; return exit code, what it said and what it complained of, on one line."""
        done = said("verify", *args, "-c", self.folder / "plant.toml")
        return done.returncode, done.stdout, " ".join(done.stderr.split())

    @contextmanager
    def sealing(self, clock: StandingClock | None = None) -> Iterator[Sealing]:
        """Give the part of a running agent that seals."""
        store = open_store(load(self.folder / "plant.toml", {}))
        with closing(store), closing(Sealing(self.state, store, clock or StandingClock(NOW))) as part:
            yield part

    def seal(self) -> str:
        """Seal what is over and return the newest root."""
        with self.sealing() as part:
            part.run()
            return part.seals()[-1].root

    def run_whole(self) -> bool:
        """Say whether everything is as it was sealed."""
        with self.sealing() as part:
            found = part.verify(since="", until="9999")
        return not (found.broken or found.unsealed_days)

    def tamper(self, sql: str) -> None:
        """Change the store by another program."""
        with closing(duckdb.connect(str(self.state / "readings.duckdb"))) as con:
            con.execute(sql)


def filled(folder: Path) -> Works:
    """Return three days of readings and an entry on the second of them."""
    folder.mkdir()
    (folder / "plant.toml").write_text(PLANT, encoding="utf-8")
    (folder / STATE).mkdir(mode=0o700)
    works = Works(folder)
    at = np.arange(FIRST, FIRST + 3 * DAY_MS, 3_600_000, dtype=np.int64)
    good = np.zeros(len(at), np.uint8)
    with closing(open_store(load(folder / "plant.toml", {}))) as store:
        store.fill("past", [Series(point=name, at=at, value=at / 1e9, quality=good) for name in (GAS, MASS)])
    with closing(SqliteLedger(works.state / "ledger.sqlite")) as ledger:
        body = Production(process="coil", since=0, until=1000, quantity=9.5, unit="t")
        ledger.add([body], who="Li", why="w", at=FIRST + DAY_MS)
    return works
