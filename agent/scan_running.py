"""A scan from its first unit id to its last, with what an earlier run left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from agent.scan_file import ScanFile
from collector.inquiry import Catalogue
from collector.pace import Pace
from collector.recognition import Recognition
from collector.scanning import SETTLE_S, Presence, Scan, Unit
from collector.unit import ModbusLink
from domain.plant import Link, LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One unit id and what it probably is."""

    unit: Unit
    recognition: Recognition
    identification: str
    """What the device says of itself in letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAsked:
    """What is to be scanned."""

    link: Link
    baudrates: tuple[int, ...]
    """Tried in this order until somebody answers; without a meaning on TCP."""
    units: tuple[int, ...]
    settle_s: float = SETTLE_S
    """Between the two reads of a counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a scan found on a link."""

    link: Link
    """With the baud rate at which somebody answered."""
    found: tuple[Found, ...]
    """Who answers, by unit id."""
    silent: int
    """Unit ids at which nobody did."""
    garbled: tuple[Unit, ...]
    requests: int
    tried: tuple[int, ...] = ()
    """Baud rates, the last one that of the link."""


class Watcher(Protocol):
    """Who is told how a scan goes on."""

    def begins(self, link: Link, todo: int, of: int, estimate_s: float) -> None:
        """Take what is about to be asked, and how long it takes if nobody is there."""

    def looks_at(self, unit_id: int, left_s: float) -> None:
        """Take the unit id that is asked now."""

    def saw(self, found: Found | None, unit: Unit) -> None:
        """Take what was found at a unit id."""

    def counts(self, units: int) -> None:
        """Take that the counters are read once more."""


async def run_scan(asked: ScanAsked, catalogue: Catalogue, file: ScanFile, watcher: Watcher) -> ScanResult:
    """Ask all units, at each baud rate until somebody answers; LinkDown when the link cannot be used."""
    link = asked.link
    result: ScanResult | None = None
    for baudrate in asked.baudrates if link.kind is LinkKind.SERIAL else asked.baudrates[:1]:
        setting = replace(link, baudrate=baudrate) if link.kind is LinkKind.SERIAL else link
        tried = (*result.tried, setting.baudrate) if result else (setting.baudrate,)
        result = await _at_one_setting(replace(asked, link=setting), catalogue, file, watcher)
        result = replace(result, tried=tried)
        if result.found:
            break
    assert result is not None, "no baud rate"
    file.finish()
    return result


async def _at_one_setting(
    asked: ScanAsked, catalogue: Catalogue, file: ScanFile, watcher: Watcher
) -> ScanResult:
    link, units = asked.link, asked.units
    baudrate = link.baudrate if link.kind is LinkKind.SERIAL else 0
    known = file.units.setdefault(baudrate, {})
    modbus = ModbusLink(link)
    pace = Pace(link, modbus)
    scan = Scan(pace, catalogue, list(known.values()), settle_s=asked.settle_s)
    try:
        todo = [unit_id for unit_id in units if unit_id not in known]
        watcher.begins(link, len(todo), len(units), pace.estimate_s(len(todo)))
        for place, unit_id in enumerate(todo):
            watcher.looks_at(unit_id, pace.estimate_s(len(todo) - place))
            unit = await scan.look(unit_id)
            file.keep(baudrate, unit)
            watcher.saw(_found(unit, scan, catalogue), unit)
        await _look_again(scan, known, file, baudrate, watcher)
    finally:
        await modbus.close()
    units_known = [known[unit_id] for unit_id in units]
    found = [_found(unit, scan, catalogue) for unit in units_known]
    return ScanResult(
        link=link,
        found=tuple(one for one in found if one is not None),
        silent=sum(unit.presence is Presence.NOBODY for unit in units_known),
        garbled=tuple(unit for unit in units_known if unit.presence is Presence.GARBLED),
        requests=pace.requests,
    )


async def _look_again(
    scan: Scan, known: dict[int, Unit], file: ScanFile, baudrate: int, watcher: Watcher
) -> None:
    left = [
        unit
        for unit in known.values()
        if unit.presence is Presence.ANSWERS and unit.twin_of is None and not unit.heard.later
    ]
    if left:
        watcher.counts(len(left))
    for unit in left:
        await scan.look_afresh(unit)
    for unit in left:
        await scan.look_again(unit)
        file.keep(baudrate, unit)


def _found(unit: Unit, scan: Scan, catalogue: Catalogue) -> Found | None:
    if unit.presence is not Presence.ANSWERS:
        return None
    identification = catalogue.identification(unit.heard)
    return Found(unit=unit, recognition=scan.recognise(unit), identification=identification)
