"""What a scan found, in words: a table for people, plain types for scripts, and what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.scan_running import Found, ScanResult
from agent.scan_toml import scan_toml
from collector.recognition import Sureness
from domain.plant import Link, LinkKind

if TYPE_CHECKING:
    from rich.table import Table

_SURE = {
    Sureness.IDENTIFIED: "sure: it says so itself",
    Sureness.PROBABLE: "probable",
    Sureness.POSSIBLE: "possible",
    Sureness.TIE: "one of several",
    Sureness.UNKNOWN: "unknown Modbus device",
}


def found_table(result: ScanResult) -> Table:
    """Return a row for each unit id that answers."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for column in ("unit", "profile", "how sure", "why", "says of itself"):
        is_kept = column in ("unit", "profile")
        table.add_column(column, justify="right" if column == "unit" else "left", no_wrap=is_kept)
    for found in result.found:
        table.add_row(*(escape(text) for text in _row(found)))
    return table


def found_lines(result: ScanResult) -> list[str]:
    """Return the same in lines, for a terminal that is too narrow for the table."""
    lines = []
    for found in result.found:
        unit, name, sure, why, says = _row(found)
        lines.append(
            f"unit {unit}: {name.replace(chr(10), ' ')} ({sure})" if name else f"unit {unit}: {sure}"
        )
        lines += [f"  {text}" for text in (why, f"says of itself: {says}" if says else "") if text]
    return lines


def garbled_lines(result: ScanResult) -> list[str]:
    """Return a line for each unit id at which something answers, and never soundly."""
    return [f"unit {unit.unit_id}: not soundly: {unit.note}" for unit in result.garbled]


def _row(found: Found) -> tuple[str, ...]:
    unit = found.unit
    if unit.twin_of is not None:
        return str(unit.unit_id), "", "the same device", f"answers as unit {unit.twin_of} does", ""
    best = found.recognition.best
    names = [best.profile.id, *(tie.profile.id for tie in found.recognition.ties)] if best else []
    sure = _SURE[found.recognition.sureness]
    return str(unit.unit_id), "\nor ".join(names), sure, "; ".join(reasons(found)), found.identification


def reasons(found: Found) -> tuple[str, ...]:
    """Return why the first profile is named, or why none is."""
    best = found.recognition.best
    if best is not None:
        return best.reasons
    heard = found.unit.heard
    refused = len(heard.refused) + len(heard.silent)
    text = f"{max(0, heard.reads - refused)} reads answered, {refused} refused"
    near = found.recognition.ranked[:1]
    return (text, *(f"nearest is {one.profile.id}, on thin evidence" for one in near))


def one_line(found: Found) -> str:
    """Return what a unit is, for a line of progress."""
    unit, best = found.unit, found.recognition.best
    if unit.twin_of is not None:
        return f"unit {unit.unit_id}: the same device as unit {unit.twin_of}"
    name = f"{best.profile.id} ({_SURE[found.recognition.sureness]})" if best else "unknown Modbus device"
    return f"unit {unit.unit_id}: {name}"


def scan_json(result: ScanResult, *, is_of_plant: bool) -> dict[str, Any]:
    """Return plain JSON types."""
    link = result.link
    return {
        "link": {"kind": link.kind.value, "address": link.address, "baudrate": _baudrate(link)},
        "units": [_unit_json(found) for found in result.found],
        "silent": result.silent,
        "garbled": [{"unit_id": unit.unit_id, "why": unit.note} for unit in result.garbled],
        "requests": result.requests,
        "toml": scan_toml(result, is_of_plant=is_of_plant),
    }


def _baudrate(link: Link) -> int | None:
    return link.baudrate if link.kind is LinkKind.SERIAL else None


def _unit_json(found: Found) -> dict[str, Any]:
    best = found.recognition.best
    return {
        "unit_id": found.unit.unit_id,
        "twin_of": found.unit.twin_of,
        "profile": best.profile.id if best else None,
        "sureness": found.recognition.sureness.value,
        "ties": [tie.profile.id for tie in found.recognition.ties],
        "points": round(best.points, 2) if best else None,
        "plausibility": round(best.plausibility.score, 3) if best else None,
        "reasons": list(reasons(found)),
        "identification": found.identification,
        "reads": found.unit.heard.reads,
    }


def silence_text(result: ScanResult) -> str:
    """Return what to look at when nobody answers, or nobody soundly."""
    link = result.link
    if result.garbled:
        units = ", ".join(str(unit.unit_id) for unit in result.garbled[:8])
        cure = "look at baud rate and parity, at a second master on the bus, at termination and shield"
        if link.kind is LinkKind.TCP:
            cure = (
                "look whether this port speaks Modbus TCP (502 as a rule) or passes RTU frames on "
                "(--rtu-tcp), and at the bus behind it"
            )
        return f"something answers at unit {units}, and not soundly: {result.garbled[0].note}; {cure}"
    if link.kind is LinkKind.SERIAL:
        return (
            f"nobody answers on {link.address} at {', '.join(map(str, result.tried))} baud, "
            f"parity {link.parity}; "
            "look at A and B (swap them), baud rate and parity (--baudrates 9600,19200,4800), power, "
            "termination, and whether the unit id is among those asked (--units)"
        )
    if link.kind is LinkKind.RTU_TCP:
        return (
            f"nobody answers behind {link.address}; look at the gateway's serial settings, at A and B, and "
            "whether it speaks Modbus TCP (--tcp) instead of passing RTU on"
        )
    return (
        f"{link.address} takes connections and no unit answers; look at the unit id (--units 1-247), whether "
        "Modbus TCP is switched on in the device or passes RTU frames on (--rtu-tcp), and whether another "
        "client holds its only connection"
    )
