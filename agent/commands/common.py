"""What commands share: where the plant file is, and how an error becomes an exit code."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click

from domain.errors import (
    BusError,
    ConfigError,
    DeviceError,
    EnergyAgentError,
    JournalInUse,
    StoreError,
    StoreInUse,
)

P = ParamSpec("P")
T = TypeVar("T")

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CONFIG = 3
EXIT_DEVICE = 4
EXIT_STORE = 5
EXIT_NOT_RUNNING = 6
EXIT_IN_USE = 7

EXIT_CODES = """\b
Exit codes:
  0  done
  1  failed
  2  the command was called wrongly
  3  the plant file or the environment has faults
  4  the device gave no answer that counts
  5  the store or the broker cannot be used
  6  no agent runs here
  7  another agent runs on this state folder or store
"""

CONFIG_VARIABLE = "ENERGY_AGENT_CONFIG"
_PLACES = (Path("plant.toml"), Path("/etc/energy-agent/plant.toml"))


def config_option(command: Callable[P, T]) -> Callable[P, T]:
    """Add --config to a command."""
    return click.option(
        "--config",
        "-c",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar=CONFIG_VARIABLE,
        help="Plant file. Default: ./plant.toml, then /etc/energy-agent/plant.toml.",
    )(command)


def json_option(command: Callable[P, T]) -> Callable[P, T]:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")(command)


def plant_file(given: Path | None) -> Path:
    """Return the plant file to use; a usage error says where one was looked for."""
    if given is not None:
        return given
    for place in _PLACES:
        if place.exists():
            return place
    looked = " and ".join(str(place) for place in _PLACES)
    raise click.UsageError(f"no plant file: looked for {looked}; name one with --config FILE")


def environment() -> dict[str, str]:
    """Return the environment without the variable that only names the plant file."""
    return {name: value for name, value in os.environ.items() if name != CONFIG_VARIABLE}


def exit_code(error: EnergyAgentError) -> int:
    """Return the exit code of an error."""
    from agent.control import AgentNotRunning
    from agent.state import StateInUse

    table: tuple[tuple[type[EnergyAgentError], int], ...] = (
        (ConfigError, EXIT_CONFIG),
        (DeviceError, EXIT_DEVICE),
        (StateInUse, EXIT_IN_USE),
        (JournalInUse, EXIT_IN_USE),
        (StoreInUse, EXIT_IN_USE),
        (StoreError, EXIT_STORE),
        (BusError, EXIT_STORE),
        (AgentNotRunning, EXIT_NOT_RUNNING),
    )
    return next((code for kind, code in table if isinstance(error, kind)), EXIT_FAILED)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first leaf of a group: what went wrong first."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def says_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Turn our errors and the system's into one line on standard error and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except EnergyAgentError as error:
            _leave(error)
        except BaseExceptionGroup as group:
            first = _first_of(group)
            if isinstance(first, EnergyAgentError):
                _leave(first)
            raise
        except OSError as error:
            if error.errno == errno.EPIPE:  # `| head` has seen enough: click ends quietly
                raise
            _leave(EnergyAgentError(str(error.filename or "system"), error.strerror or str(error)))

    return run


def _leave(error: EnergyAgentError) -> NoReturn:
    click.echo(f"energy-agent: {error}", err=True)
    raise SystemExit(exit_code(error))
