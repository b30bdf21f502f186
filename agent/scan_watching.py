"""How a scan goes on, on standard error: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agent.scan_file import ScanFile
from agent.scan_running import Found
from agent.scan_text import one_line
from collector.scanning import Presence, Unit
from domain.plant import Link, LinkKind


class Watching:
    """Tells people; nothing depends on it."""

    def __init__(self, console: Console, progress: Progress, file: ScanFile) -> None:
        self._console = console
        self._progress = progress
        self._file = file
        self._task = progress.add_task("", total=None)

    def begins(self, link: Link, todo: int, of: int, estimate_s: float) -> None:
        """Say what is asked, and how long it takes if nobody is there."""
        speed = f" at {link.baudrate} baud" if link.kind is LinkKind.SERIAL else ""
        self._say(f"{link.address}{speed}: {of} unit ids, up to {spoken(estimate_s)} if nobody answers")
        if todo < of:
            self._say(f"{of - todo} of them are known from {self._file.path}; --fresh begins anew")
        else:
            self._say(f"progress is kept in {self._file.path}: the same command goes on after a stop")
        self._progress.update(self._task, total=of, completed=of - todo, description="begins")

    def looks_at(self, unit_id: int, left_s: float) -> None:
        """Show the unit id, and how long the rest takes at most."""
        self._progress.update(self._task, description=f"unit {unit_id}, at most {spoken(left_s)} of silence")

    def saw(self, found: Found | None, unit: Unit) -> None:
        """Say who was found; silence is not worth a line."""
        if found is not None:
            self._say(one_line(found))
        elif unit.presence is Presence.GARBLED:
            self._say(f"unit {unit.unit_id}: {unit.note}")
        self._progress.advance(self._task)

    def counts(self, units: int) -> None:
        """Say why it goes on after the last unit id."""
        self._say(f"reading the counters of {units} devices once more: which of them rise?")
        self._progress.update(self._task, description="counters")

    def _say(self, line: str) -> None:
        self._console.print(escape(line), highlight=False, soft_wrap=True)


@contextmanager
def watching(file: ScanFile) -> Iterator[Watching]:
    """Give who tells people how the scan goes on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Watching(console, progress, file)


def spoken(seconds: float) -> str:
    """Return a time as people say it."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60} s"
