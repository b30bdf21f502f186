"""`energy-agent alert`: what needs a person, and what people did about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors
from agent.options import FIGURE, LINE, TEXT, who_option, why_option

if TYPE_CHECKING:
    from agent.alerts import Known
    from agent.ledger import Desk
    from domain.ledger import Body


@click.group(epilog=EXIT_CODES)
def alert() -> None:
    """Drifts of the gas and doubts about the data: look at them, take them over, close them with a cause.

    Alerts follow from the readings; what people do about one is an entry of the ledger. Closing a drift may
    adjust the baseline from the day it began, when the cause is a change that the plant has decided on.

    \b
    Examples:
      energy-agent alert list
      energy-agent alert show drift-coil-2026-03-01
      energy-agent alert ack drift-coil-2026-03-01 --why "burner service comes on Tuesday"
      energy-agent alert close drift-coil-2026-03-01 --cause burner --why "air valve stuck, repaired"
    """


@alert.command("list", epilog=EXIT_CODES)
@click.option("--all", "is_all", is_flag=True, help="Also those that are closed, recovered or long past.")
@config_option
@json_option
@says_errors
def list_(*, is_all: bool, config_path: Path | None, as_json: bool) -> None:
    """List the alerts that are open: since when, how large, what it costs, what moved, who looks after it.

    \b
    Examples:
      energy-agent alert list --all
      energy-agent alert list --json | jq '.[] | select(.alert.code == "drift.up").id'
    """
    from agent.alert_text import as_data, short
    from agent.figure_text import as_json as written

    desk, found = _look(config_path)
    chosen = [each for each in found if is_all or each.is_waiting]
    if as_json:
        click.echo(written([as_data(each) for each in chosen]))
        return
    for each in chosen:
        click.echo("\n".join(short(each, desk)))
    others = len(found) - len(chosen)
    more = f"; {others:,} closed, recovered or past: --all shows them" if others else ""
    word = "alert" if len(chosen) == 1 else "alerts"
    click.echo(f"{len(chosen):,} {word}{' open' if not is_all else ''}{more}")


@alert.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="ID")
@config_option
@json_option
@says_errors
def show(*, id_: str, config_path: Path | None, as_json: bool) -> None:
    """Show everything about one alert: its figures, what to do, each step that was taken.

    \b
    Examples:
      energy-agent alert show drift-coil-2026-03-01
      energy-agent alert show drift-coil-2026-03-01 --json | jq .alert.facts
    """
    from agent.alert_text import as_data, full
    from agent.alerts import named
    from agent.figure_text import as_json as written

    desk, found = _look(config_path)
    known = named(found, id_)
    click.echo(written(as_data(known)) if as_json else "\n".join(full(known, desk)))


@alert.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="ID")
@why_option
@who_option
@config_option
@says_errors
def ack(*, id_: str, **common: Any) -> None:
    """Take the alert ID over: it is not told again, and the list says who looks after it.

    \b
    Example:
      energy-agent alert ack drift-coil-2026-03-01 --why "burner service comes on Tuesday"
    """
    from agent.alerts import acknowledging

    _record(id_, lambda known, desk: [acknowledging(known, desk)], **common)


@alert.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="ID")
@click.option("--cause", required=True, callback=TEXT, help="What it was: burner, product, leak, meter.")
@click.option("--permanent", "is_permanent", is_flag=True, help="The level since then is the new normal.")
@click.option(
    "--adjust-percent", type=FIGURE, help="Expect so much more gas since it began: 3 is 3 % more, -3 less."
)
@click.option("--adjust-nm3-per-day", type=FIGURE, help="Expect so many Nm3 a day more since it began.")
@click.option("--approver", default="", callback=LINE, help="Who approved the adjustment.")
@why_option
@who_option
@config_option
@says_errors
def close(
    *,
    id_: str,
    cause: str,
    is_permanent: bool,
    adjust_percent: float | None,
    adjust_nm3_per_day: float | None,
    approver: str,
    **common: Any,
) -> None:
    """Close the alert ID with its cause.

    An adjustment is a static factor of the process from the day the drift began: it changes expected gas,
    saving and track from there on, so it needs an approver. Without one the drift stays a loss in the
    figures. With --permanent the watch takes the level since then as normal; the figures stay as they are.

    \b
    Examples:
      energy-agent alert close drift-coil-2026-03-01 --cause burner --why "air valve stuck, repaired"
      energy-agent alert close drift-coil-2026-03-01 --cause product --adjust-percent 3 \\
        --approver "Wang Li" --why "thicker paint for customer A from March on"
    """
    from agent.alerts import Adjustment, closing

    adjustment = Adjustment(percent=adjust_percent, nm3_per_day=adjust_nm3_per_day, approver=approver)
    _record(
        id_,
        lambda known, desk: closing(
            known, desk, cause=cause, is_permanent=is_permanent, adjustment=adjustment
        ),
        **common,
    )


def _look(config_path: Path | None) -> tuple[Desk, Sequence[Known]]:
    """Return the ledger and every alert."""
    from agent.alerts import known_alerts
    from agent.declaring import open_desk
    from agent.figures import figures

    desk = open_desk(config_path)
    with figures(desk.loaded) as asked:
        alerts = asked.results("alert")
    return desk, known_alerts(alerts, desk)


def _record(
    id_: str,
    make: Callable[[Known, Desk], Sequence[Body]],
    *,
    config_path: Path | None,
    who: str,
    why: str,
) -> None:
    """Record what is done about an alert, and say so."""
    from agent.alerts import known_alerts, named
    from agent.declaring import declared
    from agent.ledger_text import summary

    _, found = _look(config_path)
    alerts = [each.alert for each in found if each.alert is not None]
    desk, entries = declared(
        config_path, lambda at: make(named(known_alerts(alerts, at), id_), at), who=who, why=why
    )
    for entry in entries:
        click.echo(f"entry {entry.number}: {summary(entry.body, desk)}")
    if len(entries) > 1:
        click.echo("A running agent computes expected gas, saving and track anew within seconds.")
