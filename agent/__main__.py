"""`energy-agent`: the command line."""

from __future__ import annotations

import importlib
from typing import ClassVar

import click

from agent.commands.common import EXIT_CODES
from agent.version import agent_version


class LazyGroup(click.Group):
    """Imports a command only when it is called, so that --help is quick."""

    commands_by_name: ClassVar[dict[str, str]] = {
        # `import` is a word of Python: the module and the function have one _ more.
        name: f"agent.commands.{name}_" if name == "import" else f"agent.commands.{name}"
        for name in (
            "run",
            "reload",
            "demo",
            "check",
            "simulate",
            "scan",
            "profile",
            "read",
            "tail",
            "export",
            "status",
            "import",
            "enter",
            "event",
            "factor",
            "baseline",
            "intensity",
            "track",
            "inventory",
            "close",
            "restate",
            "alert",
            "recompute",
            "channel",
            "user",
            "bundle",
            "replay",
            "verify",
        )
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a newcomer needs them."""
        return [
            "demo",
            "check",
            "scan",
            "profile",
            "read",
            "run",
            "reload",
            "status",
            "tail",
            "export",
            "import",
            "enter",
            "event",
            "factor",
            "baseline",
            "intensity",
            "track",
            "inventory",
            "close",
            "restate",
            "alert",
            "recompute",
            "channel",
            "user",
            "bundle",
            "replay",
            "verify",
            "simulate",
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        module = self.commands_by_name.get(cmd_name)
        if module is None:
            return None
        command = getattr(importlib.import_module(module), module.rpartition(".")[2])
        if not isinstance(command, click.Command):
            raise TypeError(f"{module} has no command {cmd_name}")
        return command


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(agent_version(), prog_name="energy-agent")
def main() -> None:
    """Read a plant's energy meters over Modbus and keep every reading.

    \b
    Examples:
      energy-agent demo                       a whole simulated plant, nothing to install
      energy-agent check -c plant.toml        every fault of a plant file in one run
      energy-agent read gas_coil              one poll, decoded, raw registers beside
      energy-agent run -c plant.toml          the service
    """


if __name__ == "__main__":
    main()
