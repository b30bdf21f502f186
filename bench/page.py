"""What the page costs on the demo's three years: bytes and time of a cold page, CPU of live values.

python -m bench.page [seconds] prints JSON. The demo runs with its meters; the page runs as a role of its own
beside it, so that its CPU is its own.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.browser.chromium import chromium, log_in_first

READERS = 5
PAGES = ("/", "/flows", "/processes", "/target", "/alerts", "/quality", "/reports")
TRIES = 3


@contextmanager
def agent(*args: str, log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one command of the agent while the context lasts."""
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "agent", *args], stdout=out, stderr=out, env={**os.environ, **env}
        )
    try:
        yield running
    finally:
        running.terminate()
        running.wait(30)


def offset_of_free_ports() -> int:
    """Return a port offset of the demo whose page port is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port % 20_000 + 2_000


def await_figures(state: Path, port: int) -> None:
    """Wait until the history is in the store and the figures are there."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=2.0).text
        except httpx.TransportError:
            text = ""
        if "energy_agent" in text and (state / "setup-token").exists():
            time.sleep(20)  # the first summary, and a minute's worth of live cycles to settle
            return
        time.sleep(0.5)
    raise SystemExit("the demo did not start")


def cold(browser: Browser, origin: str, state: StorageState, path: str) -> tuple[float, float]:
    """Return (bytes over the wire, ms to the load event) of a page that nothing is cached of."""
    context = browser.new_context(
        storage_state=state,
        viewport={"width": 1440, "height": 900},
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(origin + path, wait_until="load")
    spent = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    page.wait_for_timeout(300)
    context.close()
    return sum(sizes), float(spent)


def read_events(origin: str, cookies: dict[str, str], stop: threading.Event) -> None:
    """Read live values until told to stop."""
    with (
        httpx.Client(trust_env=False, timeout=30.0, cookies=cookies) as client,
        client.stream("GET", f"{origin}/events?lang=zh") as answer,
    ):
        assert answer.status_code == 200
        for _ in answer.iter_lines():
            if stop.is_set():
                return


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Return user + system of a process with all its threads."""
    spent = psutil.Process(process.pid).cpu_times()
    return spent.user + spent.system


def live_cpu(
    process: subprocess.Popen[bytes], origin: str, cookies: dict[str, str], seconds: float
) -> tuple[float, float]:
    """Return the share of a core (idle, with READERS readers)."""
    shares = []
    for readers in (0, READERS):
        stop = threading.Event()
        threads = [threading.Thread(target=read_events, args=(origin, cookies, stop)) for _ in range(readers)]
        for thread in threads:
            thread.start()
        time.sleep(3)
        before, began = cpu_s(process), time.monotonic()
        time.sleep(seconds)
        shares.append((cpu_s(process) - before) / (time.monotonic() - began))
        stop.set()
        for thread in threads:
            thread.join()
    return shares[0], shares[1]


def cookies_of(context: BrowserContext) -> dict[str, str]:
    """Return the cookies of a profile by name."""
    return {each["name"]: each["value"] for each in context.cookies()}


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    offset = offset_of_free_ports()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        port, page_port = 8080 + offset, 8079 + offset
        origin = f"http://127.0.0.1:{page_port}"
        plant = home / "demo" / "plant.toml"
        with agent("demo", "--dir", str(home / "demo"), "--port-offset", str(offset), log=home / "demo.log"):
            await_figures(home / "demo" / "state", port)
            token = (home / "demo" / "state" / "setup-token").read_text().strip()
            alone = agent(
                "run",
                "-c",
                str(plant),
                "--role",
                "dashboard",
                log=home / "page.log",
                ENERGY_AGENT_HTTP__PORT=str(page_port),
            )
            with alone as page, chromium() as browser:
                time.sleep(5)
                context = browser.new_context()
                log_in_first(context, origin, token)
                state, cookies = context.storage_state(), cookies_of(context)
                context.close()
                pages = {path: [cold(browser, origin, state, path) for _ in range(TRIES)] for path in PAGES}
                idle, reading = live_cpu(page, origin, cookies, seconds)
    found = {
        "pages": {
            path: {"bytes": max(size for size, _ in tries), "ms": round(min(ms for _, ms in tries))}
            for path, tries in pages.items()
        },
        "idle_share": round(idle, 5),
        "readers": READERS,
        "reading_share": round(reading, 5),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
