"""Results in the store: only what has changed is written, what is no longer said is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from domain.periods import PeriodKind
from domain.ports import ResultRow, ResultStore
from domain.result_rows import WHOLE_KINDS, rows_of
from domain.results import Intensity, Results

_FIRST, _END = 0, 2**53


class KeptResults:
    """Writes results to a store; the caller's thread does it."""

    def __init__(self, store: ResultStore) -> None:
        self._store = store

    def keep(self, results: Results, *, hours_since: int) -> None:
        """Make the store say what the results say; hours only from the one on that `hours_since` lies in."""
        for kind, rows in rows_of(results).items():
            if kind in WHOLE_KINDS:
                kept = self._store.results(kind, since=_FIRST, until=_END)
                if list(kept) != rows:
                    self._store.replace_results(kind, rows, since=_FIRST, until=_END)
                continue
            for period in PeriodKind:
                chosen = [row for row in rows if row.period == period]
                since = min([hours_since, *(row.since for row in chosen)])
                self._update(kind, period, chosen, since if period is PeriodKind.HOUR else _FIRST)

    def keep_hours(self, intensities: Sequence[Intensity], *, since: int, until: int) -> None:
        """Make the store say of the hours that begin in [since, until) what these say, and nothing else."""
        rows = rows_of(_only(intensities))["intensity"]
        chosen = [row for row in rows if since <= row.since < until]
        self._update("intensity", PeriodKind.HOUR, chosen, since, until)

    def keep_open(self, intensities: Sequence[Intensity]) -> None:
        """Write the periods that are not over yet."""
        for row in rows_of(_only(intensities))["intensity"]:
            self._store.replace_results(
                row.kind,
                [row],
                since=row.since,
                until=row.since + 1,
                period=PeriodKind(row.period),
                subject=row.subject,
            )

    def _update(
        self, kind: str, period: PeriodKind, rows: Sequence[ResultRow], since: int, until: int = _END
    ) -> None:
        """Replace, for each subject, the span from the first to the last row that differs."""
        kept = self._by_subject(self._store.results(kind, since=since, until=until, period=period))
        said = self._by_subject(rows)
        for subject in sorted(kept.keys() | said.keys()):
            old, new = kept.get(subject, {}), said.get(subject, {})
            changed = [at for at in old.keys() | new.keys() if old.get(at) != new.get(at)]
            if changed:
                first, last = min(changed), max(changed)
                self._store.replace_results(
                    kind,
                    [row for at, row in sorted(new.items()) if first <= at <= last],
                    since=first,
                    until=last + 1,
                    period=period,
                    subject=subject,
                )

    @staticmethod
    def _by_subject(rows: Sequence[ResultRow]) -> Mapping[str, dict[int, ResultRow]]:
        ordered = sorted(rows, key=lambda row: (row.subject, row.since))
        return {
            subject: {row.since: row for row in of}
            for subject, of in groupby(ordered, lambda row: row.subject)
        }


def _only(intensities: Sequence[Intensity]) -> Results:
    """Return results that say nothing else."""
    return Results(
        since=0,
        until=0,
        intensities=tuple(intensities),
        tracks=(),
        watches=(),
        alerts=(),
        balances=(),
        pv=(),
        heat=(),
        findings=(),
    )
