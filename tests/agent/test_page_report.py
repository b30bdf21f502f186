"""A report of a month that is not over, at an odd minute: one figure of gas on the whole sheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from agent.page_source import LocalSource
from agent.storing import open_store
from config import load
from dashboard.live import carrier_name
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.reports import build
from dashboard.words import words_of
from domain.periods import HOUR_MS
from domain.plant import Carrier
from domain.reading import Quality
from tests.agent import figured
from tests.agent.figured import GAS, NOW, PLANT, Figured
from tests.agent.paged import paged
from tests.dashboard import made
from tests.dashboard.made import MadeSource

MAIN = "gas_main.volume_reference"
MAIN_METER = """
[[devices]]
id = "gas_main"
link = "line"
unit_id = 3
profile = "suto_s401"

[[points]]
point = "gas_main.volume_reference"
carrier = "gas"
role = "main"
reference = "0C"
rated_max_per_hour = 1200
"""


@pytest.fixture(scope="module")
def with_main_meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSource]:
    """Give the small plant with a main meter that shows an eighth more; it has computed once."""
    folder = figured.build(tmp_path_factory.mktemp("report") / "plant")
    (folder / "plant.toml").write_text(PLANT + MAIN_METER, encoding="utf-8")
    gas = next(each for each in figured.readings() if each.point == GAS)
    late = NOW - NOW % HOUR_MS + np.arange(0, 7) * 60_000
    of_this_hour = replace(
        gas, at=late, value=gas.value[-1] + np.arange(7) * 2.0, quality=np.full(7, Quality.GOOD, np.uint8)
    )
    with closing(open_store(load(folder / "plant.toml", {}))) as store:
        for each in (gas, of_this_hour):
            store.fill(f"until {each.at[-1]}", [each, replace(each, point=MAIN, value=each.value * 1.125)])
    with pytest.MonkeyPatch.context() as monkeypatch, paged(Figured(folder, monkeypatch)) as found:
        yield found


def gas_on_the_sheet(source: Source, now: int) -> tuple[float, float]:
    """Return the gas of the carriers and of the balance, in Nm3."""
    asked = Asked(
        path="/reports",
        query={"period": "month"},
        now=now,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of("en"),
    )
    tables = {table.id: table for table in build(source, asked).tables}
    gas = carrier_name(Carrier.GAS, asked)
    carrier = next(row for row in tables["carriers"].rows if row[0].value == gas)
    balance = next(row for row in tables["balance"].rows if row[0].value == gas)
    amount, main = carrier[1].value, balance[1].value
    assert isinstance(amount, float) and isinstance(main, float)
    return amount, main


def test_the_gas_of_the_running_hour_is_in_carriers_and_balance(with_main_meter: LocalSource) -> None:
    assert NOW % HOUR_MS != 0, "the hour is open"
    amount, main = gas_on_the_sheet(with_main_meter, NOW)
    assert amount > 0.0
    assert main == pytest.approx(amount)


def test_the_gas_of_the_running_hour_is_in_both_of_a_made_plant() -> None:
    amount, main = gas_on_the_sheet(MadeSource(), made.NOW)
    assert main == pytest.approx(amount)
