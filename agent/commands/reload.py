"""`energy-agent reload`: let the running agent follow its plant file."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_CONFIG,
    EXIT_FAILED,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)


@click.command(epilog=EXIT_CODES)
@config_option
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@json_option
@says_errors
def reload(config_path: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Let the running agent add, drop and change what its plant file says now, without touching the rest.

    The agent reads its file with its profiles and secrets whole; any fault changes nothing. SIGHUP does
    the same, its answer is in the log and in `energy-agent status`.

    \b
    Examples:
      energy-agent reload --dry-run
      energy-agent reload -c /etc/energy-agent/plant.toml
      systemctl reload energy-agent
    """
    path = plant_file(config_path)
    body = _asked(path, is_dry=dry_run)
    faults = [each for each in body["findings"] if each["severity"] == "error"]
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        _show(body, faults)
    if body["outcome"] == "refused":
        needs_restart = all(each["code"] == "reload.needs_restart" for each in faults)
        raise SystemExit(EXIT_FAILED if needs_restart else EXIT_CONFIG)


def _asked(path: Path, *, is_dry: bool) -> dict[str, Any]:
    """Return what the agent answers; EnergyAgentError when it refuses to try."""
    import httpx

    from agent.control import AgentNotRunning, control_client, not_running
    from config.check import inspect
    from domain.errors import ConfigError, EnergyAgentError

    inspection = inspect(path, environment())
    state_dir = path.parent / inspection.settings.agent.state_dir
    wanted = {"file": str(path.resolve()), "who": _who(), "dry_run": is_dry}
    try:
        with control_client(state_dir, timeout_s=120.0) as client:
            response = client.post("/reload", json=wanted)
    except AgentNotRunning:
        if inspection.errors:  # so many that perhaps not even the state folder can be told
            raise ConfigError(str(path), inspection.findings) from None
        raise
    except httpx.TransportError as error:
        raise not_running(state_dir) from error
    if response.status_code == 404:
        raise EnergyAgentError("reload", "the running agent is of an older version", "restart it")
    body: dict[str, Any] = response.json()
    if response.status_code != 200:
        raise EnergyAgentError("reload", body["problem"], body["hint"])
    return body


def _who() -> str:
    try:
        return f"command of {getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name
        return "command"


def _show(body: dict[str, Any], faults: list[dict[str, Any]]) -> None:
    for each in body["findings"]:
        click.echo(
            f"{each['severity']:7} {each['key']}: {each['problem']}; {each['remedy']} [{each['code']}]"
        )
    if body["problem"]:
        click.echo(f"error   {body['problem']}")
    if body["outcome"] == "refused":
        count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}, " if faults else ""
        click.echo(f"{body['file']}: {count}nothing has changed")
        return
    change = body["change"]
    for kind in ("links", "devices", "points", "processes", "channels"):
        for way in ("added", "dropped", "changed"):
            if ids := change[kind][way]:
                click.echo(f"{kind} {way}: {', '.join(ids)}")
    if change["tables"]:
        click.echo(f"tables changed: {', '.join(change['tables'])}")
    kept = ", ".join(f"{change[kind]['unchanged']} {kind}" for kind in ("links", "devices", "points"))
    click.echo(f"{body['file']}: {body['outcome']}; unchanged {kept}")
    if not body["is_followed"]:
        click.echo("readings follow already; figures and pages follow when the store answers")
