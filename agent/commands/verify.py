"""`energy-agent verify`: whether readings and ledger still are what was sealed day by day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_FAILED,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.seal_export import Exported
    from config import Loaded
    from domain.plant import Plant
    from domain.seals import Broken, DaySpan, Seal, Verified

_SEALED_LATER = "an agent that runs seals a day within the hour after its end, many days in some minutes"


@click.command(epilog=EXIT_CODES)
@click.option("--since", help="First day, UTC, by receipt: 2026-03-01. Default: the first that is sealed.")
@click.option("--until", help="Last day, included. Default: the last that is sealed.")
@click.option("--root", help="A root noted elsewhere (a report has one): it must be in the chain.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An earlier --export: its roots must be the ones that are here.",
)
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every day's root to this file, to keep where the agent's user cannot write.",
)
@json_option
@config_option
@says_errors
def verify(
    *,
    since: str | None,
    until: str | None,
    root: str | None,
    against: Path | None,
    export_to: Path | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Compare stored readings and ledger with the seals of their days; name what has changed.

    Each day is sealed some minutes after its end (UTC): a hash over every reading received on it and every
    ledger entry made, and over the hash of the day before. Exit code 1 when something does not fit or a day
    that is over has no seal. Asks the running agent, and opens the store itself while none runs.

    Who can write the store, the ledger and the seals can make a whole new chain, and what was wrong before it
    was sealed stays wrong: keep exports, or the roots in printed reports, out of reach and compare with them.

    \b
    Examples:
      energy-agent verify
      energy-agent verify --since 2026-03-01 --until 2026-03-31
      energy-agent verify --export roots-2026-03.json
      energy-agent verify --against roots-2026-03.json
    """
    from config import load

    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and first > last:
        raise click.BadParameter(f"{first} is after {last}; turn them round", param_hint="--since")
    noted = _root(root)
    loaded = load(plant_file(config_path), environment())
    exported = _exported(against, loaded.plant)
    if export_to is not None and not export_to.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {export_to.parent}", param_hint="--export")
    found, seals = _looked(loaded, first, last or "9999", exported, noted)
    if as_json:
        _print_json(found)
    else:
        for line in _lines(found, loaded.plant):
            click.echo(line)
    if export_to is not None:
        _export(export_to, found, seals, loaded.plant)
    if found.broken or found.unsealed_days:
        raise SystemExit(EXIT_FAILED)


def _looked(
    loaded: Loaded, first: str, last: str, exported: Exported | None, noted: str
) -> tuple[Verified, Sequence[Seal]]:
    """Return what verification found, roots kept elsewhere included, and all seals."""
    from agent.bundle_progress import progress_bar
    from agent.seal_export import made_again, root_missing
    from agent.seals import seals_of

    with seals_of(loaded) as asked:
        with progress_bar("verifying") as advance:
            found = asked.verify(
                since=first, until=last, progress=lambda done, of: advance(done / max(of, 1))
            )
        seals = asked.seals()
    faults = [made_again(seals, exported)] if exported else []
    faults += [root_missing(seals, noted)] if noted else []
    others = tuple(fault for fault in faults if fault is not None)
    return replace(found, broken=(*found.broken, *others)), seals


def _export(path: Path, found: Verified, seals: Sequence[Seal], plant: Plant) -> None:
    from agent.clock import PlantClock
    from agent.seal_export import write_roots

    if found.broken:
        click.echo(f"{path} is not written: what does not fit would look sound there", err=True)
        return
    write_roots(path, seals, site=plant.site, gateway=plant.gateway, at=PlantClock().now_ms())
    click.echo(f"{len(seals):,} roots in {path}", err=True)


def _day(text: str | None, option: str) -> str:
    from agent.declaring import day

    return day(text, option).isoformat() if text else ""


def _root(text: str | None) -> str:
    from agent.seal_export import SHORTEST_ROOT

    root = (text or "").strip().lower()
    if text is not None and not re.fullmatch(rf"[0-9a-f]{{{SHORTEST_ROOT},64}}", root):
        problem = f"{text!r} is no root: {SHORTEST_ROOT} to 64 of 0-9 and a-f"
        raise click.BadParameter(problem, param_hint="--root")
    return root


def _exported(path: Path | None, plant: Plant) -> Exported | None:
    from agent.seal_export import Unreadable, read_roots

    if path is None:
        return None
    try:
        return read_roots(path, site=plant.site, gateway=plant.gateway)
    except Unreadable as fault:
        raise click.BadParameter(str(fault), param_hint="--against") from fault


def _print_json(found: Verified) -> None:
    import msgspec

    from domain.seals import day_spans

    spans = day_spans(found.unsealed_days)
    click.echo(msgspec.json.encode(msgspec.to_builtins(found) | {"unsealed": spans}))


def _lines(found: Verified, plant: Plant) -> Iterator[str]:
    from domain.seals import day_spans

    zone = ZoneInfo(plant.time_zone)
    for broken in found.broken:
        yield _line(broken, zone)
    spans = [_span(span) for span in day_spans(found.unsealed_days)]
    yield from spans
    if spans:
        yield f"-> {_SEALED_LATER}"
    for remedy in dict.fromkeys(broken.remedy for broken in found.broken):
        yield f"-> {remedy}"
    if found.root and not found.days:
        yield "no day of that span is sealed"
    elif not found.days:
        yield "no day is sealed here: an agent that runs seals each day some minutes after its end"
    elif found.broken:
        faults = _many(len(found.broken), "fault")
        yield f"{_many(found.days, 'day')} looked at, {found.first} to {found.last}: {faults}"
    else:
        yield (
            f"{_many(found.days, 'day')} whole, {found.first} to {found.last}: "
            f"{_many(found.readings, 'reading')}, {_many(found.entries, 'ledger entry', 'ledger entries')}"
        )
    if found.root:
        yield f"newest root {found.root}"


def _span(span: DaySpan) -> str:
    if span.days == 1:
        return f"{span.first}: is over and has no seal"
    return f"{span.days:,} days from {span.first} to {span.last} are over and have no seal"


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _line(broken: Broken, zone: ZoneInfo) -> str:
    if broken.what == "reading" and broken.at is not None:
        return f"{broken.day}: reading {broken.subject} at {_instant(broken.at, zone)} {broken.problem}"
    if broken.what == "readings":
        return f"{broken.day}: readings of {broken.subject}: {broken.problem}"
    day = f"{broken.day}: " if broken.day else ""
    subject = f"{broken.subject} " if broken.what == "entry" else ""
    return f"{day}{subject}{broken.problem}"


def _instant(at: int, zone: ZoneInfo) -> str:
    spec = "seconds" if at % 1000 == 0 else "milliseconds"
    try:
        utc = datetime.fromtimestamp(at / 1000, UTC)
        local = utc.astimezone(zone).isoformat(" ", spec)
    except (ValueError, OverflowError, OSError):  # beyond the years of the calendar: somebody wrote it
        return f"{at} ms since 1970"
    return f"{utc.replace(tzinfo=None).isoformat(timespec=spec)}Z ({local})"
