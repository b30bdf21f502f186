"""One MQTT client: publishes the journal's messages or feeds the store. The only file that knows paho."""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.errors import BusError

log = logging.getLogger(__name__)

_KEEPALIVE_S = 15
"""A broker that is silent so long is asked, and left when it stays silent as long again."""
_QUEUE = 4000
"""Messages the client may hold; past this `publish` says no and the journal keeps them."""

Received = Callable[[str, bytes, bool], None]
"""(topic, payload, retained) -> None; called on the client's thread, must not block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is and how to get in."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    protocol: str = "3.1.1"
    """"3.1.1" or "5"."""

    def __repr__(self) -> str:
        """Show the place, never the password."""
        return f"BrokerAddress({self.user or 'anonymous'}@{self.host}:{self.port})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker says in our name when we vanish, and what we say when we come."""

    topic: str
    offline: bytes
    online: bytes


class MqttClient:
    """Connects, reconnects and subscribes by itself; all callbacks run on its own thread."""

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        subscriptions: Sequence[str] = (),
        received: Received | None = None,
        will: Will | None = None,
        connected: Callable[[], None] | None = None,
        keepalive_s: int = _KEEPALIVE_S,
    ) -> None:
        self.error = f"not yet connected to {address.host}:{address.port}"
        """Why there is no connection; empty when there is one."""
        self.callback_errors = 0
        self._address = address
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._received = received
        self._connected = connected
        self._will = will
        self._keepalive_s = keepalive_s
        self._is_up = False
        is_v5 = address.protocol == "5"
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if is_v5 else MQTTProtocolVersion.MQTTv311,
            clean_session=None if is_v5 else True,
        )
        self._configure()

    def _configure(self) -> None:
        client, address = self._client, self._address
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            try:
                context = ssl.create_default_context(cafile=address.ca_file)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                if address.cert_file:
                    context.load_cert_chain(address.cert_file, address.key_file)
            except (OSError, ssl.SSLError) as error:
                raise BusError(
                    f"{address.host}:{address.port}",
                    f"TLS cannot be set up: {error}",
                    "check broker.ca_file, broker.cert_file and broker.key_file",
                ) from error
            client.tls_set_context(context)
        if self._will:
            client.will_set(self._will.topic, self._will.offline, qos=1, retain=True)
        client.max_queued_messages_set(_QUEUE)
        client.max_inflight_messages_set(_QUEUE)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe

    @property
    def is_connected(self) -> bool:
        """Say whether a publish would go out now."""
        return self._is_up

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._client.connect_async(self._address.host, self._address.port, keepalive=self._keepalive_s)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand one message to the client, QoS 1; False when it is not connected or its queue is full."""
        if not self._is_up:
            return False
        return self._client.publish(topic, payload, qos=1, retain=retain).rc == paho.MQTT_ERR_SUCCESS

    def stop(self) -> None:
        """Say goodbye, disconnect and end the thread."""
        if self._will and self._is_up:
            farewell = self._client.publish(self._will.topic, self._will.offline, qos=1, retain=True)
            try:
                farewell.wait_for_publish(1.0)
            except (RuntimeError, ValueError):
                log.debug("broker left before the farewell")
        self._is_up = False
        self._client.disconnect()
        self._client.loop_stop()

    # Callbacks, on paho's thread. An exception here would end that thread silently.

    def _on_connect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._fail(f"the broker refused us: {reason}")
            return
        if self._subscriptions:
            client.subscribe(self._subscriptions)
        if self._will:
            client.publish(self._will.topic, self._will.online, qos=1, retain=True)
        if self.error:
            log.info("broker connected address=%r", self._address)
        self.error = ""
        self._is_up = True
        if self._connected:
            self._guard(self._connected)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if self._is_up:  # otherwise we were refused, and that is the better reason
            self._is_up = False
            self._fail(f"disconnected: {reason}")

    def _on_connect_fail(self, client: paho.Client, userdata: object) -> None:
        place = f"{self._address.host}:{self._address.port}"
        reason = sys.exception()  # paho calls from where it caught it
        self._fail(f"{place} does not take the connection" + (f": {reason}" if reason else ""))

    def _on_subscribe(
        self,
        client: paho.Client,
        userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._fail(f"the broker refused a subscription: {reason}")

    def _fail(self, problem: str) -> None:
        if not self.error:
            log.warning("broker lost address=%r reason=%s", self._address, problem)
        self.error = problem

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        if self._received:
            received = self._received
            self._guard(lambda: received(message.topic, bytes(message.payload), message.retain))

    def _guard(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # counted and told by health; the thread must live
            self.callback_errors += 1
            log.exception("callback failed address=%r", self._address)
