"""Debian's Chromium, driven by Playwright, and what it says while it works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing but our page is asked for; root may not use the sandbox."""
NAME, PASSWORD = "li", "a long enough password"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser; RuntimeError that names the package when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("no chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Heard:
    """What a tab asked for and complained about."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> Page:
        """Note everything of a tab from now on."""
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self._console(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def hosts(self) -> set[str]:
        """Return the hosts that were asked; data: URLs have none."""
        return {urlsplit(url).netloc for url in self.asked} - {""}


def log_in_first(context: BrowserContext, origin: str, token: str) -> None:
    """Make the first admin by the setup link; the context is logged in after it."""
    page = context.new_page()
    page.goto(f"{origin}/setup?token={token}")
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(f"{origin}/")
    page.close()


def look(context: BrowserContext, origin: str, *, language: str = "en", theme: str = "light") -> None:
    """Choose language and colours as a reader does."""
    context.add_cookies(
        [
            {"name": "ea_lang", "value": language, "url": origin},
            {"name": "ea_theme", "value": theme, "url": origin},
        ]
    )
