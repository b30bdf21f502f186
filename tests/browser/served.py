"""The whole page with a made plant behind it, on a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from agent.clock import PlantClock
from agent.http import QuietServer, listen
from dashboard.access.access import Access
from dashboard.access.passwords import Cost, Passwords, hasher_of
from dashboard.app import PageApp
from dashboard.source import Source

QUICK = Cost(passes=1, memory_kib=64)


@contextmanager
def served(source: Source, folder: Path) -> Iterator[tuple[str, str]]:
    """Give (origin, setup token) of a page whose clock stands where the source's does."""
    now = source.now().at
    clock = PlantClock(wall=lambda: now / 1000, monotonic=lambda: 0.0)
    listener = listen("127.0.0.1", 0)
    passwords = Passwords(hasher_of(QUICK))
    with closing(Access.open(folder, clock, is_tls=False, allowed_hosts=(), passwords=passwords)) as access:
        app = PageApp(source, access, clock)
        config = uvicorn.Config(
            app.asgi, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = QuietServer(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="page")
        thread.start()
        try:
            assert access.setup_token
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", access.setup_token
        finally:
            server.should_exit = True
            thread.join()
