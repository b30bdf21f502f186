"""Make sure that no other agent speaks under this gateway's name before we do.

A copied state folder is the worst case: the same journal id and the same sequence numbers for other
readings, which the store would take for replays. The lock on the journal cannot see another host; the
retained status at the broker can.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bus.mqtt import BrokerAddress, MqttClient
from domain.errors import BusError, WireError
from domain.wire import StatusMessage, decode_status, status_topic

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""How often an agent says again that it is online."""
_LOOK_S = 0.5
"""Time for the retained status to arrive after the subscription."""
_SILENCE_S = 25.0
"""An agent that says nothing for two heartbeats is gone, whatever the broker remembers of it."""


@dataclass(slots=True)
class _Heard:
    """The last status of somebody else, and how often somebody else spoke."""

    instance: str
    online: StatusMessage | None = None
    signs: int = 0

    def take(self, topic: str, payload: bytes, *flags: bool) -> None:
        """Take one status message."""
        try:
            status = decode_status(topic, payload)
        except WireError as error:
            log.warning("status ignored error=%s", error)
            return
        if status.instance == self.instance:
            return
        self.online = status if status.state == "online" else None
        self.signs += not any(flags)


async def wait_until_alone(
    address: BrokerAddress, *, site: str, gateway: str, instance: str, tell: Callable[[str], None]
) -> None:
    """Return when no other agent is online as this gateway; BusError when one shows that it lives.

    Waits for the broker as long as it is away: until then nothing can be published anyway. `tell`
    gets the reason.
    """
    heard = _Heard(instance)
    topic = status_topic(site, gateway)
    client = MqttClient(address, client_id=f"ea-look-{instance}", subscriptions=[topic], received=heard.take)
    client.start()
    try:
        while not client.is_connected:
            tell(client.error)
            await asyncio.sleep(0.05)
        await asyncio.sleep(_LOOK_S)
        deadline = asyncio.get_running_loop().time() + _SILENCE_S
        if heard.online is not None:
            log.warning("another agent may be online gateway=%s/%s, waiting for a sign of it", site, gateway)
        while heard.online is not None and asyncio.get_running_loop().time() < deadline:
            if heard.signs:
                raise BusError(
                    f"{site}/{gateway}",
                    f"another agent is online under this name (journal {heard.online.journal})",
                    "give each gateway its own site.gateway, and never copy a state folder",
                )
            await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(client.stop)
