"""Two agents under one name: the second one finds out and does not speak."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.rival import wait_until_alone
from bus.mqtt import BrokerAddress, MqttClient, Will
from domain.errors import BusError
from domain.wire import encode_status, status_topic
from tests.mosquitto import Mosquitto

TOPIC = status_topic("works", "gw1")


@contextmanager
def other_agent(address: BrokerAddress) -> Iterator[MqttClient]:
    """Be another agent that is online as works/gw1."""
    will = Will(
        topic=TOPIC,
        offline=encode_status("offline", at=1, journal="copied", instance="other"),
        online=encode_status("online", at=1, journal="copied", instance="other"),
    )
    client = MqttClient(address, client_id="other", will=will)
    client.start()
    deadline = time.monotonic() + 5
    while not client.is_connected and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield client
    finally:
        client.stop()


async def look(address: BrokerAddress) -> None:
    """Look for others as an agent does before it speaks."""
    await wait_until_alone(address, site="works", gateway="gw1", instance="mine", tell=lambda _: None)


async def test_an_agent_that_shows_signs_of_life_keeps_its_name(mosquitto: Mosquitto) -> None:
    address = mosquitto.address("collector")
    with other_agent(address) as other:

        async def heartbeat() -> None:
            while True:
                await asyncio.sleep(0.2)
                other.publish(TOPIC, encode_status("online", at=2, journal="copied", instance="other"))

        beating = asyncio.create_task(heartbeat())
        with pytest.raises(BusError, match=r"another agent is online .*copied.*never copy"):
            async with asyncio.timeout(10):
                await look(address)
        beating.cancel()


async def test_an_agent_that_has_left_is_no_rival(mosquitto: Mosquitto) -> None:
    address = mosquitto.address("collector")
    with other_agent(address):
        pass
    async with asyncio.timeout(5):
        await look(address)


async def test_an_agent_that_leaves_while_we_wait_gives_its_name_free(mosquitto: Mosquitto) -> None:
    address = mosquitto.address("collector")
    with other_agent(address) as other:
        waiting = asyncio.create_task(look(address))
        await asyncio.sleep(1.0)
        assert not waiting.done()
        other.publish(TOPIC, encode_status("offline", at=3, journal="copied", instance="other"), retain=True)
        async with asyncio.timeout(5):
            await waiting


async def test_what_keeps_the_broker_away_is_told(mosquitto: Mosquitto) -> None:
    told: list[str] = []
    address = mosquitto.address("collector")
    mosquitto.kill()
    looking = asyncio.create_task(
        wait_until_alone(address, site="works", gateway="gw1", instance="mine", tell=told.append)
    )
    await asyncio.sleep(1.0)
    looking.cancel()
    assert any("127.0.0.1" in reason for reason in told)
