"""Every page in a real browser, with a made plant: layout, figures, keyboard, axe, print, bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chromium import Heard, look
from tests.browser.conftest import Shown

PAGES = ("/", "/flows", "/processes", "/target", "/alerts", "/quality", "/reports")
BEHIND = (
    "/reports/inventory?period=month&at=2026-10-15",
    "/carbon?period=year&at=2025-06-15",
    "/why/inventory/2025/line.1.gas",
    "/why/intensity/coil/month/2026-10",
    "/point/gas_coil.volume_reference?from=2026-11-21&to=2026-11-22",
    "/declare/exchange",
    "/declare/production",
    "/baselines",
    "/ledger",
    "/account",
    "/users",
    "/audit",
    "/api/v1/docs",
)
WIDTHS = (1440, 768, 390)
COLD_BYTES = 80_000


def opened(shown: Shown, path: str, *, language: str = "en", theme: str = "light", width: int = 1440) -> Page:
    """Open a page in a profile of its own."""
    context = shown.context(width=width)
    look(context, shown.origin, language=language, theme=theme)
    page = context.new_page()
    answer = page.goto(f"{shown.origin}{path}")
    assert answer is not None
    assert answer.status == 200, path
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_overflows_at_any_width_in_either_theme(shown: Shown, language: str) -> None:
    context = shown.context()
    look(context, shown.origin, language=language)
    page = context.new_page()
    heard = Heard()
    heard.listen(page)
    wrong = []
    # English is the longer language: the pages behind the seven are looked at in it.
    for path in (*PAGES, *BEHIND) if language == "en" else PAGES:
        page.goto(f"{shown.origin}{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for theme in ("light", "dark"):
                page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                over = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                wrong += [(path, width, theme, over)] if over > 0 else []
        page.set_viewport_size({"width": 1440, "height": 900})
    context.close()
    assert not wrong
    assert not heard.complaints


def test_a_laptop_shows_verdict_tiles_load_and_alerts_without_scrolling(shown: Shown) -> None:
    page = opened(shown, "/")
    for place in (".verdict", ".tile >> nth=3", ".load .wide svg", ".side"):
        box = page.locator(place).bounding_box()
        assert box is not None, place
        assert box["y"] + min(box["height"], 200) <= 900, place
    page.context.close()


def test_a_phone_shows_verdict_tiles_and_alerts_before_the_rest(shown: Shown) -> None:
    page = opened(shown, "/", width=390)
    tops = []
    for place in (".verdict", ".tile >> nth=0", ".side", ".load"):
        box = page.locator(place).bounding_box()
        assert box is not None, place
        tops.append(box["y"])
    assert tops == sorted(tops)
    page.context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_figure_reads_the_same_in_verdict_chart_label_and_table(shown: Shown, language: str) -> None:
    page = opened(shown, "/", language=language)
    found = re.search(r"\d+\.\d\d\u00a0Nm³/t", page.locator(".verdict").inner_text())
    assert found, "the verdict names an intensity"
    figure = found[0]
    path = page.locator(".paths section").filter(has_text=figure)
    assert path.count() == 1, "one line's finding has the verdict's figure"
    assert figure in path.locator(".finding").first.inner_text()
    titles = path.locator("svg > title").all_text_contents()
    assert titles
    assert all(figure in title for title in titles)
    bare = figure.partition("\u00a0")[0]
    labels = path.locator(".wide svg text").all_text_contents()
    assert any(bare in label for label in labels)
    rows = path.locator("tbody tr").all_text_contents()
    assert any("2026" in row and bare in row for row in rows)
    page.context.close()


def test_the_sankey_adds_up_in_the_table_under_it(shown: Shown) -> None:
    page = opened(shown, "/flows")
    # In = lines + others + export + not metered, as it is written, to the last digit shown.
    into, *out = [megawatt_hours(text) for text in page.locator(".adds b").all_inner_texts()]
    assert len(out) >= 3
    assert into > 0
    assert into == pytest.approx(sum(out), abs=1e-9)
    page.context.close()


def megawatt_hours(text: str) -> float:
    """Return what `66.5 MWh` says."""
    number, _, unit = text.replace("\u2212", "-").replace(",", "").partition("\u00a0")
    assert unit == "MWh"
    return float(number)


def test_an_alert_is_acknowledged_by_keyboard_and_stays_so(shown: Shown) -> None:
    page = opened(shown, "/alerts")
    tab_to(page, "a.button[href*='/alerts/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*")
    tab_to(page, "[name=why]")
    page.keyboard.type("burner service comes on Tuesday")
    tab_to(page, "button.primary")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_be_visible()
    page.reload()
    expect(page.locator("main")).to_contain_text("burner service comes on Tuesday")
    assert [each.action for each in shown.source.recorded] == ["acknowledge"]
    page.context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"no Tab leads to {selector}")


def test_axe_finds_nothing(shown: Shown) -> None:
    context = shown.context()
    page = context.new_page()
    wrong = {}
    # Colours are the only difference of the dark pages.
    for theme, paths, options in (
        ("light", (*PAGES, *BEHIND), {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}),
        ("dark", PAGES, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}),
    ):
        look(context, shown.origin, theme=theme)
        for path in paths:
            page.goto(f"{shown.origin}{path}")
            found = Axe().run(page, options={**options, "resultTypes": ["violations"]})
            if found.violations_count:
                wrong[path, theme] = found.generate_report()
    context.close()
    assert not wrong, "\n".join(wrong.values())


def test_a_report_is_printed_with_its_title_and_method(shown: Shown, tmp_path: Path) -> None:
    page = opened(shown, "/reports")
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#method")).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()
    body = page.pdf(format="A4")
    assert body.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", body)) >= 1
    page.context.close()


def test_a_cold_overview_stays_within_its_budget_of_bytes(shown: Shown) -> None:
    context = shown.context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{shown.origin}/", wait_until="load")
    page.wait_for_timeout(300)
    context.close()
    assert len(sizes) >= 4, "page, style sheets, script"
    assert sum(sizes) <= COLD_BYTES
