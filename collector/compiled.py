"""What is known of a device before it is polled: its planned reads and the decoder of their answers."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from collector.blocks import Block, plan_blocks
from collector.health import DeviceHealth
from collector.learnt import Learnt
from collector.sunspec import Placing, moved
from domain.codec import DeviceDecoder, Limits
from domain.errors import BadAnswer, DeviceError, DeviceRefused
from domain.plant import Device
from domain.ports import ModbusUnit
from domain.reading import Quality
from domain.registers import DeviceProfile, Space
from domain.sunspec import Chain, has_models, header_name, headers, placed

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Scheduled:
    """One device, ready to be polled."""

    device: Device
    blocks: tuple[Block, ...]
    decoder: DeviceDecoder
    health: DeviceHealth
    due: float = 0.0
    """Plant-monotonic second of its next poll."""
    attempts: int = 0
    """Attempts in a row that failed."""
    retry_at: float = 0.0
    """Before this a failing device is left alone."""
    last_at: int = 0
    quality: Quality = Quality.GOOD
    """Why it fails now."""
    is_traced: bool = False
    """A traceback of this row of failures is in the log."""
    placing: Placing | None = None
    """None where the profile's addresses are the device's."""
    worded: Collection[str] = ()
    """Ids of the points whose register words are kept."""
    is_in_hand: bool = False
    """It is being read now."""
    is_over: bool = False
    """Its link is to poll it no more."""
    planned: tuple[Block, ...] = ()
    """Its reads by the profile; `blocks` go round what it refused."""
    learnt: Learnt = field(default_factory=Learnt)
    learnt_at: float = 0.0
    """Monotonic second of the first refusal that taught something."""
    hopes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Name of a register that was refused alone -> its rest, and the second at which it is asked again."""
    forgotten: int = 0
    """How often the profile was believed again."""
    is_settled: bool = False
    """All of these reads answered at the last poll."""
    refused_in_row: dict[tuple[Space, int, int], int] = field(default_factory=dict)
    """(space, address, count) of a read that has been made -> how often it was refused since it answered."""
    judged: tuple[float, float] = (0.0, 0.0)
    """Rest, and the second at which values are held against what is plausible next."""
    said: str = ""
    """Who is to be looked at, "" while profile and device agree."""
    logged: str = ""
    """What was said of it in the log last."""

    @property
    def is_placed(self) -> bool:
        """Say whether it is known where its registers are."""
        return self.placing is None or self.placing.is_known

    def go_round(self, learnt: Learnt) -> None:
        """Read from now on what is left of the profile's reads."""
        self.learnt = learnt
        self.blocks = learnt.plan(self.planned)
        self.decoder = decoder_of(self.device, self.blocks, self.worded)
        self.judged, self.said, self.is_settled = (0.0, 0.0), "", False

    async def look_for_place(self, unit: ModbusUnit, timeout_s: float) -> None:
        """Take one read on the way to its models, and plan its reads once they are found."""
        placing = self.placing
        assert placing is not None, "it has no models"
        await placing.step(unit, self.device.unit_id, timeout_s=timeout_s)
        if placing.is_known and placing.chain is not None:
            log.info("models found device=%s chain=%s", self.device.id, placing.chain)
            try:
                self.planned, self.decoder = compile_device(self.device, self.worded, placing.chain)
                self.go_round(Learnt())
            except BadAnswer:
                placing.look_again()
                raise

    def doubt_place(self, error: DeviceError) -> None:
        """Look for its models again when it was away, or refuses addresses that it had."""
        if self.placing is None:
            return
        if not isinstance(error, DeviceRefused):
            self.placing.look_again()
        elif error.quality is Quality.ILLEGAL_ADDRESS:
            self.placing.doubt()


def schedule(device: Device, worded: Collection[str]) -> Scheduled:
    """Return a device ready to be polled; `worded` as for `compile_device`.

    One whose profile has model registers has no reads yet: they come once it is known where its models are.
    """
    health = DeviceHealth(device=device.id, link=device.link, interval_s=device.interval_s)
    if has_models(device.profile):
        placing = Placing(_subject(device))
        nothing = DeviceDecoder([])
        return Scheduled(
            device=device, blocks=(), decoder=nothing, health=health, placing=placing, worded=worded
        )
    blocks, decoder = compile_device(device, worded)
    return Scheduled(
        device=device, blocks=blocks, decoder=decoder, health=health, worded=worded, planned=blocks
    )


def compile_device(
    device: Device, worded: Collection[str] = (), chain: Chain | None = None
) -> tuple[tuple[Block, ...], DeviceDecoder]:
    """Return the planned reads of a device and the decoder of their answers.

    `worded` are the ids of the points whose register words are kept. `chain` says where the device keeps
    its SunSpec models; BadAnswer when it has none that its profile reads, ValueError when it is needed.
    """
    profile, names = device.profile, [point.name for point in device.points]
    if has_models(profile):
        if chain is None:
            raise ValueError(f"{device.id}: nobody asked where its models are")
        profile = placed(profile, chain)
        there = {register.name for register in profile.registers}
        names = [name for name in names if name in there]
        if not names:
            raise _without_models(device, chain)
        names += _headers_of(device.profile, names)
    blocks = plan_blocks(profile, names)
    return blocks, decoder_of(device, blocks, worded)


def decoder_of(device: Device, blocks: Sequence[Block], worded: Collection[str] = ()) -> DeviceDecoder:
    """Return the decoder of the answers to these reads; points that they leave out have no value."""
    there = {register.name for block in blocks for register in block.registers}
    absent = [point.name for point in device.points if point.name not in there]
    limits = {point.name: Limits.between(point.minimum, point.maximum) for point in device.points}
    kept = frozenset(point.name for point in device.points if point.id in worded)
    return DeviceDecoder([(block.first, block.registers) for block in blocks], limits, kept, absent)


def _headers_of(profile: DeviceProfile, names: Sequence[str]) -> list[str]:
    """Return the names of the registers that show whether the models of these registers are in place."""
    models = {register.model for register in profile.registers if register.name in names}
    return [header_name(model) for model in models if model is not None]


def _without_models(device: Device, chain: Chain) -> BadAnswer:
    wanted = sorted({register.model for register in device.profile.registers if register.model is not None})
    return BadAnswer(
        _subject(device),
        f"has the SunSpec {chain}, and profile {device.profile.id} reads {', '.join(map(str, wanted))}",
        "choose the profile of the models that it has",
        kind="sunspec",
    )


def _subject(device: Device) -> str:
    return f"{device.link} unit {device.unit_id}"


def refuse_moved(entry: Scheduled, answers: Sequence[bytes], refused: Collection[str]) -> None:
    """Raise BadAnswer when a model is no longer where it was found: then no answer means anything."""
    if entry.placing is None or entry.placing.chain is None:
        return
    expected = headers(entry.placing.chain)
    for block, answer in zip(entry.blocks, answers, strict=True):
        for register in block.registers:
            words = expected.get(register.name)
            start = 2 * (register.address - block.first)
            if words and register.name not in refused and answer[start : start + 4] != words:
                raise moved(_subject(entry.device), register.name, register.address)


def withdraw(
    entry: Scheduled,
    names: Sequence[str],
    reason: Quality,
    decoded: tuple[dict[str, float | None], dict[str, Quality], dict[str, str]],
) -> None:
    """Take back what was decoded from a refused block, and what was scaled by it."""
    values, quality, words = decoded
    lost = set(names)
    for block in entry.blocks:
        lost |= {r.name for r in block.registers if r.scale_register in lost}
    for name in lost & values.keys():
        values[name] = None
        quality[name] = reason
        words.pop(name, None)
