"""What a gateway sends that is not configured here: kept to be seen, never deleted from its own journal."""

from __future__ import annotations

import pytest

from domain.reading import Poll
from domain.wire import encode_item
from tests.storage.bench import Bench
from tests.storage.doubles import NOW, envelope, wait_until

FOREIGN = ("energy/works/gw2/boiler/readings", "energy/elsewhere/gw1/boiler/readings")


@pytest.mark.parametrize("topic", FOREIGN)
def test_message_of_an_unknown_gateway_is_quarantined_once_and_never_acknowledged(
    bench: Bench, topic: str
) -> None:
    payload = encode_item(Poll(device="boiler", at=NOW, values={"gas": 1.0}), "j2", 1)
    for _ in range(2):
        bench.raw(topic, payload)
    bench.offer(envelope(1))
    wait_until(lambda: bench.acks.numbers() == {1})
    bench.raw(topic, payload)
    bench.finish()
    assert bench.quarantine.count() == {"unknown_gateway": 1}
    assert bench.ingest.health().quarantined == {"unknown_gateway": 1}
    assert {ack[:3] for ack in bench.acks.ranges} == {("works", "gw1", "j1")}


@pytest.mark.parametrize("topic", FOREIGN)
@pytest.mark.parametrize(
    "values", [b'{"gas":7.0}', b'{"gas":"no number"}'], ids=["decodable", "not decodable"]
)
def test_unknown_gateway_cannot_make_our_readings_look_like_duplicates(
    bench: Bench, topic: str, values: bytes
) -> None:
    bench.raw(topic, b'{"v":1,"journal":"j1","seq":1,"at":%d,"values":%s}' % (NOW, values))
    wait_until(lambda: sum(bench.quarantine.count().values()) == 1)
    assert not bench.acks.ranges
    bench.offer(envelope(1))
    wait_until(lambda: bench.acks.numbers() == {1})
    bench.finish()
    assert bench.values() == [1.0]
    assert {ack[:3] for ack in bench.acks.ranges} == {("works", "gw1", "j1")}
    assert bench.ingest.health().duplicates == 0
