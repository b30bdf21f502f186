"""The ledger as commands use it, beside a running agent or without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.clock import PlantClock
from analytics.declared import declare
from config.loaded import Loaded
from domain.errors import StoreError
from domain.ledger import Body, CalendarChange, Entry, Voided
from domain.method import Method
from domain.periods import PlantCalendar
from storage.ledger import FILE_NAME, SqliteLedger


def ledger_path(state_dir: Path) -> Path:
    """Return where the ledger of a state folder is."""
    return state_dir / FILE_NAME


def standing(entries: Sequence[Entry]) -> dict[int, Entry]:
    """Return what counts, by number: neither voided nor a voiding."""
    voided = {entry.body.entry for entry in entries if isinstance(entry.body, Voided)}
    return {
        entry.number: entry
        for entry in entries
        if entry.number not in voided and not isinstance(entry.body, Voided)
    }


def calendar_of(zone: str, entries: Iterable[Entry], method: Method) -> PlantCalendar:
    """Return the plant's calendar: that of the plant file and what the ledger says from a day on."""
    about = [entry for entry in entries if isinstance(entry.body, CalendarChange | Voided)]
    return PlantCalendar(ZoneInfo(zone), declare(about, method).calendars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What somebody who declares something is checked against, as of one moment."""

    loaded: Loaded
    entries: Sequence[Entry]
    calendar: PlantCalendar
    now: int

    @classmethod
    def open(cls, loaded: Loaded) -> Desk:
        """Look into the ledger; where there is none yet, none is made."""
        path = ledger_path(loaded.agent.state_dir)
        entries: Sequence[Entry] = ()
        try:
            if path.exists():
                with closing(SqliteLedger(path)) as ledger:
                    entries = ledger.entries()
        except OSError as error:
            raise _unusable(path, error) from error
        return cls(
            loaded=loaded,
            entries=entries,
            calendar=calendar_of(loaded.plant.time_zone, entries, loaded.method),
            now=PlantClock().now_ms(),
        )

    def record(self, bodies: Sequence[Body], *, who: str, why: str) -> Sequence[Entry]:
        """Add entries that were checked against this desk; LedgerMoved when it is no longer the newest."""
        path = ledger_path(self.loaded.agent.state_dir)
        seen = len(self.entries)
        with closing(SqliteLedger(path)) as ledger:
            return ledger.add(bodies, who=who, why=why, at=PlantClock().now_ms(), seen=seen)

    def local(self, at: int) -> str:
        """Return an instant as plant time for people."""
        return self.calendar.local(at).strftime("%Y-%m-%d %H:%M")


def _unusable(path: Path, error: OSError) -> StoreError:
    hint = "run as the owner of the state folder"
    return StoreError(str(path), f"cannot be read: {error.strerror}", hint)
