"""What the ledger says of baselines, and what may be recorded about one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from agent.declaring import instant, process_named
from agent.ledger import Desk, standing
from config.codes import shown, suggest
from domain.ledger import BaselineApproved, BaselineFitted, Entry
from domain.results import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A baseline of the ledger, with what became of it."""

    baseline: Baseline
    entry: Entry
    """In which it was recorded."""
    approval: Entry | None
    """The newest; None while nobody approved it."""
    valid_from: int | None
    is_used: bool
    """The process is held against it now."""


def fitted(desk: Desk, process: str | None = None) -> tuple[Fitted, ...]:
    """Return every baseline that counts, oldest first; of one id the last that was recorded."""
    entries = list(standing(desk.entries).values())
    found: dict[str, Entry] = {}
    for entry in entries:
        if isinstance(entry.body, BaselineFitted):
            found[entry.body.baseline.id] = entry
    used = {process: approval.number for process, approval in _approvals(entries, found).items()}
    newest = _newest_approvals(entries)
    return tuple(
        _fitted(entry, newest.get(name), used)
        for name, entry in sorted(found.items(), key=lambda item: item[1].number)
        if process is None or _baseline(entry).process == process
    )


def _fitted(entry: Entry, approval: Entry | None, used: dict[str, int]) -> Fitted:
    baseline = _baseline(entry)
    body = None if approval is None else approval.body
    return Fitted(
        baseline=baseline,
        entry=entry,
        approval=approval,
        valid_from=body.valid_from if isinstance(body, BaselineApproved) else None,
        is_used=approval is not None and used.get(baseline.process) == approval.number,
    )


def _baseline(entry: Entry) -> Baseline:
    assert isinstance(entry.body, BaselineFitted)
    return entry.body.baseline


def _newest_approvals(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return baseline id -> its newest approval."""
    return {entry.body.baseline: entry for entry in entries if isinstance(entry.body, BaselineApproved)}


def _approvals(entries: Sequence[Entry], known: dict[str, Entry]) -> dict[str, Entry]:
    """Return process -> the approval that counts."""
    return {
        entry.body.process: entry
        for entry in entries
        if isinstance(entry.body, BaselineApproved) and entry.body.baseline in known
    }


def fitting(desk: Desk, baseline: Baseline) -> tuple[BaselineFitted, ...]:
    """Return what records a baseline; nothing when the ledger has just this one."""
    if any(each.baseline == baseline for each in fitted(desk)):
        return ()
    return (BaselineFitted(baseline=baseline),)


def approval(desk: Desk, name: str, *, since: str | None, despite_gates: bool) -> BaselineApproved:
    """Return what approves a baseline, or a usage error that says why it may not be."""
    known = {each.baseline.id: each for each in fitted(desk)}
    if name not in known:
        remedy = suggest(name, known) if known else "fit one first: energy-agent baseline fit PROCESS"
        problem = f"{shown(name)} is not the id of a baseline in the ledger; {remedy}"
        raise click.BadParameter(problem, param_hint="ID")
    chosen = known[name]
    process_named(desk.loaded.plant, chosen.baseline.process)
    if chosen.is_used and chosen.approval is not None:
        problem = f"entry {chosen.approval.number} approved {name} already, by {chosen.approval.who}"
        raise click.UsageError(f"{problem}; nothing written")
    if chosen.baseline.failures and not despite_gates:
        problem = f"{name} fails {', '.join(chosen.baseline.failures)}"
        remedy = (
            "fit another period or other variables; --despite-gates approves it all the same: every figure "
            "carries the failed gate, and drift is not watched"
        )
        raise click.UsageError(f"{problem}; {remedy}")
    valid_from = chosen.baseline.until if since is None else instant(desk, since, "--from")
    if valid_from < chosen.baseline.until:
        problem = f"{desk.local(valid_from)} lies before the end of its own period"
        raise click.BadParameter(f"{problem}, {desk.local(chosen.baseline.until)}", param_hint="--from")
    return BaselineApproved(baseline=name, process=chosen.baseline.process, valid_from=valid_from)


def used_by(desk: Desk, process: str) -> Fitted | None:
    """Return the baseline that a process is held against, None without one."""
    return next((each for each in fitted(desk, process) if each.is_used), None)
