"""`energy-agent profile try`: a profile against a live device, in every word and byte order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from collector.apart import Answers, Ask, read_apart
from collector.blocks import Block, plan_blocks
from collector.diagnosis import Blame, Diagnosis, diagnose, of_error
from collector.sunspec import walk
from collector.trial import Trial, better_way, trials
from collector.unit import ModbusLink
from domain.errors import DeviceError
from domain.plant import Link
from domain.registers import DeviceProfile, Space
from domain.sunspec import has_models, placed

_LINES = 24
"""Values of a way that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it."""

    profile: DeviceProfile
    trials: tuple[Trial, ...] = ()
    """The most plausible way first; none where nothing was answered."""
    diagnoses: tuple[Diagnosis, ...] = ()
    requests: int = 0
    planned: int = 0

    @property
    def is_sound(self) -> bool:
        """Say whether the profile holds as it is."""
        return bool(self.trials) and not self.diagnoses

    def as_json(self) -> dict[str, object]:
        """Return plain JSON types."""
        return {
            "profile": self.profile.id,
            "ok": self.is_sound,
            "requests": self.requests,
            "planned": self.planned,
            "diagnoses": [
                {"blame": each.blame.value, "problem": each.problem, "cure": each.cure}
                for each in self.diagnoses
            ],
            "trials": [
                {
                    "way": trial.way.text,
                    "weight": round(trial.weight, 3),
                    "score": round(trial.plausibility.score, 4),
                    "values": dict(trial.values),
                    "doubts": [doubt._asdict() for doubt in trial.plausibility.doubts],
                }
                for trial in self.trials
            ],
        }


async def try_profile(profile: DeviceProfile, link: Link, unit_id: int, *, wait_s: float) -> Tried:
    """Read the device twice, `wait_s` apart, and rank the ways to read it; never raises DeviceError."""
    unit = ModbusLink(link)
    count = 0

    async def ask(space: Space, address: int, number: int) -> bytes:
        nonlocal count
        if count:
            await asyncio.sleep(max(link.pause_s, profile.pause_s))
        count += 1
        return await unit.read(unit_id, space, address, number, timeout_s=link.timeout_s)

    blocks: tuple[Block, ...] = ()
    try:
        profile = await _placed(profile, unit, unit_id, link)
        blocks = plan_blocks(profile)
        first = await read_apart(blocks, ask)
        second = await _again(first, ask, wait_s)
    except DeviceError as error:
        return Tried(profile=profile, diagnoses=(of_error(error),), requests=count, planned=len(blocks))
    finally:
        await unit.close()
    found = trials(second, first, elapsed_s=wait_s) if first.registers else ()
    diagnoses = diagnose(second, first, elapsed_s=wait_s)
    return Tried(profile=profile, trials=found, diagnoses=diagnoses, requests=count, planned=len(blocks))


async def _placed(profile: DeviceProfile, unit: ModbusLink, unit_id: int, link: Link) -> DeviceProfile:
    """Return the profile with its SunSpec models where the device has them."""
    if not has_models(profile):
        return profile
    pause_s = max(link.pause_s, profile.pause_s)
    return placed(profile, await walk(unit, unit_id, timeout_s=link.timeout_s, pause_s=pause_s))


async def _again(first: Answers, ask: Ask, wait_s: float) -> Answers:
    """Return a second reading of what was answered, for the counters that rise meanwhile."""
    await asyncio.sleep(wait_s)
    payloads = [await ask(block.space, block.first, block.count) for block in first.blocks]
    return replace(first, payloads=tuple(payloads))


def lines_of(tried: Tried) -> list[str]:
    """Return what a person is told."""
    lines = []
    if tried.trials:
        own = next(trial for trial in tried.trials if not _changes(trial))
        better = better_way(tried.trials)
        shown = [own] if better is None else [better, own]
        lines += ["how well each way of reading fits (for minus against):"]
        lines += [f"  {trial.weight:8.2f}  {trial.way.text}" for trial in tried.trials]
        for trial in shown:
            lines += ["", f"{trial.way.text}:", *_values(trial, tried.profile)]
        lines.append("")
    lines += [str(diagnosis) for diagnosis in tried.diagnoses]
    plural = "" if tried.requests == 1 else "s"
    verdict = "the profile holds" if tried.is_sound else "the profile does not hold as it is"
    if not tried.trials and all(each.blame is not Blame.PROFILE for each in tried.diagnoses):
        verdict = "nothing was read: of the profile nothing is known yet"
    if tried.is_sound and not tried.trials[0].plausibility.support:
        verdict = "nothing speaks against the profile, and nothing for it: look at the values"
    lines.append(f"{verdict} ({tried.requests} request{plural}; a poll takes {tried.planned})")
    return lines


def _changes(trial: Trial) -> bool:
    return trial.way.words_swapped or trial.way.bytes_swapped or trial.way.types_swapped


def _values(trial: Trial, profile: DeviceProfile) -> list[str]:
    doubts: Mapping[str, str] = {doubt.name: doubt.why for doubt in trial.plausibility.doubts}
    units = {register.name: register.canonical_unit for register in profile.registers}
    texts = {name: "-" if value is None else f"{value:.10g}" for name, value in trial.values.items()}
    rows = [
        f"  {name:28} {text:>18} {units[name]:5} {doubts.get(name, '')}".rstrip()
        for name, text in texts.items()
    ]
    more = [f"  and {len(rows) - _LINES} more: --json shows all"] if len(rows) > _LINES else []
    return rows[:_LINES] + more
