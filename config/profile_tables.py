"""The tables of a profile file, one meter type each."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.tables import Table
from config.values import Label, Seconds, Text

Address = Annotated[int, Field(ge=-(10**9), le=10**9)]
"""Bounded so that it can be shown; what is an address is asked later."""
SpaceName = Literal["coil", "discrete", "input", "holding"]
OrderName = Literal["big", "little"]
TypeName = Literal[
    "bit",
    "u16",
    "i16",
    "u32",
    "i32",
    "u48",
    "u64",
    "i64",
    "f32",
    "f64",
    "bcd16",
    "bcd32",
    "bcd48",
    "bcd64",
    "u32_f32",
    "i32_f32",
]
_MOST_DIGITS = 30


def _as_decimal(value: object) -> object:
    """Let a whole number stand where a decimal is meant; not true, which is 1 to Python."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _is_usable(value: Decimal) -> Decimal:
    """Refuse what would make an exact fraction endless."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError("write a finite number between 1e-30 and 1e30")
    if len(value.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError(f"write at most {_MOST_DIGITS} digits")
    return value


Exact = Annotated[Decimal, BeforeValidator(_as_decimal), AfterValidator(_is_usable)]
"""A number as written: 0.001 is 1/1000."""


class ProfileTable(Table):
    """`[profile]`: who makes it, where its register map is from, how it wants to be asked."""

    required: ClassVar[tuple[str, ...]] = ("id", "maker", "model", "kind", "manual", "source")
    id: Text | None = None
    maker: Text | None = None
    model: Text | None = None
    kind: Text | None = None
    manual: Text | None = None
    source: Text | None = None
    hardware: Text = "unverified"
    max_block: Annotated[int, Field(ge=1, le=125)] = 125
    pause_s: Annotated[Seconds, BeforeValidator(_as_float)] = 0.0
    connect_pause_s: Annotated[Seconds, BeforeValidator(_as_float)] = 0.0
    revision: Text = ""
    factory: Text = ""
    notes: list[Text] = Field(default_factory=list)


class ReadableTable(Table):
    """`[[readable]]`: addresses first..last that one read may sweep."""

    required: ClassVar[tuple[str, ...]] = ("space", "first", "last")
    space: SpaceName | None = None
    first: Address | None = None
    last: Address | None = None


class IdentityTable(Table):
    """`[[identity]]`: words, or a text in them, by which the device says what it is."""

    required: ClassVar[tuple[str, ...]] = ("space", "address")
    space: Literal["input", "holding"] | None = None
    address: Address | None = None
    words: list[Annotated[int, Field(ge=0, le=0xFFFF)]] = Field(default_factory=list)
    text: Text = ""
    count: Annotated[int, Field(ge=1, le=125)] | None = None
    """Words to read for a text."""
    model: Annotated[int, Field(ge=1, le=65534)] | None = None
    page: Text = ""


class CounterTable(Table):
    """`counter = { modulus = "2^32" }`: a cumulative register; "none" where the source does not say."""

    modulus: Text = "none"


class RegisterTable(Table):
    """`[[registers]]`: one value on the device."""

    required: ClassVar[tuple[str, ...]] = ("name", "space", "address", "type", "unit")
    name: Text | None = None
    space: SpaceName | None = None
    address: Address | None = None
    type: TypeName | None = None
    unit: Text | None = None
    word_order: OrderName = "big"
    byte_order: OrderName = "big"
    scale: Exact = Decimal(1)
    offset: Exact = Decimal(0)
    scale_register: Text | None = None
    not_available: list[int] = Field(default_factory=list)
    counter: CounterTable | None = None
    reference: Literal["actual", "20C", "15C", "0C", "configured"] | None = None
    label: Label = Field(default_factory=dict)
    page: Text = ""
    rated_max: Exact | None = None
    overlaps: list[Text] = Field(default_factory=list)
    model: Annotated[int, Field(ge=1, le=65534)] | None = None


class ProfileFile(Table):
    """A whole profile file."""

    required: ClassVar[tuple[str, ...]] = ()
    profile: ProfileTable = Field(default_factory=ProfileTable)
    identity: list[IdentityTable] = Field(default_factory=list)
    readable: list[ReadableTable] = Field(default_factory=list)
    registers: list[RegisterTable] = Field(default_factory=list)


def modulus_of(text: str) -> int | None:
    """Return the raw modulus of "2^32" or "10^8", None for "none"; ValueError for anything else."""
    if text == "none":
        return None
    base, _, power = text.partition("^")
    if base not in ("2", "10") or not power.isascii() or not power.isdigit() or len(power) > 2:
        raise ValueError(text)
    if not 1 <= int(power) <= 64:
        raise ValueError(text)
    return int(int(base) ** int(power))


def fraction_of(value: Decimal) -> Fraction:
    """Return a decimal as the exact fraction it is."""
    return Fraction(value)
