"""One browser, one made plant, one real agent for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import chromium, log_in_first
from tests.browser.served import served
from tests.browser.works import Watched, make_watched
from tests.dashboard.made import MadeSource


@dataclass(frozen=True)
class Shown:
    """A page with a made plant, and a session that is logged in."""

    origin: str
    source: MadeSource
    browser: Browser
    state: dict[str, object]

    def context(self, *, width: int = 1440, height: int = 900) -> BrowserContext:
        """Return a browser profile that is logged in."""
        return self.browser.new_context(
            viewport={"width": width, "height": height},
            storage_state=self.state,  # type: ignore[arg-type]  # what Playwright itself returned
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Give the pages of a made plant."""
    source = MadeSource()
    with served(source, tmp_path_factory.mktemp("shown")) as (origin, token):
        context = browser.new_context()
        log_in_first(context, origin, token)
        state = context.storage_state()
        context.close()
        yield Shown(origin, source, browser, dict(state))


@pytest.fixture(scope="session")
def watched(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Give a real agent with simulated meters, and a session that is logged in."""
    with make_watched(browser, tmp_path_factory.mktemp("watched")) as found:
        yield found
