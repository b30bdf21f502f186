"""Groups of commands that say which one was probably meant. Nothing heavy is imported here."""

from __future__ import annotations

import click


class NearGroup(click.Group):
    """A group whose unknown command is answered with a known one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named; a usage error suggests the near one."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            from config.codes import suggest

            ctx.fail(f"No such command {name!r}; {suggest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)
