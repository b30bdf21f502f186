"""What the demo says of itself, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.analysis import Live
from agent.compared import Compared
from agent.status import AgentStatus
from domain.periods import PeriodKind
from domain.results import Results


def readings_line(status: AgentStatus, rate: float) -> str:
    """Return how the readings fare."""
    good = sum(device.state == "good" for device in status.devices)
    stored = status.store.readings if status.store else 0
    waiting = status.journal.depth if status.journal else 0
    bad = sum(status.store.quarantine.values()) if status.store else 0
    note = "" if status.ready else f"  not ready: {'; '.join(status.reasons)}"
    return (
        f"{good}/{len(status.devices)} meters answer  {stored:,} readings in the store (+{rate:,.0f}/s)  "
        f"journal {waiting}  quarantine {bad}{note}"
    )


def figures_line(status: AgentStatus, live: Live | None, results: Results | None) -> str:
    """Return how the plant fares: age of the figures, open alerts, each process's year to date."""
    if live is None or results is None or status.analytics is None:
        return "  figures: being computed"
    named = [f"{count} {severity}" for severity, count in status.analytics.open_alerts.items() if count]
    parts = [
        f"  figures {max(status.at - live.at, 0) / 1000:.1f} s old",
        f"open alerts: {', '.join(named) or 'none'}",
        *_years(live, results),
    ]
    return "  ".join(parts)


def _years(live: Live, results: Results) -> Iterator[str]:
    chances = {(track.process, str(track.year)): track.probability for track in results.tracks}
    for each in live.intensities:
        if each.period.kind is PeriodKind.YEAR and each.ratio is not None:
            chance = chances.get((each.process, each.period.name))
            target = "" if chance is None else f" (target met: {_percent(chance)})"
            yield f"{each.process} {each.ratio:.2f} Nm3/{each.output_unit} this year{target}"


def _percent(chance: float) -> str:
    """Return a probability without claiming certainty."""
    if chance > 0.99:
        return "> 99 %"
    return "< 1 %" if chance < 0.01 else f"{chance:.0%}".replace("%", " %")


def comparison_lines(rows: Sequence[Compared]) -> Iterator[str]:
    """Give the table of what was planted and what was found."""
    agreed = sum(row.agrees for row in rows)
    yield f"planted in the past, and found: {agreed} of {len(rows)}"
    for row in rows:
        yield f"  {'yes' if row.agrees else 'NO ':3}  {row.what}: {row.planted}; found {row.found}"
