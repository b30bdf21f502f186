"""A plant whose file names no process: every page of the navigation is there and says what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.pages import all_pages
from domain.plant import Plant
from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of

PLAIN = [spec.path for spec in all_pages() if "{" not in spec.path]


class Bare(MadeSource):
    """Meters alone."""

    def __init__(self) -> None:
        super().__init__(empty=True)
        devices = tuple(
            replace(device, points=tuple(replace(point, shares={}) for point in device.points))
            for device in self._plant.devices
        )
        self._plant: Plant = replace(self._plant, processes=(), devices=devices)


@pytest.mark.parametrize("path", PLAIN)
def test_every_page_answers_without_a_process(path: str) -> None:
    answer = asked_of(app_of(Bare()), path)
    assert answer.status_code == 200, answer.text[:500]
    assert "<h1" in answer.text


@pytest.mark.parametrize("path", ["/processes", "/declare/production", "/baselines/fit"])
def test_what_needs_a_process_says_how_to_get_one(path: str) -> None:
    assert "This plant has no process yet" in asked_of(app_of(Bare()), path).text
