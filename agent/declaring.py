"""Reading what was typed for the ledger, and recording it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import click

from agent.commands.common import environment, plant_file
from agent.ledger import Desk
from config import load
from config.codes import shown, suggest
from config.plant_time import Unreadable, day_of, instant_of
from domain.ledger import Body, Entry
from domain.plant import Plant, Point, Process
from storage.ledger import LedgerMoved

_TRIES = 5


def open_desk(config_path: Path | None) -> Desk:
    """Read the plant file and the ledger."""
    return Desk.open(load(plant_file(config_path), environment()))


def declared(
    config_path: Path | None, make: Callable[[Desk], Sequence[Body]], *, who: str, why: str
) -> tuple[Desk, Sequence[Entry]]:
    """Check and record; both again when somebody else recorded something in between."""
    loaded = load(plant_file(config_path), environment())
    for _ in range(_TRIES - 1):
        desk = Desk.open(loaded)
        try:
            return desk, desk.record(make(desk), who=who, why=why)
        except LedgerMoved:
            continue
    desk = Desk.open(loaded)
    return desk, desk.record(make(desk), who=who, why=why)


def instant(desk: Desk, text: str, option: str, *, may_be_future: bool = False) -> int:
    """Return an instant that was typed; plant time without an offset."""
    try:
        at = instant_of(text.strip(), desk.calendar)
    except Unreadable as fault:
        raise click.BadParameter(str(fault), param_hint=option) from fault
    if at > desk.now and not may_be_future:
        problem = f"{desk.local(at)} is in the future (it is {desk.local(desk.now)})"
        raise click.BadParameter(f"{problem}; record it when it has happened", param_hint=option)
    return at


def day(text: str, option: str) -> date:
    """Return a day that was typed."""
    try:
        return day_of(text.strip())
    except Unreadable as fault:
        raise click.BadParameter(str(fault), param_hint=option) from fault


def process_named(plant: Plant, name: str, option: str = "PROCESS") -> Process:
    """Return a process by id; a usage error suggests the near one."""
    known = {process.id: process for process in plant.processes}
    if name not in known:
        problem = f"{shown(name)} is not the id of a process; {suggest(name, known)}"
        raise click.BadParameter(problem, param_hint=option)
    return known[name]


def counter_named(plant: Plant, name: str) -> Point:
    """Return a counter by its point id; a usage error suggests the near one."""
    known = {point.id: point for point in plant.points}
    counters = [point.id for point in plant.points if point.is_counter]
    if name not in known:
        problem = f"{shown(name)} is not the id of a point; {suggest(name, counters)}"
        raise click.BadParameter(problem, param_hint="POINT")
    if not known[name].is_counter:
        beside = [each for each in counters if each.startswith(f"{known[name].device}.")]
        remedy = f"counters of its device: {', '.join(beside)}" if beside else "its device has no counter"
        raise click.BadParameter(f"{shown(name)} is no counter; {remedy}", param_hint="POINT")
    return known[name]
