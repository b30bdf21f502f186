"""Pictures of every page for docs/pictures: `python -m tests.browser.screenshots [FOLDER]`.

The plant is the made one of the tests, which stands still, so that a picture changes only when its page does.
The overview is taken in both languages and themes, every other page in Chinese light and English dark.
"""

from __future__ import annotations

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
}
WIDTHS = (1440, 768, 390)
LOOKS = (("zh", "light"), ("en", "dark"))
ALL_LOOKS = (*LOOKS, ("zh", "dark"), ("en", "light"))
_QUALITY = 82


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
                    file = folder / f"{name}-{width}-{language}-{theme}.jpg"
                    take(context, origin + path, width, file)


def take(context: BrowserContext, url: str, width: int, file: Path) -> None:
    """Take one picture of a whole page."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(url)
    page.wait_for_function("document.documentElement.dataset.link === 'live'")
    page.screenshot(path=file, full_page=True, type="jpeg", quality=_QUALITY)
    page.close()
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
