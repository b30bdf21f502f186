"""Why a track leaves something open, in words."""

from __future__ import annotations

from domain.findings import Finding, Severity
from domain.results import Track

WORDS = {
    "track.no_base_year": (
        Severity.ERROR,
        "the intensity of the base year {base_year} is not known: there is no target",
        "enter the production of {base_year} and make its gas readings complete, or set another base year",
    ),
    "track.base_year": (
        Severity.INFO,
        "{year} is not after the base year {base_year}: no target applies",
        "nothing to do; the first target is that of the year after the base year",
    ),
    "track.after_target_year": (
        Severity.WARNING,
        "{year} is after the target year {target_year}: the target of {target_year} still holds",
        "set the next target year in the plant file",
    ),
    "track.no_previous_year": (
        Severity.ERROR,
        "the intensity of the year before {year} is not known, and the target is 2 % every single year",
        "make that year's gas and production complete, or choose another reading of the target",
    ),
    "track.no_output": (
        Severity.ERROR,
        "no output is known of {year} so far: there is no intensity",
        "enter the production of the process, or check its counter",
    ),
    "track.no_baseline": (
        Severity.ERROR,
        "no baseline is approved: the end of {year} cannot be projected, nor a saving be proven",
        "fit a baseline to {base_year} and approve it",
    ),
    "track.no_rows": (
        Severity.WARNING,
        "no row of {year} can be held against the baseline yet: none is over, complete and observed for 90 %",
        "wait for the first of them to end, or fill the gaps in gas and production",
    ),
    "track.partly_observed": (
        Severity.WARNING,
        "less than 90 % of {year} so far was observed, in gas and output: its figures are provisional",
        "fill the gaps: declare what was done to the meters, enter the production",
    ),
    "track.no_plan": (
        Severity.ERROR,
        "nobody planned the output of the rest of {year}, and last year's is not known",
        "enter the planned output of the rest of the year in the ledger",
    ),
    "track.plan_out_of_range": (
        Severity.WARNING,
        "the rest of {year} is planned to make more a day than the process made on any day of the baseline",
        "check the planned output; fit a baseline to a period with such output",
    ),
    "track.no_interval": (
        Severity.WARNING,
        "the baseline's residuals leave too few independent rows to say how sure the projection is",
        "fit a baseline to a longer period",
    ),
}
"""Code -> severity, problem and remedy. Codes of the baseline are told by its own findings."""


def findings_of_track(track: Track) -> tuple[Finding, ...]:
    """Return a finding for each code of a track that is about the track itself."""
    years = {"year": track.year, "base_year": track.base_year, "target_year": track.target_year}
    return tuple(
        Finding(
            code=code,
            key=f"{track.process}.{track.year}",
            problem=problem.format(**years),
            remedy=remedy.format(**years),
            severity=severity,
        )
        for code, (severity, problem, remedy) in WORDS.items()
        if code in track.codes
    )
