"""What programs get from the API: rows as JSON and CSV, spans, pages of rows, and clear refusals."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import parse_qs

import pytest

from dashboard.api.docs import docs_of
from dashboard.api.endpoints import endpoints
from dashboard.pages import all_pages
from dashboard.source import Source
from domain.errors import StoreUnavailable
from tests.dashboard.api.conftest import Get, api_of
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.served import app_of, asked_of

DEEDS = {
    "acknowledge", "close_alert", "declare_exchange", "state_production", "fit_baseline", "approve_baseline",
    "declare_carbon", "close_period", "restate_period",
}  # fmt: skip
POINT = "gas_coil.volume_reference"


class Listening:
    """A source that remembers what it was asked."""

    def __init__(self, source: MadeSource) -> None:
        self._source = source
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._source, name)


class Frozen(MadeSource):
    """A source whose store does not answer."""

    def alerts(self) -> Any:
        raise StoreUnavailable("store", "does not answer", "look at `energy-agent status`")


def examples(source: MadeSource) -> list[tuple[str, str]]:
    """Return the address of each endpoint's example, as JSON and as CSV."""
    known = {"alert": source.alerts()[0].id, "baseline": source.baselines()[0].baseline.id}
    docs = docs_of(endpoints(), source.plant, "", title="", known=known)
    return [(each.json_example, each.csv_example) for each in docs.endpoints]


def lines(text: str) -> list[list[str]]:
    """Return the cells of a CSV."""
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_read_of_the_source_has_an_endpoint(made: MadeSource) -> None:
    listening = Listening(made)
    app = api_of(listening)
    listening.asked.clear()
    for address, _ in examples(made):
        assert asked_of(app, address).status_code == 200, address
    reads = {name for name in vars(Source) if not name.startswith("_")} - DEEDS
    assert reads - listening.asked == set()


def test_json_and_csv_have_the_same_rows(made: MadeSource) -> None:
    app = api_of(made)
    for as_json, as_csv in examples(made):
        rows = asked_of(app, as_json).json()["rows"]
        table = lines(asked_of(app, as_csv).text)
        assert len(table) == len(rows) + 1, as_csv
        assert [cell.partition(" [")[0] for cell in table[0]] == list(rows[0]) if rows else True


def test_a_csv_is_for_spreadsheets(get: Get) -> None:
    answer = get("intensity.csv?period=month")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbfsince,") and b"\r\n" in answer.content
    header, first, *_ = lines(answer.content.decode())
    row = dict(zip(header, first, strict=True))
    assert row["since"] == "2026-11-01T00:00:00.000+08:00" and float(row["gas_nm3 [Nm3]"]) > 0.0
    assert row["process"] == "coil" and row["ratio [Nm3/output_unit]"] and row["output_unit"] == "t"


@pytest.mark.parametrize(
    "span",
    [
        "from=2026-11-21&to=2026-11-22",
        "from=2026-11-21T00:00&to=2026-11-22T00:00",
        "from=1795190400000&to=1795276800000",
        "from=2026-11-20T16:00:00.000Z&to=2026-11-21T16:00:00.000Z",
        "from=2026-11-21T00:00:00%2B08:00&to=2026-11-22T00:00:00+08:00",
        "period=day&at=2026-11-21",
    ],
)
def test_a_span_may_be_said_in_many_ways(get: Get, span: str) -> None:
    rows = get(f"load?{span}&step=1h").json()["rows"]
    assert (rows[0]["since"], rows[-1]["until_ms"]) == ("2026-11-21T00:00:00.000+08:00", 1795276800000)
    assert len(rows) == 24


@pytest.mark.parametrize(
    ("address", "status", "parameter", "cure"),
    [
        ("load?from=yesterday", 400, "from", "write 2026-11-22"),
        ("load?from=2026-11-22&to=2026-11-21", 422, "to", "length"),
        ("load?from=2010-01-01&to=2026-01-01", 422, "from", "less"),
        ("load?from=2020-01-01&to=2026-01-01&step=5m", 422, "step", "longer step"),
        ("load?rang=24h", 400, "rang", "range"),
        ("load?limit=0", 422, "limit", "100000"),
        ("load?limit=", 400, "limit", "leave it out"),
        ("intensity?process=paint", 400, "process", "coil, sheet"),
        ("cusum/paint", 404, "process", "coil, sheet"),
        ("carbon/2027", 404, "year", "2026"),
        ("windows/gas_coil.smell", 404, "point", "gas_main.volume"),
        (f"versions/{POINT}", 400, "at", "2026-11-22T08:00"),
        ("alerts/none", 404, "alert", "drift-coil-20261025"),
        ("nothing", 404, "path", "/api/v1/docs"),
    ],
)
def test_a_refusal_names_the_parameter_and_the_cure(
    get: Get, address: str, status: int, parameter: str, cure: str
) -> None:
    answer = get(address)
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, said["status"], said["parameter"]) == (status, status, parameter)
    assert cure in said["cure"] and said["problem"]


def test_a_store_that_does_not_answer_is_503(made: MadeSource) -> None:
    answer = asked_of(api_of(Frozen()), "/api/v1/alerts.csv")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["cure"] == "look at `energy-agent status`"


def test_next_leads_through_all_rows_once(get: Get) -> None:
    whole = get("load?range=24h&step=15m").json()["rows"]
    found, address = [], "load?range=24h&step=15m&limit=40"
    while address:
        answer = get(address)
        found += answer.json()["rows"]
        onward = answer.json()["next"]
        assert answer.json()["is_cut"] is (onward is not None)
        assert (f'<{onward}>; rel="next"' == answer.headers.get("link")) is (onward is not None)
        address = (onward or "").removeprefix("/api/v1/")
    assert found == whole and len(whole) == 96


def test_next_of_readings_leads_behind_the_last_one(get: Get) -> None:
    address = f"readings/{POINT}?from=2026-11-21T08:00&to=2026-11-21T09:00&limit=25"
    at: list[int] = []
    while address:
        answer = get(address).json()
        at += [row["at_ms"] for row in answer["rows"]]
        address = (answer["next"] or "").removeprefix("/api/v1/")
    assert len(at) == 60 and at == sorted(set(at))


@pytest.mark.parametrize("span", ["range=24h&", "from=2026-11-21&", ""])
def test_next_keeps_to_the_span_of_the_first_answer_while_time_goes_on(get: Get, span: str) -> None:
    onward = get(f"load?{span}step=15m&limit=40").json()["next"]
    asked = parse_qs(onward.partition("?")[2])
    assert "range" not in asked
    assert all(len(asked[name][0]) == 13 for name in ("from", "to"))


def test_next_keeps_to_the_period_that_was_meant(get: Get) -> None:
    onward = get("intensity?by=hour&limit=5").json()["next"]
    asked = parse_qs(onward.partition("?")[2])
    assert (asked["period"], asked["at"], "from" in asked) == (["day"], ["2026-11-22"], False)


def test_readings_that_are_cut_begin_behind_those_to_skip(get: Get) -> None:
    address = f"readings/{POINT}?from=2026-11-21T08:00&to=2026-11-21T09:00"
    whole = get(address).json()["rows"]
    for skip in (0, 5, 30, 50, 70):
        assert get(f"{address}&limit=25&skip={skip}").json()["rows"] == whole[skip : skip + 25]
    answer = get(f"{address}&limit=10&skip=99999")
    assert (answer.status_code, answer.json()["parameter"]) == (422, "skip")


def test_a_csv_that_is_cut_says_where_the_rest_is(get: Get) -> None:
    link = get("points.csv?limit=10").headers["link"]
    assert link == '</api/v1/points.csv?limit=10&skip=10>; rel="next"'
    whole = lines(get("points.csv").text)
    assert lines(get(f"points.csv?limit=10&skip={len(whole) - 4}").text) == [whole[0], *whole[-3:]]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "＝1"])
def test_no_cell_is_a_formula(name: str) -> None:
    app = api_of(MadeSource(names={"gas_main": name}))
    table = lines(asked_of(app, "/api/v1/devices.csv").text)
    assert table[1][1] == "'" + name
    assert asked_of(app, "/api/v1/devices").json()["rows"][0]["name_zh"] == name


def test_a_negative_number_stays_a_number(get: Get) -> None:
    header, *rows = lines(get("intensity.csv?period=month").text)
    saving = rows[0][header.index("saving_nm3 [Nm3]")]
    assert saving.startswith("-") and float(saving) < 0.0


def test_a_script_in_a_name_is_only_text() -> None:
    app = api_of(MadeSource(names={"gas_main": "<script>alert(1)</script>"}))
    answer = asked_of(app, "/api/v1/devices")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["rows"][0]["name_en"] == "<script>alert(1)</script>"


def test_what_is_not_known_is_null_and_an_empty_cell(made: MadeSource) -> None:
    app = api_of(MadeSource(empty=True))
    assert asked_of(app, "/api/v1/carbon/2026").json()["rows"] == []
    assert asked_of(app, "/api/v1/now").json()["rows"][0]["rate"] is None
    header, first, *_ = lines(asked_of(app, "/api/v1/now.csv").text)
    assert first[header.index("rate [rate_unit]")] == ""


def test_every_csv_link_of_a_page_has_an_endpoint(made: MadeSource) -> None:
    pages, api, seen = app_of(made), api_of(made), set()
    for spec in all_pages():
        if "{" not in spec.path:
            text = asked_of(pages, spec.path).text
            seen |= {unescape(link) for link in re.findall(r'href="(/api/v1/[^"]+)"', text)}
    assert any(".csv" in link for link in seen)
    broken = {link: status for link in seen if (status := asked_of(api, link).status_code) != 200}
    assert not broken


def test_the_docs_have_an_example_of_every_address(get: Get) -> None:
    text = get("docs").text
    for link in re.findall(r'href="(/api/v1/[^"]+)"', text):
        assert get(unescape(link).removeprefix("/api/v1/")).status_code == 200, link
    assert text.count('aria-label="CSV: ') == len(endpoints())


def test_the_api_only_reads(made: MadeSource) -> None:
    for route in api_of(made).routes:
        assert getattr(route, "methods", None) == {"GET", "HEAD"}


def test_now_is_the_instant_of_the_plant(get: Get) -> None:
    answer = get("now").json()
    assert (answer["at_ms"], answer["at"]) == (NOW, "2026-11-22T14:32:00.000+08:00")
