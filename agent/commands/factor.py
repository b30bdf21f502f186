"""`energy-agent factor`: the emission factors of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors

if TYPE_CHECKING:
    from agent.factor_book import Shelved, Shown
    from agent.ledger import Desk
    from domain.carbon_entries import EmissionFactor


@click.group(epilog=EXIT_CODES)
def factor() -> None:
    """Emission factors: value, unit, source, validity, who entered them. Of one use the newest valid holds.

    Those that come with the agent are entered at its first start. Another value is another entry: closed
    months keep the factor they were closed with, `energy-agent restate` shows what would change.

    \b
    Examples:
      energy-agent factor list
      energy-agent factor show grid-cn-gd-2023
      energy-agent factor adopt
    """


@factor.command("list", epilog=EXIT_CODES)
@click.option("--use", help="Only those of a use, or of a part of one: grid, gas.ncv.")
@config_option
@json_option
@says_errors
def list_(use: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Show the factors that count: which hold today, which another one has superseded."""
    from agent.declaring import open_desk
    from agent.factor_book import factors_of
    from agent.figure_text import as_json as written

    desk = open_desk(config_path)
    known = factors_of(desk)
    found = [each for each in known if use is None or _is_of(each.factor.use, use)]
    if as_json:
        click.echo(written(found))
        return
    lines = [_row(each) for each in found]
    if not known:
        lines.append("the ledger has no factor; enter those of the agent: energy-agent factor adopt")
    click.echo("\n".join((*lines, f"{len(found)} factor{'' if len(found) == 1 else 's'}")))


def _is_of(use: str, asked: str) -> bool:
    return use == asked or use.startswith(f"{asked}.") or use.endswith(f".{asked}")


@factor.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="ID")
@config_option
@json_option
@says_errors
def show(id_: str, config_path: Path | None, *, as_json: bool) -> None:
    """Show one factor whole, every entry that was made under its id, and the closed periods that used it."""
    from agent.declaring import open_desk
    from agent.factor_book import factor_named
    from agent.figure_text import as_json as written

    desk = open_desk(config_path)
    found = factor_named(desk, id_.strip())
    click.echo(written(found) if as_json else "\n".join(_whole(found, desk)))


@factor.command(epilog=EXIT_CODES)
@config_option
@says_errors
def adopt(config_path: Path | None) -> None:
    """Enter the factors that come with this agent and whose id the ledger never had.

    A running agent does so when it starts; after an update of its files this does it without.
    """
    from contextlib import closing

    from agent.declaring import open_desk
    from agent.ledger import ledger_path
    from agent.shipped_factors import adopt as adopt_shipped
    from storage.ledger import SqliteLedger

    desk = open_desk(config_path)
    with closing(SqliteLedger(ledger_path(desk.loaded.agent.state_dir))) as ledger:
        count = adopt_shipped(ledger, at=desk.now)
    click.echo(f"{count} factors entered" if count else "the ledger has had them all; nothing written")


def _row(each: Shelved) -> str:
    region = f" {each.factor.region}" if each.factor.region else ""
    state = f"{each.state} by {each.by}" if each.by else each.state
    return (
        f"{each.entry:5}  {each.factor.id}  {each.factor.use}{region}  {_value(each.factor)}  "
        f"{_validity(each.factor)}  {state}  {_checked(each.factor)}  ({_source(each.factor)})"
    )


def _whole(found: Shown, desk: Desk) -> Iterator[str]:
    from agent.carbon_text import carbon_summary
    from domain.carbon_entries import EmissionFactor

    if found.factor is not None:
        body = found.factor.factor
        state = f"{found.factor.state} by {found.factor.by}" if found.factor.by else found.factor.state
        region = f" in {body.region}" if body.region else ""
        yield f"{body.id}: {state}, {_checked(body)}"
        yield f"  {body.use}{region}: {_value(body)}, {_validity(body)}"
        yield f"  source: {_source(body)}{f'; data of {body.year}' if body.year else ''}"
        yield f"  approved by {body.approver or 'nobody'}"
        if body.uncertainty is not None:
            yield f"  relative standard uncertainty {100.0 * body.uncertainty:.3g} % (k = 1)"
        if body.file_sha256:
            yield f"  document: sha256 {body.file_sha256}"
    else:
        yield "every entry of it is void"
    if found.closed:
        yield f"  used by closed periods: {', '.join(found.closed)}"
    yield "  entries:"
    for entry in found.history:
        assert isinstance(entry.body, EmissionFactor)
        void = "VOID " if entry.number in found.void else ""
        why = f' "{entry.why}"' if entry.why else ""
        yield (
            f"  {entry.number:5}  {desk.local(entry.at)}  {entry.who}  "
            f"{void}{carbon_summary(entry.body, desk)}{why}"
        )


def _value(body: EmissionFactor) -> str:
    from domain.registers import Reference

    unit = "" if body.unit == "1" else f" {body.unit}"
    at = f" at {body.reference.value}" if isinstance(body.reference, Reference) else ""
    return f"{body.value:.15g}{unit}{at}"


def _validity(body: EmissionFactor) -> str:
    return f"{body.valid_from} to {body.valid_until or 'further notice'}"


def _checked(body: EmissionFactor) -> str:
    return "verified" if body.is_verified else "NOT VERIFIED"


def _source(body: EmissionFactor) -> str:
    return f"{body.source}, {body.page}" if body.page else body.source
