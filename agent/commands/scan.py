"""`energy-agent scan`: who answers on a link, what it probably is, and the tables to paste."""

from __future__ import annotations

import asyncio
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, EXIT_DEVICE, EXIT_FAILED, json_option, says_errors
from agent.link_options import LinkChosen, link_options

if TYPE_CHECKING:
    from agent.scan_file import ScanFile
    from agent.scan_running import ScanAsked, ScanResult
    from collector.inquiry import Catalogue

_NARROW, _WIDE = 100, 140
"""Columns of a terminal below which the table is told in lines, and those of a file."""
_SERIAL_UNITS, _TCP_UNITS = "1-247", "1-32,255"


@click.command(epilog=EXIT_CODES)
@says_errors
@link_options
@click.option(
    "--units", help=f"Unit ids to ask, such as 1-32,100. Default: {_SERIAL_UNITS}; on TCP {_TCP_UNITS}."
)
@click.option("--baudrates", metavar="LIST", help="Speeds to try on a serial bus, such as 9600,19200.")
@click.option(
    "--state",
    "state_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that keeps the progress. Default: one for each link in ~/.local/state/energy-agent.",
)
@click.option("--fresh", is_flag=True, help="Begin anew instead of going on where the last scan stopped.")
@click.option(
    "--settle",
    "settle_s",
    type=click.FloatRange(min=0.0, max=600.0),
    default=5.0,
    show_default=True,
    help="Seconds between the two reads that show which counters rise.",
)
@json_option
def scan(
    *,
    chosen: LinkChosen,
    units: str | None,
    baudrates: str | None,
    state_path: Path | None,
    fresh: bool,
    settle_s: float,
    as_json: bool,
) -> None:
    """Ask who is there, unit by unit, and say what each device probably is.

    Only reads are sent, one at a time, with a rest between them. A scan that was stopped (Ctrl-C, power)
    goes on where it was when the same command is called again.

    \b
    Examples:
      energy-agent scan --serial /dev/ttyUSB0 --units 1-32
      energy-agent scan --serial /dev/ttyUSB0 --baudrates 9600,19200 --parity E
      energy-agent scan --tcp 192.168.1.10
      energy-agent scan --rtu-tcp 192.168.1.20:4001 --json | jq '.units[].profile'
      energy-agent scan --link gas_room -c plant.toml
    """
    from agent.scan_file import ScanFile, default_path, what_is_scanned
    from agent.scan_text import silence_text

    asked = _asked(chosen, units, baudrates, settle_s)
    path = state_path or default_path(asked.link)
    file = ScanFile.open(path, what_is_scanned(asked.link, asked.baudrates, asked.units), fresh=fresh)
    try:
        result = _run(asked, chosen, file)
    except KeyboardInterrupt:
        click.echo(f"\nstopped; the same command goes on where it was ({path})", err=True)
        raise SystemExit(EXIT_FAILED) from None
    finally:
        file.close()
    _show(result, chosen, as_json=as_json)
    if not result.found:
        click.echo(f"energy-agent: {silence_text(result)}", err=True)
        raise SystemExit(EXIT_DEVICE)


def _run(asked: ScanAsked, chosen: LinkChosen, file: ScanFile) -> ScanResult:
    from agent.scan_running import run_scan
    from agent.scan_watching import watching

    with watching(file) as watcher:
        return asyncio.run(run_scan(asked, _catalogue(chosen.profile_dirs), file, watcher))


@functools.cache
def _catalogue(own: tuple[Path, ...]) -> Catalogue:
    """Return the library and the plant's own profiles, which take a second to read."""
    from collector.inquiry import Catalogue
    from config.profiles import BUILT_IN, load_catalogue

    return Catalogue(load_catalogue([BUILT_IN, *own]).profiles.values())


def _show(result: ScanResult, chosen: LinkChosen, *, as_json: bool) -> None:
    from agent.scan_text import found_lines, found_table, garbled_lines, scan_json
    from agent.scan_toml import scan_toml

    if as_json:
        body = scan_json(result, is_of_plant=chosen.is_of_plant)
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    if not result.found:
        return
    from rich.console import Console

    console = Console() if Console().is_terminal else Console(width=_WIDE)
    if console.width < _NARROW:
        click.echo("\n".join(["", *found_lines(result)]))
    else:
        console.print(found_table(result))
    click.echo("".join(f"{line}\n" for line in [*garbled_lines(result), ""]), nl=False)
    click.echo(scan_toml(result, is_of_plant=chosen.is_of_plant))


def _asked(chosen: LinkChosen, units: str | None, baudrates: str | None, settle_s: float) -> ScanAsked:
    from agent.scan_running import ScanAsked
    from domain.plant import LinkKind

    link = chosen.link
    is_tcp = link.kind is LinkKind.TCP
    most = 255 if is_tcp else 247
    wanted = _unit_ids(units or (_TCP_UNITS if is_tcp else _SERIAL_UNITS), most)
    if baudrates is not None and link.kind is not LinkKind.SERIAL:
        raise click.UsageError("--baudrates goes with a serial bus")
    speeds = (link.baudrate,) if baudrates is None else _speeds(baudrates)
    return ScanAsked(link=link, baudrates=speeds, units=wanted, settle_s=settle_s)


def _unit_ids(text: str, most: int) -> tuple[int, ...]:
    """Return the unit ids of "1-32,100", in order; 0 is a broadcast, which is never sent."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise click.UsageError(f"--units {text}: {part.strip()!r} is no unit id; write 1-32,100")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= most:
            raise click.UsageError(f"--units {text}: unit ids run from 1 to {most} here (0 is for all)")
        found |= set(range(low, high + 1))
    return tuple(sorted(found))


def _speeds(text: str) -> tuple[int, ...]:
    speeds = [part.strip() for part in text.split(",")]
    if not all(speed.isdecimal() and 300 <= int(speed) <= 4_000_000 for speed in speeds):
        raise click.UsageError(f"--baudrates {text}: write speeds of 300 to 4000000, such as 9600,19200")
    return tuple(dict.fromkeys(int(speed) for speed in speeds))
