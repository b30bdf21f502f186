"""How the words of a register become a value: address, type and order, and each reading worked out again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from dashboard.numbers import MINUS, NBSP
from dashboard.page import Asked
from domain.codec import Converted, Limits, Raw, compile_words, powers_giving
from domain.errors import CodecError
from domain.plant import Point
from domain.reading import Quality
from domain.registers import DataType, Order, Register, Space
from domain.units import CONVERSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRow:
    """The words of one reading; empty texts where none are kept."""

    words: str = ""
    """`0001 e240`."""
    sum: str = ""
    """`123456 × 0.001`."""
    doubt: str = ""
    """Why that is not the stored value; empty where it is."""


def register_text(register: Register, asked: Asked) -> str:
    """Return where a register is and how it is read."""
    words = asked.words
    space = {
        Space.HOLDING: words("holding register"),
        Space.INPUT: words("input register"),
        Space.COIL: words("coil"),
        Space.DISCRETE: words("discrete input"),
    }[register.space]
    place = f"{space} {register.address}"
    if register.model is not None:
        place = words("SunSpec model %(model)s, word %(word)s", model=register.model, word=register.address)
    said = [place, register.type.value]
    if register.type.width > 1:
        is_big = register.word_order is Order.BIG
        said.append(words("high word first") if is_big else words("low word first"))
    if register.byte_order is Order.LITTLE:
        said.append(words("low byte first"))
    return " · ".join(said)


def formula(register: Register, unit: str, asked: Asked) -> str:
    """Return how a raw number becomes a value in the unit shown."""
    text = asked.words("raw number") + _line(register) + (f"{NBSP}{unit}" if unit else "")
    if register.scale_register is None:
        return text
    return f"{text} × 10^{register.scale_register}"


class Explainer:
    """Works out a point's readings again from their words, by the register of today."""

    def __init__(self, register: Register, point: Point, asked: Asked) -> None:
        self._register, self._asked = register, asked
        self._read = compile_words(register, Limits.between(point.minimum, point.maximum))

    def row(self, text: str, value: float | None, quality: str) -> WordsRow:
        """Return the words of a reading, what they mean, and whether that is what was stored."""
        if not text:
            return WordsRow()
        number = int(text, 16)
        shown = " ".join(text[place : place + 4] for place in range(0, len(text), 4))
        try:
            raw, now = self._read(number, 0)
        except CodecError:
            doubt = self._asked.words("too many for the register: its description was changed since")
            return WordsRow(words=shown, doubt=doubt)
        register = self._register
        powers = powers_giving(register, self._read, number, value) if value is not None else []
        power = powers[0] if len(powers) == 1 else 0  # of a raw 0 every power of ten is true
        scaled = f" × 10^{power}".replace("-", MINUS) if power else ""
        agrees = bool(powers) if value is not None else self._is_refused_as(quality, now)
        return WordsRow(
            words=shown,
            sum=f"{_raw(register, raw)}{_line(register)}{scaled}",
            doubt="" if agrees else self._doubt(now),
        )

    def _is_refused_as(self, quality: str, now: Converted) -> bool:
        """Say whether words without a value still have none; a scale register may have been the reason."""
        if self._register.scale_register is not None:
            return True
        return isinstance(now, Quality) and now.code == quality

    def _doubt(self, now: Converted) -> str:
        words = self._asked.words
        if self._register.scale_register is not None:
            return words("no power of ten gives the value: the register's description was changed since")
        text = words("no value") if isinstance(now, Quality) else repr(now)
        return words("means %(value)s today: the register's description was changed since", value=text)


def _raw(register: Register, raw: Raw) -> str:
    """Return a raw number with all its digits."""
    if register.type.is_bcd:
        return f"{raw:x}"
    return repr(raw).replace("-", MINUS)


def _line(register: Register) -> str:
    """Return ` × factor + offset` in the canonical unit, without what changes nothing."""
    conversion = CONVERSIONS[register.unit]
    factor = register.scale * conversion.factor
    offset = register.offset * conversion.factor + conversion.offset
    text = "" if factor == 1 or register.type is DataType.BIT else f" × {_digits(factor)}"
    if offset:
        text += f" {MINUS if offset < 0 else '+'} {_digits(abs(offset))}"
    return text


def _digits(number: Fraction) -> str:
    """Return a fraction as a decimal, or as it is where no decimal ends."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(number).replace("-", MINUS)
    return f"{(Decimal(number.numerator) / Decimal(number.denominator)):f}".replace("-", MINUS)
