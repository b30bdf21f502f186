"""What a scan found, as tables to paste into a plant file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from agent.scan_running import Found, ScanResult
from collector.blocks import plan_blocks
from collector.recognition import Sureness
from domain.plant import Link, LinkKind
from domain.registers import DeviceProfile, Reference

_INTERVALS_S = (10, 15, 20, 30, 60, 120, 300, 600)
_TIMEOUT_S = 1.0
"""What a link has without a word of it."""
_PAUSE_S = 0.05
"""Rest of a scan that nobody asked to be gentler."""
_BITS_PER_BYTE = 11
"""Modbus over Serial Line V1.02, 2.5.1."""
_FRAME_BYTES = 13
_THINKING_S = 0.05
_MOST_LOAD = 0.5
"""Share of a bus that polls may take: the rest is for repeated reads and slow answers."""


def scan_toml(result: ScanResult, *, is_of_plant: bool) -> str:
    """Return `[[links]]`, unless the plant file has the link, and `[[devices]]`; the unknown as comments."""
    link = result.link
    link_id = link.id if is_of_plant else _link_id(link)
    named = [found for found in result.found if found.unit.twin_of is None]
    if not named:
        return ""
    known = [found.recognition.best.profile for found in named if found.recognition.best is not None]
    parts = [] if is_of_plant or not known else [_link_table(link, link_id)]
    interval_s = _interval_s(link, known)
    parts += [_device_table(found, link_id, interval_s) for found in named]
    return "\n\n".join(parts) + "\n"


def _link_table(link: Link, link_id: str) -> str:
    lines = ["[[links]]", f'id = "{link_id}"', f'kind = "{link.kind.value}"']
    if link.kind is LinkKind.SERIAL:
        lines += [f"path = {_quoted(link.path)}", f"baudrate = {link.baudrate}", f'parity = "{link.parity}"']
        lines += [f"stop_bits = {link.stop_bits}"]
    else:
        lines += [f"host = {_quoted(link.host)}", f"port = {link.port}"]
    if link.timeout_s != _TIMEOUT_S:
        lines += [f"timeout_s = {link.timeout_s:g}"]
    if link.pause_s > _PAUSE_S:
        lines += [f"pause_s = {link.pause_s:g}"]
    return "\n".join(lines)


def _device_table(found: Found, link_id: str, interval_s: int) -> str:
    unit_id, best = found.unit.unit_id, found.recognition.best
    if best is None:
        near = [ranked.profile.id for ranked in found.recognition.ranked[:3]]
        hint = f"; nearest: {', '.join(near)}" if near else ""
        return f"# unit {unit_id} answers, and no profile is known for it{hint}"
    profile = best.profile
    device_id = _plain(f"{profile.id[:50]}_{unit_id}")
    lines = ["[[devices]]"]
    if found.recognition.ties:
        others = ", ".join(tie.profile.id for tie in found.recognition.ties)
        lines = [f"# unit {unit_id} may as well be {others}: look at its nameplate", *lines]
    elif found.recognition.sureness is Sureness.POSSIBLE:
        lines = [f"# unit {unit_id}: compare its values with its display before you trust this", *lines]
    label = f"{profile.maker} {profile.model}, unit {unit_id}"
    lines += [
        f'id = "{device_id}"',
        f'link = "{link_id}"',
        f"unit_id = {unit_id}",
        f'profile = "{profile.id}"',
        f"interval_s = {interval_s}",
        f"label = {{ en = {_quoted(label)} }}",
    ]
    return "\n".join([*lines, *_point_to_fill_in(profile, device_id)])


def _point_to_fill_in(profile: DeviceProfile, device_id: str) -> list[str]:
    """Return, as a comment, what a person has to look up before the plant file passes its check."""
    name = next((each.name for each in profile.points if each.reference is Reference.CONFIGURED), None)
    if name is None:
        return []
    return [
        "",
        "# its volume is at the conditions that it was set to: look them up there and take the # away",
        "# [[points]]",
        f'# point = "{device_id}.{name}"',
        '# reference = "20C" # or "15C", "0C", "actual"',
    ]


def _interval_s(link: Link, profiles: Sequence[DeviceProfile]) -> int:
    """Return how often a bus can poll so many devices with time to spare."""
    baudrate = link.baudrate if link.kind is LinkKind.SERIAL else 9600
    busy_s = 0.0 if link.kind is LinkKind.TCP else sum(_poll_s(link, one, baudrate) for one in profiles)
    fitting = [interval for interval in _INTERVALS_S if interval * _MOST_LOAD >= busy_s]
    return fitting[0] if fitting else _INTERVALS_S[-1]


def _poll_s(link: Link, profile: DeviceProfile, baudrate: int) -> float:
    blocks = plan_blocks(profile)
    sent = sum(_FRAME_BYTES + 2 * block.count for block in blocks) * _BITS_PER_BYTE / baudrate
    return sent + len(blocks) * (_THINKING_S + max(link.pause_s, profile.pause_s))


def _link_id(link: Link) -> str:
    head = "bus" if link.kind is LinkKind.SERIAL else "link"
    return _plain(f"{head}_{link.address.removeprefix('/dev/')}")


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")[:64]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
