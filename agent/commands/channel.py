"""`energy-agent channel`: try the channels that alerts are told on."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_FAILED,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)


@click.group(epilog=EXIT_CODES)
def channel() -> None:
    """Try the group chats, mailboxes and webhooks that alerts are told on.

    \b
    Examples:
      energy-agent channel test wecom
      energy-agent channel test mail -c plant.toml --json | jq .ok
    """


@channel.command(epilog=EXIT_CODES)
@click.argument("name")
@config_option
@json_option
@says_errors
def test(name: str, config_path: Path | None, *, as_json: bool) -> None:
    """Send one message to a channel of the plant file, and say what became of it.

    Quiet hours and limits do not count here. A test tells that the other side took the message, not that
    anybody read it.

    \b
    Examples:
      energy-agent channel test wecom
      energy-agent channel test mail -c plant.toml
    """
    from agent.channels import sender_of
    from agent.wording import Wording
    from config import load
    from config.codes import suggest
    from domain.errors import EnergyAgentError
    from domain.findings import Severity

    loaded = load(plant_file(config_path), environment())
    channels = {each.policy.name: each for each in loaded.notify}
    if name not in channels:
        raise EnergyAgentError(name, "is not a channel of the plant file", suggest(name, channels))
    chosen = channels[name]
    title, body = Wording(plant=loaded.plant, language=chosen.policy.language).test_message(name)
    outcome = sender_of(chosen).send(title, body, Severity.INFO)
    if as_json:
        fault = {} if outcome.is_sent else {"problem": outcome.problem, "remedy": outcome.remedy}
        click.echo(json.dumps({"channel": name, "ok": outcome.is_sent, **fault}, ensure_ascii=False))
    elif outcome.is_sent:
        click.echo(f"{name}: the other side took the message")
    else:
        click.echo(f"energy-agent: channel {name}: {outcome.problem}; {outcome.remedy}", err=True)
    if not outcome.is_sent:
        raise SystemExit(EXIT_FAILED)
