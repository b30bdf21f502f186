"""`energy-agent import`: tables of output and of planned output into the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
from agent.options import who_option, why_may_option

if TYPE_CHECKING:
    from agent.importing import Look

_TRIES = 5


@click.group("import", epilog=EXIT_CODES)
def import_() -> None:
    """Take over tables that the plant keeps: output per process, and plans.

    Without --yes nothing is written: the command says what it would do, and every bad row with its line.

    \b
    Examples:
      energy-agent import production march.csv
      energy-agent import production march.csv --yes --why "shift reports, signed by Li"
      energy-agent import plan 2026.csv --yes
    """


_TABLE = """

    \b
    FILE is a table as spreadsheets export it, columns in any order, names English or Chinese:
      process,date,quantity,unit           date: 2026-03-01, or 2026-03, 2026-W09 for all of it
      process,date,shift,quantity,unit     by the shifts of the plant's calendar
      process,since,until,quantity,unit    plant time, 2026-03-01T08:00; until is not included
      工序;日期;班次;产量;单位;产品            {more}

    UTF-8, UTF-16 or GB18030; commas, semicolons or tabs. A decimal comma only with semicolons, no
    separators of thousands. kg for t are converted exactly, any other unit is refused. A day is a
    production day of the plant's calendar. A row that the ledger has already is left out.
    """


def _command(name: str, text: str) -> click.Command:
    """Return the command for one of the two tables."""
    is_plan = name == "plan"

    @click.command(name, help=text, short_help=text.partition(";")[0], epilog=EXIT_CODES)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--process", help="Process of a table without that column; no other is taken.")
    @click.option("--skip-bad", is_flag=True, help="Leave bad rows out and take the good ones.")
    @click.option("--yes", is_flag=True, help="Write; without it this is a dry run.")
    @why_may_option
    @who_option
    @config_option
    @json_option
    @says_errors
    def command(
        *,
        file: Path,
        process: str | None,
        skip_bad: bool,
        yes: bool,
        who: str,
        why: str,
        config_path: Path | None,
        as_json: bool,
    ) -> None:
        write = _Write(who=who, why=why or f"import of {file.name}") if yes else None
        seen, written = _imported(
            config_path, file, is_plan=is_plan, process=process, skip_bad=skip_bad, write=write
        )
        _say(seen, written, skip_bad=skip_bad, is_dry=not yes, as_json=as_json)

    return command


class _Write:
    """Who writes, and why."""

    def __init__(self, *, who: str, why: str) -> None:
        self.who = who
        self.why = why


def _imported(
    config_path: Path | None,
    file: Path,
    *,
    is_plan: bool,
    process: str | None,
    skip_bad: bool,
    write: _Write | None,
) -> tuple[Look, Sequence[int]]:
    """Look, and write if asked to; look again when somebody else recorded something in between."""
    from agent.declaring import process_named
    from agent.importing import look, read_table
    from agent.ledger import Desk
    from config import load
    from storage.ledger import LedgerMoved

    loaded = load(plant_file(config_path), environment())
    if process is not None:
        process = process_named(loaded.plant, process, "--process").id
    content = read_table(file)
    for left in reversed(range(_TRIES)):
        desk = Desk.open(loaded)
        with _Progress() as progress:
            seen = look(desk, content, file.name, is_plan=is_plan, process=process, advance=progress.advance)
        bodies = seen.bodies()
        if write is None or not bodies or (seen.findings and not skip_bad):
            break
        try:
            entries = desk.record(bodies, who=write.who, why=write.why)
            return seen, [entry.number for entry in entries]
        except LedgerMoved:
            if not left:
                raise
    return seen, ()


class _Progress:
    """A bar on standard error, on a terminal only."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._bar = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("reading")

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, done: int, total: int) -> None:
        """Show how far it is."""
        self._bar.update(self._task, completed=done, total=total)


def _say(seen: Look, written: Sequence[int], *, skip_bad: bool, is_dry: bool, as_json: bool) -> None:
    """Say what was found and done; leave with 1 when something was bad and nothing was written."""
    from agent.importing import for_script, in_words

    if as_json:
        click.echo(json.dumps(for_script(seen, written=written), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join([*in_words(seen), _outcome(seen, written, skip_bad=skip_bad, is_dry=is_dry)]))
    if seen.findings and not written:
        raise SystemExit(EXIT_FAILED)


def _outcome(seen: Look, written: Sequence[int], *, skip_bad: bool, is_dry: bool) -> str:
    bad = seen.bad_rows
    if written:
        numbers = f"{written[0]}-{written[-1]}" if len(written) > 1 else f"{written[0]}"
        entries = f"{len(written):,} entries" if len(written) > 1 else "1 entry"
        return (
            f"{entries} written: {numbers}{f'; {bad:,} bad rows left out' if bad else ''}\n"
            f"A running agent recomputes within seconds. To take it back: "
            f"energy-agent event void {numbers} --why ..."
        )
    if seen.findings and not bad:
        return "nothing written"
    if bad and not skip_bad:
        cure = "correct them" if not seen.found.new else "correct them, or leave them out with --skip-bad"
        return f"nothing written: {bad:,} of {seen.parsed.rows:,} rows are bad; {cure}"
    if not seen.found.new:
        return "nothing to write"
    return "nothing written; add --yes" if is_dry else "nothing written"


import_.add_command(
    _command(
        "production",
        "Take over what processes have made; it goes before their counters."
        + _TABLE.format(more="for one process: --process coil"),
    )
)
import_.add_command(
    _command(
        "plan",
        "Take over what processes are planned to make; the track projects the year's end with it."
        + _TABLE.format(more="a plan has no product"),
    )
)
