"""`energy-agent user`: who may see the page, and do what there."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, config_option, json_option, says_errors
from agent.options import TEXT, who_option

_ROLES = click.Choice(["viewer", "operator", "admin"])


@click.group(epilog=EXIT_CODES)
def user() -> None:
    """Make users of the page, give them roles, keep them out; make API tokens for programs.

    Works beside a running agent. Nobody has a password that others know: a new user gets a link, once, by
    which they choose it. Every change is in the page's audit.

    \b
    Examples:
      energy-agent user setup                         the link of the first login
      energy-agent user list
      energy-agent user add "Wang Wei" --role operator
      energy-agent user reset "Wang Wei"              password forgotten: a new link
      energy-agent user tokens add grafana            for programs that read /api/v1
    """


@user.command("list", epilog=EXIT_CODES)
@config_option
@json_option
@says_errors
def list_(*, config_path: Path | None, as_json: bool) -> None:
    """List the users: role, state, in how many browsers they are logged in.

    \b
    Example:
      energy-agent user list --json | jq '.[] | select(.role == "admin").name'
    """
    from agent.users import open_users

    with open_users(config_path) as users:
        found = [
            {
                "name": each.name,
                "role": each.role.value,
                "state": "disabled" if each.is_disabled else "active" if each.password else "invited",
                "made": users.local(each.created),
                "sessions": users.sessions(each),
            }
            for each in users.store.users()
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(
            f"{row['name']:24} {row['role']:9} {row['state']:9} {row['made']}  {row['sessions']} sessions"
        )
    if not found:
        click.echo("no user yet; energy-agent user setup prints the link of the first login")


@user.command(epilog=EXIT_CODES)
@config_option
@says_errors
def setup(*, config_path: Path | None) -> None:
    """Print the link that makes the first admin, while there is no user.

    \b
    Example:
      energy-agent user setup -c plant.toml
    """
    from agent.users import open_users

    with open_users(config_path) as users:
        click.echo(users.setup())


@user.command(epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help="What they may do.")
@who_option
@config_option
@says_errors
def add(*, name: str, role: str, who: str, config_path: Path | None) -> None:
    """Make the user NAME and print the link by which they choose a password, once and within a week.

    Viewers look. Operators also acknowledge alerts, declare meter events and enter production. Admins also
    approve baselines, make users and read the audit.

    \b
    Example:
      energy-agent user add "Wang Wei" --role operator
    """
    from agent.users import open_users
    from dashboard.access.roles import Role

    with open_users(config_path, who) as users:
        made, link = users.add(name, Role(role))
    click.echo(f"{made.name} is made, {made.role}; the link to choose a password works once, for a week:")
    click.echo(link)


@user.command(epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@click.argument("role", type=_ROLES)
@who_option
@config_option
@says_errors
def role(*, name: str, role: str, who: str, config_path: Path | None) -> None:
    """Give the user NAME another ROLE and log them out.

    \b
    Example:
      energy-agent user role "Wang Wei" admin
    """
    from agent.users import open_users
    from dashboard.access.roles import Role

    with open_users(config_path, who) as users:
        changed = users.set_role(name, Role(role))
    click.echo(f"{changed.name} is {role} now, and has to log in again")


@user.command(epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@who_option
@config_option
@says_errors
def reset(*, name: str, who: str, config_path: Path | None) -> None:
    """Take the password of the user NAME away, log them out and print a new link.

    \b
    Example:
      energy-agent user reset "Wang Wei"
    """
    from agent.users import open_users

    with open_users(config_path, who) as users:
        changed, link = users.reset(name)
    click.echo(f"{changed.name} is logged out; the link to choose a password works once, for a week:")
    click.echo(link)


@user.command(epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@who_option
@config_option
@says_errors
def disable(*, name: str, who: str, config_path: Path | None) -> None:
    """Log the user NAME out and keep them out.

    \b
    Example:
      energy-agent user disable "Wang Wei"
    """
    from agent.users import open_users

    with open_users(config_path, who) as users:
        click.echo(f"{users.set_disabled(name, is_disabled=True).name} is disabled and logged out")


@user.command(epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@who_option
@config_option
@says_errors
def enable(*, name: str, who: str, config_path: Path | None) -> None:
    """Let the user NAME in again, with the password they had.

    \b
    Example:
      energy-agent user enable "Wang Wei"
    """
    from agent.users import open_users

    with open_users(config_path, who) as users:
        click.echo(f"{users.set_disabled(name, is_disabled=False).name} may log in again")


@user.group(epilog=EXIT_CODES)
def tokens() -> None:
    """Let programs read /api/v1, as a viewer may: Grafana, a spreadsheet.

    \b
    Examples:
      energy-agent user tokens add grafana
      energy-agent user tokens list
      energy-agent user tokens revoke grafana
    """


@tokens.command("list", epilog=EXIT_CODES)
@config_option
@json_option
@says_errors
def list_tokens(*, config_path: Path | None, as_json: bool) -> None:
    """List the API tokens: who made them, when they were last used.

    \b
    Example:
      energy-agent user tokens list --json
    """
    from agent.users import open_users

    with open_users(config_path) as users:
        found = [
            {
                "name": each.name,
                "by": each.who,
                "made": users.local(each.created),
                "used": None if each.seen is None else users.local(each.seen),
            }
            for each in users.store.tokens()
            if not each.is_revoked
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['name']:24} made {row['made']} by {row['by']}, used {row['used'] or 'never'}")
    if not found:
        click.echo("no API token; energy-agent user tokens add NAME makes one")


@tokens.command("add", epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@who_option
@config_option
@says_errors
def add_token(*, name: str, who: str, config_path: Path | None) -> None:
    """Make an API token called NAME and print it: this once, it is not kept.

    \b
    Example:
      energy-agent user tokens add grafana
    """
    from agent.users import open_users

    with open_users(config_path, who) as users:
        token = users.add_token(name)
    click.echo(
        "shown only now; send it as Authorization: Bearer TOKEN, or as the password of any name", err=True
    )
    click.echo(token)


@tokens.command("revoke", epilog=EXIT_CODES)
@click.argument("name", callback=TEXT)
@who_option
@config_option
@says_errors
def revoke_token(*, name: str, who: str, config_path: Path | None) -> None:
    """End the API token called NAME.

    \b
    Example:
      energy-agent user tokens revoke grafana
    """
    from agent.users import open_users

    with open_users(config_path, who) as users:
        click.echo(f"{users.revoke_token(name).name} is revoked")
