"""`energy-agent simulate`: the meters of a demo plant, without hardware."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, config_option, environment, plant_file, says_errors


@click.command(epilog=EXIT_CODES)
@config_option
@click.option(
    "--scenario", help="What goes wrong: a name from simulators/scenarios or a TOML file. Default: nothing."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same plant.")
@click.option(
    "--refresh", "refresh_s", type=float, default=1.0, show_default=True, help="Seconds between two values."
)
@click.option(
    "--start",
    "start_ms",
    type=int,
    help="Instant that the scenario's offsets count from, milliseconds since 1970 UTC. Default: now.",
)
@click.option("--clock", "clock_spec", hidden=True, help="Compressed time: origin_ms:started_ms:speed.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input ends.")
@says_errors
def simulate(
    *,
    config_path: Path | None,
    scenario: str | None,
    seed: int,
    refresh_s: float,
    start_ms: int | None,
    clock_spec: str | None,
    with_parent: bool,
) -> None:
    """Serve the meters of a plant file with `demo = true` over Modbus on loopback, until Ctrl-C.

    \b
    Examples:
      energy-agent simulate -c demo-data/plant.toml
      energy-agent simulate -c demo-data/plant.toml --scenario drift --seed 7
    """
    from agent.clock import clock_for
    from agent.logs import set_up_logging
    from agent.simulation import load_named_scenario, simulator
    from config import load
    from domain.errors import EnergyAgentError

    set_up_logging(verbose=False)
    path = plant_file(config_path)
    loaded = load(path, environment())
    if not loaded.plant.is_demo:
        raise EnergyAgentError(str(path), "is a real plant", "simulate only plants with site.demo = true")
    clock = clock_for(loaded.plant, clock_spec)
    chosen = load_named_scenario(scenario) if scenario else None

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        if with_parent:
            loop.add_reader(sys.stdin.fileno(), lambda: _ends(stop))
        async with simulator(
            loaded.plant,
            clock,
            seed=seed,
            scenario=chosen,
            refresh_ms=round(refresh_s * 1000),
            start_ms=start_ms,
        ):
            # Whoever started us waits for this line.
            click.echo(f"{len(loaded.plant.devices)} simulated meters on {len(loaded.plant.links)} links")
            await stop.wait()

    asyncio.run(serve())


def _ends(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        stop.set()
