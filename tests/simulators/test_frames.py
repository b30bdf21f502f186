"""Requests are found in a stream, however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulators.frames import Frame, FrameCutter, Framing, crc16, wrap
from tests.simulators.wire import request, rtu_request, slow_crc


@given(st.binary(max_size=40))
def test_the_crc_is_that_of_the_serial_line_guide(body: bytes) -> None:
    assert crc16(body) == slow_crc(body)


def test_a_known_frame_has_its_known_crc() -> None:
    assert wrap(Frame(unit_id=1, pdu=bytes.fromhex("0300000001")), Framing.RTU).hex() == "010300000001840a"


@given(
    st.lists(st.integers(0, 60_000), min_size=1, max_size=5),
    st.lists(st.integers(1, 15), max_size=30),
    st.sampled_from(Framing),
)
def test_fragments_and_runs_give_the_same_requests(
    addresses: list[int], cuts: list[int], framing: Framing
) -> None:
    make = [
        request(n, 7, 3, a, 2) if framing is Framing.TCP else rtu_request(7, 3, a, 2)
        for n, a in enumerate(addresses)
    ]
    stream, cutter, found = b"".join(make), FrameCutter(framing), []
    for size in cuts:
        found += cutter.feed(stream[:size])
        stream = stream[size:]
    found += cutter.feed(stream)
    assert [int.from_bytes(frame.pdu[1:3], "big") for frame in found] == addresses
    assert cutter.waiting == 0


def test_rtu_noise_before_a_request_is_skipped_and_counted() -> None:
    cutter = FrameCutter(Framing.RTU)
    found = cutter.feed(b"\x00\x03" + rtu_request(5, 4, 16, 1))
    assert [frame.unit_id for frame in found] == [5]
    assert cutter.malformed == 2


def test_a_tcp_header_of_another_protocol_is_dropped() -> None:
    cutter = FrameCutter(Framing.TCP)
    assert cutter.feed(bytes.fromhex("0001 0007 0006 01 03 0000 0001")) == []
    assert cutter.malformed == 1
