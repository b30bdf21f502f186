"""What every answer to the page is made from: the running agent's figures, store and ledger.

Nothing here waits for a computation: what it looks at is never changed, only replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from agent.alerts import Known, known_alerts
from agent.analysis import Analysis
from agent.ledger import Desk, calendar_of
from analytics.prepared import Prepared
from config import Loaded
from domain.ledger import Entry
from domain.ports import Clock, Store
from domain.result_rows import decode
from domain.results import Alert
from domain.seals import Seal
from storage.ledger import SqliteLedger

END = 2**53


def _nothing() -> Iterable[str]:
    return ()


def _no_problem() -> Mapping[str, str]:
    return {}


def _no_seals(_: int) -> Sequence[Seal]:
    return ()


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """The parts of the running agent that the page looks at."""

    loaded: Loaded
    store: Store
    ledger: SqliteLedger
    analysis: Analysis
    clock: Clock
    reasons: Callable[[], Iterable[str]] = _nothing
    """Why readings or figures do not arrive now."""
    seals: Callable[[int], Sequence[Seal]] = _no_seals
    """The newest sealed days, oldest first."""
    problems: Callable[[], Mapping[str, str]] = _no_problem
    """Device id -> its last failure, of devices that fail now; empty where this agent does not poll."""
    edition: int = 0
    """Counts the plants that this agent has had, so that pages see a change."""
    _entries: list[Entry] = field(default_factory=list, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def entries(self) -> Sequence[Entry]:
        """Return every row of the ledger; what was read before is not read again."""
        with self._lock:
            last = self._entries[-1].number if self._entries else 0
            if self.ledger.last() > last:
                self._entries += self.ledger.entries(after=last)
            return tuple(self._entries)

    def of(self, loaded: Loaded) -> Parts:
        """Return these parts beside another plant file."""
        return replace(self, loaded=loaded, edition=self.edition + 1)

    def desk(self) -> Desk:
        """Return what a declaration is checked against, as of now."""
        entries = self.entries()
        return Desk(
            loaded=self.loaded,
            entries=entries,
            calendar=calendar_of(self.loaded.plant.time_zone, entries, self.loaded.method),
            now=self.clock.now_ms(),
        )

    def alerts(self) -> Sequence[Alert]:
        """Return the alerts of the newest figures; those kept in the store before the first."""
        results = self.analysis.results
        if results is not None:
            return results.alerts
        return [decode("alert", row.body) for row in self.store.results("alert", since=0, until=END)]

    def known_alerts(self) -> tuple[Known, ...]:
        """Return every alert with what people did about it."""
        return known_alerts(self.alerts(), self.desk())

    def prepared(self, since: int) -> Prepared | None:
        """Return the newest figures that reach back to an instant; None before the first."""
        recent, whole = self.analysis.recent, self.analysis.whole
        if recent is not None and (whole is None or since >= recent.since):
            return recent
        return whole
