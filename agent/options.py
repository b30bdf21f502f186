"""Options of commands that declare something: who, why, text and figures. Nothing heavy is imported here."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
T = TypeVar("T")
Decorator = Callable[[Callable[P, T]], Callable[P, T]]

LONGEST_TEXT = 2000
_FIGURE = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?", re.ASCII)


class Figure(click.ParamType[float]):
    """A finite number with a decimal point and without separators of thousands."""

    name = "number"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; a usage error says how to write it."""
        if isinstance(value, float):
            return value
        if not _FIGURE.fullmatch(str(value).strip()):
            self.fail(
                f"{str(value)[:40]!r} is no number; write 1234.5, without separators of thousands", param, ctx
            )
        return float(value)


FIGURE = Figure()


def who_option(command: Callable[P, T]) -> Callable[P, T]:
    """Add --who to a command."""
    return click.option("--who", callback=_name, help="Who declares it. Default: the login name.")(command)


def why_option(command: Callable[P, T]) -> Callable[P, T]:
    """Add a --why that must be given to a command."""
    text = "Why: what a verifier will read."
    return click.option("--why", required=True, callback=_text, help=text)(command)


def why_may_option(command: Callable[P, T]) -> Callable[P, T]:
    """Add a --why that may be given to a command."""
    return click.option("--why", default="", callback=_line, help="Why: what a verifier will read.")(command)


def _name(context: click.Context, option: click.Parameter, text: str | None) -> str:
    if text is None:
        try:
            text = getpass.getuser()
        except (OSError, KeyError) as error:
            raise click.BadParameter("this user has no name; give one with --who NAME") from error
    return _text(context, option, text)


def _text(context: click.Context, option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("is empty; write a name or a sentence")
    return _line(context, option, text)


def _line(_: click.Context, __: click.Parameter, text: str) -> str:
    text = text.strip()
    if not text.isprintable():
        raise click.BadParameter("holds what cannot be printed; write one line of plain text")
    if len(text) > LONGEST_TEXT:
        raise click.BadParameter(f"has {len(text):,} characters; write at most {LONGEST_TEXT:,}")
    return text


TEXT = _text
"""Callback of an option whose text must not be empty."""
LINE = _line
"""Callback of an option whose text may be empty."""
