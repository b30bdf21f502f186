"""Seals for a command: from the agent that runs here, else from the files, opened for the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Protocol

import httpx
import msgspec

from agent.clock import PlantClock
from agent.control import control_client, is_running
from agent.sealing import Sealing, no_receipts
from agent.storing import open_store
from config import Loaded
from domain.errors import StoreError
from domain.seals import Seal, Verified

Progress = Callable[[int, int], None]


class AskedSeals(Protocol):
    """What a command asks about seals."""

    def seals(self) -> Sequence[Seal]:
        """Return all seals, oldest first."""
        ...

    def verify(self, *, since: str, until: str, progress: Progress) -> Verified:
        """Compare store and ledger with the seals of the days from `since` to `until`, both included."""
        ...


@contextmanager
def seals_of(loaded: Loaded) -> Iterator[AskedSeals]:
    """Give the seals of a plant; StoreError when neither an agent nor a store has them."""
    if loaded.store.kind != "duckdb":
        raise no_receipts()
    if is_running(loaded.agent.state_dir):
        with control_client(loaded.agent.state_dir, timeout_s=3600.0) as client:
            yield _Remote(client)
        return
    if not loaded.store.path.exists():
        hint = "nothing was stored here yet; start the agent with `energy-agent run`"
        raise StoreError(str(loaded.store.path), "does not exist", hint)
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_store(loaded)))
        yield stack.enter_context(closing(Sealing(loaded.agent.state_dir, store, PlantClock())))


class _Remote:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def seals(self) -> Sequence[Seal]:
        try:
            answer = self._client.get("/seals")
        except httpx.TransportError as error:
            raise _left() from error
        if answer.status_code != 200:
            raise _refused(answer)
        return msgspec.json.decode(answer.content, type=tuple[Seal, ...])

    def verify(self, *, since: str, until: str, progress: Progress) -> Verified:
        try:
            with self._client.stream("POST", "/verify", json={"since": since, "until": until}) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise _refused(answer)
                for text in answer.iter_lines():
                    line = msgspec.json.decode(text, type=_Line)
                    if line.verified is not None:
                        return line.verified
                    if line.problem:
                        raise StoreError(line.subject, line.problem, line.hint)
                    progress(line.done, line.of)
        except httpx.TransportError as error:
            raise _left() from error
        raise _left()


class _Line(msgspec.Struct):
    """A line of the agent's answer."""

    done: int = 0
    of: int = 0
    verified: Verified | None = None
    subject: str = ""
    problem: str = ""
    hint: str = ""


def _left() -> StoreError:
    return StoreError("verify", "the agent left before the end", "ask again when it runs or is stopped")


def _refused(answer: httpx.Response) -> StoreError:
    try:
        said = msgspec.json.decode(answer.content, type=_Line)
    except msgspec.MsgspecError:
        return StoreError("agent", f"failed with status {answer.status_code}", "see its log")
    return StoreError("agent", said.problem, said.hint)
