"""What a poll takes at least, where a device says itself where its registers are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.link_load import poll_time_s
from config.settings import LinkTable
from domain.registers import DataType
from tests.collector.sunspec_works import inverter
from tests.domain.registers import register

SERIAL = LinkTable(id="bus", kind="serial", path="/dev/ttyUSB0", pause_s=0.5)
CHARACTER_S = 11 / 9600


@pytest.mark.parametrize(("model", "reads", "words"), [(103, 1, 41), (160, 2, 27 + 41)])
def test_each_model_is_read_by_itself_with_its_first_words(model: int, reads: int, words: int) -> None:
    more = register(DataType.U16, 40, name="more", unit="code", model=model)
    profile = inverter(more)
    least = reads * (0.5 + 13 * CHARACTER_S + 7 * CHARACTER_S) + 2 * words * CHARACTER_S
    assert poll_time_s(SERIAL, profile, profile.points) == pytest.approx(least)


def test_a_model_longer_than_a_block_takes_several_reads() -> None:
    profile = inverter(register(DataType.U16, 130, name="more", unit="code", model=103))
    tcp = LinkTable(id="net", kind="tcp", host="meter", pause_s=0.5)
    assert poll_time_s(tcp, profile, profile.points) == 1.0


def test_a_link_that_is_closed_after_each_poll_rests_anew_for_each() -> None:
    profile = replace(inverter(), connect_pause_s=2.0)
    tcp = LinkTable(id="net", kind="tcp", host="meter", pause_s=0.5)
    assert poll_time_s(tcp, profile, profile.points) == 0.5
    assert poll_time_s(tcp.model_copy(update={"keep_open": False}), profile, profile.points) == 2.5
