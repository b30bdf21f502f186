"""Pictures of every page for docs/pictures: `python -m tests.browser.screenshots [FOLDER]`.

The plant is the made one of the tests, which stands still, so that a picture changes only when its page does.
The overview is taken in both languages and themes, every other page in Chinese light and English dark.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.chromium import chromium, log_in_first, look
from tests.browser.served import served
from tests.dashboard.made import MadeSource

PAGES = {
    "overview": "/",
    "flows": "/flows",
    "processes": "/processes",
    "target": "/target",
    "alerts": "/alerts",
    "quality": "/quality",
    "reports": "/reports",
    "carbon": "/carbon?period=year&at=2025-06-15",
    "inventory-report": "/reports/inventory?period=year&at=2025-06-15",
}
WIDTHS = (1440, 768, 390)
LOOKS = (("zh", "light"), ("en", "dark"))
ALL_LOOKS = (*LOOKS, ("zh", "dark"), ("en", "light"))
TALLEST = 2600
"""Pixels: a report goes on below with more rows of the same."""
_QUALITY = 55


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as state,
        chromium() as browser,
        served(MadeSource(), Path(state)) as (origin, token),
    ):
        context = browser.new_context(reduced_motion="reduce")
        log_in_first(context, origin, token)
        for name, path in PAGES.items():
            for language, theme in ALL_LOOKS if name == "overview" else LOOKS:
                look(context, origin, language=language, theme=theme)
                for width in WIDTHS:
                    file = folder / f"{name}-{width}-{language}-{theme}.webp"
                    take(context, origin + path, width, file)


def take(context: BrowserContext, url: str, width: int, file: Path) -> None:
    """Take one picture of a page, cut at TALLEST."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(url)
    page.locator("html[data-link=live]").wait_for(state="attached")
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    # Playwright itself knows neither WebP nor a part of a whole page; Chromium does.
    session = context.new_cdp_session(page)
    asked = {"format": "webp", "quality": _QUALITY, "captureBeyondViewport": True, "clip": clip}
    file.write_bytes(base64.b64decode(session.send("Page.captureScreenshot", asked)["data"]))
    page.close()
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
