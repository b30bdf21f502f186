"""An emission factor is written in one way on every page: all its digits, and whether it is verified."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.factors import carrier_factor, factor_source
from domain.plant import Carrier
from tests.dashboard.asking import asked_of as request_of
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.making.energy import GRID_FACTOR
from tests.dashboard.making.hours import at
from tests.dashboard.served import app_of, asked_of

PAGES = (
    "/flows",
    "/reports",
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


def test_the_table_of_a_report_names_the_factor_of_gas_with_its_source() -> None:
    text = asked_of(app_of(MadeSource()), "/reports").text
    said = "2.162188809\u00a0kg/Nm³, GB/T 32151.34-2024, table C.1 (verified)"
    assert text.count(said) == 1


def test_a_factor_is_told_whole_in_the_readers_language() -> None:
    asked = request_of(MadeSource(), language="zh_Hans_CN")
    sums = {each.carrier: each for each in MadeSource().flows(since=at("2026-11-01"), until=NOW).sums}
    gas, bought, own = (sums[each] for each in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV))
    assert carrier_factor(gas, asked) == "2.162188809\u00a0kg/Nm³, GB/T 32151.34-2024 表C.1 (已核实)"
    assert carrier_factor(bought, asked) == "0.4419\u00a0kg/kWh, Guangdong 2023 (未核实)"
    assert carrier_factor(own, asked) == ""
    # What is declared may look like what the text of the agent ends with: the page does not read it there.
    odd = replace(bought, emission=replace(GRID_FACTOR, source="grid, verified"))
    assert carrier_factor(odd, asked).endswith("grid, verified (未核实)")
    stated = replace(GRID_FACTOR, source="calorific value by the supplier, plant file")
    assert factor_source(stated, asked) == "热值由供应商提供，工厂文件"
