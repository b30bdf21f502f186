"""A real agent with simulated meters on the wire, and tabs that watch it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import log_in_first
from tests.e2e.harness import EMBEDDED, Agent, Meters, Works, make_works, wait_for

_ROLES = """
[[points]]
point = "em_main.active_energy_import"
carrier = "electricity"
role = "main"
rated_max_per_hour = 6000

[[points]]
point = "pv_2.ac_energy"
carrier = "pv"
rated_max_per_hour = 700

[[points]]
point = "plc_coil.produced_mass"
carrier = "production"
process = "coil"
rated_max_per_hour = 30
"""


@dataclass
class Watched:
    """The plant, its agent, which may be killed and started again, and a session."""

    works: Works
    meters: Meters
    agent: Agent
    browser: Browser
    state: dict[str, object] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Return the address of its page."""
        return f"http://127.0.0.1:{self.works.http_port}"

    def context(self) -> BrowserContext:
        """Return a browser profile that is logged in."""
        return self.browser.new_context(storage_state=self.state)  # type: ignore[arg-type]  # its own

    def start_again(self) -> None:
        """Start the agent after it was killed."""
        self.agent = Agent(self.works)
        self.agent.wait_ready()


@contextmanager
def make_watched(browser: Browser, folder: Path) -> Iterator[Watched]:
    """Give a plant whose agent has stored readings of every meter."""
    works = make_works(folder, _ROLES + EMBEDDED)
    text = works.file.read_text()
    for point, more in {
        "gas_main.volume_reference": 'carrier = "gas"\nrole = "main"\nrated_max_per_hour = 1500\n',
        "gas_coil.volume_reference": 'carrier = "gas"\nprocess = "coil"\nrated_max_per_hour = 900\n',
    }.items():
        text = text.replace(f'point = "{point}"\n', f'point = "{point}"\n{more}')
    works.file.write_text(text)
    with Meters(works) as meters:
        watched = Watched(works, meters, Agent(works), browser)
        try:
            watched.agent.wait_all_stored()
            token = wait_for("a setup token", lambda: _token(works))
            context = browser.new_context()
            log_in_first(context, watched.origin, token)
            watched.state = dict(context.storage_state())
            context.close()
            yield watched
        finally:
            watched.agent.__exit__(None, None, None)


def _token(works: Works) -> str:
    path = works.state_dir / "setup-token"
    return path.read_text().strip() if path.exists() else ""
