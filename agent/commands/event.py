"""`energy-agent event`: what was done to meters, processes and the calendar, for the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors
from agent.options import FIGURE, LINE, TEXT, who_option, why_may_option, why_option

if TYPE_CHECKING:
    from agent.ledger import Desk
    from domain.ledger import Body

_KINDS = (
    "production",
    "plan",
    "meter_event",
    "static_factor",
    "gas_quality",
    "calendar",
    "baseline",
    "baseline_approved",
    "alert",
    "voided",
    "emission_factor",
    "fuel_use",
    "invoice",
    "certificates",
    "green_contract",
    "aluminium_lot",
    "base_year",
    "explained",
    "closed",
    "restated",
)
_AT = "When: 2026-03-01T08:00, plant time."


@click.group(epilog=EXIT_CODES)
def event() -> None:
    """Record what meters and counters cannot know: exchanges, calibrations, rebuilds, shifts, output.

    An entry is never changed: a wrong one is voided. A running agent recomputes what an entry touches
    within seconds; without one it is done at the next start.

    \b
    Examples:
      energy-agent event calendar summer.toml --why "two shifts from June on"
      energy-agent event list --kind meter_event
      energy-agent event void 12 --why "wrong meter"
    """


def _exchange_or_reset(name: str, text: str) -> click.Command:
    """Return the command for one of the two events that give a counter another index."""

    @click.command(name, help=text, epilog=EXIT_CODES)
    @click.argument("point")
    @click.option("--at", required=True, help=_AT)
    @click.option("--old-final", type=FIGURE, required=True, help="Last index before, unit of the point.")
    @click.option("--new-start", type=FIGURE, required=True, help="First index after, unit of the point.")
    @click.option("--certificate", default="", callback=LINE, help="Number of the new meter's certificate.")
    @why_option
    @who_option
    @config_option
    @says_errors
    def command(
        *, point: str, at: str, old_final: float, new_start: float, certificate: str, **common: Any
    ) -> None:
        from agent.events import meter_event
        from domain.ledger import MeterEventKind

        kind = MeterEventKind(name)
        _declare(
            lambda desk: [
                meter_event(
                    desk,
                    kind,
                    point,
                    at,
                    old_final=old_final,
                    new_start=new_start,
                    certificate=certificate,
                )
            ],
            **common,
        )

    return command


event.add_command(
    _exchange_or_reset(
        "exchange",
        """Record that the meter behind POINT was exchanged.

    \b
    Example:
      energy-agent event exchange gas_coil.volume_reference --at 2026-03-01T08:00 \\
        --old-final 184223.5 --new-start 0 --why "battery empty, meter 4711 for 4710"
    """,
    )
)
event.add_command(
    _exchange_or_reset("reset", "Record that the counter POINT was set to another index, same meter.")
)


@event.command(epilog=EXIT_CODES)
@click.argument("point")
@click.option("--at", required=True, help=_AT)
@click.option("--valid-until", required=True, help="Last day of the calibration: 2028-02-29.")
@click.option("--certificate", required=True, callback=TEXT, help="Number of the certificate.")
@why_may_option
@who_option
@config_option
@says_errors
def calibration(*, point: str, at: str, valid_until: str, certificate: str, **common: Any) -> None:
    """Record that the counter POINT was calibrated."""
    from agent import events

    _declare(
        lambda desk: [events.calibration(desk, point, at, valid_until=valid_until, certificate=certificate)],
        **common,
    )


@event.command(epilog=EXIT_CODES)
@click.argument("process")
@click.option("--since", required=True, help=_AT)
@click.option("--until", help="End, not included. Default: it lasts.")
@click.option(
    "--what", required=True, callback=TEXT, help="What changed: oven rebuilt, new paint, third shift."
)
@click.option("--share", type=FIGURE, default=0.0, help="Change of expected gas: -0.03 is 3 % less.")
@click.option("--nm3-per-day", type=FIGURE, default=0.0, help="Change of expected gas a day, Nm3.")
@click.option("--approver", required=True, callback=TEXT, help="Who approved the adjustment.")
@why_option
@who_option
@config_option
@says_errors
def static(
    *,
    process: str,
    since: str,
    until: str | None,
    what: str,
    share: float,
    nm3_per_day: float,
    approver: str,
    **common: Any,
) -> None:
    """Record a change of PROCESS that its baseline does not know, and the adjustment it justifies.

    Expected gas becomes expected * (1 + share) + nm3-per-day.

    \b
    Example:
      energy-agent event static coil --since 2026-03-01 --what "oven rebuilt" --share -0.03 \\
        --approver "Wang Li" --why "trial run of 12 February"
    """
    from agent.events import static_factor

    _declare(
        lambda desk: [
            static_factor(
                desk,
                process,
                since=since,
                until=until,
                what=what,
                share=share,
                nm3_per_day=nm3_per_day,
                approver=approver,
            )
        ],
        **common,
    )


@event.command("gas-quality", epilog=EXIT_CODES)
@click.option("--month", help="The month that the supplier's statement is of: 2026-03.")
@click.option("--since", help=f"{_AT} Instead of --month.")
@click.option("--until", help="End, not included.")
@click.option("--ncv", type=FIGURE, required=True, help="Net (lower) calorific value; not the gross one.")
@click.option(
    "--unit", required=True, help="MJ/Nm3, kWh/Nm3, kcal/Nm3 (of 4.1868 kJ), GJ/10^4Nm3; or per m3."
)
@click.option("--reference", type=click.Choice(["0C", "15C", "20C"]), help="Of a m3 that is no Nm3.")
@click.option("--source", default="", callback=LINE, help="Number or file of the statement.")
@why_option
@who_option
@config_option
@says_errors
def gas_quality(
    *,
    month: str | None,
    since: str | None,
    until: str | None,
    ncv: float,
    unit: str,
    reference: str | None,
    source: str,
    **common: Any,
) -> None:
    """Record the supplier's calorific value of a month; for that month it wins over the plant file's.

    Energy and CO2 follow it, the volume of gas does not.

    \b
    Example:
      energy-agent event gas-quality --month 2026-03 --ncv 9200 --unit kcal/Nm3 \\
        --source "invoice 2026-03-17" --why "monthly statement"
    """
    from agent import gas_quality as stated

    _declare(
        lambda desk: [
            stated.gas_quality(
                desk,
                month=month,
                since=since,
                until=until,
                ncv=ncv,
                unit=unit,
                reference=reference,
                source=source,
            )
        ],
        **common,
    )


@event.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path))
@why_option
@who_option
@config_option
@says_errors
def calendar(*, file: Path, **common: Any) -> None:
    """Record shifts, rest days and holidays that hold from a day on, until the next calendar.

    \b
    FILE has the keys of [calendar] in the plant file, and the day from which they hold:
      valid_from = 2026-04-01
      day_start = "08:00"
      shifts = [{ name = "day", start = "08:00", end = "20:00" }]
      rest_days = ["sunday"]
      holidays = [2026-05-01, 2026-10-01]
    """
    from agent.events import calendar_change

    _declare(lambda _: [calendar_change(file)], **common)


def _output(name: str, text: str) -> click.Command:
    """Return the command for output that was made or is planned."""
    is_plan = name == "plan"

    @click.command(name, help=text, epilog=EXIT_CODES)
    @click.argument("process")
    @click.option("--since", required=True, help=_AT)
    @click.option("--until", required=True, help="End, not included.")
    @click.option("--quantity", required=True, help="How much: 412.5.")
    @click.option(
        "--unit", help="Unit of the quantity. Default: that of the process; kg for t are converted."
    )
    @(why_may_option if is_plan else why_option)
    @who_option
    @config_option
    @says_errors
    def command(
        *,
        process: str,
        since: str,
        until: str,
        quantity: str,
        unit: str | None,
        product: str = "",
        **common: Any,
    ) -> None:
        from agent import events

        _declare(
            lambda desk: [
                events.production(
                    desk,
                    process,
                    since=since,
                    until=until,
                    quantity=quantity,
                    unit=unit,
                    product=product,
                    is_plan=is_plan,
                )
            ],
            **common,
        )

    if not is_plan:
        option = click.option(
            "--product", default="", callback=LINE, help="Product or alloy, where the mix matters."
        )
        return option(command)
    return command


event.add_command(
    _output("production", "Record what PROCESS has made in a span; it goes before its counter.")
)
event.add_command(_output("plan", "Record what PROCESS is planned to make in a span."))


@event.command("list", epilog=EXIT_CODES)
@click.option("--kind", type=click.Choice(_KINDS), help="Only entries of one kind.")
@config_option
@json_option
@says_errors
def list_(kind: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Show the entries of the ledger; those that are void are marked."""
    import msgspec

    from agent.declaring import open_desk
    from agent.ledger import standing
    from agent.ledger_text import summary
    from domain.ledger import Voided
    from storage.ledger_rows import kind_name

    desk = open_desk(config_path)
    there = standing(desk.entries)
    chosen = [entry for entry in desk.entries if kind in (None, kind_name(entry.body))]
    if as_json:
        body = [
            {
                "number": entry.number,
                "at": entry.at,
                "who": entry.who,
                "why": entry.why,
                "kind": kind_name(entry.body),
                "void": entry.number not in there and not isinstance(entry.body, Voided),
                "body": msgspec.to_builtins(entry.body, order="sorted"),
            }
            for entry in chosen
        ]
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    lines = []
    for entry in chosen:
        is_void = entry.number not in there and not isinstance(entry.body, Voided)
        why = f' "{entry.why}"' if entry.why else ""
        lines.append(
            f"{entry.number:5}  {desk.local(entry.at)}  {entry.who}  {kind_name(entry.body)}  "
            f"{'VOID ' if is_void else ''}{summary(entry.body, desk)}{why}"
        )
    lines.append(f"{len(chosen):,} entries")
    click.echo("\n".join(lines))


@event.command(epilog=EXIT_CODES)
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@why_option
@who_option
@config_option
@says_errors
def void(*, numbers: tuple[str, ...], **common: Any) -> None:
    """Let entries count no more: 12, or 5-63 for all from 5 to 63. They stay readable.

    Figures of closed periods that count on them stand; those periods are named.
    """
    from agent.events import voids

    _declare(lambda desk: voids(desk, numbers), **common)


def _declare(make: Callable[[Desk], Sequence[Body]], *, config_path: Path | None, who: str, why: str) -> None:
    """Record what was made, and say so; of what is void now, which closed periods it touches."""
    from agent.closed_periods import closed_in_words, closed_under
    from agent.declaring import declared
    from agent.ledger_text import summary
    from domain.ledger import Voided

    desk, entries = declared(config_path, make, who=who, why=why)
    for entry in entries[:20]:
        click.echo(f"entry {entry.number}: {summary(entry.body, desk)}")
    if len(entries) > 20:
        click.echo(f"... to entry {entries[-1].number}")
    gone = [entry.body.entry for entry in entries if isinstance(entry.body, Voided)]
    for line in closed_in_words(closed_under((), desk, gone=gone)) if gone else ():
        click.echo(line)
    click.echo("A running agent recomputes what this touches within seconds.")
