"""Options of commands that ask devices which no agent polls: where the link is, and the link they mean."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.commands.common import CONFIG_VARIABLE, config_option, environment, plant_file

if TYPE_CHECKING:
    from domain.plant import Link

T = TypeVar("T")

LINK_ID = "link"
"""Id of a link that no plant file names."""
_TCP_PORT = 502


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAsked:
    """What the link options say, as given; None: not given."""

    tcp: str | None = None
    rtu_tcp: str | None = None
    serial: str | None = None
    baudrate: int | None = None
    parity: str | None = None
    stop_bits: str | None = None
    link_id: str | None = None
    config_path: Path | None = None
    timeout_s: float | None = None
    pause_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChosen:
    """The link to ask, and what the plant file says beside it."""

    link: Link
    profile_dirs: tuple[Path, ...] = ()
    """Folders with profiles of the plant's own."""
    is_of_plant: bool = False
    """The plant file has this link already."""


def link_options(command: Callable[..., T]) -> Callable[..., T]:
    """Add the options; the command gets `chosen`, a LinkChosen. Put it below `says_errors`."""

    @functools.wraps(command)
    def run(**options: Any) -> T:
        names = LinkAsked.__dataclass_fields__
        asked = LinkAsked(**{name: options.pop(name) for name in names})
        return command(chosen=choose_link(asked), **options)

    seconds = click.FloatRange(min=0.0, max=60.0)
    decorated: Callable[..., T] = run
    for option in (
        click.option(
            "--pause", "pause_s", type=seconds, help="Seconds of rest between two requests. Default: 0.05."
        ),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0.0, max=60.0, min_open=True),
            help="Seconds an answer may take. Default: 1.",
        ),
        config_option,
        click.option("--link", "link_id", metavar="ID", help="A link of the plant file."),
        click.option(
            "--stop-bits", type=click.Choice(["1", "2"]), help="Stop bits of the serial bus. Default: 1."
        ),
        click.option(
            "--parity",
            type=click.Choice(["N", "E", "O"], case_sensitive=False),
            help="Parity of the serial bus: none, even, odd. Default: N.",
        ),
        click.option(
            "--baudrate", type=click.IntRange(300, 4_000_000), help="Speed of the serial bus. Default: 9600."
        ),
        click.option("--serial", metavar="PATH", help="A serial bus, such as /dev/ttyUSB0."),
        click.option("--rtu-tcp", metavar="HOST:PORT", help="A serial bus behind a gateway that sends RTU."),
        click.option("--tcp", metavar="HOST[:PORT]", help="A Modbus TCP device or gateway. Port: 502."),
    ):
        decorated = option(decorated)
    return decorated


def choose_link(asked: LinkAsked) -> LinkChosen:
    """Return the link that the options mean; EnergyAgentError where a running agent uses it."""
    given = [value for value in (asked.tcp, asked.rtu_tcp, asked.serial, asked.link_id) if value]
    if len(given) != 1:
        raise click.UsageError(
            "say where the devices are: one of --tcp HOST, --rtu-tcp HOST:PORT, --serial PATH, --link ID"
        )
    if asked.serial is None and (asked.baudrate or asked.parity or asked.stop_bits):
        raise click.UsageError("--baudrate, --parity and --stop-bits go with --serial PATH")
    chosen = _of_plant(asked) if asked.link_id else _of_options(asked)
    link = chosen.link
    timeout_s = link.timeout_s if asked.timeout_s is None else asked.timeout_s
    pause_s = link.pause_s if asked.pause_s is None else asked.pause_s
    return replace(chosen, link=replace(link, timeout_s=timeout_s, pause_s=pause_s))


def _of_options(asked: LinkAsked) -> LinkChosen:
    from domain.plant import Link, LinkKind

    dirs: tuple[Path, ...] = ()
    if asked.config_path is not None and _is_named_on_the_line():
        from config import load

        dirs = load(asked.config_path, environment()).agent.profile_dirs
    if asked.serial is not None:
        link = Link(
            id=LINK_ID,
            kind=LinkKind.SERIAL,
            path=asked.serial,
            baudrate=asked.baudrate or 9600,
            parity=(asked.parity or "N").upper(),
            stop_bits=int(asked.stop_bits or 1),
            pause_s=0.05,
        )
    elif asked.rtu_tcp is not None:
        host, port = _place(asked.rtu_tcp, "--rtu-tcp", default=None)
        link = Link(id=LINK_ID, kind=LinkKind.RTU_TCP, host=host, port=port, pause_s=0.05)
    else:
        host, port = _place(asked.tcp or "", "--tcp", default=_TCP_PORT)
        link = Link(id=LINK_ID, kind=LinkKind.TCP, host=host, port=port, pause_s=0.05)
    return LinkChosen(link=link, profile_dirs=dirs)


def _is_named_on_the_line() -> bool:
    """Say whether --config was typed, and not only set in the environment."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source("config_path") if context else None
    return source is None or source.name == "COMMANDLINE"


def _of_plant(asked: LinkAsked) -> LinkChosen:
    """Return a link of the plant file; two must not ask on one bus, so a running agent is in the way."""
    from agent.control import is_running
    from config import load
    from domain.errors import EnergyAgentError

    path = plant_file(asked.config_path)
    loaded = load(path, environment())
    known = [link.id for link in loaded.plant.links]
    if asked.link_id not in known:
        raise click.UsageError(
            f"no link {asked.link_id!r} in {path}; known are {', '.join(known)}"
            f" (${CONFIG_VARIABLE} or --config names the file)"
        )
    link = loaded.plant.link(asked.link_id)
    if is_running(loaded.agent.state_dir):
        raise EnergyAgentError(
            f"link {link.id}",
            f"the agent that runs in {loaded.agent.state_dir} polls it, and a bus is asked by one at a time",
            "stop the agent first, or name another link",
        )
    pause_s = link.pause_s or 0.05
    return LinkChosen(
        link=replace(link, pause_s=pause_s), profile_dirs=loaded.agent.profile_dirs, is_of_plant=True
    )


def _place(text: str, option: str, *, default: int | None) -> tuple[str, int]:
    """Return (host, port) of HOST:PORT or [IPV6]:PORT."""
    host, separator, port = text.rpartition(":")
    if text.count(":") > 1 and not text.startswith("["):
        raise click.UsageError(f"{option} {text}: write an IPv6 address as [ADDRESS]:PORT")
    if not separator or text.endswith("]"):
        host, port = text, "" if default is None else str(default)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        example = "192.168.1.10" if default is not None else "192.168.1.10:4001"
        raise click.UsageError(f"{option} {text}: is no host and port; write {option} {example}")
    return host, int(port)
