"""The small plant with eleven weeks of readings as the page sees it, in process and over a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import TypeVar

from agent.analysis import Analysis
from agent.control import SOCKET_NAME, control_socket
from agent.dirty import DirtyHours
from agent.http import make_server
from agent.page_parts import Parts
from agent.page_remote import RemoteSource
from agent.page_routes import page_routes
from agent.page_source import LocalSource
from agent.storing import open_store
from domain.errors import StoreError
from storage.ledger import SqliteLedger
from tests.agent.figured import Figured, clock

T = TypeVar("T")


@contextmanager
def parts_of(plant: Figured, *, cycles: int = 1) -> Iterator[Parts]:
    """Give the parts of an agent that has computed so often."""
    loaded, state = plant.loaded, plant.folder / "state"
    with (
        closing(open_store(loaded)) as store,
        closing(SqliteLedger(state / "ledger.sqlite")) as ledger,
        closing(DirtyHours(state / "analytics.sqlite")) as dirty,
    ):
        analysis = Analysis(loaded.plant, loaded.method, store, ledger, dirty=dirty, clock=clock())
        for _ in range(cycles):
            analysis.cycle()
        yield Parts(loaded=loaded, store=store, ledger=ledger, analysis=analysis, clock=clock())


@contextmanager
def paged(plant: Figured, *, cycles: int = 1) -> Iterator[LocalSource]:
    """Give what answers the page inside that agent."""
    with parts_of(plant, cycles=cycles) as parts, closing(LocalSource(parts)) as source:
        source.look()
        yield source


@contextmanager
def answering(plant: Figured, source: LocalSource | None, *, is_killed: bool = False) -> Iterator[None]:
    """Answer on the control socket of the plant's state folder, as a running agent does.

    One that is killed leaves the socket's file behind.
    """
    server = make_server(page_routes(lambda: source))
    listener = control_socket(plant.folder / "state")
    thread = Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        if not is_killed:
            (plant.folder / "state" / SOCKET_NAME).unlink()


@contextmanager
def remote(plant: Figured) -> Iterator[RemoteSource]:
    """Give a page's own source, that looks every 20 ms."""
    with closing(RemoteSource(plant.loaded, every_s=0.02, believed_s=0.1)) as source:
        yield source


def once_it_answers(ask: Callable[[], T]) -> T:
    """Return the first answer that is no refusal to answer."""
    deadline = time.monotonic() + 10.0
    while True:
        try:
            return ask()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
