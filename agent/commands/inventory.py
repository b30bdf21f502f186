"""`energy-agent inventory`: the greenhouse gases of a month or a year."""

from __future__ import annotations

from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors


@click.command(epilog=EXIT_CODES)
@click.argument("period")
@click.option("--fresh", is_flag=True, help="As if it were not closed: what its inputs would give now.")
@config_option
@json_option
@says_errors
def inventory(*, period: str, fresh: bool, config_path: Path | None, as_json: bool) -> None:
    """Show the greenhouse-gas inventory of PERIOD: 2026-03 or 2026.

    By scope, location- and market-based, with the factors that each figure used, its uncertainty and what
    is doubtful. A figure that is not known is -, never 0. A closed period shows what was closed.

    \b
    Examples:
      energy-agent inventory 2026-03
      energy-agent inventory 2026 --json | jq .inventory.scope_1.tco2e
    """
    from rich.console import Console

    from agent.closing import period_named
    from agent.declaring import open_desk
    from agent.figure_text import as_json as written
    from agent.figures import figures
    from agent.inventory_text import below_lines, head_lines, lines_table, scopes_table

    desk = open_desk(config_path)
    name = period_named(desk, period).name
    with figures(desk.loaded) as asked:
        found = asked.inventory(name, fresh=fresh)
    if as_json:
        click.echo(written(found))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    for line in head_lines(found.inventory):
        console.print(line, markup=False)
    console.print(scopes_table(found.inventory))
    console.print(lines_table(found.inventory))
    for line in below_lines(found.inventory):
        console.print(line, markup=False, soft_wrap=True)


WIDE = 180
"""Columns where nobody looks at a terminal."""
