"""Figures for a command: from the agent that runs here, else from the store, opened for the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Protocol

import httpx
import msgspec

from agent.analysing import DIRTY_NAME
from agent.analysis import Analysis
from agent.clock import PlantClock
from agent.control import control_client, is_running
from agent.dirty import DirtyHours
from agent.inventories import Inventoried
from agent.state import StateDir
from agent.storing import open_store
from config import Loaded
from domain.errors import StoreError
from domain.findings import Finding
from domain.periods import PeriodKind
from domain.result_rows import decode
from domain.results import Baseline
from storage.ledger import FILE_NAME, SqliteLedger

Progress = Callable[[int, int], None]
Fit = tuple[Baseline | None, tuple[Finding, ...]]
_END = 2**53
_ASK_AGAIN = "what was computed is kept; ask again when it runs"


class Figures(Protocol):
    """What commands ask about figures."""

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = _END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> list[Any]:
        """Return the results of a kind that begin in [since, until), decoded."""
        ...

    def recompute(self, since: int, until: int, progress: Progress) -> int:
        """Compute [since, until) again and return how many windows there are."""
        ...

    def fit(self, process: str, since: int, until: int) -> Fit:
        """Return a baseline, not recorded, and what is doubtful about it."""
        ...

    def inventory(self, name: str, *, fresh: bool) -> Inventoried:
        """Return the inventory of a month or year as of now; `fresh`: as if it were not closed."""
        ...


@contextmanager
def figures(loaded: Loaded) -> Iterator[Figures]:
    """Give the figures of a plant; StoreError when neither an agent nor a store has them."""
    if is_running(loaded.agent.state_dir):
        with control_client(loaded.agent.state_dir, timeout_s=3600.0) as client:
            yield _Remote(client)
        return
    if loaded.store.kind == "duckdb" and not loaded.store.path.exists():
        hint = "nothing was stored here yet; start the agent with `energy-agent run`"
        raise StoreError(str(loaded.store.path), "does not exist", hint)
    with _interruptible(), ExitStack() as stack:
        stack.enter_context(closing(StateDir.open(loaded.agent.state_dir)))
        store = stack.enter_context(closing(open_store(loaded)))
        ledger = stack.enter_context(closing(SqliteLedger(loaded.agent.state_dir / FILE_NAME)))
        dirty = stack.enter_context(closing(DirtyHours(loaded.agent.state_dir / DIRTY_NAME)))
        analysis = Analysis(
            loaded.plant,
            loaded.method,
            store,
            ledger,
            dirty=dirty,
            clock=PlantClock(),
            judges_silence=False,  # while no agent runs, every device is silent
        )
        yield _Local(analysis)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Give Ctrl-C amid a query of DuckDB back as what it is."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise


class _Local:
    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self.recompute = analysis.recompute
        self.fit = analysis.fit
        self.inventory = analysis.inventory

    def results(self, kind: str, *, since: int = 0, until: int = _END, **given: Any) -> list[Any]:
        rows = self._analysis.rows(kind, since=since, until=until, **given)
        return [decode(kind, row.body) for row in rows]


class _Remote:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = _END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> list[Any]:
        asked: dict[str, str | int] = {"kind": kind, "since": since, "until": until}
        asked |= {"period": period.value} if period else {}
        asked |= {"subject": subject} if subject else {}
        with _speaking("results"):
            body = _good(self._client.get("/results", params=asked))
        return [decode(kind, bytes(each)) for each in msgspec.json.decode(body, type=list[msgspec.Raw])]

    def recompute(self, since: int, until: int, progress: Progress) -> int:
        asked = {"since": since, "until": until}
        with _speaking("recompute"), self._client.stream("POST", "/recompute", json=asked) as answer:
            if answer.status_code != 200:
                answer.read()
                _good(answer)
            for text in answer.iter_lines():
                line = msgspec.json.decode(text)
                if "windows" in line:
                    return int(line["windows"])
                if "problem" in line:
                    raise StoreError(line["subject"], line["problem"], line["hint"])
                progress(line["done"], line["of"])
        raise StoreError("recompute", "the agent left before the end", _ASK_AGAIN)

    def fit(self, process: str, since: int, until: int) -> Fit:
        with _speaking("fit"):
            answer = self._client.post("/fit", json={"process": process, "since": since, "until": until})
            found = msgspec.json.decode(_good(answer), type=_Fitted)
        return found.baseline, found.findings

    def inventory(self, name: str, *, fresh: bool) -> Inventoried:
        with _speaking("inventory"):
            answer = self._client.post("/inventory", json={"name": name, "fresh": fresh})
            return msgspec.json.decode(_good(answer), type=Inventoried)


class _Fitted(msgspec.Struct):
    baseline: Baseline | None
    findings: tuple[Finding, ...]


@contextmanager
def _speaking(what: str) -> Iterator[None]:
    """Say so when the agent leaves amid an answer."""
    try:
        yield
    except httpx.TransportError as error:
        raise StoreError(what, "the agent left before the end", _ASK_AGAIN) from error


def _good(answer: httpx.Response) -> bytes:
    """Return the body of an answer; StoreError with what the agent says instead."""
    if answer.status_code == 200:
        return answer.content
    try:
        said = msgspec.json.decode(answer.content, type=_Refused)
    except msgspec.MsgspecError as error:
        raise StoreError("agent", f"failed with status {answer.status_code}", "see its log") from error
    raise StoreError("agent", said.problem, said.hint)


class _Refused(msgspec.Struct):
    problem: str
    hint: str = ""
