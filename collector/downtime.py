"""Say what was not polled while the agent was down. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.plant import Device
from domain.reading import Gap, Quality


def downtime_gaps(devices: Iterable[Device], last_poll: Mapping[str, int], now_ms: int) -> list[Gap]:
    """Return one gap a device from its first poll that is missing up to and with `now_ms`.

    `last_poll` is the instant up to which each device's polls are journalled; a device without one
    is new and has no gap.
    """
    gaps = []
    for device in devices:
        last = last_poll.get(device.id)
        if last is None:
            continue
        interval_ms = int(device.interval_s * 1000)
        since = last - last % interval_ms + interval_ms
        if since <= now_ms:
            gaps.append(Gap(device=device.id, since=since, until=now_ms + 1, quality=Quality.AGENT_DOWN))
    return gaps
