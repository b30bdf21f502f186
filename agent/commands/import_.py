"""`energy-agent import`: tables that the plant keeps into the ledger: output, plans, and those for carbon."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from agent.near import NearGroup
from agent.options import who_option, why_may_option

if TYPE_CHECKING:
    from agent.carbon_importing import CarbonLook
    from agent.importing import Look
    from agent.ledger import Desk
    from config.carbon_columns import Table
    from config.loaded import Loaded

    _LookAt = Callable[[Desk, bytes, Callable[[int, int], None]], Look | CarbonLook]

_TRIES = 5


class _Tables(NearGroup):
    """Output and plans, and a command for each table of the carbon inventory, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all tables."""
        from config.carbon_columns import KINDS

        return [*self.commands, *(table.plural for table in KINDS.values())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a table, by its plural or as the ledger names its rows."""
        from config.carbon_columns import KINDS

        found = [table for table in KINDS.values() if cmd_name in (table.plural, table.kind)]
        return _carbon_command(found[0]) if found else super().get_command(ctx, cmd_name)


@click.group("import", cls=_Tables, epilog=EXIT_CODES)
def import_() -> None:
    """Take over tables that the plant keeps: output, plans, and all that the carbon inventory needs.

    Without --yes nothing is written: the command says what it would do, and every bad row with its line.

    \b
    Examples:
      energy-agent import production march.csv
      energy-agent import production march.csv --yes --why "shift reports, signed by Li"
      energy-agent import plan 2026.csv --yes
      energy-agent import lots --help
      energy-agent import lots lots.csv --skip-bad --yes --why "declarations of suppliers, 2026-03"
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

_CARBON_TABLE = """Take over {title}.

A table as spreadsheets export it, columns in any order, names English or Chinese. UTF-8, UTF-16 or
GB18030; commas, semicolons or tabs. A decimal comma only with semicolons, no separators of
thousands. A row that the ledger has already is left out; a row with the id of an entry and other
content corrects that entry, and the dry run says so.

{columns}

\b
Example:
{example}
"""
"""Not indented: what is filled in is not either."""


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

        def looking(loaded: Loaded) -> _LookAt:
            from agent.declaring import process_named
            from agent.importing import look

            only = None if process is None else process_named(loaded.plant, process, "--process").id
            return lambda desk, content, advance: look(
                desk, content, file.name, is_plan=is_plan, process=only, advance=advance
            )

        seen, written = _imported(config_path, file, looking, skip_bad=skip_bad, write=write)
        _say(seen, written, skip_bad=skip_bad, is_dry=not yes, as_json=as_json)

    return command


def _carbon_command(table: Table) -> click.Command:
    """Return the command for one table of the carbon inventory."""
    from agent.carbon_help import columns_text, csv_example

    example = "".join(f"  {line}\n" for line in csv_example(table).splitlines())
    text = _CARBON_TABLE.format(title=table.title, columns=columns_text(table), example=example)

    @click.command(table.plural, help=text, short_help=table.title, epilog=EXIT_CODES)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--skip-bad", is_flag=True, help="Leave bad rows out and take the good ones.")
    @click.option("--yes", is_flag=True, help="Write; without it this is a dry run.")
    @why_may_option
    @who_option
    @config_option
    @json_option
    @says_errors
    def command(*, file: Path, skip_bad: bool, yes: bool, who: str, why: str, **common: Any) -> None:
        def looking(_: Loaded) -> _LookAt:
            from agent.carbon_importing import look

            return lambda desk, content, advance: look(desk, content, file.name, table.kind, advance=advance)

        write = _Write(who=who, why=why or f"import of {file.name}") if yes else None
        seen, written = _imported(common["config_path"], file, looking, skip_bad=skip_bad, write=write)
        _say(seen, written, skip_bad=skip_bad, is_dry=not yes, as_json=common["as_json"])

    return command


class _Write:
    """Who writes, and why."""

    def __init__(self, *, who: str, why: str) -> None:
        self.who = who
        self.why = why


def _imported(
    config_path: Path | None,
    file: Path,
    looking: Callable[[Loaded], _LookAt],
    *,
    skip_bad: bool,
    write: _Write | None,
) -> tuple[Look | CarbonLook, Sequence[int]]:
    """Look, and write if asked to; look again when somebody else recorded something in between."""
    from agent.importing import read_table
    from agent.ledger import Desk
    from config import load
    from storage.ledger import LedgerMoved

    loaded = load(plant_file(config_path), environment())
    look_at = looking(loaded)
    content = read_table(file)
    for left in reversed(range(_TRIES)):
        desk = Desk.open(loaded)
        with _Progress() as progress:
            seen = look_at(desk, content, progress.advance)
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


def _say(
    seen: Look | CarbonLook, written: Sequence[int], *, skip_bad: bool, is_dry: bool, as_json: bool
) -> None:
    """Say what was found and done; leave with 1 when something was bad and nothing was written."""
    if as_json:
        click.echo(json.dumps(seen.for_script(written=written), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join([*seen.in_words(), _outcome(seen, written, skip_bad=skip_bad, is_dry=is_dry)]))
    if seen.findings and not written:
        raise SystemExit(EXIT_FAILED)


def _outcome(seen: Look | CarbonLook, written: Sequence[int], *, skip_bad: bool, is_dry: bool) -> str:
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
        cure = "correct them" if not seen.new else "correct them, or leave them out with --skip-bad"
        return f"nothing written: {bad:,} of {seen.rows:,} rows are bad; {cure}"
    if not seen.new:
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
