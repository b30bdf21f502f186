"""SunSpec: the chain of models that a device shows, and where a profile's registers then are. Pure.

base: "SunS" | 1, length | common model | id, length | model | ... | 0xFFFF, 0
(SunSpec Device Information Model Specification V1.2, 6). A model's `length` counts neither its id word nor
its length word; offsets in profiles count from the id word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.errors import BadAnswer
from domain.registers import DataType, DeviceProfile, Identity, ReadableRange, Register, Space
from domain.units import SCALE_FACTOR

BASES = (40000, 50000, 0)
"""Addresses at which the marker may be, holding registers, in the order of how often they are used."""
MARKER = b"SunS"
_COMMON = 1
_END = 0xFFFF
_HEADER_WORDS = 2
_MOST_MODELS = 128
"""Real devices have ten or so; a chain that never ends is no reason to ask for ever."""
_ADDRESSES = 0x10000
_MISSING = {
    DataType.I16: 0x8000,
    DataType.U16: 0xFFFF,
    DataType.I32: 0x8000_0000,
    DataType.U32: 0xFFFF_FFFF,
    DataType.I64: 0x8000_0000_0000_0000,
    DataType.U64: 0xFFFF_FFFF_FFFF_FFFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of a chain."""

    id: int
    first: int
    """Address of its id word."""
    length: int
    """Words behind its id and its length."""

    @property
    def end(self) -> int:
        """Return the address after its last word."""
        return self.first + _HEADER_WORDS + self.length

    @property
    def header(self) -> bytes:
        """Return its first two words."""
        return self.id.to_bytes(2, "big") + self.length.to_bytes(2, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Where a device keeps its models."""

    base: int
    """Address of the marker."""
    models: tuple[Model, ...]

    @property
    def end(self) -> int:
        """Return the address after the end marker."""
        return (self.models[-1].end if self.models else self.base + _HEADER_WORDS) + _HEADER_WORDS

    @property
    def by_id(self) -> Mapping[int, Model]:
        """Return the first model of each id: which of several is meant nobody says."""
        return {model.id: model for model in reversed(self.models)}

    def __str__(self) -> str:
        return f"models {', '.join(str(model.id) for model in self.models) or 'none'} from {self.base}"


class Walk:
    """The way along a chain, two words a read; whoever drives it does the reading.

    `wanted` is the address of the next `words`, None once `chain` is known.
    """

    __slots__ = ("_bases", "_models", "_place", "_subject", "chain", "words")

    def __init__(self, subject: str, bases: tuple[int, ...] = BASES) -> None:
        self._subject = subject
        self._bases = list(bases)
        self._models: list[Model] = []
        self._place = bases[0]
        self.words = _HEADER_WORDS
        """How many words to read: one where two are refused, as some devices' end marker has no length."""
        self.chain: Chain | None = None

    @property
    def wanted(self) -> int | None:
        """Return the address of the words to read next."""
        return None if self.chain is not None else self._place

    @property
    def base(self) -> int:
        """Return where the marker is, or is looked for."""
        return self._bases[0]

    @property
    def is_searching(self) -> bool:
        """Say whether no marker was found yet."""
        return self._place == self.base

    def take(self, answer: bytes) -> None:
        """Take the words that were wanted; BadAnswer for what is no chain."""
        if self.is_searching:
            if answer == MARKER:
                self._place += _HEADER_WORDS
            else:
                self.pass_over()
            return
        number, length = int.from_bytes(answer[:2], "big"), int.from_bytes(answer[2:4], "big")
        if number == _END:
            self.chain = Chain(base=self.base, models=tuple(self._models))
            return
        if self.words < _HEADER_WORDS:
            raise self._breaks_off()
        model = Model(id=number, first=self._place, length=length)
        self._refuse_lies(model)
        self._models.append(model)
        self._place = model.end

    def pass_over(self) -> None:
        """Go on where the wanted words cannot be read: BadAnswer when that was the last place to look."""
        if not self.is_searching:
            if self.words < _HEADER_WORDS:
                raise self._breaks_off()
            self.words = 1
            return
        if len(self._bases) == 1:
            raise BadAnswer(
                self._subject,
                f"answers, but has no SunSpec marker at {_listed(BASES)}",
                "is SunSpec enabled in the device's settings, and is this its unit id?",
                kind="sunspec",
            )
        del self._bases[0]
        self._place = self.base

    def _refuse_lies(self, model: Model) -> None:
        if not self._models and model.id != _COMMON:
            raise self._broken(f"begins with model {model.id} at {model.first} and not with the common model")
        if model.id == 0:
            raise self._broken(f"has no model id at {model.first}")
        if model.end + _HEADER_WORDS > _ADDRESSES:
            raise self._broken(
                f"gives model {model.id} at {model.first} the length {model.length}, beyond the last address"
            )
        if len(self._models) >= _MOST_MODELS:
            raise self._broken(f"has no end after {_MOST_MODELS} models")

    def _breaks_off(self) -> BadAnswer:
        return self._broken(f"breaks off at {self._place}, where its next model should be")

    def _broken(self, what: str) -> BadAnswer:
        found = ", ".join(f"{model.id} (length {model.length})" for model in self._models[-5:])
        return BadAnswer(
            self._subject,
            f"its SunSpec chain from {self.base} {what}; before that came {found or 'nothing'}",
            "a length in the chain is wrong, or the marker is data: ask the maker for newer firmware, "
            "or use a profile with fixed addresses",
            kind="sunspec",
        )


def _listed(bases: tuple[int, ...]) -> str:
    *others, last = (str(base) for base in bases)
    return f"{', '.join(others)} or {last}" if others else last


def has_models(profile: DeviceProfile) -> bool:
    """Say whether a device must be asked where the registers of its profile are."""
    return any(register.model is not None for register in profile.registers)


def missing_patterns(kind: DataType, *, is_counter: bool) -> frozenset[int]:
    """Return what SunSpec writes where a value is not implemented (V1.2, 4.2); floats say NaN.

    uint16, enum16 and bitfield16 0xFFFF, int16 and sunssf 0x8000, wider ones alike; accumulators say 0.
    """
    if is_counter and not kind.is_float:
        return frozenset({0})
    return frozenset({_MISSING[kind]}) if kind in _MISSING else frozenset()


def placed(profile: DeviceProfile, chain: Chain) -> DeviceProfile:
    """Return the profile with the addresses of one device, one readable range a model.

    The first model of an id is taken. Registers of models that the device has not, or beyond a model's
    length, are left out, and so is what they scale. A register `model <id>` a model, no point, holds its two
    first words: read with the others it shows a chain that moved. An identity whose model is not there
    keeps its `model`, and matches nothing.
    """
    found = chain.by_id
    registers = [_register_at(register, found) for register in profile.registers]
    kept = [register for register in registers if register is not None]
    names = {register.name for register in kept}
    kept = [r for r in kept if r.scale_register is None or r.scale_register in names]
    names = {register.name for register in kept}
    used = {r.model for r in profile.registers if r.model is not None and r.name in names}
    span = (chain.base, chain.end)
    ranges = [r for r in profile.readable if r.space is not Space.HOLDING or not _meet(r, *span)]
    ranges += [ReadableRange(space=Space.HOLDING, first=m.first, end=m.end) for m in chain.models]
    return replace(
        profile,
        registers=(*kept, *(_header(found[number]) for number in sorted(used))),
        readable=tuple(ranges),
        identities=tuple(_identity_at(identity, found) for identity in profile.identities),
    )


def headers(chain: Chain) -> Mapping[str, bytes]:
    """Return what the registers that `placed` adds must show: their name -> their words."""
    return {header_name(model.id): model.header for model in chain.by_id.values()}


def header_name(model_id: int) -> str:
    """Return the name of the register with a model's first words; no register of a profile has a blank."""
    return f"model {model_id}"


def _header(model: Model) -> Register:
    # As a scale factor it only serves others: no readings are made of it.
    return Register(
        name=header_name(model.id),
        space=Space.HOLDING,
        address=model.first,
        type=DataType.U32,
        unit=SCALE_FACTOR,
    )


def _meet(readable: ReadableRange, first: int, end: int) -> bool:
    return readable.first < end and first < readable.end


def _register_at(register: Register, found: Mapping[int, Model]) -> Register | None:
    if register.model is None:
        return register
    model = found.get(register.model)
    if model is None or model.first + register.end > model.end:
        return None
    return replace(register, address=model.first + register.address, model=None)


def _identity_at(identity: Identity, found: Mapping[int, Model]) -> Identity:
    model = found.get(identity.model) if identity.model is not None else None
    if model is None or model.first + identity.address + identity.count > model.end:
        return identity
    return replace(identity, address=model.first + identity.address, model=None)
