"""`energy-agent export`: readings as CSV or Parquet."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from agent.commands.common import EXIT_CODES, config_option, environment, plant_file, says_errors


@click.command(epilog=EXIT_CODES)
@click.argument("points", nargs=-1)
@config_option
@click.option(
    "--since",
    help="First instant, plant time: 2026-03-01 or 2026-03-01T08:00. Default: a day before --until.",
)
@click.option("--until", help="End, not included. Default: now.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "parquet"]), help="Default: by the file's name, else csv."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    help="File to write; - is standard output.",
)
@says_errors
def export(
    *,
    points: tuple[str, ...],
    config_path: Path | None,
    since: str | None,
    until: str | None,
    form: str | None,
    output: Path,
) -> None:
    """Write readings of POINTS (ids or patterns like 'gas_*.volume_*'; default: all) to a file.

    Asks the running agent when it holds the store, and opens the store itself otherwise.

    \b
    Examples:
      energy-agent export 'gas_*' --since 2026-03-01 --until 2026-04-01 -o march.parquet
      energy-agent export em_main.active_power --since 2026-03-01 | head
    """
    from config import load

    loaded = load(plant_file(config_path), environment())
    known = {point.id: point.unit for point in loaded.plant.points}
    wanted = _chosen(points, known)
    zone = ZoneInfo(loaded.plant.time_zone)
    end = _instant(until, zone) if until else _now()
    start = _instant(since, zone) if since else end - timedelta(days=1)
    if start >= end:
        raise click.BadParameter(f"{start.isoformat()} is not before {end.isoformat()}", param_hint="--since")
    if not output.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {output.parent}", param_hint="--output")
    form = form or ("parquet" if output.suffix == ".parquet" else "csv")
    if form == "parquet" and str(output) == "-" and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal; name a file with --output FILE")
    request = {"points": wanted, "since": _ms(start), "until": _ms(end), "format": form}
    rows = _by_agent(loaded, request, output)
    if rows is None:
        rows = _by_store(loaded, request, output)
    click.echo(f"{rows:,} readings of {len(wanted)} points", err=True)


def _now() -> datetime:
    from agent.clock import PlantClock

    return datetime.fromtimestamp(PlantClock().now_ms() / 1000, tz=UTC)


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _chosen(patterns: tuple[str, ...], known: Mapping[str, str]) -> list[str]:
    if not patterns:
        return sorted(known)
    wanted: set[str] = set()
    for pattern in patterns:
        found = fnmatch.filter(known, pattern if "." in pattern else f"{pattern}.*")
        if not found:
            raise click.BadParameter(
                f"{pattern!r} matches none of the plant's points; see `energy-agent status` for its devices",
                param_hint="POINTS",
            )
        wanted |= set(found)
    return sorted(wanted)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    """Return an instant; without an offset it is plant time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no date; write 2026-03-01 or 2026-03-01T08:00", param_hint="--since/--until"
        ) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def _by_agent(loaded: Any, request: dict[str, Any], output: Path) -> int | None:
    """Let the running agent export; None when none runs here or it holds no store."""
    import httpx

    from agent.control import control_client, is_running
    from domain.errors import StoreError

    state_dir = loaded.agent.state_dir
    if not is_running(state_dir):
        return None
    try:
        with (
            control_client(state_dir, timeout_s=3600.0) as client,
            client.stream("POST", "/export", json=request) as answer,
        ):
            if answer.status_code == 409:
                return None
            if answer.status_code != 200:
                answer.read()
                raise _refused(answer)
            _copy(answer, output)
            return int(answer.headers["x-rows"])
    except httpx.TransportError as error:
        hint = "nothing was written; ask again when it runs, or while it is stopped"
        raise StoreError("export", f"the agent left before the end: {error}", hint) from error


def _refused(answer: Any) -> Exception:
    from domain.errors import StoreError

    try:
        body = answer.json()
        return StoreError("export", str(body["problem"]), str(body["hint"]))
    except (ValueError, KeyError):
        return StoreError("export", f"the agent failed with status {answer.status_code}", "see its log")


def _copy(answer: Any, output: Path) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    total = int(answer.headers["content-length"])
    draft = output.with_name(output.name + ".part") if str(output) != "-" else None
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    try:
        with (
            draft.open("wb") if draft else click.open_file("-", "wb") as file,
            Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task("export", total=total)
            for piece in answer.iter_bytes():
                file.write(piece)
                progress.advance(task, len(piece))
        if draft:
            draft.replace(output)
    finally:
        if draft:
            draft.unlink(missing_ok=True)


def _by_store(loaded: Any, request: dict[str, Any], output: Path) -> int:
    from tempfile import TemporaryDirectory

    from rich.console import Console

    from agent.storing import export_from, open_store
    from domain.errors import StoreError

    if loaded.store.kind == "duckdb" and not loaded.store.path.exists():
        hint = (
            "nothing was stored in this state folder yet; is it the plant file of the agent with the store?"
        )
        raise StoreError(str(loaded.store.path), "does not exist", hint)
    store = open_store(loaded)
    try:
        with TemporaryDirectory() as folder, Console(stderr=True).status("exporting"):
            path = Path(folder) / "export" if str(output) == "-" else output
            rows = export_from(store, loaded.plant, request, path)
            if str(output) == "-":
                with path.open("rb") as file:
                    while piece := file.read(1 << 18):
                        sys.stdout.buffer.write(piece)
            return rows
    finally:
        store.close()
