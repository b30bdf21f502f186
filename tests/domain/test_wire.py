"""Topic and payload: a round trip for what is ours, WireError for anything else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import WireError
from domain.ports import Envelope
from domain.reading import ALL_POINTS, WORDS, Gap, Poll, Quality
from domain.wire import (
    MAX_INSTANT_MS,
    MAX_PAYLOAD,
    decode_ack,
    decode_item,
    encode_ack,
    encode_item,
    item_topic,
)

TOPIC = "energy/works/gw1/meter-1/readings"
GAPS = "energy/works/gw1/meter-1/gaps"
ACK = "energy/works/gw1/ack"
GOOD: dict[str, Any] = {"v": 1, "journal": "ab12", "seq": 5, "at": 1_763_800_000_000, "values": {"p": 1.5}}
GAP: dict[str, Any] = {"v": 1, "journal": "ab12", "seq": 5, "since": 10, "until": 20, "quality": "overrun"}

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)
instants = st.integers(0, MAX_INSTANT_MS)
seqs = st.integers(1, 2**63 - 1)
doubtful = st.sampled_from([quality for quality in Quality if quality.has_value])
hopeless = st.sampled_from([quality for quality in Quality if not quality.has_value])
finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def polls(draw: st.DrawFn) -> Poll:
    values: dict[str, float | None] = {}
    quality: dict[str, Quality] = {}
    for name in draw(st.lists(ids, max_size=6, unique=True)):
        if draw(st.booleans()):
            values[name] = draw(finite)
            if draw(st.booleans()):
                quality[name] = draw(doubtful)
        else:
            values[name] = None
            quality[name] = draw(hopeless)
    kept = [name for name in values if quality.get(name, Quality.GOOD).has_words and draw(st.booleans())]
    words = {name: draw(st.from_regex(WORDS, fullmatch=True)) for name in kept}
    if not values:
        quality[ALL_POINTS] = draw(hopeless)
    return Poll(device=draw(ids), at=draw(instants), values=values, quality=quality, words=words)


@st.composite
def gaps(draw: st.DrawFn) -> Gap:
    since = draw(st.integers(0, MAX_INSTANT_MS - 1))
    until = draw(st.integers(since + 1, MAX_INSTANT_MS))
    return Gap(device=draw(ids), since=since, until=until, quality=draw(st.sampled_from(Quality)))


def payload(message: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**message, **changes}).encode()


def refused(topic: str, content: bytes) -> str:
    with pytest.raises(WireError) as caught:
        decode_item(topic, content, received_ms=0)
    return str(caught.value)


@given(st.one_of(polls(), gaps()), ids, seqs)
def test_what_is_encoded_is_decoded_to_the_same(item: Poll | Gap, journal: str, seq: int) -> None:
    topic = item_topic("works", "gw1", item)
    envelope = decode_item(topic, encode_item(item, journal, seq), received_ms=7)
    assert envelope == Envelope(journal=journal, seq=seq, received_ms=7, item=item)


@given(ids, st.lists(st.tuples(seqs, seqs).map(lambda pair: (min(pair), max(pair))), max_size=9))
def test_an_acknowledgement_comes_back_as_it_went(journal: str, ranges: list[tuple[int, int]]) -> None:
    message = decode_ack(ACK, encode_ack(journal, ranges))
    assert (message.journal, message.ranges) == (journal, ranges)


def test_a_message_can_be_read_by_a_person() -> None:
    poll = Poll(
        device="m", at=5, values={"energy": 1234.5, "flow": None}, quality={"flow": Quality.OUT_OF_RANGE}
    )
    expected = (
        b'{"v":1,"journal":"ab","seq":3,"at":5,"values":{"energy":1234.5,"flow":null},'
        b'"quality":{"flow":"out_of_range"}}'
    )
    assert encode_item(poll, "ab", 3) == expected
    kept = replace(poll, words={"energy": "0001e240"})
    assert encode_item(kept, "ab", 3) == expected[:-1] + b',"words":{"energy":"0001e240"}}'


@pytest.mark.parametrize(
    "words",
    [
        {"p": ""}, {"p": "1e240"}, {"p": "0001E240"}, {"p": "0x01"}, {"p": "00_1"}, {"p": "+001"}, {"p": 5},
        {"p": "0001\n"}, {"p": "0" * 20}, {"p": None}, {"ghost": "0001"}, {"*": "0001"}, ["0001"], "0001",
    ],
    ids=str,
)  # fmt: skip
def test_words_that_are_none_or_of_no_reading_are_refused(words: object) -> None:
    assert decode_item(TOPIC, payload(GOOD, words={"p": "0001"}), received_ms=0).seq == 5
    refused(TOPIC, payload(GOOD, words=words))


def test_words_go_with_a_register_that_was_read_and_with_nothing_else() -> None:
    for code, is_taken in (("out_of_range", True), ("not_available", True), ("no_answer", False)):
        content = payload(GOOD, values={"p": None}, quality={"p": code}, words={"p": "ffff"})
        if is_taken:
            item = decode_item(TOPIC, content, received_ms=0).item
            assert isinstance(item, Poll)
            assert item.words == {"p": "ffff"}
        else:
            assert "no reading" in refused(TOPIC, content)


# Arbitrary bytes


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_arbitrary_bytes_are_a_wire_error(content: bytes) -> None:
    for topic in (TOPIC, GAPS):
        refused(topic, content)
    with pytest.raises(WireError):
        decode_ack(ACK, content)


@settings(max_examples=300)
@given(
    item=st.one_of(polls(), gaps()),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3),
    doubled=st.tuples(st.integers(0, 10_000), st.integers(0, 60)),
)
def test_a_mutated_message_is_a_wire_error_or_a_valid_envelope(
    item: Poll | Gap, edits: list[tuple[int, int]], doubled: tuple[int, int]
) -> None:
    content = bytearray(encode_item(item, "ab12", 5))
    start = doubled[0] % len(content)
    content[start:start] = content[start : start + doubled[1]]
    for place, byte in edits:
        content[place % len(content)] = byte
    try:
        envelope = decode_item(item_topic("works", "gw1", item), bytes(content), received_ms=0)
    except WireError:
        return
    assert isinstance(json.loads(content), dict)
    found = envelope.item
    if isinstance(found, Poll):
        assert 0 <= found.at <= MAX_INSTANT_MS
        for name, value in found.values.items():
            assert (value is not None) == found.quality_of(name).has_value
    else:
        assert 0 <= found.since < found.until <= MAX_INSTANT_MS


@settings(max_examples=200)
@given(edits=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_mutated_acknowledgement_is_a_wire_error_or_ranges_a_database_can_take(
    edits: list[tuple[int, int]],
) -> None:
    content = bytearray(encode_ack("ab12", [(1, 5), (7, 2**62)]))
    for place, byte in edits:
        content[place % len(content)] = byte
    try:
        message = decode_ack(ACK, bytes(content))
    except WireError:
        return
    assert all(0 < first <= last < 2**63 for first, last in message.ranges)


@pytest.mark.parametrize(
    "content",
    [
        b'{"v":1,"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"at" :2,"values":{}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"at"\n:2,"values":{"p":1.0}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0},"values" :{}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0,"p":2.0}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0,"\\u0070" :2.0}}',
        b'{"v":1,"journal":"a","seq":1,"seq":2,"at":1,"values":{"p":null},"quality":{"p":"no_answer"}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":null},"quality":{"p":"overrun","p" :"overrun"}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0},"extra":{"k":1,"k":2}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0},"quality":{},"quality":{}}',
        b'{"v":1,"journal":"a","seq":1,"at":1,"values":{"p":1.0},"words":{"p":"0001","p":"0002"}}',
    ],
)
def test_a_key_that_stands_twice_is_refused_at_every_level(content: bytes) -> None:
    assert "twice" in refused(TOPIC, content)


def test_a_key_that_stands_twice_in_a_gap_or_an_acknowledgement_is_refused() -> None:
    gap = payload(GAP)
    assert "twice" in refused(GAPS, gap[:-1] + b',"until" :30}')
    with pytest.raises(WireError, match="twice"):
        decode_ack(ACK, b'{"v":1,"journal":"a","ranges":[[1,2]],"ranges" :[[1,9]]}')


def test_keys_that_are_unknown_are_let_through_for_a_later_version() -> None:
    assert decode_item(TOPIC, payload(GOOD, extra=[1, {"x": "y"}]), received_ms=0).seq == 5


@pytest.mark.parametrize("deep", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [500, 100_000 // 6])
def test_deep_nesting_is_a_wire_error_and_no_crash(deep: bytes, depth: int) -> None:
    for topic, good in ((TOPIC, payload(GOOD)), (GAPS, payload(GAP))):
        refused(topic, good[:-1] + b',"x":' + deep * depth)
        closing = (b"]" if deep == b"[" else b"1" + b"}") if deep == b"[" else b"}"
        whole = good[:-1] + b',"x":' + deep * depth + b"1" + closing * depth + b"}"
        try:
            decode_item(topic, whole, received_ms=0)
        except WireError:
            continue
    with pytest.raises(WireError):
        decode_ack(ACK, b'{"v":1,"journal":"a","ranges":[],"x":' + deep * depth)


def test_a_number_of_five_thousand_digits_is_no_crash() -> None:
    huge = b"9" * 5000
    for name in (b"x", b"at", b"seq"):
        content = payload(GOOD)[:-1] + b',"' + name + b'":' + huge + b"}"
        refused(TOPIC, content)


def test_a_payload_above_the_limit_is_not_looked_at() -> None:
    content = payload(GOOD, pad="x" * 1_000_000)
    assert "1000" in refused(TOPIC, content)
    assert str(MAX_PAYLOAD) in refused(TOPIC, b" " * (MAX_PAYLOAD + 1))
    with pytest.raises(WireError):
        decode_ack(ACK, encode_ack("a", [(1, 2)] * 100_000))


def test_a_later_version_says_what_to_do() -> None:
    assert "upgrade" in refused(TOPIC, payload(GOOD, v=2))
    assert "upgrade" in refused(GAPS, payload(GAP, v=2))
    with pytest.raises(WireError):
        decode_ack(ACK, b'{"v":2,"journal":"a","ranges":[[1,2]]}')


@pytest.mark.parametrize(
    "topic",
    [
        "", "energy", "energy/works/gw1/m/readings/", "energy/works/gw1/m/reading",
        "/energy/works/gw1/m/readings",
        "Energy/works/gw1/m/readings", "energy/works/gw1/readings", "energy/works/gw1//readings",
        "energy/works/gw1/a b/readings", "energy/works/gw1/<script>/readings", "energy/works/g\0w/m/readings",
        "energy/" + "w" * 65 + "/gw1/m/readings", "energy/works/gw1/m/meta", "energy/+/gw1/m/readings",
        "energy/works/gw1/计量/readings", "energy/works/gw1/m\n/readings",
    ],
)  # fmt: skip
def test_a_malformed_topic_is_refused(topic: str) -> None:
    refused(topic, payload(GOOD))


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 0}, {"seq": -1}, {"seq": 2**63}, {"seq": "5"}, {"seq": None}, {"seq": 1.5}, {"seq": True},
        {"journal": ""}, {"journal": "a b"}, {"journal": "x" * 65}, {"journal": 5}, {"at": -1},
        {"at": MAX_INSTANT_MS + 1}, {"at": 10**30}, {"at": "now"}, {"values": []}, {"values": {"p": "1"}},
        {"values": {"p": True}}, {"values": {"p": None}}, {"quality": {"p": "fine"}}, {"quality": {"p": 0}},
        {"values": {"p": 1.0}, "quality": {"p": "no_answer"}},
        {"values": {"p": 1.0}, "quality": {"*": "no_answer"}},
        {"values": {"p": {"v": 1}}}, {"v": "1"}, {"v": 0},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_with_an_impossible_part_is_refused(changes: dict[str, Any]) -> None:
    refused(TOPIC, payload(GOOD, **changes))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "0x10", "01", "+1", "1."])
def test_a_number_that_json_does_not_know_is_refused(number: str) -> None:
    refused(TOPIC, payload(GOOD).replace(b"1.5", number.encode()))


@pytest.mark.parametrize(
    "changes",
    [{"until": 10}, {"until": 9}, {"since": -5}, {"until": 10**20}, {"quality": "bad"}, {"quality": None}],
    ids=str,
)
def test_a_gap_with_an_impossible_part_is_refused(changes: dict[str, Any]) -> None:
    refused(GAPS, payload(GAP, **changes))


@pytest.mark.parametrize(
    "ranges", [[[2, 1]], [[0, 1]], [[-1, 5]], [[1, 2**63]], [[1, 10**30]], [[1]], [[1, 2, 3]], 5, [[1.5, 2]]]
)
def test_an_acknowledgement_with_an_impossible_range_is_refused(ranges: object) -> None:
    with pytest.raises(WireError):
        decode_ack(ACK, json.dumps({"v": 1, "journal": "a", "ranges": ranges}).encode())


def test_missing_keys_are_refused() -> None:
    for key in GOOD:
        refused(TOPIC, payload({name: part for name, part in GOOD.items() if name != key}))
    for key in GAP:
        refused(GAPS, payload({name: part for name, part in GAP.items() if name != key}))
