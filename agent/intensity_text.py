"""Intensities of periods as a table, with what its marks mean below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.table import Table
from rich.text import Text

from agent.figure_text import number, percent
from domain.results import Estimate, Evidence, Intensity

PROVISIONAL, UNPROVEN = "p", "?"
_COLUMNS = (
    "period",
    "output",
    "gas",
    "ratio",
    "expected",
    "norm.",
    "index",
    "saving",
    "idle",
    "start-up",
    "grade",
    "coverage",
    "",
)
CODES = {
    "baseline.none": "no baseline is approved: nothing is expected, no saving is known",
    "baseline.not_comparable": "the approved baseline says nothing of it: another model or unknown variables",
    "baseline.partial": "the baseline says nothing of some hours: index and expected gas are of the others",
    "intensity.partial": "gas of some hours has no known output: the ratio is of the others",
    "intensity.no_output": "no output: there is no ratio",
    "data.gap": "readings were missing for a while; the counter's total is exact",
    "data.bad": "readings without a value were bridged",
    "data.wrap": "a counter started again from 0 and was counted through",
    "data.reset": "a counter was reset and nobody declared why: its consumption is held back",
    "data.exchange": "a declared exchange was counted through",
    "data.conflict": "two different values for one instant",
    "data.stuck": "a signal stood still that always moves",
    "data.spike": "a reading was left out as impossible",
    "data.doubtful": "the clock was doubtful",
    "data.open": "it is not over, or readings do not reach its end yet",
    "data.integrated": "made of power or flow: what passed in gaps is missing",
    "data.wraps_unknown": "nobody knows how often a counter started again in a gap: held back",
    "data.no_conditions": "gas at actual conditions without temperature or pressure: not counted",
}
"""Code of an evidence -> what it says, in a few words."""


@dataclass(slots=True)
class Notes:
    """Codes that occur in a table, numbered in the order of their first row."""

    numbers: dict[str, int] = field(default_factory=dict)
    is_provisional: bool = False
    is_unproven: bool = False

    def mark(self, figure: Intensity) -> str:
        """Return the marks of a row."""
        codes = figure.evidence.codes
        marks = [str(n) for n in sorted(self.numbers.setdefault(c, len(self.numbers) + 1) for c in codes)]
        if figure.evidence.is_provisional:
            self.is_provisional = True
            marks.insert(0, PROVISIONAL)
        return ",".join(marks)

    def saving(self, estimate: Estimate | None) -> str:
        """Return a saving with half its interval, marked while it includes 0."""
        if estimate is None:
            return "-"
        half = (estimate.high - estimate.low) / 2.0
        text = f"{number(estimate.value)} ± {number(half)}"
        if estimate.excludes_zero:
            return text
        self.is_unproven = True
        return f"{text} {UNPROVEN}"

    def lines(self, confidence: float) -> Iterator[str]:
        """Give what the marks mean."""
        if self.is_unproven:
            yield f"{UNPROVEN} not yet proven: the {confidence:.0%} interval of the saving includes 0"
        if self.is_provisional:
            yield f"{PROVISIONAL} provisional: not over, not complete, or observed for less than 90 %"
        for code, place in self.numbers.items():
            yield f"{place} {code}: {CODES.get(code, 'see `energy-agent baseline show`')}"


def table(process: str, figures: Sequence[Intensity], notes: Notes) -> Table:
    """Return the intensities of one process as a table; `notes` learns which marks it has."""
    unit = figures[0].output_unit
    found = Table(
        box=box.SIMPLE_HEAD,
        title=f"{process}: gas in Nm3 (0 C, 101.325 kPa), output in {unit}, ratio in Nm3/{unit}",
        title_justify="left",
        pad_edge=False,
    )
    for column in _COLUMNS:
        found.add_column(column, justify="left" if column in ("period", "grade", "") else "right")
    for each in figures:
        found.add_row(*(Text(cell) for cell in _cells(each, notes)))
    return found


def _cells(each: Intensity, notes: Notes) -> tuple[str, ...]:
    return (
        each.period.name,
        number(each.output, 1),
        number(each.gas_nm3),
        number(each.ratio, 3),
        number(each.expected_nm3),
        number(each.normalised, 3),
        number(each.index, 4),
        notes.saving(each.saving_nm3),
        number(each.idle_nm3),
        number(each.startup_nm3),
        _grade(each.evidence),
        percent(each.evidence.coverage),
        notes.mark(each),
    )


def _grade(evidence: Evidence) -> str:
    """Return the grade that most of the gas has, with its share when it is not all."""
    if not evidence.shares:
        return "-"
    grade, share = max(evidence.shares.items(), key=lambda item: (item[1], item[0]))
    return grade if share >= 0.9995 else f"{grade} {share:.1%}"
