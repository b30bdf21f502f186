"""`energy-agent baseline`: fit a model of expected gas, look at it, approve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_FAILED,
    config_option,
    json_option,
    says_errors,
)
from agent.options import who_option, why_may_option, why_option


@click.group(epilog=EXIT_CODES)
def baseline() -> None:
    """Gas that a process is expected to burn for its output: the energy baseline (EnB) of ISO 50006.

    A baseline is fitted to a past period, recorded in the ledger, and used once somebody has approved it.
    Saving, drift and the projection of the year are held against it; the ratio of gas to output is given
    without one too.

    \b
    Examples:
      energy-agent baseline fit coil
      energy-agent baseline show coil
      energy-agent baseline approve coil-0123456789ab --why "2024, before the burners"
    """


@baseline.command(epilog=EXIT_CODES)
@click.argument("process")
@click.option("--from", "since", help="First day of its period. Default: that of the base year.")
@click.option("--to", "until", help="End, not included. Default: that of the base year, or now after --from.")
@click.option("--dry-run", is_flag=True, help="Show it only; the ledger stays as it is.")
@why_may_option
@who_option
@config_option
@json_option
@says_errors
def fit(
    *,
    process: str,
    since: str | None,
    until: str | None,
    dry_run: bool,
    who: str,
    why: str,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Fit a baseline of PROCESS to the base year of the target, or to another span; record it, not yet used.

    The rows and variables are those of the plant file. Exit code 1 when there is none to be had; one that
    fails a gate is recorded too, and says so.

    \b
    Examples:
      energy-agent baseline fit coil --dry-run
      energy-agent baseline fit coil --from 2025-01-01 --to 2026-01-01 --why "new oven since 2024"
    """
    from agent.baseline_text import full
    from agent.baselines import fitting
    from agent.declaring import declared, open_desk, process_named
    from agent.figure_text import as_json as written
    from agent.figure_text import finding_line
    from agent.figures import figures
    from agent.spans import base_year, span_between

    desk = open_desk(config_path)
    name = process_named(desk.loaded.plant, process).id
    if until is not None and since is None:
        raise click.UsageError("--to needs a --from")
    span = base_year(desk) if since is None else span_between(desk, since, until)
    with figures(desk.loaded) as asked:
        found, findings = asked.fit(name, *span)
    entries: Any = ()
    if found is not None and not dry_run:
        why = why or f"fitted to {desk.local(span[0])} - {desk.local(span[1])}"
        desk, entries = declared(config_path, lambda at: fitting(at, found), who=who, why=why)
    if as_json:
        numbers = [entry.number for entry in entries]
        told = tuple(dict.fromkeys(findings))
        click.echo(written({"baseline": found, "findings": told, "recorded": numbers}))
    else:
        lines = list(full(found, desk)) if found is not None else []
        lines += [finding_line(finding) for finding in dict.fromkeys(findings)]
        click.echo("\n".join(lines))
    if found is None:
        raise SystemExit(EXIT_FAILED)
    if not as_json:
        click.echo(_recorded(found.id, entries, is_dry=dry_run))


def _recorded(name: str, entries: Any, *, is_dry: bool) -> str:
    if is_dry:
        return "dry run: nothing written"
    said = f"entry {entries[0].number}" if entries else "the ledger has it already"
    return f"{said}; it is used once approved: energy-agent baseline approve {name} --why ..."


@baseline.command(epilog=EXIT_CODES)
@click.argument("process", required=False)
@config_option
@json_option
@says_errors
def show(process: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Show every baseline that was fitted: which one is in use, who approved it, when and why.

    \b
    Examples:
      energy-agent baseline show
      energy-agent baseline show coil --json | jq '.[] | select(.is_used).baseline.coefficients'
    """
    from agent.baseline_text import as_data, kept
    from agent.baselines import fitted
    from agent.declaring import open_desk, process_named
    from agent.figure_text import as_json as written

    desk = open_desk(config_path)
    name = None if process is None else process_named(desk.loaded.plant, process).id
    found = fitted(desk, name)
    if as_json:
        click.echo(written([as_data(each) for each in found]))
        return
    for each in found:
        click.echo("\n".join(kept(each, desk)))
    for each_process in desk.loaded.plant.processes:
        of = [each for each in found if each.baseline.process == each_process.id]
        if name in (None, each_process.id) and not any(each.is_used for each in of):
            cure = f"approve {of[-1].baseline.id} --why ..." if of else f"fit {each_process.id}"
            click.echo(f"{each_process.id} has no approved baseline: energy-agent baseline {cure}")


@baseline.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="ID")
@click.option("--from", "since", help="Day from which it counts. Default: the end of its period.")
@click.option("--despite-gates", is_flag=True, help="Approve one that fails a gate; --why says why.")
@why_option
@who_option
@config_option
@json_option
@says_errors
def approve(
    *,
    id_: str,
    since: str | None,
    despite_gates: bool,
    who: str,
    why: str,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Hold a process against the baseline ID from now on; it replaces the one before.

    A running agent computes every figure that depends on it anew within seconds. To take an approval back,
    void its entry: the one before counts again.

    \b
    Examples:
      energy-agent baseline approve coil-0123456789ab --why "2024 by day, checked by Li"
      energy-agent baseline approve coil-0123456789ab --from 2026-01-01 --why "after the rebuild"
    """
    from agent.baselines import approval, used_by
    from agent.declaring import declared
    from agent.figure_text import as_json as written
    from agent.ledger_text import summary
    from domain.ledger import BaselineApproved

    before, (entry,) = declared(
        config_path,
        lambda at: [approval(at, id_, since=since, despite_gates=despite_gates)],
        who=who,
        why=why,
    )
    assert isinstance(entry.body, BaselineApproved)
    old = used_by(before, entry.body.process)
    if as_json:
        replaced = None if old is None else old.baseline.id
        click.echo(written({"entry": entry.number, "approved": entry.body, "replaces": replaced}))
        return
    click.echo(f"entry {entry.number}: {summary(entry.body, before)}")
    if old is not None and old.approval is not None:
        click.echo(
            f"replaces {old.baseline.id}, approved by {old.approval.who} on {before.local(old.approval.at)}"
        )
    click.echo("A running agent computes saving, drift and track anew within seconds.")
