"""The page of a profile, Markdown made from its file: what it reads, from which source, at what cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collector.blocks import Block, plan_blocks
from domain.registers import KINDS, DataType, DeviceProfile, Identity, Order, Reference, Register

KIND_TITLES = {
    "electricity_meter": "Electricity meters",
    "gas_meter": "Gas meters",
    "volume_corrector": "Volume correctors and flow computers",
    "mass_flow_meter": "Mass flow meters",
    "pv_inverter": "PV inverters",
    "heat_meter": "Heat meters",
    "analog_input": "Input modules and controllers",
    "production_counter": "PLC counters",
}
_ORDERS = {
    (Order.BIG, Order.BIG): "ABCD",
    (Order.LITTLE, Order.BIG): "CDAB",
    (Order.BIG, Order.LITTLE): "BADC",
    (Order.LITTLE, Order.LITTLE): "DCBA",
}
"""(word order, byte order) -> how makers write it."""


def profile_page(profile: DeviceProfile) -> str:
    """Return the page of one profile."""
    return "\n".join(_lines(profile)) + "\n"


def index_page(profiles: Iterable[DeviceProfile]) -> str:
    """Return the list of all profiles, by kind and maker, each with the way to its page."""
    known = sorted(profiles, key=lambda profile: (profile.maker.lower(), profile.id))
    lines = [
        "# The profile library",
        "",
        f"{len(known)} profiles come with the agent, each with a page made from its file "
        "(`make profile-pages`). Every register is traced to the source that its page names; none was tried "
        "on hardware unless the page says so. Using one, writing one: [add a meter](../add-a-meter.md).",
    ]
    for kind in KINDS:
        members = [profile for profile in known if profile.kind == kind]
        if not members:
            continue
        lines += ["", f"## {KIND_TITLES[kind]}", "", "| Maker | Model | Profile | Values | Reads a poll |"]
        lines.append("|---|---|---|---|---|")
        for each in members:
            reads = _reads_text(each)
            lines.append(
                f"| {_cell(each.maker)} | {_cell(each.model)} | [`{each.id}`]({each.id}.md) "
                f"| {len(each.points)} | {reads} |"
            )
    return "\n".join(lines) + "\n"


def order_text(register: Register) -> str:
    """Return word and byte order as makers write them; "" where there is only one."""
    if register.space.is_bits or register.type is DataType.BIT:
        return ""
    if register.type.width == 1 and register.byte_order is Order.BIG:
        return ""
    return _ORDERS[register.word_order, register.byte_order]


def place_text(register: Register | Identity) -> str:
    """Return where a register is: its address on the wire, or its offset in a SunSpec model."""
    if register.model is not None:
        return f"model {register.model} +{register.address}"
    return f"{register.space.value} {register.address} (0x{register.address:04X})"


def _lines(profile: DeviceProfile) -> Iterator[str]:
    yield f"# {profile.maker} {profile.model}"
    yield ""
    yield f"Profile `{profile.id}`, made from `config/profiles/{profile.id}.toml`."
    yield ""
    verified = "unverified on hardware" if profile.hardware == "unverified" else profile.hardware
    yield f"- Kind: {profile.kind.replace('_', ' ')}"
    yield f"- Manual: {profile.manual}"
    yield f"- Edition: {profile.revision or 'not stated'}"
    yield f"- Source of the register map: {profile.source}"
    yield f"- Verification: {verified}"
    if profile.factory:
        yield f"- As it leaves the maker: {profile.factory}"
    yield f"- One read may ask for: {profile.max_block} words"
    if profile.pause_s:
        yield f"- Rest between two requests: {profile.pause_s:g} s"
    if profile.connect_pause_s:
        yield f"- Rest after opening a connection: {profile.connect_pause_s:g} s"
    yield f"- Recognised by: {_recognised(profile)}"
    yield ""
    yield "## Values"
    yield ""
    yield "| Point | 中文 | English | Where | Type | Unit | Counter | Source |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from (_row(register) for register in profile.registers)
    yield ""
    yield "## Reads"
    yield ""
    yield from reads_of(profile)
    if profile.notes:
        yield ""
        yield "## Know before use"
        yield ""
        yield from (f"- {note}" for note in profile.notes)
    yield ""
    yield "## In the plant file"
    yield ""
    yield from _example(profile)


def _recognised(profile: DeviceProfile) -> str:
    if not profile.identities:
        return "the plausibility of its values alone; the source names no identification register"
    return "; ".join(_identity_text(identity) for identity in profile.identities)


def _identity_text(identity: Identity) -> str:
    place = place_text(identity)
    if identity.words:
        return f"{place} = {' '.join(f'0x{word:04X}' for word in identity.words)}"
    return f'"{identity.text}" in {place}, {identity.count} words'


def _row(register: Register) -> str:
    scale = "" if register.scale == 1 else f" x {float(register.scale):g}"
    by = f" x 10^{register.scale_register}" if register.scale_register else ""
    kind = " ".join(part for part in (register.type.value, order_text(register)) if part)
    unit = register.unit if register.is_point else "power of ten"
    if register.reference is not None:
        unit += f" at {register.reference.value}"
    cells = (
        f"`{register.name}`",
        register.label.get("zh", ""),
        register.label.get("en", ""),
        place_text(register),
        f"{kind}{scale}{by}",
        unit,
        _counter_text(register),
        register.page,
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _counter_text(register: Register) -> str:
    said = []
    if register.is_counter:
        said.append("counts" if register.modulus is None else f"wraps at {register.modulus:,} counts")
    if register.rated_max is not None:
        per = "/h" if register.is_counter else ""
        said.append(f"rated {float(register.rated_max):g} {register.unit}{per}")
    if register.overlaps:
        said.append(f"same words as {', '.join(sorted(register.overlaps))}")
    return "; ".join(said)


def reads_of(profile: DeviceProfile) -> Iterator[str]:
    """Give the sentences that say what a poll costs."""
    blocks = plan_blocks(profile)
    if any(register.model is not None for register in profile.registers):
        yield "The device says where its SunSpec models are; each model that is there is one read a poll."
        return
    said = ", ".join(_block_text(block) for block in blocks)
    yield f"{_reads_text(profile)} a poll for all values: {said}."


def _reads_text(profile: DeviceProfile) -> str:
    models = {register.model for register in profile.registers if register.model is not None}
    if models:
        return f"{len(models)} at most"
    count = len(plan_blocks(profile))
    return f"{count} read{'' if count == 1 else 's'}"


def _block_text(block: Block) -> str:
    return f"{block.space.value} {block.first}..{block.first + block.count - 1}"


def _example(profile: DeviceProfile) -> Iterator[str]:
    configured = next((r for r in profile.points if r.reference is Reference.CONFIGURED), None)
    yield "```toml"
    yield "[[devices]]"
    yield f'id = "my_{profile.kind}"'
    yield 'link = "my_link"'
    yield "unit_id = 1"
    yield f'profile = "{profile.id}"'
    if configured is not None:
        yield ""
        yield "[[points]]"
        yield f'point = "my_{profile.kind}.{configured.name}"'
        yield 'reference = "20C" # as the corrector is set: 20C, 15C, 0C'
    yield "```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
