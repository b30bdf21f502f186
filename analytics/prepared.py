"""What every figure starts from: windows on one grid, gas in Nm3, processes by the hour, model rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from analytics.declared import Declared
from analytics.gas import Monthly, gas_findings, gas_windows, monthly_ncv, quality_findings
from analytics.hours import ProcessHours, process_hours
from analytics.meters import amounts
from analytics.rows import ModelRows, model_rows
from analytics.strangers import doubled, strangers
from domain.findings import Finding
from domain.method import Method
from domain.periods import PlantCalendar
from domain.plant import Carrier, Plant
from domain.series import Instants
from domain.windows import Windows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A span of a plant's windows, ready for every analysis."""

    plant: Plant
    method: Method
    declared: Declared
    calendar: PlantCalendar
    edges: Instants
    windows: Mapping[str, Windows]
    """Point id -> windows; gas in Nm3, everything else as read."""
    as_read: Mapping[str, Windows]
    """Point id -> windows before conversion: a gas meter with its own flags, without those of its gauges."""
    monthly: Monthly
    hours: Mapping[str, ProcessHours]
    """Process id -> its windows."""
    rows: Mapping[str, ModelRows]
    findings: tuple[Finding, ...]

    @property
    def since(self) -> int:
        """Return the begin of the first window."""
        return int(self.edges[0])

    @property
    def until(self) -> int:
        """Return the end of the last window; it may lie ahead of the newest reading."""
        return int(self.edges[-1])


def calendar_of(plant: Plant, declared: Declared) -> PlantCalendar:
    """Return the plant's calendar with what the ledger changed of it."""
    return PlantCalendar(ZoneInfo(plant.time_zone), declared.calendars)


def prepare(
    plant: Plant,
    method: Method,
    declared: Declared,
    windows: Mapping[str, Windows],
    *,
    since: int,
    until: int,
) -> Prepared:
    """Return [since, until) prepared; `windows` are by point id, as `agent.hourly` makes them."""
    calendar = calendar_of(plant, declared)
    edges = calendar.edges(since, until)
    found = dict(windows)
    findings = [*quality_findings(declared.gas_quality), *strangers(plant, declared), *doubled(plant)]
    for point in amounts(plant, Carrier.GAS):
        if point.id in windows:
            conditions = {
                "temperature": windows.get(point.temperature_point or ""),
                "pressure": windows.get(point.pressure_point or ""),
            }
            findings += gas_findings(point, windows[point.id], **conditions)
            found[point.id] = gas_windows(point, windows[point.id], **conditions)
    hours: dict[str, ProcessHours] = {}
    rows: dict[str, ModelRows] = {}
    for process in plant.processes:
        hours[process.id], doubts = process_hours(
            process, plant, method=method, windows=found, declared=declared, edges=edges
        )
        findings += doubts
        rows[process.id] = model_rows(hours[process.id], calendar, method.process(process.id))
    return Prepared(
        plant=plant,
        method=method,
        declared=declared,
        calendar=calendar,
        edges=edges,
        windows=found,
        as_read=dict(windows),
        monthly=monthly_ncv(declared.gas_quality),
        hours=hours,
        rows=rows,
        findings=tuple(findings),
    )


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings each once, by code, key and instant."""
    first = -(2**63)
    ordered = sorted(
        (replace(each, facts=dict(sorted(each.facts.items()))) for each in findings),
        key=lambda each: (each.code, each.key, each.since if each.since is not None else first, each.problem),
    )
    return tuple(dict.fromkeys(ordered))
