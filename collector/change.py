"""From the devices of one plant to those of another: who goes on, who takes over, who begins. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from collector.compiled import Scheduled, schedule
from domain.plant import Device


def successor(old: Scheduled | None, device: Device, worded: Collection[str]) -> Scheduled:
    """Return how a device is polled from now on: as it was where nothing that is polled has changed.

    The reads of a changed one are planned here, so that what cannot be planned changes nothing; it still
    has to `take_over`.
    """
    if old is not None and is_read_alike(old, device, worded):
        return old
    return schedule(device, worded)


def is_read_alike(old: Scheduled, device: Device, worded: Collection[str]) -> bool:
    """Say whether a device is asked for the same words at the same times, and they mean the same."""
    if not is_same_meter(old.device, device) or old.device.interval_s != device.interval_s:
        return False
    kept = {point.name for point in device.points if point.id in worded}
    kept_before = {point.name for point in old.device.points if point.id in old.worded}
    return kept == kept_before and _limits(old.device) == _limits(device)


def is_same_meter(before: Device, after: Device) -> bool:
    """Say whether a device is still found at the same place and read by the same profile."""
    return (before.link, before.unit_id, before.profile) == (after.link, after.unit_id, after.profile)


def take_over(new: Scheduled, old: Scheduled | None, *, last_at: int) -> None:
    """Let a device go on from its last instant, so that none comes twice and none that is due is left out.

    `last_at` is the instant up to which its polls are journalled, 0 for none.
    """
    new.last_at = max(last_at, old.last_at if old is not None else 0)
    if old is None:
        return
    interval_s = new.device.interval_s
    if interval_s == old.device.interval_s:
        new.due = old.due + (interval_s if old.is_in_hand else 0.0)
    if is_same_meter(old.device, new.device):
        new.health = replace(old.health, interval_s=interval_s)
        new.attempts, new.retry_at = old.attempts, old.retry_at
        new.quality, new.is_traced = old.quality, old.is_traced


def _limits(device: Device) -> list[tuple[str, float | None, float | None]]:
    return [(point.name, point.minimum, point.maximum) for point in device.points]
