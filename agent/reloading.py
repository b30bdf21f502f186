"""Changes a running agent to what its plant file says now: read whole, checked whole, changed in one step.

read -> check -> compare -> prepare (store, figures, links) -> one step of the loop -> figures and page follow

Whatever fails before the step leaves everything as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from agent.analysing import Analysing
from agent.collecting import Collecting
from agent.page_remote import RemoteSource
from agent.page_source import LocalSource
from agent.plant_change import PlantChange, changes, exchange_findings, restart_findings
from agent.status import ReloadStatus
from agent.storing import Storing
from config import Loaded, load
from config.profiles import BUILT_IN
from domain.errors import ConfigError, EnergyAgentError
from domain.findings import Finding, Severity
from domain.ports import Clock

log = logging.getLogger(__name__)

FOLLOW_S = 10.0
"""Real seconds that an answer waits for figures and page to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantFile:
    """Where a running agent's plant file is, and the environment that it was read in."""

    path: Path
    environ: Mapping[str, str]
    built_in: Path = BUILT_IN
    """Profiles that come with the agent."""

    def read(self) -> Loaded:
        """Return what the file says now; ConfigError with every finding."""
        return load(self.path, self.environ, built_in=self.built_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """What became of one reload."""

    file: str
    outcome: str
    """"changed", "unchanged", "refused"; of a dry run also "would change"."""
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    """Why it was refused, where no finding says it."""
    change: PlantChange | None = None
    is_followed: bool = True
    """Figures and page follow the change already."""

    def as_json(self) -> dict[str, object]:
        """Return plain JSON types."""
        return asdict(self)

    def said(self) -> tuple[str, ...]:
        """Return what became of it in lines."""
        if self.outcome == "refused":
            faults = [str(each) for each in self.findings if each.severity is Severity.ERROR]
            return (*([self.problem] if self.problem else []), *faults)
        return tuple(_lines(self.change)) if self.change is not None else ()


class Changing(Protocol):
    """What reloading needs of the application."""

    is_stopping: bool
    collecting: Collecting | None
    storing: Storing | None
    analysing: Analysing | None
    page_source: LocalSource | RemoteSource | None

    @property
    def loaded(self) -> Loaded:
        """Return what it runs by."""
        ...

    def take(self, loaded: Loaded) -> None:
        """Run by another plant file from now on."""
        ...


class Reloading:
    """Reloads one after the other; made in the loop of the application."""

    def __init__(self, app: Changing, file: PlantFile, clock: Clock) -> None:
        self.file = file
        self.last: ReloadStatus | None = None
        """The last one that was no dry run."""
        self._app = app
        self._clock = clock
        self._turn = asyncio.Lock()

    async def reload(self, *, who: str, is_dry: bool = False) -> Reload:
        """Change to what the file says now, after any reload that runs; a refusal is an answer too."""
        async with self._turn:
            taken = asyncio.Event()
            try:
                answer = await self._reload(taken, is_dry=is_dry)
            except EnergyAgentError as error:
                problem = f"{error.subject}: {error.problem}" + (f"; {error.hint}" if error.hint else "")
                answer = self._answer("refused", problem=problem)
            if not is_dry:
                self._note(answer, who)
            if answer.outcome != "changed" or self._app.analysing is None:
                return answer
            return replace(answer, is_followed=await self._is_set(taken))

    async def _reload(self, taken: asyncio.Event, *, is_dry: bool) -> Reload:
        try:
            loaded = await asyncio.to_thread(self.file.read)
        except ConfigError as error:
            return self._answer("refused", findings=error.findings)
        before = self._app.loaded
        if findings := restart_findings(before, loaded):
            return self._answer("refused", findings=findings)
        change = changes(before, loaded)
        if not change:
            return self._answer("unchanged", findings=loaded.warnings, change=change)
        told = (*loaded.warnings, *exchange_findings(before, loaded))
        if is_dry:
            return self._answer("would change", findings=told, change=change)
        for finding in told:
            if finding not in before.warnings:
                log.warning("reload: %s", finding)
        await self._change(loaded, taken)
        return self._answer("changed", findings=told, change=change)

    async def _change(self, loaded: Loaded, taken: asyncio.Event) -> None:
        """Prepare every part, then change all of them at once; `taken` is set when the figures follow."""
        app, loop = self._app, asyncio.get_running_loop()

        def follow() -> None:
            """Let the page follow the figures; called by their thread."""
            if isinstance(app.page_source, LocalSource):
                app.page_source.take(loaded)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(taken.set)

        async with AsyncExitStack() as stack:
            steps: list[Callable[[], None]] = []
            if (storing := app.storing) is not None:
                source = await asyncio.to_thread(storing.prepare, loaded)
                steps.append(lambda: storing.change(loaded, source))
            if (analysing := app.analysing) is not None:
                ahead = await asyncio.to_thread(analysing.prepare, loaded, follow)
                steps.append(lambda: analysing.change(ahead))
            if app.collecting is not None:
                steps.append(await stack.enter_async_context(app.collecting.changing(loaded.plant)))
            if app.is_stopping:
                raise EnergyAgentError("the agent", "is stopping", "start it again")
            for step in steps:  # no await from here on: no part sees another plant than the others
                step()
            app.take(loaded)
        if isinstance(app.page_source, RemoteSource):
            app.page_source.take(loaded)

    async def _is_set(self, taken: asyncio.Event) -> bool:
        """Wait a while for the figures, not into a stop."""
        deadline = time.monotonic() + FOLLOW_S
        while not (taken.is_set() or self._app.is_stopping or time.monotonic() > deadline):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return taken.is_set()

    def _answer(
        self,
        outcome: str,
        *,
        findings: tuple[Finding, ...] = (),
        problem: str = "",
        change: PlantChange | None = None,
    ) -> Reload:
        file = str(self.file.path)
        return Reload(file=file, outcome=outcome, findings=findings, problem=problem, change=change)

    def _note(self, answer: Reload, who: str) -> None:
        said = answer.said()
        self.last = ReloadStatus(at=self._clock.now_ms(), who=who, outcome=answer.outcome, said=said)
        if answer.outcome == "refused":
            log.error("reload refused by=%s file=%s", who, answer.file)
            for line in said:
                log.error("reload: %s", line)
            return
        log.info("reload by=%s file=%s outcome=%s", who, answer.file, answer.outcome)
        for line in said:
            log.info("reload: %s", line)


def _lines(change: PlantChange) -> list[str]:
    """Return what differs, a line a kind and way."""
    kinds = {
        "links": change.links,
        "devices": change.devices,
        "points": change.points,
        "processes": change.processes,
        "channels": change.channels,
    }
    found = [
        f"{kind} {way}: {', '.join(ids)}"
        for kind, each in kinds.items()
        for way, ids in (("added", each.added), ("dropped", each.dropped), ("changed", each.changed))
        if ids
    ]
    return [*found, *([f"tables changed: {', '.join(change.tables)}"] if change.tables else [])]
