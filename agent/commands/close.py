"""`energy-agent close`: the figures of a month or a year stand from now on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors
from agent.options import TEXT, who_option, why_option

if TYPE_CHECKING:
    from agent.ledger import Desk
    from domain.ledger import Body


@click.command(epilog=EXIT_CODES)
@click.argument("period")
@click.option("--approver", required=True, callback=TEXT, help="Who approves the figures.")
@click.option("--despite-gaps", is_flag=True, help="Close it though sums are not known or provisional.")
@why_option
@who_option
@config_option
@json_option
@says_errors
def close(
    *,
    period: str,
    approver: str,
    despite_gaps: bool,
    who: str,
    why: str,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Close PERIOD, 2026-03 or 2026: its inventory stands, whatever is entered or read later.

    What differs after it is shown by `energy-agent restate` and recorded there with a reason; the closed
    figures stay readable. A year is closed once all its months are.

    \b
    Examples:
      energy-agent close 2026-03 --approver "Chen Wei" --why "checked against the invoices"
      energy-agent close 2026 --approver "Chen Wei" --why "verified by the auditor"
    """
    from agent.closing import closing, period_named, record, with_gaps
    from agent.declaring import open_desk
    from agent.figure_text import as_json as written
    from agent.figures import figures
    from agent.ledger_text import summary

    desk = open_desk(config_path)
    name = period_named(desk, period).name

    with figures(desk.loaded) as asked:

        def made(at: Desk) -> tuple[Body, str]:
            found = asked.inventory(name, fresh=False)
            body = closing(
                at,
                found.inventory,
                approver=approver,
                known=found.known,
                months=found.months,
                despite_gaps=despite_gaps,
            )
            return body, with_gaps(why, found.inventory)

        desk, entry = record(desk.loaded, made, who=who)
    if as_json:
        click.echo(written({"entry": entry.number, "why": entry.why, "closed": entry.body}))
    else:
        click.echo(f"entry {entry.number}: {summary(entry.body, desk)}")
