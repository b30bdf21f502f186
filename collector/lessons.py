"""What the polls of a device teach about its profile: reads round its lies, and who is to be looked at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from collector.apart import Answers
from collector.blocks import Block
from collector.compiled import Scheduled
from collector.diagnosis import doubt_of_values
from collector.learnt import FORGOTTEN_AFTER_S, Learnt
from domain.errors import DeviceRefused
from domain.reading import Quality
from domain.registers import Space

log = logging.getLogger(__name__)

_MOST_REST_S = 60.0
"""Longest time for which a register that was refused alone is not asked for again."""
_MOST_REST_POLLS = 10
"""Or so many polls, where they are rarer."""
_BELIEVED_POLLS = 60
"""What is known against a profile holds for so many polls at least: each lesson costs some of them."""
_MOST_DOUBLINGS = 8
"""It holds twice as long each time that it is learnt again: an hour, at last ten days."""
_ENOUGH_REFUSALS = 3
"""So often in a row a read that has answered before must be refused to teach anything."""
_LEAST_UNJUDGED_S = 60.0
_MOST_UNJUDGED_S = 3600.0
"""Longest time between two looks at whether values are plausible: at first a meter may stand still."""

Refusals = Sequence[tuple[Block, DeviceRefused]]


def learn(entry: Scheduled, refusals: Refusals, now: float) -> None:
    """Plan the next poll round what was refused in this one.

    `now` is a monotonic second. A device that refuses everything is asked for everything again: then it is
    not the one that the profile means, and the next one in its place may be.
    """
    if entry.is_settled and not refusals:
        return
    learnt = entry.learnt
    _count(entry, [block for block, _ in refusals])
    for block, error in refusals:
        if entry.refused_in_row[_place(block)] >= _ENOUGH_REFUSALS:
            learnt = learnt.after(block, error)
    refused = learnt.absent.keys() - entry.learnt.absent.keys()
    most_s = max(_MOST_REST_S, _MOST_REST_POLLS * entry.device.interval_s)
    for name in refused:
        rest_s = min(max(2.0 * entry.hopes.get(name, (0.0, 0.0))[0], entry.device.interval_s), most_s)
        entry.hopes[name] = (rest_s, now + rest_s - entry.device.interval_s / 2)  # it falls on a poll
    entry.hopes = {name: hope for name, hope in entry.hopes.items() if name in learnt.absent}
    if learnt == entry.learnt:
        return
    entry.learnt_at = now if not entry.learnt else entry.learnt_at
    entry.go_round(learnt if learnt.plan(entry.planned) else Learnt())


def _count(entry: Scheduled, refused: Sequence[Block]) -> None:
    """Note which reads answered; of one that never did, a single refusal is enough."""
    before, unknown = entry.refused_in_row, _ENOUGH_REFUSALS - 1
    entry.refused_in_row = {
        _place(block): before.get(_place(block), unknown) + 1 if block in refused else 0
        for block in entry.blocks
    }
    entry.is_settled = not refused


def _place(block: Block) -> tuple[Space, int, int]:
    return block.space, block.first, block.count


def relearn_in_time(entry: Scheduled, now: float) -> None:
    """Ask again for what was refused: a register soon, whole blocks after an hour or more.

    A device that starts up may refuse what it has; one that never had it costs a few polls each time.
    """
    rest_s = max(FORGOTTEN_AFTER_S, _BELIEVED_POLLS * entry.device.interval_s)
    if entry.learnt and now - entry.learnt_at > rest_s * 2 ** min(entry.forgotten, _MOST_DOUBLINGS):
        entry.forgotten += 1
        entry.go_round(Learnt())
    elif due := {name for name, (_, at) in entry.hopes.items() if now >= at}:
        absent = {name: each for name, each in entry.learnt.absent.items() if name not in due}
        entry.go_round(replace(entry.learnt, absent=absent))


def mark_absent(entry: Scheduled, values: dict[str, float | None], quality: dict[str, Quality]) -> None:
    """Say of each value that the device has not why it is missing."""
    if not entry.learnt:
        return
    read = {register.name for block in entry.blocks for register in block.registers}
    reasons = entry.learnt.names
    scales = {r.name: r.scale_register for block in entry.planned for r in block.registers}
    for name in scales.keys() - read:
        if name in values:
            quality[name] = reasons.get(name) or reasons.get(scales[name] or "", Quality.NOT_AVAILABLE)


def said_of(entry: Scheduled, answers: Sequence[bytes], refusals: Refusals, now: float) -> str:
    """Return who is to be looked at, "" while profile and device agree; values are judged now and then."""
    if refusals:
        return str(refusals[-1][1])
    rest_s, at = entry.judged
    if now >= at:
        rest_s = min(max(2.0 * rest_s, _LEAST_UNJUDGED_S, entry.device.interval_s), _MOST_UNJUDGED_S)
        entry.judged = (rest_s, now + rest_s)
        said = entry.learnt.text(entry.blocks)
        doubt = doubt_of_values(Answers(blocks=entry.blocks, payloads=tuple(answers)))
        entry.said = "; ".join(part for part in (said, "" if doubt is None else str(doubt)) if part)
        if entry.said and entry.said != entry.logged:
            entry.logged = entry.said
            log.warning("profile and device disagree device=%s said=%s", entry.device.id, entry.said)
    return entry.said
