"""`energy-agent intensity`: gas per output, as ratio and normalised, period by period."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, EXIT_FAILED, config_option, json_option, says_errors

if TYPE_CHECKING:
    from agent.ledger import Desk
    from domain.periods import Period
    from domain.results import Intensity

_KINDS = ("hour", "shift", "day", "week", "month", "year")
_WIDE = 160


@click.command(epilog=EXIT_CODES)
@click.argument("processes", nargs=-1, metavar="[PROCESS]...")
@click.option("--period", "kind", type=click.Choice(_KINDS), default="month", show_default=True)
@click.option("--from", "since", help="First instant, plant time: 2026-03-01.")
@click.option("--to", "until", help="End, not included. Default: now.")
@click.option("--last", type=click.IntRange(1, 10_000), help="The newest N periods. Default: a handful.")
@config_option
@json_option
@says_errors
def intensity(
    *,
    processes: tuple[str, ...],
    kind: str,
    since: str | None,
    until: str | None,
    last: int | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Show gas per output of PROCESS (default: all), by hour, shift, day, week, month or year.

    ratio is gas / output. expected is what the approved baseline says of the output; index is gas /
    expected, norm. the intensity of the baseline period times the index. A saving whose interval includes 0
    is not yet proven. Periods are the plant's: a day begins when its calendar says so.

    \b
    Examples:
      energy-agent intensity
      energy-agent intensity coil --period day --last 30
      energy-agent intensity coil sheet --period month --from 2025-01-01 --to 2026-01-01 --json
    """
    from agent.declaring import open_desk, process_named
    from agent.figure_text import as_json as written
    from agent.figures import figures
    from agent.spans import last_periods, periods_between
    from domain.periods import PeriodKind

    desk = open_desk(config_path)
    plant = desk.loaded.plant
    names = [process_named(plant, name).id for name in processes] or [each.id for each in plant.processes]
    names = list(dict.fromkeys(names))
    chosen = PeriodKind(kind)
    if last is not None and (since or until):
        raise click.UsageError("give --last, or --from and --to")
    if last is None and (since or until):
        periods = periods_between(desk, chosen, since, until)
    else:
        periods = last_periods(desk, chosen, last)
    if not periods:
        raise click.UsageError(_no_periods(kind))
    with figures(desk.loaded) as asked:
        found: dict[str, list[Intensity]] = {
            name: asked.results(
                "intensity",
                since=max(0, periods[0].since),
                until=periods[-1].since + 1,
                period=chosen,
                subject=name,
            )
            for name in names
        }
    if as_json:
        click.echo(written([each for name in names for each in found[name]]))
    elif any(found.values()):
        _show(found, desk)
    if not any(found.values()):
        click.echo(_nothing(desk, periods, kind), err=True)
        raise SystemExit(EXIT_FAILED)


def _no_periods(kind: str) -> str:
    if kind == "shift":
        return "the calendar has no shift there; declare shifts with `energy-agent event calendar FILE`"
    return f"there is no {kind} in this span"


def _nothing(desk: Desk, periods: Sequence[Period], kind: str) -> str:
    span = f"{desk.local(periods[0].since)} to {desk.local(periods[-1].until)}"
    return (
        f"energy-agent: no figures by {kind} from {span}; is it before the first reading? A running agent "
        "computes within seconds, `energy-agent recompute` does it without one"
    )


def _show(found: dict[str, list[Intensity]], desk: Desk) -> None:
    from rich.console import Console

    from agent.intensity_text import Notes, table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    notes = Notes()
    for name, figures_of in found.items():
        if figures_of:
            console.print(table(name, figures_of, notes))
        else:
            console.print(f"{name}: no figures in this span")
    for line in notes.lines(desk.loaded.method.confidence):
        console.print(line, markup=False)
