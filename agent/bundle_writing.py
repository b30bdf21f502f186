"""A bundle into a folder: whole or not at all, and it has answered itself before anybody sees it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from agent.bundle import Computed, Progress, compute, encode
from agent.bundle_document import as_text, fault, pretty, sha256_of
from agent.bundle_holder import KEPT
from agent.bundle_reading import LEDGER, RESULTS, read_bundle
from agent.ledger import ledger_path
from agent.version import agent_version
from analytics.declared import declare
from analytics.meters import needed
from analytics.prepared import calendar_of
from config.loaded import Loaded
from domain.bundle import FORMAT, BundleHead, BundlePlant
from domain.findings import Finding, Severity
from domain.ledger import Entry
from domain.windows import Flag, Windows
from storage.ledger import SqliteLedger
from storage.ledger_csv import ledger_csv

Holder = Callable[[Sequence[str], int, int, Path], int]
"""(points, since, until, folder): writes what the store holds into the folder, returns the horizon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is in the new bundle."""

    results: bytes
    findings: tuple[Finding, ...]


def entries_of(loaded: Loaded) -> Sequence[Entry]:
    """Return what the ledger of the state folder says; where there is none, none is made."""
    path = ledger_path(loaded.agent.state_dir)
    if not path.exists():
        return ()
    with closing(SqliteLedger(path)) as ledger:
        return ledger.entries()


def check_target(target: Path, *, force: bool) -> None:
    """Refuse to write over anything but an empty folder or, with `force`, an older bundle."""
    if not target.absolute().parent.is_dir():
        raise fault(target, "DIR", f"there is no folder {target.parent}", "make it, or name another")
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / "bundle.json").is_file():
        raise fault(target, "DIR", "is there already and is no bundle", "name a folder that is not there")
    if not force:
        raise fault(target, "DIR", "is there already", "name another folder, or write over it with --force")


def write_bundle(
    loaded: Loaded, target: Path, holder: Holder, *, since: int, until: int, progress: Progress
) -> Written:
    """Write the bundle of [since, until) beside `target` and put it there when it is whole."""
    target = target.absolute()
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # of one that was killed
    draft.mkdir(mode=0o700)
    try:
        written = _write(loaded, draft, holder, since=since, until=until, progress=progress)
        _put(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return written


def _write(
    loaded: Loaded, draft: Path, holder: Holder, *, since: int, until: int, progress: Progress
) -> Written:
    plant, entries = loaded.plant, entries_of(loaded)
    edges = calendar_of(plant, declare(entries, loaded.method)).edges(since, until)
    points = [point.id for point in needed(plant)]
    horizon = holder(points, int(edges[0]), int(edges[-1]), draft)
    progress(0.4)
    kept = msgspec.json.decode((draft / KEPT).read_bytes())
    (draft / KEPT).unlink()
    described = BundlePlant(
        site=plant.site,
        time_zone=plant.time_zone,
        processes=plant.processes,
        points=plant.points,
        method=loaded.method,
    )
    (draft / "plant.json").write_bytes(pretty(described))
    (draft / LEDGER).write_bytes(ledger_csv(entries).encode())
    head = BundleHead(
        format=FORMAT,
        site=plant.site,
        since=as_text(since),
        until=as_text(until),
        horizon=as_text(horizon),
        software=agent_version(),
    )
    (draft / "bundle.json").write_bytes(pretty(head))
    # From here on the bundle is read as a verifier reads it.
    computed = compute(read_bundle(draft).inputs, lambda share: progress(0.4 + 0.6 * share))
    results = encode(computed)
    (draft / RESULTS).write_bytes(results)
    files = {path.name: sha256_of(path) for path in sorted(draft.iterdir()) if path.name != "bundle.json"}
    (draft / "bundle.json").write_bytes(pretty(replace(head, files=files)))
    return Written(results=results, findings=tuple(compared(kept, computed)))


def _put(draft: Path, target: Path) -> None:
    """Move the draft to its place; an older bundle leaves only when the new one can come."""
    if not target.exists():
        draft.rename(target)
        return
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    draft.rename(target)
    shutil.rmtree(old)


# against what the store keeps

Columns = Mapping[str, Sequence[float | None]]
"""Name -> one value a window."""


def compared(kept: Mapping[str, Columns], computed: Computed) -> list[Finding]:
    """Return a finding when windows of the store, that are not open, are not what the bundle computes."""
    different: list[tuple[str, int]] = []
    absent = total = 0
    for point, windows in computed.windows.items():
        old = _by_span(kept.get(point, {}))
        for since, new in _closed(windows).items():
            total += 1
            if since not in old:
                absent += 1
            elif old[since] != new and not int(old[since][-1] or 0) & Flag.OPEN:
                different.append((point, since[0]))
    if not different and not absent:
        return []
    first = f"; the first is {different[0][0]} at {as_text(different[0][1])}" if different else ""
    return [
        Finding(
            code="bundle.differs",
            key="windows",
            problem=f"of {total:,} windows {len(different):,} differ from those that the agent keeps, "
            f"{absent:,} are not kept{first}",
            remedy="late data may be under way: make the bundle again in a minute; if it stays, "
            "`energy-agent recompute` the span and keep both bundles",
            severity=Severity.WARNING,
            facts={"windows": float(total), "different": float(len(different)), "absent": float(absent)},
        )
    ]


def _by_span(columns: Columns) -> dict[tuple[int, int], tuple[float | None, ...]]:
    rows = zip(*columns.values(), strict=True)
    return {(int(row[0] or 0), int(row[1] or 0)): row[2:] for row in rows}


def _closed(windows: Windows) -> dict[tuple[int, int], tuple[float | None, ...]]:
    """Return (since, until) -> amount, grade, coverage, flags of the windows that later readings reach."""
    closed = windows.pick((windows.flags & np.uint16(Flag.OPEN)) == 0)
    rows = zip(
        closed.since.tolist(),
        closed.until.tolist(),
        [None if np.isnan(amount) else amount for amount in closed.amount.tolist()],
        closed.grade.tolist(),
        closed.coverage.tolist(),
        closed.flags.tolist(),
        strict=True,
    )
    return {(since, until): tuple(row) for since, until, *row in rows}
