"""`energy-agent demo`: the whole plant, simulated, with broker and store, on this machine alone."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, environment, says_errors
from agent.state import StateDir
from domain.errors import EnergyAgentError

if TYPE_CHECKING:
    from agent.application import Application
    from agent.clock import PlantClock
    from agent.compared import Compared
    from agent.origin import Origin
    from config import Loaded
    from domain.ports import Store
    from domain.results import Results

    Compare = Callable[[Store, Results], tuple[Compared, ...]]

_SUMMARY_S = 3.0
_PORT = re.compile(r"^port = (\d+)$", re.MULTILINE)
_MOST_OFFSET = 46_000
"""The highest port of the demo plant is still one with it."""


@click.command(epilog=EXIT_CODES)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-data"),
    show_default=True,
    help="Where the demo keeps its plant file, journal and store.",
)
@click.option(
    "--port-offset",
    type=click.IntRange(-7000, _MOST_OFFSET),
    default=0,
    help="Add this to every port, when some are taken.",
)
@click.option(
    "--scenario",
    help="What goes wrong: see `energy-agent simulate --help`. Default: the folder's, demo in a new one.",
)
@click.option("--seed", type=int, help="Same seed, same plant. Default: the folder's, 1 in a new one.")
@says_errors
def demo(folder: Path, port_offset: int, scenario: str | None, seed: int | None) -> None:
    """Run a simulated coating works: 17 meters over Modbus, through MQTT, into the store.

    Everything stays on 127.0.0.1 and in one folder. Ctrl-C stops it. A new folder begins with the readings of
    its meters since 2024, in which faults are planted, and says what was found of them; an old one goes on
    where it was stopped, with the same plant.

    \b
    Examples:
      energy-agent demo
      energy-agent demo --scenario hostile --dir /tmp/demo --port-offset 1000
    \b
    While it runs, in another terminal:
      energy-agent status -c demo-data/plant.toml
      energy-agent read gas_coil -c demo-data/plant.toml
      energy-agent tail gas_coil -c demo-data/plant.toml
    """
    from agent.application import Application
    from agent.beginning import compare_past
    from agent.clock import PlantClock
    from agent.logs import set_up_logging
    from agent.origin import begin
    from agent.simulation import known_scenario
    from config import load

    set_up_logging(verbose=False)
    os.umask(0o077)
    path = write_plant(folder, port_offset)
    loaded = load(path, environment())
    clock = PlantClock()
    chosen = known_scenario(scenario) if scenario else None
    with _held(loaded.agent.state_dir) as state_dir:
        origin = begin(state_dir, now_ms=clock.now_ms(), seed=seed, scenario=chosen)
    meters = _start_meters(path, origin)
    try:
        if not origin.has_history:
            with _held(loaded.agent.state_dir):
                _tell_past(loaded, origin, clock)
        compare = None if origin.has_history else partial(compare_past, loaded, origin, clock)

        async def serve() -> None:
            app = Application(loaded, clock)
            tasks: list[asyncio.Task[None]] = []
            try:
                await app.run(started=_starter(app, path, tasks, compare))
            finally:
                for task in tasks:
                    task.cancel()

        asyncio.run(serve())
    finally:
        _stop_meters(meters)
    click.echo("stopped; the readings stay in " + str(folder))


def write_plant(folder: Path, port_offset: int) -> Path:
    """Write the demo's plant file into the folder and return its path; one that was changed is kept.

    EnergyAgentError for a real plant's file, and while a demo runs in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "plant.toml"
    shipped = (files("config") / "examples" / "demo.toml").read_text(encoding="utf-8")
    if path.exists():
        found = path.read_text(encoding="utf-8", errors="replace")
        if not re.search(r"^demo\s*=\s*true\b", found, flags=re.MULTILINE):
            hint = "name another folder with --dir"
            raise EnergyAgentError(str(path), "is no demo plant, and is left as it is", hint)
        if _PORT.sub("", found) != _PORT.sub("", shipped):
            click.echo(f"{path} was changed and is used as it is; delete it to have the shipped one")
            return path
    StateDir.open(folder / "state").close()
    moved = _PORT.sub(lambda match: f"port = {int(match[1]) + port_offset}", shipped)
    whole = path.with_suffix(".new")
    whole.write_text(moved, encoding="utf-8")
    whole.replace(path)  # whoever looks, and a start after a kill, finds no half of it
    return path


@contextmanager
def _held(path: Path) -> Iterator[Path]:
    """Keep other agents out of a state folder."""
    state = StateDir.open(path)
    try:
        yield path
    finally:
        state.close()


def _tell_past(loaded: Loaded, origin: Origin, clock: PlantClock) -> None:
    """Write what the meters showed before the first start and fit the baselines, with a progress bar."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from agent.beginning import begin_past
    from agent.origin import mark_history

    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:

        def progress(step: str, share: float) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=1.0)
            bar.update(tasks[step], completed=share)

        begun = begin_past(loaded, origin, clock, progress)
    mark_history(loaded.agent.state_dir, origin)
    click.echo(
        f"history: {begun.history.readings:,} readings since 2024, {begun.history.events} meter events "
        f"and {begun.baselines} baselines in the ledger"
    )


def _start_meters(path: Path, origin: Origin) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "agent", "simulate", "-c", str(path), "--seed", str(origin.seed)]
    command += ["--with-parent", "--scenario", origin.scenario, "--start", str(origin.start_ms)]
    # A session of its own, so that Ctrl-C stops the agent first and the meters after it.
    meters = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    if not meters.stdout or not meters.stdout.readline():  # it says on standard error what is wrong
        _stop_meters(meters)
        raise SystemExit(meters.returncode)
    return meters


def _stop_meters(meters: subprocess.Popen[bytes]) -> None:
    if meters.stdin:
        meters.stdin.close()
    try:
        meters.wait(3.0)
    except subprocess.TimeoutExpired:
        meters.kill()
        meters.wait()
    if meters.stdout:
        meters.stdout.close()


def _starter(
    app: Application, path: Path, tasks: list[asyncio.Task[None]], compare: Compare | None
) -> Callable[[], None]:
    def started() -> None:
        click.echo(f"demo plant: {len(app.plant.devices)} simulated meters, state in {path.parent}")
        _tell_page(app)
        click.echo(f"health http://127.0.0.1:{app.http_port}/healthz  metrics /metrics   Ctrl-C stops")
        click.echo(f"try: energy-agent status -c {path}")
        tasks.append(asyncio.create_task(_summaries(app, compare), name="summary"))

    return started


def _tell_page(app: Application) -> None:
    if app.page is None:
        return
    first = app.page.setup_link(app.http_port)
    if first is None:
        click.echo(f"page: {app.page.address(app.http_port)}/")
    else:
        click.echo(f"page: open {first} and choose a name and a password")


async def _summaries(app: Application, compare: Compare | None) -> None:
    """Tell how it goes; once, after the first results, what was planted and what was found of it."""
    from agent.demo_text import comparison_lines, figures_line, readings_line

    before = 0
    while True:
        await asyncio.sleep(_SUMMARY_S)
        status = app.status()
        stored = status.store.readings if status.store else 0
        click.echo(readings_line(status, (stored - before) / _SUMMARY_S))
        before = stored
        if app.analysing is None or app.storing is None:
            continue
        live, results = app.analysing.analysis.live, app.analysing.analysis.results
        click.echo(figures_line(status, live, results))
        if compare is not None and results is not None:
            rows = await asyncio.to_thread(compare, app.storing.store, results)
            click.echo("\n".join(comparison_lines(rows)))
            compare = None
