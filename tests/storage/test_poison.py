"""Bytes that are no message: quarantined, acknowledged only where the row is named beyond doubt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.verdict import Judge, Message, Window
from tests.storage.bench import Bench
from tests.storage.doubles import NOW, SOURCE, envelope, wait_until

TOPIC = "energy/works/gw1/boiler/readings"
GOOD = b'{"v":1,"journal":"j1","seq":7,"at":%d,"values":{"gas":1.0}}' % NOW
POISON = {
    "binary": bytes(range(256)) * 8,
    "empty": b"",
    "one megabyte": b'{"v":1,"x":"' + b"a" * 1_000_000 + b'"}',
    "one megabyte of zeros": bytes(1_000_000),
    "deep": b'{"v":1,"x":' + b"[" * 200_000,
    "deep in values": b'{"v":1,"journal":"j1","seq":7,"at":1,"values":' + b'{"a":' * 30_000,
    "double seq": GOOD.replace(b'"seq":7', b'"seq":7,"seq":8'),
    "double journal": GOOD.replace(b'"seq":7', b'"seq":7,"journal":"j9"'),
    "seq too large": GOOD.replace(b"7", b"99999999999999999999999", 1),
    "seq below one": GOOD.replace(b"7", b"0", 1),
    "journal of odd letters": GOOD.replace(b"j1", b"../../etc"),
    "not an object": b"[1,2,3]",
    "broken utf-8": GOOD.replace(b"gas", b"g\xff\xfes"),
    "surrogates": GOOD.replace(b"gas", b"\\ud800"),
    "cut": GOOD[:-5],
}


@pytest.mark.parametrize("payload", POISON.values(), ids=POISON)
def test_poison_is_quarantined_and_the_consumer_lives(bench: Bench, payload: bytes) -> None:
    bench.raw(TOPIC, payload)
    bench.raw(TOPIC, payload)
    bench.offer(envelope(1))
    wait_until(lambda: bench.acks.numbers() == {1})
    bench.finish()
    assert bench.quarantine.count() == {"undecodable": 1}
    assert bench.values() == [1.0]
    assert bench.acks.numbers("j9") == set()
    assert bench.ingest.health().crashes == 0


NAMED = {
    "not a number": GOOD.replace(b"1.0", b"NaN"),
    "too large a number": GOOD.replace(b"1.0", b"1e999"),
    "later version": GOOD.replace(b'"v":1', b'"v":2'),
    "no reason": GOOD.replace(b"1.0", b"null"),
    "text as value": GOOD.replace(b"1.0", b'"1.0"'),
    "double point": GOOD.replace(b'"gas":1.0', b'"gas":1.0,"gas":2.0'),
    "unknown quality": GOOD[:-1] + b',"quality":{"gas":"splendid"}}',
}


@pytest.mark.parametrize("payload", NAMED.values(), ids=NAMED)
def test_undecodable_row_of_a_journal_leaves_it_for_quarantine(bench: Bench, payload: bytes) -> None:
    bench.raw(TOPIC, payload)
    wait_until(lambda: bench.quarantine.count() == {"undecodable": 1})
    bench.finish()
    assert bench.store.count() == 0
    readable = b"NaN" not in payload
    assert bench.acks.numbers() == ({7} if readable else set())


@pytest.mark.parametrize(
    "topic", ["", "/", "energy", "energy/a/b/c/d/e", "a" * 70_000, "energy/\0/x/y/readings"]
)
def test_odd_topics_are_quarantined(bench: Bench, topic: str) -> None:
    bench.raw(topic, GOOD)
    wait_until(lambda: sum(bench.quarantine.count().values()) == 1)
    assert bench.ingest.health().crashes == 0


@settings(max_examples=200, deadline=None)
@given(
    payload=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda at, put: GOOD[:at] + put + GOOD[at + len(put) :],
            st.integers(0, len(GOOD)),
            st.binary(min_size=1, max_size=4),
        ),
    )
)
def test_no_bytes_crash_the_judge(payload: bytes) -> None:
    verdict = Judge([SOURCE], Window()).judge(Message(TOPIC, payload, False, NOW), now_ms=NOW)
    assert verdict.complaint or verdict.envelope is not None
