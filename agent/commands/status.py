"""`energy-agent status`: how the running agent is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_FAILED,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)

if TYPE_CHECKING:
    from rich.console import Console


@click.command(epilog=EXIT_CODES)
@config_option
@json_option
@says_errors
def status(config_path: Path | None, *, as_json: bool) -> None:
    """Show each device's last good reading, failures and latency, the journal, the store, quarantine.

    Exit code 1 when readings do not reach the store now.

    \b
    Examples:
      energy-agent status
      energy-agent status --json | jq '.devices[] | select(.state != "good")'
    """
    import httpx

    from agent.control import control_client, not_running
    from config import load

    loaded = load(plant_file(config_path), environment())
    try:
        with control_client(loaded.agent.state_dir) as client:
            body: dict[str, Any] = client.get("/status").json()
    except httpx.TransportError as error:
        raise not_running(loaded.agent.state_dir) from error
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        _show(body)
    if not body["ready"]:
        raise SystemExit(EXIT_FAILED)


def _show(body: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    state = "[green]ready[/green]" if body["ready"] else "[red]not ready[/red]"
    demo = "  [bold]DEMO[/bold]" if body["is_demo"] else ""
    console.print(f"{body['site']}/{body['gateway']}  {state}{demo}  up {body['uptime_s']:.0f} s")
    for reason in body["reasons"]:
        console.print(f"  [red]{reason}[/red]", highlight=False)
    if body["devices"]:
        table = Table(box=box.SIMPLE)
        for column in ("device", "state", "last good", "polls", "failed", "latency", "last error"):
            table.add_column(column, overflow="fold")
        for device in body["devices"]:
            table.add_row(*_row(device, body["at"]))
        console.print(table)
    if body["journal"]:
        journal = body["journal"]
        dropped = sum(journal["dropped"].values())
        console.print(
            f"journal    {journal['depth']:,} waiting, {journal['journalled']:,} written, "
            f"{journal['acknowledged']:,} acknowledged, {journal['resent']:,} resent, {dropped:,} dropped"
        )
    if body["store"]:
        store = body["store"]
        console.print(
            f"store      {store['kind']}, {store['readings']:,} readings, "
            f"{store['duplicates']:,} duplicates ignored"
        )
        waiting = ", ".join(f"{reason} {count:,}" for reason, count in store["quarantine"].items())
        console.print(f"quarantine {waiting or 'empty'}")
    if body["analytics"]:
        _show_analytics(console, body["analytics"], body["at"])
    if body["reload"]:
        _show_reload(console, body["reload"], body["at"])


def _show_reload(console: Console, last: dict[str, Any], now_ms: int) -> None:
    age = max(now_ms - last["at"], 0) / 1000
    console.print(f"reload     {last['outcome']}, {age:.0f} s ago, by {last['who']}", highlight=False)
    for line in last["said"]:
        console.print(f"           {line}", highlight=False, markup=False)


def _show_analytics(console: Console, found: dict[str, Any], now_ms: int) -> None:
    if found["computed_at"] is None:
        console.print("figures    none yet")
    else:
        age = max(now_ms - found["reading_at"], 0) / 1000
        alerts = ", ".join(f"{count} {name}" for name, count in found["open_alerts"].items() if count)
        console.print(
            f"figures    {age:.1f} s behind, {found['findings']} findings, {alerts or 'no'} alerts open"
        )
    for channel in found["channels"]:
        console.print(
            f"channel    {channel['name']}: {channel['state']}, {channel['sent']:,} sent", highlight=False
        )


def _row(device: dict[str, Any], now_ms: int) -> tuple[str, ...]:
    last = device["last_good_at"]
    age = "never" if last is None else f"{max(now_ms - last, 0) / 1000:.1f} s ago"
    failures = ", ".join(f"{code} {count:,}" for code, count in device["failures"].items())
    colour = {"good": "green", "failing": "red", "stale": "red"}.get(device["state"], "yellow")
    return (
        device["device"],
        f"[{colour}]{device['state']}[/{colour}]",
        age,
        f"{device['polls']:,}",
        failures or "0",
        f"{device['latency_ms']:.1f} ms",
        device["last_error"],
    )
