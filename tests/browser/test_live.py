"""A real agent in a real browser: values move, a stopped meter and a killed agent are said."""

from __future__ import annotations

import os
import signal
import time

from playwright.sync_api import Page, expect

from tests.browser.chromium import Heard, look
from tests.browser.works import Watched
from tests.e2e.harness import INTERVAL_MS

TILE = '[data-state-of="tile.{}"]'
AGE = '[data-live="tile.{}.age"]'
VALUE = '[data-live="tile.{}.value"]'


def overview(watched: Watched, heard: Heard | None = None) -> Page:
    """Open the overview in a profile of its own."""
    context = watched.context()
    look(context, watched.origin)
    page = context.new_page()
    if heard is not None:
        heard.listen(page)
    answer = page.goto(f"{watched.origin}/")
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    return page


def test_nothing_but_the_agent_is_asked_and_the_console_stays_silent(watched: Watched) -> None:
    heard = Heard()
    page = overview(watched, heard)
    addresses = page.locator("nav a").evaluate_all("links => links.map(link => link.href)")
    assert len(addresses) == 7
    for address in addresses:
        page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    page.context.close()
    assert heard.hosts == {f"127.0.0.1:{watched.works.http_port}"}
    assert not heard.complaints


def test_a_tile_shows_what_was_read_within_the_last_three_seconds(watched: Watched) -> None:
    page = overview(watched)
    value, age = page.locator(VALUE.format("electricity")), page.locator(AGE.format("electricity"))
    for _ in range(4):
        page.wait_for_timeout(800)
        shown, now = value.inner_text(), int(time.time() * 1000)
        # What the meters showed at each poll of the last three seconds, and the one that may be under way.
        truths = {used_kw(watched, at) for at in range(now - 3000 - INTERVAL_MS, now + 1, INTERVAL_MS // 2)}
        assert int(shown.replace(",", "")) in {round(each) for each in truths if each is not None}
        assert age.inner_text() in {"0 s", "1 s", "2 s"}
    page.context.close()


def used_kw(watched: Watched, at: int) -> float | None:
    """Return what the plant takes by the meters' own truth: what comes in and what the roof gives."""
    truth = watched.meters.truth
    come, made = truth("em_main.active_power", at), truth("pv_2.ac_power", at)
    return None if come is None or made is None else come + made


def test_a_stopped_meter_turns_stale_and_so_does_what_rests_on_it(watched: Watched) -> None:
    page = overview(watched)
    gas, power = page.locator(TILE.format("gas")), page.locator(TILE.format("electricity"))
    expect(gas).to_have_attribute("data-state", "good")
    marks = [
        page.locator(f'.rests[data-state-of="rests.{key}"]').first
        for key in ("flows", "load", "process.coil")
    ]
    for mark in marks:
        expect(mark).to_be_hidden()
    watched.meters.stop("gas_room")
    try:
        # Three intervals are 1.5 s; a tick and the look of the test come on top.
        expect(gas).to_have_attribute("data-state", "stale", timeout=8000)
        expect(gas).to_contain_text("No data for")
        expect(power).to_have_attribute("data-state", "good")
        # The page has been open all the while: its sections hear of it by the stream.
        for mark in marks:
            expect(mark).to_be_visible()
            expect(mark).to_contain_text("without fresh data")
        expect(page.locator('[data-live="header.meters"]')).to_have_text("3/5 meters online")
        page.goto(f"{watched.origin}/quality")
        expect(page.locator('[data-state-of="device.gas_main"]').first).to_have_attribute(
            "data-state", "stale"
        )
    finally:
        watched.meters.start("gas_room")
    page.goto(f"{watched.origin}/")
    expect(gas).to_have_attribute("data-state", "good", timeout=15000)
    page.context.close()


def test_eight_tabs_are_open_and_the_last_one_loads(watched: Watched) -> None:
    context = watched.context()
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(f"{watched.origin}/", wait_until="commit")
    expect(pages[-1].locator("html")).to_have_attribute("data-link", "live")
    expect(pages[-1].locator(VALUE.format("electricity"))).not_to_be_empty()
    clocks = [page.locator('[data-live="header.text"]') for page in pages]
    for clock in (clocks[0], clocks[-1]):
        before = clock.inner_text()
        expect(clock).not_to_have_text(before)
    # The tab that reads for all is closed: another one takes over.
    pages[0].close()
    before = clocks[-1].inner_text()
    expect(clocks[-1]).not_to_have_text(before, timeout=8000)
    context.close()


def test_a_killed_agent_is_said_within_eight_seconds_and_its_return_needs_no_reload(watched: Watched) -> None:
    page = overview(watched)
    page.evaluate("window.untouched = true")
    os.kill(watched.agent.pid, signal.SIGKILL)
    watched.agent.__exit__(None, None, None)
    banner = page.locator("#lost")
    expect(banner).to_be_visible(timeout=8000)
    expect(banner).to_contain_text("Disconnected: values are as of")
    expect(page.locator(".status")).to_be_hidden()
    watched.start_again()
    expect(banner).to_be_hidden(timeout=15000)
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    before = page.locator('[data-live="header.text"]').inner_text()
    expect(page.locator('[data-live="header.text"]')).not_to_have_text(before)
    assert page.evaluate("window.untouched") is True
    page.context.close()
