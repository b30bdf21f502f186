"""What a device offers on the wire: registers, readable ranges, the profile of a meter type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from domain.units import CONVERSIONS, SCALE_FACTOR


class Space(StrEnum):
    """The four Modbus address spaces."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def is_bits(self) -> bool:
        """Say whether an address holds one bit instead of a 16-bit word."""
        return self in (Space.COIL, Space.DISCRETE)

    @property
    def function_code(self) -> int:
        """Return the read function of the space (Modbus Application Protocol V1.1b3, 6.1-6.4)."""
        return {Space.COIL: 1, Space.DISCRETE: 2, Space.HOLDING: 3, Space.INPUT: 4}[self]

    @property
    def twin(self) -> Space:
        """Return the space that is taken for it by mistake: holding and input, coil and discrete."""
        pairs = {Space.COIL: Space.DISCRETE, Space.HOLDING: Space.INPUT}
        return (pairs | {other: one for one, other in pairs.items()})[self]

    @property
    def protocol_limit(self) -> int:
        """Return the most addresses one read may ask for by the protocol."""
        return 2000 if self.is_bits else 125


class DataType(StrEnum):
    """How words become a number."""

    BIT = "bit"
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U48 = "u48"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    BCD48 = "bcd48"
    BCD64 = "bcd64"
    U32_F32 = "u32_f32"
    """A whole number, and behind it its fraction as a float: counters that keep their last digits so."""
    I32_F32 = "i32_f32"

    @property
    def width(self) -> int:
        """Return how many addresses a value of this type takes."""
        if self.is_joined:
            return 4
        return 1 if self is DataType.BIT else int(self.value.lstrip("uifbcd")) // 16

    @property
    def is_float(self) -> bool:
        """Say whether the raw number is, or ends in, an IEEE 754 float."""
        return self in (DataType.F32, DataType.F64) or self.is_joined

    @property
    def is_joined(self) -> bool:
        """Say whether two numbers make one; word and byte order hold in each of them."""
        return self in (DataType.U32_F32, DataType.I32_F32)

    @property
    def is_bcd(self) -> bool:
        """Say whether each nibble is a decimal digit."""
        return self.value.startswith("bcd")


KINDS = (
    "electricity_meter",
    "gas_meter",
    "volume_corrector",
    "mass_flow_meter",
    "pv_inverter",
    "heat_meter",
    "analog_input",
    "production_counter",
)
"""What a device may be, in the order of the library's pages."""


class Order(StrEnum):
    """BIG: most significant first. Word order and byte order (inside a word) are two things."""

    BIG = "big"
    LITTLE = "little"


class Reference(StrEnum):
    """Conditions that a gas volume is given at."""

    ACTUAL = "actual"
    AT_20C = "20C"
    AT_15C = "15C"
    AT_0C = "0C"
    CONFIGURED = "configured"
    """A setting of the corrector: the plant file must say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One value on a device. value = (raw * scale * 10**sf + offset), given in `unit`."""

    name: str
    space: Space
    address: int
    """As on the wire: the 0-based address in the request."""
    type: DataType
    unit: str
    word_order: Order = Order.BIG
    byte_order: Order = Order.BIG
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    scale_register: str | None = None
    """Name of the register whose raw i16 is the power of ten (SunSpec sunssf)."""
    not_available: frozenset[int] = frozenset()
    """Raw unsigned patterns that mean "no value"."""
    is_counter: bool = False
    """A cumulative register: the truth for energy, volume and production."""
    modulus: int | None = None
    """Raw count at which a counter starts again from 0; None where the source does not say."""
    reference: Reference | None = None
    label: Mapping[str, str] = field(default_factory=dict)
    """Language tag -> name for people."""
    page: str = ""
    rated_max: Fraction | None = None
    """Most that the device's rating allows, in `unit`; of a counter, per hour."""
    overlaps: frozenset[str] = frozenset()
    """Names of registers that show the same words in another way, as the manual says."""
    model: int | None = None
    """SunSpec model: `address` then counts from the model's first word (its id) and the device says where."""

    @property
    def end(self) -> int:
        """Return the address after the last one of this register."""
        return self.address + self.type.width

    @property
    def canonical_unit(self) -> str:
        """Return the unit of the readings made from this register."""
        return CONVERSIONS[self.unit].canonical

    @property
    def is_point(self) -> bool:
        """Say whether readings are made of it (a scale factor only serves others)."""
        return self.unit != SCALE_FACTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableRange:
    """Addresses [first, end) of a space that one read may sweep, holes included."""

    space: Space
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Words by which a device says what it is: `words` as they are, or `text` somewhere in their ASCII."""

    space: Space
    address: int
    count: int
    words: tuple[int, ...] = ()
    text: str = ""
    model: int | None = None
    """As of a register."""
    page: str = ""

    def matches(self, answer: bytes) -> bool:
        """Say whether the answer to a read of these words is this device's."""
        if self.words:
            return answer == b"".join(word.to_bytes(2, "big") for word in self.words)
        return self.text.encode("ascii") in answer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """One type of meter: what it offers and how it wants to be asked."""

    id: str
    maker: str
    model: str
    kind: str
    manual: str
    source: str
    hardware: str
    """"unverified", or who verified it on what."""
    registers: tuple[Register, ...]
    readable: tuple[ReadableRange, ...] = ()
    max_block: int = 125
    """Most words one read may ask for (words only; bits keep the protocol's limit)."""
    pause_s: float = 0.0
    """Rest between two requests to the device."""
    connect_pause_s: float = 0.0
    """Rest between opening the connection and the first request."""
    revision: str = ""
    """Edition of the manual, or the commit of the source."""
    factory: str = ""
    """How it leaves the maker: serial settings, unit id, TCP port."""
    notes: tuple[str, ...] = ()
    """Doubts and conditions that whoever uses it should know, a sentence each."""
    identities: tuple[Identity, ...] = ()
    """All must match; without any it is known by plausibility alone."""

    @property
    def points(self) -> tuple[Register, ...]:
        """Return the registers that readings are made of."""
        return tuple(register for register in self.registers if register.is_point)
