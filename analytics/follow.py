"""The rows of a process, one after the other, through the watch: what alarmed, since when, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.calibration import Calibration, slow_share
from analytics.drift import SPIKE_SD, Ewma, ewma, ewma_limit, is_spike
from analytics.level import DOWN, LEARNING_ROWS, RECOVERED, UP, Watched, accepted, step, watched
from analytics.rows import ModelRows
from domain.periods import DAY_MS
from domain.results import Baseline
from domain.series import Bools, Floats, Instants

EWMA_SHARE, EWMA_WIDTH = 0.1, 2.7
"""Second opinion: in-control run length 369 rows (METHOD 6)."""
_NEXT_ROW = 3
"""A row farther than so many row lengths from the one before tells nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedRows:
    """What the watch looks at, ordered; arrays of one length."""

    since: Instants
    until: Instants
    gas: Floats
    expected: Floats
    sd: Floats
    """Of the gas of each row."""
    has_neighbour: Bools
    """The row before (which may lie in the baseline) is near enough to be correlated with it."""
    before_gas: Floats
    """Of that row."""
    before_expected: Floats
    before_sd: Floats

    def __len__(self) -> int:
        return len(self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A change of level; rows are places in `WatchedRows`, [first, end)."""

    id: str
    is_up: bool
    first: int
    """Onset."""
    shifted: int
    """Most likely first row of the shift; the run may have begun by chance before it. Sizes are from here."""
    detected: int
    end: int
    reference: float
    """Level before."""
    weight: float
    """1 / variance of `reference`."""
    ewma: float
    ewma_limit: float
    until: int | None = None
    """Instant at which it was over, or was declared the new normal."""
    is_accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All that happened, and where the watch stands after it."""

    state: Watched
    ewma: Ewma
    rows: int
    """Since the level was set."""
    alarms: tuple[Alarm, ...]
    a: Floats
    """Whitened gas and expected gas of each row, in SDs."""
    b: Floats
    whole: Floats
    """b of a row on which the level changed: the row before had the old one."""
    spikes: tuple[int, ...]
    """Rows that lie alone beyond 3 SD."""


class _Follower:
    """The one place with moving parts: what is carried from row to row."""

    def __init__(
        self, rows: WatchedRows, baseline: Baseline, calibration: Calibration, allowance: float
    ) -> None:
        self.rows, self.process = rows, baseline.process
        self.allowance, self.threshold = allowance, calibration.threshold
        self.state = at_baseline(baseline, calibration.phi)
        self.ewma = Ewma()
        self.rows_seen = 0
        self.alarms: list[Alarm] = []
        self.spikes: list[int] = []
        self._levels: list[tuple[float, float]] = []
        """Level and weight before each row."""
        self.x: list[float] = []
        self._phi = calibration.phi
        self._beyond = 0.0
        """By how much the row before was a spike: the next row is not told of that part."""
        self._last_capped = 0
        """Last row on which the chart of an open alarm stood at h."""

    def look(self, row: int, a: float, b: float) -> None:
        """Take one row."""
        before = self.state
        if self.rows.has_neighbour[row]:
            a += self._phi * self._beyond
        self._levels.append((before.level, before.weight))
        self.state, event, x = step(before, a, b, allowance=self.allowance, threshold=self.threshold)
        self.x.append(x)
        is_learning = before.rows < LEARNING_ROWS
        self.rows_seen += 1
        if not is_learning:
            self.ewma, _ = ewma(self.ewma, x, share=EWMA_SHARE, width=EWMA_WIDTH)
        if event == UP:
            self._raise(row, row - before.cusum.upper_rows, is_up=True)
        elif event == DOWN:
            self._raise(row, row - before.cusum.lower_rows, is_up=False)
            self.ewma, self.rows_seen = Ewma(), 0
        elif event == RECOVERED:
            back = self._last_capped + 1
            self._close(end=back, until=int(self.rows.since[back]))
            self.ewma = Ewma()
        if self.state.is_open and self.state.cusum.upper >= self.threshold:
            self._last_capped = row
        self._beyond = 0.0
        if is_spike(x) and not self.state.is_open and not is_learning:
            self.spikes.append(row)
            self._beyond = x - np.copysign(SPIKE_SD, x)

    def accept(self, closings: Mapping[str, int], before: int, row: int) -> None:
        """Take the level of the rows since an open alarm as normal, where it was declared so by then."""
        if not self.state.is_open:
            return
        at = closings.get(self.alarms[-1].id)
        if at is None or at >= before:
            return
        self._close(end=row, until=at, is_accepted=True)
        self.state, self.ewma = accepted(self.state), Ewma()
        self.rows_seen = self.state.rows

    def _raise(self, row: int, first: int, *, is_up: bool) -> None:
        level, weight = (self.state.level, self.state.weight) if is_up else self._levels[first]
        self._last_capped = row
        self.alarms.append(
            Alarm(
                id=alert_id(self.process, int(self.rows.since[first])),
                is_up=is_up,
                first=first,
                shifted=first,
                detected=row,
                end=-1,
                reference=float(level),
                weight=float(weight),
                ewma=float(self.ewma.mean),
                ewma_limit=ewma_limit(self.ewma.rows, share=EWMA_SHARE, width=EWMA_WIDTH),
            )
        )

    def _close(self, *, end: int, until: int, is_accepted: bool = False) -> None:
        self.alarms[-1] = replace(self.alarms[-1], end=end, until=until, is_accepted=is_accepted)


def alert_id(process: str, since: int) -> str:
    """Return `drift-<process>-<day>`; half a day on, so that a local midnight has its own date in UTC."""
    day = np.datetime64(since + DAY_MS // 2, "ms").astype("datetime64[D]")
    return f"drift-{process}-{str(day).replace('-', '')}"


def follow(
    rows: WatchedRows,
    baseline: Baseline,
    calibration: Calibration,
    *,
    allowance: float,
    closings: Mapping[str, int],
    now_ms: int,
) -> Course:
    """Return the course; `closings`: id of an alert -> instant at which it was declared the new normal."""
    found = _Follower(rows, baseline, calibration, allowance)
    a, b, whole = whitened(rows, calibration.phi)
    for row, until in enumerate(rows.until.tolist()):
        found.accept(closings, until, row)
        found.look(row, float(a[row]), float(b[row]))
    found.accept(closings, now_ms + 1, len(rows))
    alarms = _shifted(_ended(found.alarms, len(rows)), np.array(found.x))
    inside = {row for alarm in alarms for row in range(alarm.first, alarm.end)}
    return Course(
        state=found.state,
        ewma=found.ewma,
        rows=found.rows_seen,
        alarms=alarms,
        a=a,
        b=b,
        whole=whole,
        spikes=tuple(row for row in found.spikes if row not in inside),
    )


def _shifted(alarms: Sequence[Alarm], x: Floats) -> tuple[Alarm, ...]:
    """Give each alarm its most likely first row, by all rows that are known of it by now."""
    return tuple(
        replace(
            alarm, shifted=alarm.first + _likeliest(x[alarm.first : alarm.end], alarm.detected - alarm.first)
        )
        for alarm in alarms
    )


def _likeliest(x: Floats, last: int) -> int:
    """Return from which place up to `last` on a shift to the end is most likely (Hinkley 1970).

    That is where sum^2 / count of the rows is greatest.
    """
    sums, counts = np.cumsum(x[::-1])[::-1], np.arange(len(x), 0, -1)
    return int(np.argmax((sums**2 / counts)[: last + 1]))


def at_baseline(baseline: Baseline, phi: float) -> Watched:
    """Return the watch at the end of the baseline: level 1, known as well as the mean of its rows."""
    b = (1.0 - phi) / (1.0 - phi * phi) ** 0.5 * mean_gas(baseline) / baseline.residual_sd
    return watched(1.0, float(baseline.rows * b * b), baseline.rows)


def mean_gas(baseline: Baseline) -> float:
    """Return the gas of an operating row of the baseline, Nm3."""
    return (baseline.gas - baseline.standing_mean * baseline.standing_rows) / baseline.rows


def whitened(rows: WatchedRows, phi: float) -> tuple[Floats, Floats, Floats]:
    """Return a, b and `whole`: gas and expected gas of each row in SDs, less what a near row before tells."""
    gas, expected = rows.gas / rows.sd, rows.expected / rows.sd
    before_gas, before_expected = rows.before_gas / rows.before_sd, rows.before_expected / rows.before_sd
    gain = 1.0 / np.sqrt(1.0 - phi * phi)
    a = np.where(rows.has_neighbour, (gas - phi * before_gas) * gain, gas)
    b = np.where(rows.has_neighbour, (expected - phi * before_expected) * gain, expected)
    return a, b, np.where(rows.has_neighbour, expected * gain, expected)


def _ended(alarms: Sequence[Alarm], rows: int) -> tuple[Alarm, ...]:
    """Give each alarm its end: a fall's is where the new level is learned, an open rise's the last row."""
    ended = []
    for place, alarm in enumerate(alarms):
        end = alarm.end
        if end < 0:
            end = rows if alarm.is_up else min(rows, alarm.detected + 1 + LEARNING_ROWS)
        if place + 1 < len(alarms):
            end = min(end, alarms[place + 1].first)
        ended.append(replace(alarm, end=max(end, alarm.detected + 1)))
    return tuple(ended)


def _row_sd(expected: Floats, baseline: Baseline) -> Floats:
    """Return the SD of the gas of rows: on the simulated plant it grows with the root of the gas."""
    found: Floats = baseline.residual_sd * np.sqrt(expected / mean_gas(baseline))
    return found


def in_sample(rows: ModelRows, expected: Floats, usable: Bools, baseline: Baseline) -> tuple[float, float]:
    """Return the slow share of the baseline's residuals, and their SD as a share of what `_row_sd` says.

    0 and 1 where the rows do not hold the baseline period.
    """
    inside = usable & (rows.since >= baseline.since) & (rows.until <= baseline.until)
    if np.count_nonzero(inside) < 0.9 * baseline.rows:
        return 0.0, 1.0
    residual = (rows.gas[inside] - expected[inside]) / _row_sd(expected[inside], baseline)
    scale = np.sqrt(float(residual @ residual) / (residual.size - len(baseline.coefficients)))
    return slow_share(residual), float(np.clip(scale, 0.8, 1.25))


def watched_rows(
    since: Instants,
    until: Instants,
    gas: Floats,
    expected: Floats,
    *,
    baseline: Baseline,
    is_watched: Bools,
    scale: float = 1.0,
) -> WatchedRows:
    """Return the rows to watch out of all usable operating rows; each with the row before it."""
    sd = scale * _row_sd(expected, baseline)
    place = np.flatnonzero(is_watched)
    before = np.maximum(place - 1, 0)
    gap = since[place] - until[before]
    near = (place > 0) & (gap <= (_NEXT_ROW - 1) * (until[before] - since[before]))
    return WatchedRows(
        since=since[place],
        until=until[place],
        gas=gas[place],
        expected=expected[place],
        sd=sd[place],
        has_neighbour=near,
        before_gas=gas[before],
        before_expected=expected[before],
        before_sd=sd[before],
    )
