"""An emission factor is written in one way on every page: all its digits, and whether it is verified."""

from __future__ import annotations

import re

import pytest

from tests.dashboard.made import MadeSource
from tests.dashboard.served import app_of, asked_of

PAGES = (
    "/flows",
    "/reports",
    "/target",
    "/why/carbon/2026",
    "/why/carrier/gas?period=month",
    "/why/flows?period=month",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_writes_the_factor_of_gas_with_all_its_digits(path: str) -> None:
    text = asked_of(app_of(MadeSource()), path).text
    assert set(re.findall(r"2\.16\d*(?=\s*kg)", text)) == {"2.162188809"}


@pytest.mark.parametrize("path", PAGES)
def test_whether_a_factor_is_verified_is_said_in_the_readers_language(path: str) -> None:
    text = asked_of(app_of(MadeSource()), path, **{"accept-language": "zh-CN"}).text
    assert "已核实" in text
    assert "verified" not in text


def test_the_table_of_a_report_says_of_a_factor_what_its_method_says() -> None:
    text = asked_of(app_of(MadeSource()), "/reports").text
    said = "2.162188809\u00a0kg/Nm³, GB/T 32151.34-2024 table C.1 (verified)"
    assert text.count(said) == 2
