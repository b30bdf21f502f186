"""InfluxDB that fails in every way of the fault catalogue: real sockets, scripted answers."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from domain.errors import StoreUnavailable
from domain.ports import Envelope
from domain.reading import Gap, Poll, Quality
from storage.influx import InfluxStore
from storage.line_protocol import LineWriter, flux_text, tag
from storage.source import Source
from tests.storage.doubles import NOW, SOURCE, Answer, FakeInflux, envelope, fake_influx, poll, reply_cutter

TOKEN = "canary-token-5512"
OK = Answer(204)


def store_at(url: str) -> InfluxStore:
    return InfluxStore(
        url, sources=[SOURCE], org="o", bucket="b", token=TOKEN, connect_timeout_s=0.5, answer_timeout_s=0.5
    )


@pytest.fixture
def accepting() -> Iterator[FakeInflux]:
    with fake_influx(lambda _: OK) as server:
        yield server


def refusing(word: str, status: int) -> AbstractContextManager[FakeInflux]:
    body = json.dumps({"code": "invalid", "message": f"unable to parse {word!r}"}).encode()
    return fake_influx(lambda lines: Answer(status, body) if any(word in line for line in lines) else OK)


def test_lines_carry_tags_floats_and_milliseconds() -> None:
    lines = LineWriter([SOURCE]).lines
    assert lines(poll(1, {"gas": 5, "pressure": 0.1})) == [
        f"readings,site=works,gateway=gw1,device=boiler,point=gas value=5.0,quality=0i {NOW + 1000}",
        f"readings,site=works,gateway=gw1,device=boiler,point=pressure value=0.1,quality=0i {NOW + 1000}",
    ]
    assert lines(poll(1, {"gas": None}, {"gas": Quality.OUT_OF_RANGE})) == [
        f"readings,site=works,gateway=gw1,device=boiler,point=gas quality=14i {NOW + 1000}"
    ]
    kept = Poll(device="boiler", at=7, values={"gas": 1.0, "pressure": 2.0}, words={"pressure": "0001e240"})
    assert [
        line.partition("point=")[2] for line in lines(Envelope(journal="j", seq=1, received_ms=0, item=kept))
    ] == [
        "gas value=1.0,quality=0i 7",
        'pressure value=2.0,quality=0i,words="0001e240" 7',
    ]
    gap = Gap(device="boiler", since=5, until=9, quality=Quality.AGENT_DOWN)
    assert lines(Envelope(journal="j", seq=1, received_ms=0, item=gap)) == [
        "gaps,site=works,gateway=gw1,device=boiler until=9i,quality=20i 5"
    ]


def test_tags_are_escaped_and_what_cannot_be_is_refused() -> None:
    odd = Source(site="a b,c=d", gateway="g", devices={"d": ("p",)})
    item = Poll(device="d", at=7, values={"p": 1.0})
    [line] = LineWriter([odd]).lines(Envelope(journal="j", seq=1, received_ms=0, item=item))
    assert line.startswith("readings,site=a\\ b\\,c\\=d,gateway=g,device=d,point=p ")
    for hostile in ("a\nreadings x=1", "a\\", ""):
        with pytest.raises(ValueError, match="cannot be a tag"):
            tag(hostile)
    assert flux_text('a"b\\${x}\n') == '"a\\"b\\\\\\${x}\\n"'


def test_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    store = store_at(f"http://127.0.0.1:{port}")
    with pytest.raises(StoreUnavailable, match="start InfluxDB"):
        store.write([envelope(1)])
    with pytest.raises(StoreUnavailable):
        store.check()
    store.close()


def test_server_that_never_answers_is_left_after_the_timeout() -> None:
    with fake_influx(lambda _: Answer(0)) as server:
        store = store_at(server.url)
        start = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.write([envelope(1)])
        assert time.monotonic() - start < 3
        server.rule = lambda _: OK
        assert store.write([envelope(1)]).readings == 2
        store.close()


def test_answer_lost_after_the_commit_is_repeated_without_doubles(accepting: FakeInflux) -> None:
    with reply_cutter(accepting.port, cut=1) as port:
        store = store_at(f"http://127.0.0.1:{port}")
        with pytest.raises(StoreUnavailable):
            store.write([envelope(1), envelope(2)])
        store.close()
        store = store_at(f"http://127.0.0.1:{port}")
        store.write([envelope(1), envelope(2)])
        store.close()
    assert len(accepting.requests) == 2
    assert len(accepting.accepted) == 4


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_busy_server_is_waited_for_as_it_wishes(status: int) -> None:
    with fake_influx(lambda _: Answer(status, b"", ("Retry-After: 7",))) as server:
        store = store_at(server.url)
        with pytest.raises(StoreUnavailable) as caught:
            store.write([envelope(1)])
        assert caught.value.retry_after_s == 7
        store.close()


@pytest.mark.parametrize(("status", "hint"), [(401, "token"), (403, "token"), (404, "bucket 'b'")])
def test_refused_access_keeps_the_data_and_names_the_cure(status: int, hint: str) -> None:
    with fake_influx(lambda _: Answer(status, b'{"message":"unauthorized access"}')) as server:
        store = store_at(server.url)
        with pytest.raises(StoreUnavailable, match="unauthorized access") as caught:
            store.write([envelope(1)])
        assert hint in caught.value.hint
        assert TOKEN not in str(caught.value)
        assert TOKEN not in repr(caught.value.__cause__)
        store.close()


@pytest.mark.parametrize("status", [400, 422])
def test_one_bad_envelope_is_found_and_the_rest_kept(status: int) -> None:
    bad = "value=37.0"
    with refusing(bad, status) as server:
        store = store_at(server.url)
        written = store.write([envelope(seq) for seq in range(1, 101)])
        store.close()
    assert list(written.rejected) == [("j1", 37)]
    assert bad in written.rejected["j1", 37]
    assert written.readings == 198
    assert len(server.accepted) == 198
    assert len(server.requests) < 20


def test_body_that_is_too_large_is_split() -> None:
    with fake_influx(lambda lines: Answer(413) if len(lines) > 10 else OK) as server:
        store = store_at(server.url)
        assert store.write([envelope(seq) for seq in range(1, 33)]).rejected == {}
        store.close()
    assert len(server.accepted) == 64


def test_failure_in_the_middle_of_a_search_loses_nothing() -> None:
    with refusing("value=5.0", 400) as server:
        refuse = server.rule
        server.rule = lambda lines: Answer(503) if len(server.requests) == 3 else refuse(lines)
        store = store_at(server.url)
        batch = [envelope(seq) for seq in range(1, 9)]
        with pytest.raises(StoreUnavailable):
            store.write(batch)
        assert list(store.write(batch).rejected) == [("j1", 5)]
        store.close()
    assert len(server.accepted) == 14
