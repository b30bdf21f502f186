"""A bundle's folder into the inputs of its results. Nothing but the folder is looked at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from agent.bundle_document import document, fault, instant, sha256_of
from config.codes import suggest
from domain.bundle import FORMAT, VERSION, BundleHead, BundleInputs, BundlePlant
from domain.errors import StoreError
from domain.ledger import Entry
from domain.plant import Plant
from domain.reading import Gap, Quality
from domain.series import Series, series_of
from storage.ledger_csv import parse_ledger_csv
from storage.series_file import read_csv_series, read_parquet_series

RESULTS = "results.json"
LEDGER = "ledger.csv"
GAPS = "gaps.csv"
GAP_COLUMNS = ("device", "since", "until", "quality")
_READERS: Mapping[str, Callable[[Path], Mapping[str, Series]]] = {
    ".parquet": read_parquet_series,
    ".csv": read_csv_series,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """A folder that was read whole."""

    folder: Path
    head: BundleHead
    inputs: BundleInputs

    @property
    def results(self) -> bytes | None:
        """Return what `results.json` says; None where nobody has computed it yet."""
        path = self.folder / RESULTS
        return path.read_bytes() if path.is_file() else None


def read_bundle(folder: Path) -> Bundle:
    """Return a bundle; ConfigError names the file, the place in it and the cure."""
    if not folder.is_dir():
        raise fault(folder, "bundle", "is no folder", "name the folder of a bundle")
    head, name = document(folder, "bundle", BundleHead)
    _check_head(folder, name, head)
    described, plant_name = document(folder, "plant", BundlePlant)
    plant = described.plant()
    _check_plant(folder, plant_name, described)
    if head.site and head.site != plant.site:
        raise fault(folder, f"{name}: site", f"is {head.site!r}", f"{plant_name} is of {plant.site!r}")
    since, until = (instant(folder, f"{name}: {key}", getattr(head, key)) for key in ("since", "until"))
    horizon = instant(folder, f"{name}: horizon", head.horizon) if head.horizon else until
    if since >= min(until, horizon):
        raise fault(folder, f"{name}: since", "is not before until and horizon", "correct the span")
    inputs = BundleInputs(
        plant=plant,
        method=described.method,
        entries=_entries(folder),
        series=_series(folder, plant),
        gaps=_gaps(folder, plant),
        since=since,
        until=until,
        horizon=horizon,
    )
    return Bundle(folder=folder, head=head, inputs=inputs)


def changed_files(folder: Path) -> list[str]:
    """Return what of a bundle is not as it was written, in words; nothing for one written by hand."""
    head, name = document(folder, "bundle", BundleHead)
    if not head.files:
        return []
    found = {path.name for path in folder.iterdir()} - {name}
    words = [f"{missing} is missing" for missing in sorted(head.files.keys() - found)]
    words += [f"{surplus} was added" for surplus in sorted(found - head.files.keys())]
    words += [
        f"{each} was changed"
        for each in sorted(head.files.keys() & found)
        if each != RESULTS and sha256_of(folder / each) != head.files[each]
    ]
    return words


def _check_head(folder: Path, name: str, head: BundleHead) -> None:
    if head.format != FORMAT:
        raise fault(folder, f"{name}: format", f"is {head.format[:40]!r}", f"write {FORMAT!r}")
    if head.version != VERSION:
        raise fault(folder, f"{name}: version", f"is {head.version}", f"this agent reads version {VERSION}")


def _check_plant(folder: Path, name: str, described: BundlePlant) -> None:
    """Refuse what would make numbers silently wrong; the plant file's own check knows far more."""
    try:
        ZoneInfo(described.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        key = f"{name}: time_zone"
        raise fault(folder, key, f"{described.time_zone!r} is no time zone", "write Asia/Shanghai") from error
    processes = [process.id for process in described.processes]
    points = [point.id for point in described.points]
    for what, names in (("processes", processes), ("points", points)):
        twice = next((each for place, each in enumerate(names) if each in names[:place]), None)
        if twice is not None:
            raise fault(folder, f"{name}: {what}", f"{twice!r} comes twice", "describe it once")
    for place, point in enumerate(described.points):
        key = f"{name}: points[{place}]"
        _check_shares(folder, f"{key}.shares", point.shares, processes)
        for other in ("temperature_point", "pressure_point", "supply_point", "return_point"):
            wanted = getattr(point, other)
            if wanted is not None and wanted not in points:
                raise fault(folder, f"{key}.{other}", f"{wanted!r} is no point", suggest(wanted, points))
    for process in described.method.processes:
        if process not in processes:
            key, problem = f"{name}: method.processes.{process}", "is not the id of a process"
            raise fault(folder, key, problem, suggest(process, processes))


def _check_shares(folder: Path, key: str, shares: Mapping[str, float], processes: Sequence[str]) -> None:
    for process, share in shares.items():
        if process not in processes:
            raise fault(folder, key, f"{process!r} is not the id of a process", suggest(process, processes))
        if not 0.0 <= share <= 1.0 + 1e-9:
            problem = "is more than the whole" if share > 1.0 else f"{share:g} is no share"
            raise fault(folder, f"{key}.{process}", problem, "write 0.6 for 60 %")
    if sum(shares.values()) > 1.0 + 1e-9:
        raise fault(folder, key, "are more than the whole", "they add up to 1 at most")


def _entries(folder: Path) -> Sequence[Entry]:
    path = folder / LEDGER
    if not path.is_file():
        return ()
    try:
        return parse_ledger_csv(_text(folder, path), LEDGER)
    except StoreError as error:
        raise fault(folder, error.subject, error.problem, error.hint or "correct the line") from error


def _series(folder: Path, plant: Plant) -> Mapping[str, Series]:
    """Return the readings of all `readings*` files by point; what comes twice counts once."""
    files = sorted(path for suffix in _READERS for path in folder.glob(f"readings*{suffix}"))
    if not files:
        raise fault(folder, "readings.csv", "is not there", "write readings*.csv, or readings*.parquet")
    points = [point.id for point in plant.points]
    parts: dict[str, list[Series]] = {}
    for path in files:
        try:
            found = _READERS[path.suffix](path)
        except StoreError as error:
            raise fault(folder, path.name, error.problem, error.hint or "correct it") from error
        for point, series in found.items():
            if point not in points:
                key, problem = f"{path.name}: point", f"{point[:60]!r} is not described"
                raise fault(folder, key, problem, suggest(point, points))
            parts.setdefault(point, []).append(series)
    return {point: _joined(of) for point, of in sorted(parts.items())}


def _joined(parts: Sequence[Series]) -> Series:
    if len(parts) == 1:
        return parts[0]
    return series_of(
        parts[0].point,
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.quality for part in parts]),
    )


def _gaps(folder: Path, plant: Plant) -> Sequence[Gap]:
    path = folder / GAPS
    if not path.is_file():
        return ()
    devices = [device.id for device in plant.devices]
    found: list[Gap] = []
    rows = csv.reader(_text(folder, path).splitlines(), strict=True)
    try:
        if tuple(next(rows, ())) != GAP_COLUMNS:
            raise fault(folder, f"{GAPS}:1", "has other columns", f"write {','.join(GAP_COLUMNS)}")
        for row in rows:
            if row:
                found.append(_gap(folder, f"{GAPS}:{rows.line_num}", row, devices))
    except csv.Error as error:
        raise fault(folder, f"{GAPS}:{rows.line_num}", f"is not CSV: {error}", "correct the line") from error
    return found


def _gap(folder: Path, key: str, row: Sequence[str], devices: Sequence[str]) -> Gap:
    if len(row) != len(GAP_COLUMNS):
        raise fault(folder, key, f"has {len(row)} fields, not {len(GAP_COLUMNS)}", "correct the line")
    device, since, until, code = row
    if device not in devices:
        raise fault(folder, key, f"{device[:60]!r} is no device", suggest(device, devices))
    try:
        quality = Quality.from_code(code)
    except KeyError as error:
        known = [quality.code for quality in Quality]
        raise fault(folder, key, f"{code[:40]!r} is no quality", suggest(code, known)) from error
    gap = Gap(
        device=device,
        since=instant(folder, key, since),
        until=instant(folder, key, until),
        quality=quality,
    )
    if gap.since >= gap.until:
        raise fault(folder, key, "ends before it begins", "correct the line")
    return gap


def _text(folder: Path, path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault(folder, path.name, f"is not UTF-8 text: {error}", "save it as UTF-8") from error
