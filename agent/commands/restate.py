"""`energy-agent restate`: a closed month or year against what it would be now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors
from agent.options import LINE, who_option, why_may_option

if TYPE_CHECKING:
    from agent.figures import Figures
    from agent.ledger import Desk
    from domain.inventory import Restatement
    from domain.ledger import Body


@click.command(epilog=EXIT_CODES)
@click.argument("period")
@click.option("--yes", is_flag=True, help="Record it; without, nothing is written.")
@click.option("--despite-gaps", is_flag=True, help="Record it though sums become unknown or provisional.")
@click.option("--approver", default="", callback=LINE, help="Who approves the new figures; with --yes.")
@why_may_option
@who_option
@config_option
@json_option
@says_errors
def restate(
    *,
    period: str,
    yes: bool,
    despite_gaps: bool,
    approver: str,
    who: str,
    why: str,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Show what PERIOD, 2026-03 or 2026, would be now against what was closed, figure by figure.

    Each difference has its cause: another factor, entries that came or went, windows that changed. With
    --yes the new figures are recorded and stand from then on; the ones before stay readable. A closed year
    follows its months: restate the months first, then the year.

    \b
    Examples:
      energy-agent restate 2026-03
      energy-agent restate 2026-03 --yes --approver "Chen Wei" --why "supplier corrected its statement"
    """
    from agent.closing import closings, period_named, restatement_of
    from agent.declaring import open_desk
    from agent.figures import figures

    if yes and not (approver and why):
        raise click.UsageError("--yes records it: name --approver, and say --why")
    desk = open_desk(config_path)
    name = period_named(desk, period).name
    if not closings(desk, name):
        raise click.UsageError(f"{name} is not closed; close it with: energy-agent close {name}")
    with figures(desk.loaded) as asked:
        told = restatement_of(desk, asked.inventory(name, fresh=True).inventory)
        assert told is not None
        recorded = None
        if yes:
            recorded = _recorded(
                desk, asked, name, who=who, why=why, approver=approver, despite_gaps=despite_gaps
            )
    _say(told, desk, recorded, as_json=as_json)


def _recorded(
    desk: Desk, asked: Figures, name: str, *, who: str, why: str, approver: str, despite_gaps: bool
) -> int:
    """Record the new figures and return the number of the entry."""
    from agent.closing import record, restating, with_gaps

    def made(at: Desk) -> tuple[Body, str]:
        found = asked.inventory(name, fresh=True)
        return (
            restating(at, found.inventory, approver=approver, known=found.known, despite_gaps=despite_gaps),
            with_gaps(why, found.inventory),
        )

    return record(desk.loaded, made, who=who)[1].number


def _say(told: Restatement, desk: Desk, recorded: int | None, *, as_json: bool) -> None:
    from rich.console import Console

    from agent.commands.inventory import WIDE
    from agent.figure_text import as_json as written
    from agent.inventory_text import changes_table

    if as_json:
        click.echo(written({"restatement": told, "recorded": recorded}))
        return
    stood = f"{told.period}, as entry {told.entry} of {desk.local(told.closed_at)} has it"
    if not told.changes:
        click.echo(f"{stood}, comes out the same now")
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    console.print(f"{stood}, against now:", markup=False)
    console.print(changes_table(told))
    if recorded is None:
        click.echo("dry run: nothing written; record it with --yes --approver NAME --why ...")
    else:
        click.echo(f"entry {recorded}: {told.period} is restated; entry {told.entry} stays readable")
