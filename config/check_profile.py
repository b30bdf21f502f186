"""What can be wrong in a profile whose tables are well formed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from config.codes import error, suggest
from config.profile_tables import IdentityTable, ProfileFile, ReadableTable, RegisterTable, modulus_of
from domain.findings import Finding
from domain.registers import DataType, Space
from domain.units import CONVERSIONS, SCALE_FACTOR
from domain.wire import ID_PATTERN

ADDRESSES = 65536
"""Modbus Application Protocol V1.1b3, 4.4: addresses are 0..65535."""
_CUMULATIVE = {"kWh", "kvarh", "kVAh", "m3", "t", "m", "m2", "pcs", "h", "1", "code"}
_VOLUMES = {"m3", "m3/h"}


def check_profile(file: ProfileFile, origin: str) -> Iterator[Finding]:
    """Give the findings of one profile; their keys begin with `origin`."""
    profile_id = file.profile.id
    if profile_id is not None and not ID_PATTERN.fullmatch(profile_id):
        remedy = "use letters, digits, _ and -, at most 64"
        yield error("config.bad_id", f"{origin}profile.id", "is not an id", remedy)
    if not file.registers:
        yield error("config.missing_key", f"{origin}registers", "is missing", "add [[registers]]")
    for index, readable in enumerate(file.readable):
        yield from _check_readable(readable, f"{origin}readable[{index}]")
    for index, register in enumerate(file.registers):
        key = f"{origin}registers[{index}]"
        yield from _check_place(register, file, key)
        yield from _check_meaning(register, key)
        yield from _check_scale_register(register, file, key)
        yield from _check_raw(register, key)
    for index, identity in enumerate(file.identity):
        yield from _check_identity(identity, file.profile.max_block, f"{origin}identity[{index}]")
    yield from _check_names(file, origin)
    yield from _check_overlaps(file, origin)


def width_of(register: RegisterTable) -> int:
    """Return how many addresses a register takes, 1 where its type is not known."""
    return DataType(register.type).width if register.type else 1


def _check_readable(readable: ReadableTable, key: str) -> Iterator[Finding]:
    if readable.first is None or readable.last is None:
        return
    if readable.last < readable.first:
        problem = f"ends at {readable.last}, before it begins at {readable.first}"
        yield error("profile.readable", key, problem, "last is inclusive and at least first")
    for name, address in (("first", readable.first), ("last", readable.last)):
        if not 0 <= address < ADDRESSES:
            problem = f"{address} is not an address"
            remedy = "use the 0-based address as on the wire, 0..65535"
            yield error("profile.address_range", f"{key}.{name}", problem, remedy)


def _check_identity(identity: IdentityTable, max_block: int, key: str) -> Iterator[Finding]:
    count = len(identity.words) or identity.count or 1
    if bool(identity.words) == bool(identity.text):
        remedy = "give the words as numbers, or a text and the count of words to look for it in"
        yield error("profile.bad_identity", key, "needs either words or text", remedy)
    if identity.text and (identity.count is None or not identity.text.isascii()):
        problem = "is no ASCII text with a count of words"
        yield error("profile.bad_identity", key, problem, 'write text = "SUN2000" and count = 15')
    elif len(identity.text) > 2 * count:
        problem = f"{identity.text!r} does not fit in {count} words of two letters each"
        yield error("profile.bad_identity", f"{key}.count", problem, "correct the text or the count of words")
    if identity.model is not None and identity.space not in (None, "holding"):
        problem = f"is in {identity.space}, and SunSpec models are in holding registers"
        yield error(
            "profile.model_space", f"{key}.space", problem, 'use space = "holding", or take model out'
        )
    if count > max_block:
        problem = f"takes {count} words, and one read may ask for {max_block}"
        yield error("profile.max_block", key, problem, "name fewer words, or correct max_block")
    if identity.address is not None and not 0 <= identity.address <= ADDRESSES - count:
        problem = f"{identity.address} to {identity.address + count - 1} is outside 0..65535"
        remedy = "use the 0-based address as on the wire, 0..65535"
        yield error("profile.address_range", f"{key}.address", problem, remedy)


def _check_place(register: RegisterTable, file: ProfileFile, key: str) -> Iterator[Finding]:
    width = width_of(register)
    if register.space is None:
        return
    if register.model is not None and register.space != "holding":
        problem = f"is in {register.space}, and SunSpec models are in holding registers"
        yield error(
            "profile.model_space", f"{key}.space", problem, 'use space = "holding", or take model out'
        )
        return
    if Space(register.space).is_bits and register.type not in (None, "bit"):
        problem = f"is {register.type} in the space {register.space}, which holds single bits"
        remedy = 'use type = "bit", or space = "holding" or "input"'
        yield error("profile.type_of_space", f"{key}.type", problem, remedy)
        return
    if width > file.profile.max_block and not Space(register.space).is_bits:
        problem = f"takes {width} words, and one read may ask for {file.profile.max_block}"
        remedy = "correct max_block or the type"
        yield error("profile.max_block", key, problem, remedy)
    if register.address is None:
        return
    if register.address < 0 or register.address + width > ADDRESSES:
        problem = f"{register.address} to {register.address + width - 1} is outside 0..65535"
        remedy = "use the 0-based address as on the wire: 40001 in a manual is holding 0"
        yield error("profile.address_range", f"{key}.address", problem, remedy)
        return
    yield from _check_reachable(register, register.address, width, file, key)


def _check_reachable(
    register: RegisterTable, address: int, width: int, file: ProfileFile, key: str
) -> Iterator[Finding]:
    """Outside all ranges a register is read alone; across an edge it can be read in no way."""
    if register.model is not None:
        return  # the device says how long its model is
    last = address + width - 1
    ranges = [
        (readable.first, readable.last)
        for readable in file.readable
        if readable.space == register.space and readable.first is not None and readable.last is not None
    ]
    if any(low <= address and last <= high for low, high in ranges):
        return
    for low, high in ranges:
        if address <= high and low <= last:
            problem = f"{address}..{last} is only partly in the readable range {low}..{high}"
            remedy = "correct the address or the type, or widen the range as the manual allows"
            yield error("profile.across_range", f"{key}.address", problem, remedy)


def _check_meaning(register: RegisterTable, key: str) -> Iterator[Finding]:
    if register.unit is None:
        return
    if register.unit not in CONVERSIONS:
        problem = f"{register.unit!r} is not a unit the agent knows"
        yield error("profile.unknown_unit", f"{key}.unit", problem, suggest(register.unit, CONVERSIONS))
        return
    canonical = CONVERSIONS[register.unit].canonical
    if register.counter is not None and canonical not in _CUMULATIVE:
        problem = f"is a counter of {register.unit}, which does not add up"
        remedy = "take counter out, or correct the unit (kWh, not kW)"
        yield error("profile.impossible_counter", f"{key}.counter", problem, remedy)
    if register.reference is not None and canonical not in _VOLUMES:
        problem = f"is given for {register.unit}, which is no gas volume"
        remedy = "take reference out, or correct the unit"
        yield error("profile.impossible_reference", f"{key}.reference", problem, remedy)
    if register.rated_max is not None and register.rated_max <= 0:
        remedy = "write the most that the device can show, of a counter the most it can rise in an hour"
        yield error("profile.bad_rated_max", f"{key}.rated_max", "is not above 0", remedy)
    if register.scale == 0:
        remedy = "write the factor from raw number to unit, such as 0.1"
        yield error("profile.bad_scale", f"{key}.scale", "is 0, which makes every value 0", remedy)


def _check_scale_register(register: RegisterTable, file: ProfileFile, key: str) -> Iterator[Finding]:
    if register.unit == SCALE_FACTOR and (
        register.type not in (None, "i16")
        or register.scale_register
        or register.counter
        or register.scale != 1
        or register.offset != 0
    ):
        problem = "is a scale factor and not a plain i16"
        yield error("profile.bad_scale_register", key, problem, 'use type = "i16" and nothing else')
    if register.scale_register is None:
        return
    named = {other.name: other for other in file.registers if other.name is not None}
    scale = named.get(register.scale_register)
    if scale is None:
        known = [name for name, other in named.items() if other.unit == SCALE_FACTOR]
        problem = f"{register.scale_register!r} is not a register of this profile"
        remedy = suggest(register.scale_register, known)
        yield error("profile.unknown_scale_register", f"{key}.scale_register", problem, remedy)
    elif scale.unit not in (None, SCALE_FACTOR):
        problem = f"{register.scale_register!r} is in {scale.unit}, so it is no power of ten"
        remedy = f'give that register unit = "{SCALE_FACTOR}", or name another'
        yield error("profile.bad_scale_register", f"{key}.scale_register", problem, remedy)
    elif not _fit_one_read(register, scale, file):
        problem = f"{scale.name} at {scale.address} cannot always be read together with {register.address}"
        remedy = (
            "a factor that changes between two reads gives wrong values: both must fit one block, "
            "side by side or inside one [[readable]] range"
        )
        yield error("profile.scale_apart", f"{key}.scale_register", problem, remedy)


def _fit_one_read(register: RegisterTable, scale: RegisterTable, file: ProfileFile) -> bool:
    if register.address is None or scale.address is None:
        return True
    first = min(register.address, scale.address)
    end = max(register.address + width_of(register), scale.address + width_of(scale))
    is_same_place = (register.space, register.model) == (scale.space, scale.model)
    return is_same_place and end - first <= file.profile.max_block and _may_sweep(register, first, end, file)


def _may_sweep(register: RegisterTable, first: int, end: int, file: ProfileFile) -> bool:
    """Say whether one read may give both whatever else is read: what lies between need not be wanted."""
    if register.model is not None:
        return True
    ranges = [
        (readable.first, readable.last + 1)
        for readable in file.readable
        if readable.space == register.space and readable.first is not None and readable.last is not None
    ]
    if any(low <= first and end <= high for low, high in ranges):
        return True
    is_cut = any(first < edge < end for pair in ranges for edge in pair)
    return not is_cut and end - first == width_of(register) + 1


def _check_raw(register: RegisterTable, key: str) -> Iterator[Finding]:
    """Check what is given as raw numbers: the modulus and the not-available patterns."""
    bits = 1 if register.type == "bit" else 16 * width_of(register)
    if register.counter is not None:
        yield from _check_modulus(register, bits, f"{key}.counter.modulus")
    if register.type is None:
        return
    for index, pattern in enumerate(register.not_available):
        if not 0 <= pattern < 2**bits:
            problem = f"does not fit in {bits} bits"
            remedy = "write the raw words as one unsigned number, such as 0x8000"
            yield error("profile.bad_pattern", f"{key}.not_available[{index}]", problem, remedy)


def _check_modulus(register: RegisterTable, bits: int, key: str) -> Iterator[Finding]:
    text = register.counter.modulus if register.counter else "none"
    try:
        modulus = modulus_of(text)
    except ValueError:
        problem = "is not a modulus"
        remedy = 'write "2^16", "2^32", "2^64", "10^8" or the like, or "none" where it is not known'
        yield error("profile.bad_modulus", key, problem, remedy)
        return
    if modulus is None or register.type is None or DataType(register.type).is_float:
        return
    most = 10 ** (bits // 4) if DataType(register.type).is_bcd else 2**bits
    if modulus > most:
        problem = f"{text} is more than {register.type} can count"
        remedy = "correct the modulus or the type"
        yield error("profile.bad_modulus", key, problem, remedy)


def _check_names(file: ProfileFile, origin: str) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, register in enumerate(file.registers):
        if register.name is None:
            continue
        key = f"{origin}registers[{index}].name"
        if not ID_PATTERN.fullmatch(register.name):
            remedy = "use letters, digits, _ and -, at most 64: it becomes a point's name"
            yield error("profile.bad_name", key, "is not a name", remedy)
        elif register.name in seen:
            problem = f"{register.name!r} is also the name of registers[{seen[register.name]}]"
            yield error("profile.duplicate_register", key, problem, "give one of them another name")
        else:
            seen[register.name] = index


def _check_overlaps(file: ProfileFile, origin: str) -> Iterator[Finding]:
    """Find addresses that two registers claim though neither says that they show the same words."""
    placed = sorted(
        (register.space, register.model or 0, register.address, index)
        for index, register in enumerate(file.registers)
        if register.space is not None and register.address is not None
    )
    for place, (space, model, address, index) in enumerate(placed):
        register = file.registers[index]
        for where, which, start, before in reversed(placed[:place]):
            other = file.registers[before]
            if (where, which) != (space, model) or start + 4 <= address:
                break
            if start + width_of(other) <= address or _are_declared(register, other):
                continue
            problem = f"address {address} is also part of registers[{before}] ({other.name} at {start})"
            remedy = "correct the address or the type of one of them, or say overlaps where both are meant"
            yield error("profile.overlap", f"{origin}registers[{index}].address", problem, remedy)
    names = {register.name for register in file.registers}
    for index, register in enumerate(file.registers):
        for name in register.overlaps:
            if name not in names:
                problem = f"{name!r} is not a register of this profile"
                key = f"{origin}registers[{index}].overlaps"
                yield error("profile.unknown_overlap", key, problem, suggest(name, [n for n in names if n]))


def _are_declared(one: RegisterTable, other: RegisterTable) -> bool:
    return one.name in other.overlaps or other.name in one.overlaps
