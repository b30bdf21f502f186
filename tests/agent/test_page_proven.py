"""Of a real agent too, every address of the API answers and every figure leads to its readings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from agent.ledger import ledger_path
from agent.page_source import LocalSource
from agent.shipped_factors import adopt
from dashboard.api.docs import docs_of
from dashboard.api.endpoints import endpoints
from storage.ledger import SqliteLedger
from tests.agent import figured
from tests.agent.figured import Figured
from tests.agent.paged import paged
from tests.dashboard.api.conftest import api_of
from tests.dashboard.served import app_of, asked_of
from tests.dashboard.test_evidence import links


@pytest.fixture(scope="module")
def source(watched_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSource]:
    """Give the plant that is held against a baseline, for questions that change nothing."""
    folder = figured.copy(watched_once, tmp_path_factory.mktemp("proven") / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch:
        plant = Figured(folder, monkeypatch)
        with closing(SqliteLedger(ledger_path(plant.loaded.agent.state_dir))) as ledger:
            adopt(ledger, at=figured.NOW)
        with paged(plant) as found:
            yield found


def test_every_address_of_the_api_answers(source: LocalSource) -> None:
    app = api_of(source)
    known = {
        "alert": source.alerts()[0].id,
        "baseline": source.baselines()[0].baseline.id,
        "point": figured.GAS,
        "year": str(source.calendar().local(source.now().at).year),
        "inventory": source.results("inventory")[0].period.name,
    }
    for each in docs_of(endpoints(), source.plant, "", title="", known=known).endpoints:
        as_json, as_csv = asked_of(app, each.json_example), asked_of(app, each.csv_example)
        assert (as_json.status_code, as_csv.status_code) == (200, 200), (each.path, as_json.text[:300])
        assert as_csv.content.count(b"\r\n") == len(as_json.json()["rows"]) + 1, each.path


def test_every_figure_leads_to_its_readings(source: LocalSource) -> None:
    app = app_of(source)
    local = source.calendar().local(source.now().at)
    month, year = local.strftime("%Y-%m"), local.year
    pages = [
        f"/why/intensity/coil/month/{month}",
        f"/why/intensity/coil/year/{year}",
        "/why/carrier/gas?period=month",
        "/why/flows?period=month",
        f"/why/track/coil/{year}",
        f"/why/change/{year}",
        f"/why/baseline/{source.baselines()[0].baseline.id}",
        f"/why/alert/{quote(source.alerts()[0].id, safe='')}",
    ]
    for path in pages:
        answer = asked_of(app, path)
        assert answer.status_code == 200, path
        points = links(answer.text, "/point/")
        assert points, path
        text = asked_of(app, points[0]).text
        assert 'id="readings"' in text and 'id="windows"' in text, path
