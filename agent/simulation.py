"""The simulated plant as the agent starts it: by scenario name, with errors that name the cure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from domain.errors import EnergyAgentError
from domain.plant import Plant
from domain.ports import Clock
from simulators.plant import PlantSimulator
from simulators.scenario import Scenario, ScenarioError, load_scenario, shipped_scenario

REFRESH_MS = 1000
"""Between two values of a simulated meter."""


def scenario_names() -> list[str]:
    """Return the scenarios that come with the agent."""
    folder = files("simulators") / "scenarios"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def known_scenario(name: str) -> str:
    """Return the name of a scenario that can be read, whatever the working directory will be."""
    load_named_scenario(name)
    return str(Path(name).resolve()) if name.endswith(".toml") else name


def load_named_scenario(name: str) -> Scenario:
    """Return a scenario that comes with the agent, or one in a file."""
    is_file = name.endswith(".toml")
    if not is_file and name not in scenario_names():
        known = ", ".join(scenario_names())
        raise EnergyAgentError(f"scenario {name}", "is not known", f"choose {known}, or name a TOML file")
    try:
        return load_scenario(Path(name)) if is_file else shipped_scenario(name)
    except (ScenarioError, OSError) as error:
        raise EnergyAgentError(
            f"scenario {name}", str(error), "see simulators/scenarios for examples"
        ) from error


def simulated_plant(
    plant: Plant,
    clock: Clock,
    *,
    seed: int,
    scenario: Scenario | None,
    refresh_ms: int = REFRESH_MS,
    start_ms: int | None = None,
) -> PlantSimulator:
    """Return the plant, not served yet. The scenario's offsets count from `start_ms`, by default now."""
    try:
        return PlantSimulator(
            plant,
            now_ms=clock.now_ms,
            seed=seed,
            scenario=scenario,
            refresh_ms=refresh_ms,
            start_ms=start_ms,
        )
    except ScenarioError as error:
        raise EnergyAgentError("scenario", str(error), "it does not fit this plant") from error


@asynccontextmanager
async def simulator(
    plant: Plant,
    clock: Clock,
    *,
    seed: int,
    scenario: Scenario | None,
    refresh_ms: int,
    start_ms: int | None = None,
) -> AsyncIterator[PlantSimulator]:
    """Serve the plant while the context lasts; EnergyAgentError when a port is taken."""
    simulated = simulated_plant(
        plant, clock, seed=seed, scenario=scenario, refresh_ms=refresh_ms, start_ms=start_ms
    )
    try:
        await simulated.__aenter__()
    except OSError as error:
        await simulated.__aexit__(None, None, None)
        raise EnergyAgentError(
            "simulated meters", f"a port cannot be listened on: {error}", "choose others with --port-offset"
        ) from error
    try:
        yield simulated
    finally:
        await simulated.__aexit__(None, None, None)
