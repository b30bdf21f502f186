"""What people of the demo's plant declared for carbon in its past: entered, closed, restated, each once."""

from __future__ import annotations

from collections.abc import Sequence

from agent.closing import closing, restating
from agent.compared_carbon import CarbonPast
from agent.history import WHO, WHY
from agent.inventories import beside_of
from agent.ledger import Desk, calendar_of
from analytics.inventory import fresh_inventory, inventories
from analytics.prepared import Prepared
from config import Loaded
from domain.carbon_entries import Closed, Restated
from domain.inventory import Inventory
from domain.ledger import Body
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.ports import Ledger
from simulators.carbon_entries import RESTATED, PlantedEntry, carbon_entries
from simulators.carbon_months import true_months
from simulators.plant import PlantSimulator

CLOSED_AFTER_MS = 45 * DAY_MS
"""A month is closed so long after its end."""
_APPROVER = "demo approver"


def carbon_past(
    plant: Plant, simulator: PlantSimulator, calendar: PlantCalendar, *, since: int, until: int, seed: int
) -> CarbonPast:
    """Return what the simulated plant really emitted in its whole months, and what was declared of it."""
    months = true_months(plant, simulator, calendar, since=since, until=until)
    return CarbonPast(months=months, entries=carbon_entries(months, seed=seed))


def declare_past(past: Sequence[PlantedEntry], ledger: Ledger, *, at: int, late: bool) -> int:
    """Enter what came in time, or what came late, each once; return how many are new."""
    known = {repr(entry.body) for entry in ledger.entries() if entry.who == WHO}
    fresh = [each.body for each in past if each.is_late is late and repr(each.body) not in known]
    if fresh:
        ledger.add(fresh, who=WHO, why=WHY, at=at)
    return len(fresh)


class PastCloser:
    """Closes the periods of a past that are over for long enough."""

    def __init__(self, loaded: Loaded, ledger: Ledger, *, at: int) -> None:
        self._loaded = loaded
        self._ledger = ledger
        self._at = at

    def close(self, prepared: Prepared, kind: PeriodKind, *, known: int) -> int:
        """Close every period of a kind that may be, despite what is missing; return how many."""
        beside = beside_of(prepared)
        found, _ = inventories(
            prepared, now=self._at, balances=beside.balances, pv=beside.pv, heat=beside.heat
        )
        months = [each.period.name for each in found if each.period.kind is PeriodKind.MONTH]
        desk = self._desk()
        bodies = [
            closing(desk, each, approver=_APPROVER, known=known, months=months, despite_gaps=True)
            for each in found
            if each.period.kind is kind and self._may_close(each, months)
        ]
        return self._add(bodies)

    def restate(self, prepared: Prepared, *, known: int) -> int:
        """Restate the month whose late invoice was taken in; 0 where it is done, or not closed."""
        entries = self._ledger.entries()
        states = [each.body for each in entries if isinstance(each.body, Closed | Restated)]
        own = [each for each in states if each.period == RESTATED]
        if len(own) != 1:
            return 0
        beside = beside_of(prepared)
        found = fresh_inventory(
            prepared, RESTATED, now=self._at, balances=beside.balances, pv=beside.pv, heat=beside.heat
        )
        body = restating(self._desk(), found, approver=_APPROVER, known=known, despite_gaps=True)
        return self._add([body])

    def _may_close(self, each: Inventory, months: Sequence[str]) -> bool:
        if each.state != "open" or not each.is_over or each.period.until > self._at - CLOSED_AFTER_MS:
            return False
        own = [name for name in months if name.startswith(each.period.name)]
        return each.period.kind is PeriodKind.MONTH or set(own) <= set(each.closed_months)

    def _desk(self) -> Desk:
        entries, loaded = self._ledger.entries(), self._loaded
        calendar = calendar_of(loaded.plant.time_zone, entries, loaded.method)
        return Desk(loaded=loaded, entries=entries, calendar=calendar, now=self._at)

    def _add(self, bodies: Sequence[Body]) -> int:
        if bodies:
            self._ledger.add(bodies, who=WHO, why=WHY, at=self._at)
        return len(bodies)
