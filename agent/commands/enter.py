"""`energy-agent enter`: one factor, invoice, lot ... of the carbon inventory, typed field by field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, config_option, says_errors
from agent.near import NearGroup
from agent.options import who_option, why_option

if TYPE_CHECKING:
    from agent.carbon_importing import Typed
    from agent.ledger import Desk
    from config.carbon_columns import Table
    from domain.ledger import Body


class _Kinds(NearGroup):
    """One command a kind; each is made of its table when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words of the kinds."""
        from config.carbon_columns import KINDS

        return [table.word for table in KINDS.values()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a kind, by its word or as the ledger names it."""
        from config.carbon_columns import KINDS

        found = [table for table in KINDS.values() if cmd_name in (table.word, table.kind)]
        return _command(found[0]) if found else None


@click.group("enter", cls=_Kinds, epilog=EXIT_CODES)
def enter() -> None:
    """Record what the carbon inventory needs and no meter tells, one entry at a time.

    Fields are the columns of the same table: `energy-agent import` takes a whole file of them. An entry is
    never changed: the same id again corrects it, `energy-agent event void` takes it back. --dry-run
    shows what would be recorded.

    \b
    Examples:
      energy-agent enter lot --help
      energy-agent enter explained carrier=gas date=2026-02 against=subs reason="valve open" --why "seen"
      energy-agent enter contract id=GP-7/2026-01 --dry-run --why "settled"
    """


def _command(table: Table) -> click.Command:
    """Return the command for one kind."""
    from agent.carbon_help import columns_text, typed_example

    example = f"\b\nExample:\n{typed_example(table)}"
    text = f"Record {table.title}.\n\nNames may be Chinese.\n\n{columns_text(table)}\n\n{example}\n"

    @click.command(table.word, help=text, short_help=table.title, epilog=EXIT_CODES)
    @click.argument("fields", nargs=-1, required=True, metavar="NAME=VALUE...")
    @click.option("--dry-run", is_flag=True, help="Say what would be recorded, and record nothing.")
    @why_option
    @who_option
    @config_option
    @says_errors
    def command(
        *, fields: tuple[str, ...], dry_run: bool, who: str, why: str, config_path: Path | None
    ) -> None:
        given = _split(fields)
        if dry_run:
            from agent.declaring import open_desk

            desk = open_desk(config_path)
            click.echo("\n".join([*_said(_typed(desk, table, given), desk), "nothing written: --dry-run"]))
            return
        _record(table, given, who=who, why=why, config_path=config_path)

    return command


def _split(fields: Sequence[str]) -> dict[str, str]:
    """Return name -> value of what was typed."""
    given: dict[str, str] = {}
    for field in fields:
        name, sign, value = field.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"{field[:60]!r} is no field; write name=value")
        if name in given:
            raise click.UsageError(f"{name[:60]} is given twice; take one out")
        given[name] = value
    return given


def _typed(desk: Desk, table: Table, given: dict[str, str]) -> Typed:
    """Return what was typed when it is good; a usage error names every fault."""
    from agent.carbon_importing import Typed, typed_or_faults

    found = typed_or_faults(desk, table.kind, given)
    if isinstance(found, Typed):
        return found
    lines = [f"{fault.problem}; {fault.remedy} [{fault.code}]" for fault in found]
    raise click.UsageError("\n".join([*lines, "nothing written"]))


def _record(table: Table, given: dict[str, str], *, who: str, why: str, config_path: Path | None) -> None:
    from agent.declaring import declared

    seen: list[list[str]] = []

    def make(desk: Desk) -> Sequence[Body]:
        found = _typed(desk, table, given)
        seen.append(_said(found, desk))
        return [found.body]

    _, entries = declared(config_path, make, who=who, why=why)
    click.echo("\n".join([f"entry {entries[0].number}: {seen[-1][0]}", *seen[-1][1:]]))
    click.echo("A running agent recomputes what this touches within seconds.")


def _said(found: Typed, desk: Desk) -> list[str]:
    """Return what is recorded, what it corrects, and the closed periods that it comes too late for."""
    from agent.carbon_importing import correction
    from agent.closed_periods import closed_in_words, closed_under
    from agent.ledger_text import summary

    lines = [summary(found.body, desk)]
    if found.corrects is not None:
        lines += correction(found.body, found.corrects, desk, place="it")
    gone = [] if found.corrects is None else [found.corrects]
    return lines + closed_in_words(closed_under([found.body], desk, gone=gone))
