"""`energy-agent track`: where a process stands against the reduction that was promised."""

from __future__ import annotations

from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors


@click.command(epilog=EXIT_CODES)
@click.argument("processes", nargs=-1, metavar="[PROCESS]...")
@click.option("--year", help="Default: this one.")
@config_option
@json_option
@says_errors
def track(*, processes: tuple[str, ...], year: str | None, config_path: Path | None, as_json: bool) -> None:
    """Show the year of PROCESS (default: all) against its target, and where it will end.

    The projection takes the planned output of the rest of the year, and a plant that burns for it what it
    has burnt this year for the same output. Its interval knows the noise of the plant, not its intentions.

    \b
    Examples:
      energy-agent track
      energy-agent track coil --year 2025
      energy-agent track coil --json | jq '.[0].projection'
    """
    from agent.declaring import open_desk, process_named
    from agent.figure_text import as_json as written
    from agent.figures import figures
    from agent.spans import year_of
    from agent.track_text import lines
    from domain.errors import StoreError
    from domain.results import Track

    desk = open_desk(config_path)
    plant = desk.loaded.plant
    chosen = [process_named(plant, name) for name in dict.fromkeys(processes)] or list(plant.processes)
    wanted = year_of(year, desk)
    with figures(desk.loaded) as asked:
        tracks: list[Track] = asked.results("track")
    found = {(each.process, each.year): each for each in tracks}
    missing = [process.id for process in chosen if (process.id, wanted) not in found]
    if missing:
        known = ", ".join(str(each) for each in sorted({each.year for each in tracks}))
        hint = f"there are tracks of {known}" if known else "no figures are kept yet; start the agent"
        raise StoreError(f"{', '.join(missing)} {wanted}", "has no track", hint)
    if as_json:
        click.echo(written([found[process.id, wanted] for process in chosen]))
        return
    for process in chosen:
        told = lines(found[process.id, wanted], process.output_unit, desk.loaded.method.target)
        click.echo("\n".join(told))
