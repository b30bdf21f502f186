"""Stands for a store in another process: acknowledges what it receives, keeps nothing.

python -m bench.acker BROKER_PORT      prints messages received when standard input ends
"""

from __future__ import annotations

import json
import sys
import threading
import time

import msgspec

from bus.mqtt import BrokerAddress, MqttClient
from domain.wire import ack_topic, encode_ack


class Message(msgspec.Struct):
    """What must be known of a message to acknowledge it."""

    journal: str
    seq: int


def main() -> None:
    """Acknowledge every quarter of a second until standard input ends."""
    decode = msgspec.json.Decoder(Message).decode
    lock = threading.Lock()
    taken: list[Message] = []
    counts = {"messages": 0}

    def received(topic: str, payload: bytes, *_: bool) -> None:
        message = decode(payload)
        with lock:
            taken.append(message)
            counts["messages"] += 1

    client = MqttClient(
        BrokerAddress(host="127.0.0.1", port=int(sys.argv[1])),
        client_id="bench-acker",
        subscriptions=["energy/bench/+/+/readings"],
        received=received,
    )
    client.start()
    stopping = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        stopping.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    while not stopping.is_set():
        time.sleep(0.25)
        with lock:
            batch, taken[:] = list(taken), []
        if batch:
            ranges: list[tuple[int, int]] = []
            for seq in sorted(message.seq for message in batch):
                if ranges and seq == ranges[-1][1] + 1:
                    ranges[-1] = (ranges[-1][0], seq)
                else:
                    ranges.append((seq, seq))
            client.publish(ack_topic("bench", "gw"), encode_ack(batch[0].journal, ranges))
    client.stop()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
