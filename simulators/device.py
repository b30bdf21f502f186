"""A simulated meter: a profile whose registers show sources, refreshed at its own pace."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from domain.registers import DeviceProfile, Register, Space
from simulators.answering import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusal
from simulators.columns import Bools as Chosen
from simulators.columns import Words, shown, words_shown
from simulators.effects import Rescale, Source, Spell
from simulators.hostile import Hostility, Kind
from simulators.noise import Floats, Ints
from simulators.registers import choose_power, meaning, words_of
from simulators.sunspec import lay_out

_CONSTANTS = {
    "kWh": 123456.0, "kvarh": 23456.0, "kVAh": 130000.0, "kW": 12.0, "kvar": 3.0, "kVA": 12.4,
    "V": 230.0, "A": 18.0, "Hz": 50.0, "%": 50.0, "1": 0.0, "m3": 4321.0, "m3/h": 12.0, "kPa": 101.325,
    "t": 321.0, "t/h": 1.5, "m": 1000.0, "m2": 1500.0, "m/min": 45.0, "pcs": 1000.0, "h": 2000.0,
    "W/m2": 500.0, "code": 0.0, "C": 25.0,
}  # fmt: skip
"""Canonical unit -> what a register without a source shows."""


class SimulatedDevice:
    """One unit on a bus. What it shows at an instant is f(floor(instant / refresh) * refresh), exactly."""

    def __init__(
        self,
        profile: DeviceProfile,
        sources: Mapping[str, Source],
        *,
        now_ms: Callable[[], int],
        refresh_ms: int = 1000,
        spells: Sequence[Spell] = (),
        extra_words: Mapping[tuple[Space, int], int] | None = None,
        sunspec_base: int = 40000,
    ) -> None:
        """`extra_words` are (space, address) -> word (or bit) outside the profile's registers.

        A profile with model registers gets a SunSpec chain at `sunspec_base`, every profile what it is
        known by.
        """
        self.profile = profile
        layout = lay_out(profile, sunspec_base)
        self._laid_out, self._readable = layout.registers, layout.readable
        self.refresh_ms = refresh_ms
        self.spells = tuple(spells)
        self.own_hostility: Hostility | None = None
        """Set it to misbehave at once; it goes before the spells."""
        self._now_ms = now_ms
        self._registers = {register.name: register for register in self._laid_out}
        unknown = sorted(set(sources) - set(self._registers))
        if unknown:
            raise ValueError(f"{profile.id} has no register {', '.join(unknown)}")
        self.sources = dict(sources)
        """Register name -> what it shows; exchange one before the device is read."""
        self.powers = self._choose_powers()
        """Name of a scale register -> the power of ten that it shows, unless it is in `rescales` now."""
        self.rescales: dict[str, Rescale] = {}
        """Name of a scale register -> how it changes."""
        self._extra = {**layout.words, **(extra_words or {})}
        self._alone = self._identities()
        """What it is known by, asked for alone: some devices show values there in a longer read."""
        self._allowed = {space: self._allowed_in(space) for space in Space}
        self._image = {space: self._blank(space) for space in Space}
        self._shown: tuple[int, Kind | None] | None = None

    def _identities(self) -> dict[tuple[Space, int, int], bytes]:
        """Return (space, address, count) -> the answer, of each read by which the device is known."""
        return {
            (found.space, found.address, found.count): b"".join(
                self._extra[found.space, found.address + place].to_bytes(2, "big")
                for place in range(found.count)
            )
            for found in self.profile.identities
            if found.model is None
        }

    @property
    def hostility(self) -> Hostility | None:
        """Return what the device does wrong now: its own, else that of a spell."""
        if self.own_hostility is not None:
            return self.own_hostility
        now = self._now_ms()
        found = (spell.hostility for spell in self.spells if spell.covers(now) and spell.hostility)
        return next(found, None)

    @hostility.setter
    def hostility(self, hostility: Hostility | None) -> None:
        self.own_hostility = hostility

    @property
    def delay_s(self) -> float:
        """Return how long the device thinks before each answer now."""
        now = self._now_ms()
        return max((spell.delay_s for spell in self.spells if spell.covers(now)), default=0.0)

    def words(self, name: str, at_ms: int) -> tuple[int, ...]:
        """Return the words of a register at an instant, honest device."""
        register = self._registers[name]
        if name in self.powers:
            return words_of(register, float(self._power(name, at_ms)))
        return words_of(register, self._value(register, at_ms), self.power_at(register, at_ms))

    def expected(self, name: str, at_ms: int) -> float | None:
        """Return what a correct reader of a register must get at an instant; None where it gets no value."""
        if any(spell.covers(at_ms) and spell.loses_value for spell in self.spells):
            return None
        register = self._registers[name]
        return meaning(register, self.words(name, at_ms), self.power_at(register, at_ms))

    def series(self, name: str, at_ms: Ints) -> Floats:
        """Return `expected` for many instants, bit for bit, NaN for None."""
        found = np.empty(len(at_ms))
        for chosen, register, values, power in self._columns(name, at_ms):
            found[chosen] = shown(register, values, power)
        return self._lost(found, at_ms)

    def worded_series(self, name: str, at_ms: Ints) -> tuple[Floats, Words]:
        """Return `expected` and `words` for many instants, words as one number, the first one highest."""
        found, words = np.empty(len(at_ms)), np.empty(len(at_ms), np.uint64)
        for chosen, register, values, power in self._columns(name, at_ms):
            found[chosen] = shown(register, values, power)
            words[chosen] = words_shown(register, values, power)
        return self._lost(found, at_ms), words

    def _columns(self, name: str, at_ms: Ints) -> Iterator[tuple[slice | Chosen, Register, Floats, int]]:
        """Give, for each power of ten of a register: which instants, what its source says then, the power."""
        register, source = self._registers[name], self.sources.get(name)
        ticks = at_ms // self.refresh_ms * self.refresh_ms
        if name in self.powers:
            values = np.array([self._power(name, tick) for tick in ticks.tolist()], dtype=np.float64)
        elif source is None:
            values = np.full(len(at_ms), self._constant(register))
        else:
            values = source.series(ticks)
        if name in self.powers or register.scale_register not in self.rescales:
            yield slice(None), register, values, 0 if name in self.powers else self.power_of(register)
            return
        powers = np.array([self.power_at(register, tick) for tick in ticks.tolist()], dtype=np.int64)
        for power in np.unique(powers).tolist():
            chosen = powers == power
            yield chosen, register, values[chosen], power

    def _lost(self, values: Floats, at_ms: Ints) -> Floats:
        for spell in self.spells:
            if spell.loses_value:
                values[(spell.since_ms <= at_ms) & (at_ms < spell.until_ms)] = np.nan
        return values

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Return 2*count bytes, or one byte a bit; raise Refusal for holes in the map and long blocks."""
        if not space.is_bits and count > self.profile.max_block:
            raise Refusal(ILLEGAL_VALUE)
        if (space, address, count) in self._alone:
            return self._alone[space, address, count]
        end = address + count
        if not any(first <= address and end <= last for first, last in self._allowed[space]):
            raise Refusal(ILLEGAL_ADDRESS)
        self._refresh()
        width = 1 if space.is_bits else 2
        return bytes(self._image[space][address * width : end * width])

    def _value(self, register: Register, at_ms: int) -> float:
        source = self.sources.get(register.name)
        if source is None:
            return self._constant(register)
        return source.read(at_ms // self.refresh_ms * self.refresh_ms)

    def _refresh(self) -> None:
        """Write the image of the current tick, once a tick."""
        hostility = self.hostility
        kind = hostility.kind if hostility and hostility.kind in (Kind.NAN, Kind.INF) else None
        at_ms = self._now_ms() // self.refresh_ms * self.refresh_ms
        if self._shown == (at_ms, kind):
            return
        for register in self._laid_out:
            self._put(register, self._words_shown(register, at_ms, kind))
        self._shown = (at_ms, kind)

    def _words_shown(self, register: Register, at_ms: int, kind: Kind | None) -> tuple[int, ...]:
        if kind is not None and register.is_point:
            if register.type.is_float:
                number = math.nan if kind is Kind.NAN else math.inf
                return words_of(register, number)
            if kind is Kind.NAN and register.not_available:
                return words_of(register, None)
        return self.words(register.name, at_ms)

    def _put(self, register: Register, words: tuple[int, ...]) -> None:
        image = self._image[register.space]
        for place, word in enumerate(words, start=register.address):
            if register.space.is_bits:
                image[place] = word
            else:
                image[2 * place : 2 * place + 2] = word.to_bytes(2, "big")

    def _blank(self, space: Space) -> bytearray:
        """Return zeros for every allowed address, with the extra words in place."""
        width = 1 if space.is_bits else 2
        image = bytearray(width * max((last for _, last in self._allowed[space]), default=0))
        for (where, address), word in self._extra.items():
            if where is space:
                image[address * width : (address + 1) * width] = word.to_bytes(width, "big")
        return image

    def _allowed_in(self, space: Space) -> list[tuple[int, int]]:
        """Return the address runs [first, end) that a read may sweep."""
        runs = [(found.first, found.end) for found in self._readable if found.space is space]
        runs += [(found.address, found.end) for found in self._laid_out if found.space is space]
        runs += [(address, address + 1) for where, address in self._extra if where is space]
        return merge_runs(runs)

    def power_of(self, register: Register) -> int:
        """Return the power of ten of a register while nothing changes it, 0 without a scale register."""
        return self.powers[register.scale_register] if register.scale_register else 0

    def power_at(self, register: Register, at_ms: int) -> int:
        """Return the power of ten by which a register is read at an instant."""
        return self._power(register.scale_register, at_ms) if register.scale_register else 0

    def _power(self, name: str, at_ms: int) -> int:
        rescale = self.rescales.get(name)
        own = self.powers[name]
        return own if rescale is None else rescale.power(own, at_ms // self.refresh_ms * self.refresh_ms)

    def _choose_powers(self) -> dict[str, int]:
        shared: dict[str, list[Register]] = {}
        for register in self._laid_out:
            if register.scale_register is not None:
                shared.setdefault(register.scale_register, []).append(register)
        missing = sorted(set(shared) - set(self._registers))
        if missing:
            raise ValueError(f"{self.profile.id} has no scale register {', '.join(missing)}")
        return {
            name: choose_power(users, [self._maximum(user) for user in users])
            for name, users in shared.items()
        }

    def _maximum(self, register: Register) -> float:
        source = self.sources.get(register.name)
        return source.maximum if source else self._constant(register)

    @staticmethod
    def _constant(register: Register) -> float:
        """Return what a register without a source shows."""
        return _CONSTANTS.get(register.canonical_unit, 0.0)


def merge_runs(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the union of half-open runs, touching ones joined."""
    merged: list[tuple[int, int]] = []
    for first, end in sorted(runs):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return merged
