"""`energy-agent read DEVICE`: one poll, decoded, with the raw registers beside."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Literal

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_DEVICE,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)


@click.command(epilog=EXIT_CODES)
@click.argument("device")
@config_option
@json_option
@says_errors
def read(device: str, config_path: Path | None, *, as_json: bool) -> None:
    """Poll DEVICE once and show each value with its raw registers.

    A running agent lends its link, so that a serial bus is never asked by two.

    \b
    Examples:
      energy-agent read gas_coil -c plant.toml
      energy-agent read gas_coil --json | jq '.registers[] | select(.quality != "good")'
    """
    from agent.control import is_running
    from config import load

    loaded = load(plant_file(config_path), environment())
    known = sorted(d.id for d in loaded.plant.devices)
    if device not in known:
        raise click.UsageError(f"no device {device!r} in the plant file; known are {', '.join(known)}")
    state_dir = loaded.agent.state_dir
    poll = _ask_agent(state_dir, device) if is_running(state_dir) else None
    if poll is None:
        poll = _poll_directly(loaded.plant, device)
    if as_json:
        click.echo(json.dumps(poll, ensure_ascii=False, indent=2))
    else:
        _show(poll)
    if not any(register["quality"] == "good" for register in poll["registers"]):
        raise SystemExit(EXIT_DEVICE)


def _ask_agent(state_dir: Path, device: str) -> dict[str, Any] | None:
    """Return the poll by the running agent; None when that agent does not poll this device."""
    import httpx

    from agent.control import control_client
    from domain.errors import NoAnswer

    try:
        with control_client(state_dir, timeout_s=120.0) as client:
            answer = client.get(f"/read/{device}")
        body: dict[str, Any] = answer.json()
    except (httpx.TransportError, ValueError) as error:
        raise NoAnswer(device, f"the running agent gave no answer: {error}", "see its log") from error
    if answer.status_code in (404, 409):
        return None
    if answer.status_code != 200:
        raise NoAnswer(device, str(body["problem"]), str(body["hint"]))
    return body


def _poll_directly(plant: Any, device_id: str) -> dict[str, Any]:
    from collector.single import read_once
    from collector.unit import ModbusLink

    device = plant.device(device_id)
    link = plant.link(device.link)

    async def poll() -> dict[str, Any]:
        unit = ModbusLink(link)
        try:
            return (await read_once(device, link, unit)).as_json()
        finally:
            await unit.close()

    return asyncio.run(poll())


def _place(register: dict[str, Any]) -> str:
    if register["model"] is not None:
        return f"no model {register['model']}"
    return f"{register['space']} {register['address']}"


def _show(poll: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    requests = "1 request" if poll["requests"] == 1 else f"{poll['requests']} requests"
    console.print(
        f"[bold]{poll['device']}[/bold]  profile {poll['profile']}, "
        f"{poll['address']} unit {poll['unit_id']}, {requests}"
    )
    table = Table(box=box.SIMPLE)
    for column in ("name", "value", "unit", "quality", "address", "raw"):
        justify: Literal["left", "right"] = "right" if column in ("value", "address") else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column != "raw")
    for register in poll["registers"]:
        value = "" if register["value"] is None else f"{register['value']:,.12g}"
        quality = register["quality"]
        table.add_row(
            register["name"],
            value,
            register["unit"],
            quality if quality == "good" else f"[bold]{quality}[/bold]",
            _place(register),
            register["raw"],
        )
    console.print(table)
    for doubt in poll["doubts"]:
        click.echo(doubt)
