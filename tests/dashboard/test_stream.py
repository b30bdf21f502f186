"""Live values: all first, then what changed; readers who do not keep up get everything; nobody takes all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from dashboard.stream import MOST_OF_ONE, MOST_READERS, Hub, Moment
from domain.errors import StoreError


class Moments:
    """A plant whose one value rises by 1 at each look."""

    def __init__(self) -> None:
        self.looks: list[str] = []
        self.fails = False

    def __call__(self, language: str) -> Moment:
        if self.fails:
            raise StoreError("agent", "does not answer")
        self.looks.append(language)
        return {"value": str(len(self.looks)), "name": language}, {"tile": "good"}, "s1"


Stream = AsyncGenerator[bytes, None]


async def begun(hub: Hub, language: str = "en", who: str = "") -> Stream:
    """Return a stream that has given its first line."""
    stream = hub.read(language, who)
    assert await anext(stream) == b"retry: 2000\n\n"
    return stream


async def heard(stream: Stream) -> tuple[str, dict[str, Any]]:
    """Return the next event: its name and what it says."""
    name, data = (await asyncio.wait_for(anext(stream), 5)).decode().strip().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_a_reader_gets_everything_first_and_then_what_changed() -> None:
    hub = Hub(Moments(), tick_s=0.01)
    stream = await begun(hub)
    name, first = await heard(stream)
    assert (name, first["texts"]) == ("all", {"value": "1", "name": "en"})
    name, second = await heard(stream)
    assert name == "some"
    assert list(second["texts"]) == ["value"]
    assert second["states"] == {}
    hub.close()


async def test_a_tick_is_made_once_a_language_however_many_read() -> None:
    moments = Moments()
    hub = Hub(moments, tick_s=0.01)
    streams = [await begun(hub, language) for language in ("en", "en", "en", "zh_Hans_CN")]
    for stream in streams:
        await heard(stream)
    assert abs(moments.looks.count("en") - moments.looks.count("zh_Hans_CN")) <= 1
    hub.close()


async def test_a_reader_who_does_not_keep_up_gets_everything_and_holds_one_message() -> None:
    moments = Moments()
    hub = Hub(moments, tick_s=0.001)
    slow, quick = await begun(hub), await begun(hub)
    await heard(slow)
    while len(moments.looks) < 20:
        await heard(quick)
    name, found = await heard(slow)
    assert name == "all"
    assert set(found["texts"]) == {"value", "name"}
    assert int(found["texts"]["value"]) > 10
    hub.close()


async def test_nothing_is_made_while_nobody_reads() -> None:
    moments = Moments()
    hub = Hub(moments, tick_s=0.001)
    stream = await begun(hub)
    await heard(stream)
    await stream.aclose()
    assert hub.readers == 0
    await asyncio.sleep(0.02)
    before = len(moments.looks)
    await asyncio.sleep(0.02)
    assert len(moments.looks) == before
    again = await begun(hub)
    assert (await heard(again))[0] == "all"
    hub.close()


async def test_a_source_that_does_not_answer_ends_no_stream() -> None:
    moments = Moments()
    hub = Hub(moments, tick_s=0.005)
    stream = await begun(hub)
    await heard(stream)
    moments.fails = True
    await asyncio.sleep(0.03)
    moments.fails = False
    assert (await heard(stream))[0] in ("all", "some")
    hub.close()


async def test_a_hub_that_closes_ends_every_stream() -> None:
    hub = Hub(Moments(), tick_s=0.01)
    streams = [await begun(hub) for _ in range(3)]
    for stream in streams:
        await heard(stream)
    hub.close()
    for stream in streams:
        with pytest.raises(StopAsyncIteration):
            while True:
                await asyncio.wait_for(anext(stream), 5)
    assert hub.readers == 0
    assert hub.is_full("li")


async def test_one_user_does_not_take_all_streams_and_all_users_not_more_than_there_are() -> None:
    hub = Hub(Moments(), tick_s=10.0)
    own = [await begun(hub, who="li") for _ in range(MOST_OF_ONE)]
    assert hub.is_full("li")
    assert not hub.is_full("wang")
    users = range(MOST_READERS - MOST_OF_ONE)
    others = [await begun(hub, who=f"user-{number}") for number in users]
    assert hub.is_full("wang")
    await own[0].aclose()
    assert not hub.is_full("li")
    hub.close()
    for stream in [*own[1:], *others]:
        await stream.aclose()
