"""Whether a profile lies or a meter is broken, told from what the device answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collector.apart import Answers, Refusal
from collector.blocks import Block
from collector.plausibility import is_blank
from collector.trial import Way, better_way, trial_of, trials
from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown
from domain.registers import Register

_GATEWAY = (10, 11)
"""Modbus Application Protocol V1.1b3, 7: gateway path unavailable, gateway target does not respond."""
_CLEAR_DOUBT = 2.0
"""Weight of doubts that no meter raises by accident: one clear sign, or several weak ones."""


class Blame(StrEnum):
    """Who is to be looked at."""

    PROFILE = "profile"
    METER = "meter"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that is wrong: who, what and the cure."""

    blame: Blame
    problem: str
    cure: str

    def __str__(self) -> str:
        who = {Blame.PROFILE: "the profile", Blame.METER: "the meter", Blame.LINK: "the link"}[self.blame]
        return f"{who}, it seems: {self.problem}; {self.cure}"


def diagnose(
    answers: Answers, earlier: Answers | None = None, *, elapsed_s: float | None = None
) -> tuple[Diagnosis, ...]:
    """Say what the answers to a profile's reads tell of profile and meter; nothing where all is well.

    `earlier` are answers to the same blocks, `elapsed_s` before.
    """
    found = [diagnosis for refusal in answers.refusals for diagnosis in of_refusal(refusal)]
    if not answers.registers:
        is_other = all(len(refusal.absent) == len(refusal.block.registers) for refusal in answers.refusals)
        return (_none_there(answers.refusals),) if is_other and answers.refusals else tuple(found)
    lost = sum(len(r.narrow) + len(r.twin) + len(r.absent) for r in answers.refusals)
    if lost > len(answers.registers):
        problem = f"{lost} of its {lost + len(answers.registers)} registers are not on the device"
        found.insert(0, _profile(problem, "it is probably another model: `energy-agent scan` says which"))
    found += _of_values(answers, earlier, elapsed_s)
    return tuple(found)


def of_error(error: DeviceError) -> Diagnosis:
    """Say who is to be looked at when a device gave nothing at all."""
    if isinstance(error, DeviceRefused) and error.code in _GATEWAY:
        cure = "the gateway answers and the meter behind it does not: is it on, is the unit id right?"
        return Diagnosis(blame=Blame.METER, problem=error.problem, cure=cure)
    if isinstance(error, DeviceRefused):
        cure = "look at its display and its manual: the place that was asked for is not what it refuses"
        return Diagnosis(blame=Blame.METER, problem=error.problem, cure=cure)
    if isinstance(error, LinkDown):
        return Diagnosis(
            blame=Blame.LINK, problem=error.problem, cure=error.hint or "look at address and cable"
        )
    if isinstance(error, BadAnswer):
        cure = error.hint or "look at framing, cable and other masters on the bus"
        return Diagnosis(blame=Blame.LINK, problem=error.problem, cure=cure)
    cure = "is it on, is the unit id right, and on a serial bus baud rate, parity and polarity?"
    return Diagnosis(blame=Blame.METER, problem=error.problem, cure=error.hint or cure)


def of_refusal(refusal: Refusal) -> Iterator[Diagnosis]:
    """Say what a refused block tells: each register alone was asked for."""
    block = refusal.block
    if refusal.good and len(refusal.good) == len(block.registers):
        yield _too_much_at_once(block)
    if refusal.narrow:
        said = _named(refusal.narrow)
        problem = f"{said}: the first word answers, the whole does not, so the device's register is shorter"
        yield _profile(problem, "correct type, or address by one, of it in the profile")
    if refusal.twin:
        other = block.space.twin.value
        problem = f"{_named(refusal.twin)} is refused as {block.space.value} and answers as {other}"
        yield _profile(problem, f'write space = "{other}" in the profile, if the manual agrees')
    if refusal.absent:
        problem = f"the device has no {_named(refusal.absent)} (exception {refusal.error.code})"
        yield _profile(
            problem, "take it out of the device's registers, or correct its address in the profile"
        )


def _too_much_at_once(block: Block) -> Diagnosis:
    whole = f"{block.space.value} {block.first}..{block.first + block.count - 1}"
    holes = _holes(block)
    if holes:
        problem = f"{whole} is refused, and each register in it answers alone: {holes} cannot be read"
        return _profile(problem, "end the [[readable]] range there, so that no read sweeps it")
    problem = (
        f"{whole} is refused, and each register in it answers alone: {block.count} words are too many at once"
    )
    return _profile(problem, "lower max_block in the profile, or split its [[readable]] range")


def _none_there(refusals: Sequence[Refusal]) -> Diagnosis:
    codes = ", ".join(str(code) for code in sorted({refusal.error.code for refusal in refusals}))
    problem = f"the device answers, and refuses every address of the profile (exception {codes})"
    return _profile(problem, "is it this model, is the unit id that of the meter, are addresses off by one?")


def _of_values(answers: Answers, earlier: Answers | None, elapsed_s: float | None) -> Iterator[Diagnosis]:
    payload = b"".join(answers.payloads)
    if is_blank(payload):
        problem = "every register shows nothing but " + ("zeros" if not any(payload) else "ones")
        cure = "is it wired and measuring? A gateway without its meter answers like this, too"
        yield Diagnosis(blame=Blame.METER, problem=problem, cure=cure)
        return
    doubt = doubt_of_values(answers, earlier, elapsed_s=elapsed_s)
    if doubt is not None:
        yield doubt


def doubt_of_values(
    answers: Answers, earlier: Answers | None = None, *, elapsed_s: float | None = None
) -> Diagnosis | None:
    """Return the doubt that values raise which make little sense as they are read, and much otherwise.

    What fits does not make up for what cannot be: words of one register alone have no order to get wrong.
    """
    own = trial_of(Way(), answers, earlier, elapsed_s)
    against = own.plausibility.against
    if against < _CLEAR_DOUBT:  # as a rule: the other ways cost a poller seven times as much
        return None
    better = better_way(trials(answers, earlier, elapsed_s=elapsed_s))
    if better is None or better.plausibility.against >= against:
        return None
    doubts = own.plausibility.doubts
    example = f", as {doubts[0].name} = {doubts[0].value:.6g}" if doubts else ""
    problem = f"values make little sense as they are read{example}, and much with {better.way.text}"
    return _profile(
        problem, "correct word_order, byte_order or type in the profile; `energy-agent profile try`"
    )


def _profile(problem: str, cure: str) -> Diagnosis:
    return Diagnosis(blame=Blame.PROFILE, problem=problem, cure=cure)


def _named(registers: Sequence[Register]) -> str:
    said = [f"{r.name} ({r.space.value} {r.address}..{r.end - 1})" for r in registers[:3]]
    more = f" and {len(registers) - 3} more" if len(registers) > 3 else ""
    return ", ".join(said) + more


def _holes(block: Block) -> str:
    """Return the addresses of a block that none of its registers has, "" for none."""
    taken = {address for register in block.registers for address in range(register.address, register.end)}
    free = [address for address in range(block.first, block.first + block.count) if address not in taken]
    if not free:
        return ""
    runs: list[list[int]] = []
    for address in free:
        if runs and runs[-1][-1] + 1 == address:
            runs[-1].append(address)
        else:
            runs.append([address])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
