"""The planted truths: every parameter that later analysis should find again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Marginal gas of a line is (1 + share) times its truth in [since_ms, until_ms)."""

    since_ms: int
    until_ms: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTruth:
    """One gas-fired coating line. Gas is in m3 at 20 C and 101.325 kPa.

    gas = (cold, idle or start-up gas + marginal gas * output) * (1 - yearly_improvement)^(year - 2024)
    * (1 + day effect + noise + ambient effect)
    """

    speed_t_per_h: float
    job_h: float
    """Mean length of a job without a stop."""
    changeover_h: float
    """Mean idling between two jobs."""
    idle_m3_per_h: float
    """While the oven is hot, with output or without."""
    cold_m3_per_h: float
    startup_m3: float
    """For one heat-up of 45 minutes."""
    marginal_m3_per_t: float
    yearly_improvement: float
    """Share a calendar year, base 2024."""
    noise_sd: float = 0.03
    """Of each five minutes, relative."""
    day_sd: float = 0.008
    """Of the AR(1) day effect, relative."""
    day_phi: float = 0.35
    ambient_per_k: float = -0.0008
    """Relative, around 22 C."""
    oven_c: float
    standby_kw: float
    hot_kw: float
    """Fans, while the oven is hot."""
    running_kw: float
    """Drives and coaters, at full speed."""
    kg_per_m: float = 2.6
    kg_per_piece: float = 9.5
    recovered_share: float = 0.11
    """Recovered exhaust heat per gas energy, oven hot."""
    drifts: tuple[Drift, ...] = ()


def _coil() -> LineTruth:
    return LineTruth(
        speed_t_per_h=18.0, job_h=0.80, changeover_h=1.15,
        idle_m3_per_h=46.0, cold_m3_per_h=1.2, startup_m3=185.0, marginal_m3_per_t=30.5,
        yearly_improvement=0.024, oven_c=245.0, standby_kw=40.0, hot_kw=260.0, running_kw=640.0,
    )  # fmt: skip


def _sheet() -> LineTruth:
    return LineTruth(
        speed_t_per_h=7.0, job_h=0.75, changeover_h=1.00,
        idle_m3_per_h=27.0, cold_m3_per_h=0.8, startup_m3=110.0, marginal_m3_per_t=44.0,
        yearly_improvement=0.015, oven_c=205.0, standby_kw=25.0, hot_kw=140.0, running_kw=255.0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The whole plant."""

    coil: LineTruth = field(default_factory=_coil)
    sheet: LineTruth = field(default_factory=_sheet)
    boiler_m3_per_h: float = 24.0
    """Hot-water boiler at full demand, m3 at 20 C."""
    gas_kwh_per_m3: float = 10.08
    """Net, m3 at 20 C: 38.931 MJ/Nm3 * 0.9317755 / 3.6."""
    gas_t_per_m3: float = 0.00072
    """Mass of a m3 at 20 C."""
    pv_kwp: tuple[float, ...] = (1000.0, 600.0)
    pv_ratio: float = 0.83
    """AC per clear-sky DC at 25 C cell temperature."""
    unmetered_share: float = 0.03
    """Losses and small loads, of the sum of the feeders."""
    heat_kwh_per_m3_k: float = 1.15637
    """Water, rho * cp at the flow sensor's cold side."""

    def line(self, name: str) -> LineTruth:
        """Return `coil` or `sheet`."""
        return {"coil": self.coil, "sheet": self.sheet}[name]

    def with_drift(self, line: str, drift: Drift) -> Truth:
        """Return the truth with one more drift of a line."""
        found = self.line(line)
        drifted = replace(found, drifts=(*found.drifts, drift))
        return replace(self, coil=drifted) if line == "coil" else replace(self, sheet=drifted)
