"""`energy-agent tail`: live readings as they are taken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from agent.commands.common import (
    EXIT_CODES,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)


@click.command(epilog=EXIT_CODES)
@click.argument("devices", nargs=-1)
@config_option
@json_option
@click.option("--count", "-n", type=click.IntRange(min=1), help="End after so many polls.")
@says_errors
def tail(devices: tuple[str, ...], config_path: Path | None, count: int | None, *, as_json: bool) -> None:
    """Show readings as the running agent takes them; all devices, or those named.

    \b
    Examples:
      energy-agent tail
      energy-agent tail gas_coil gas_sheet
      energy-agent tail --json -n 100 | jq .values
    """
    import httpx

    from agent.control import control_client, not_running
    from config import load

    loaded = load(plant_file(config_path), environment())
    known = {device.id: device for device in loaded.plant.devices}
    for name in devices:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise click.UsageError(f"no device {name!r} in the plant file; known are {listed}")
    units = {point.id: point.unit for point in loaded.plant.points}
    state_dir = loaded.agent.state_dir
    try:
        with (
            control_client(state_dir, timeout_s=60.0) as client,
            client.stream("GET", "/tail") as answer,
        ):
            if answer.status_code != 200:
                answer.read()
                raise click.ClickException(answer.json()["problem"])
            zone = ZoneInfo(loaded.plant.time_zone)
            for poll, line in _polls(answer.iter_lines(), devices, count):
                click.echo(line if as_json else _line(poll, units, zone))
    except httpx.TransportError as error:
        raise not_running(state_dir) from error
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def _polls(
    lines: Iterable[str], devices: tuple[str, ...], count: int | None
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give (poll, its JSON) of the devices, so many of them."""
    shown = 0
    for line in lines:
        if not line.strip():
            continue
        poll = json.loads(line)
        if devices and poll["device"] not in devices:
            continue
        yield poll, line
        shown += 1
        if count is not None and shown >= count:
            return


def _line(poll: dict[str, Any], units: dict[str, str], zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(poll.get("at", poll.get("since", 0)) / 1000, tz=zone)
    time = at.strftime("%H:%M:%S")
    device = poll["device"]
    values = [
        f"{name}={value:.8g} {units.get(f'{device}.{name}', '')}".rstrip()
        for name, value in poll.get("values", {}).items()
        if value is not None
    ]
    doubts = [f"{name}:{code}" for name, code in poll["quality"].items()]
    return f"{time}  {device:16} {'  '.join(values + doubts)}"
