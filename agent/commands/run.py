"""`energy-agent run`: the service."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, config_option, environment, plant_file, says_errors


@click.command(epilog=EXIT_CODES)
@config_option
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["collector", "store", "dashboard"]),
    help="Run only this part; may be given again. Default: all.",
)
@click.option("--clock", "clock_spec", hidden=True, help="Compressed time, demo plants only.")
@click.option("--verbose", "-v", is_flag=True, help="Log more.")
@says_errors
def run(config_path: Path | None, roles: tuple[str, ...], clock_spec: str | None, *, verbose: bool) -> None:
    """Poll the meters, publish over MQTT and keep every reading, until SIGTERM or Ctrl-C.

    \b
    Examples:
      energy-agent run -c plant.toml
      energy-agent run -c plant.toml --role collector     on the gateway
      energy-agent run -c plant.toml --role store         beside the database
      energy-agent run -c plant.toml --role dashboard     the page alone, beside an agent with the store
    """
    from agent.hangup import EarlyHangup

    EarlyHangup()
    from agent.application import ROLES, Application
    from agent.clock import clock_for
    from agent.logs import set_up_logging
    from agent.page_face import announce
    from agent.reloading import PlantFile

    set_up_logging(verbose=verbose)
    file = PlantFile(path=plant_file(config_path), environ=environment())
    loaded = file.read()
    for finding in loaded.warnings:
        click.echo(f"warning {finding}", err=True)
    halves = {"collector", "store"} & set(roles)
    if halves == {"collector"} and "dashboard" in roles:
        raise click.UsageError(
            "the page asks the store: give --role dashboard beside --role store, or in a process of its own"
        )
    if len(halves) == 1 and loaded.broker.mode == "embedded":
        raise click.UsageError(
            'one role alone needs a broker between the two: set broker.mode = "external" in the plant file'
        )
    clock = clock_for(loaded.plant, clock_spec)
    os.umask(0o077)

    async def serve() -> None:
        app = Application(loaded, clock, roles=roles or ROLES, file=file)
        await app.run(started=lambda: announce(app.page, app.http_port))

    asyncio.run(serve())
