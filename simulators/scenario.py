"""What goes wrong and when: effects read from scenarios/*.toml, applied to a truth and to devices.

[[effects]]                  kind       needs                  may have
kind = "exchange"            drift      line, percent          to
device = "gas_coil"          wrap       device, register       headroom
register = "volume_actual"   exchange   device, register       new_start, old_final, declared
from = "+2h30m"              stuck      device                 register, to
                             outage     device or link         to
                             slow       device, delay_s        to
                             hostile    device, behaviour      to, delay_s, code, extra
                             rescale    device                 register, to, by, every_s
`from` and `to` are instants with a zone (2026-03-01T00:00:00+08:00) or offsets from the plant's first start:
"+1d2h30m5s" lies after it, "-9d17h" before, in the history that a demo begins with. Later starts of a demo
keep the first one. An exchange with `declared = true` was written down: a demo puts it in the ledger.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from simulators.effects import FOR_EVER
from simulators.hostile import Hostility, Kind

_WINDOW = frozenset({"kind", "from", "to"})
_REQUIRED: dict[str, frozenset[str]] = {
    "drift": frozenset({"line", "percent"}),
    "wrap": frozenset({"device", "register"}),
    "exchange": frozenset({"device", "register"}),
    "stuck": frozenset({"device"}),
    "outage": frozenset(),
    "slow": frozenset({"device", "delay_s"}),
    "hostile": frozenset({"device", "behaviour"}),
    "rescale": frozenset({"device"}),
}
_OPTIONAL: dict[str, frozenset[str]] = {
    "wrap": frozenset({"headroom"}),
    "exchange": frozenset({"new_start", "old_final", "declared"}),
    "stuck": frozenset({"register"}),
    "outage": frozenset({"device", "link"}),
    "hostile": frozenset({"delay_s", "code", "extra"}),
    "rescale": frozenset({"register", "by", "every_s"}),
}
_TEXTS = frozenset({"kind", "line", "device", "link", "register", "behaviour"})
_SWITCHES = frozenset({"declared"})
_OFFSET = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_LINES = ("coil", "sheet")
When = str | datetime


class ScenarioError(ValueError):
    """Name the key, what is wrong and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that happens in [since, until)."""

    kind: str
    since: When = "+0s"
    until: When | None = None
    line: str = ""
    device: str = ""
    link: str = ""
    register: str = ""
    percent: float = 0.0
    headroom: float = 1.0
    """How far below its modulus a wrapping counter starts, canonical unit."""
    new_start: float = 0.0
    old_final: float | None = None
    declared: bool = False
    """An exchange that is in the ledger."""
    delay_s: float = 0.0
    behaviour: Kind | None = None
    code: int = 4
    extra: int = 5
    by: int = 1
    """Powers of ten by which a scale factor is away from its own."""
    every_s: float = 1.0
    """It is so in every second span of this length."""

    def window(self, start_ms: int) -> tuple[int, int]:
        """Return [since, until) as instants for a scenario that starts at an instant."""
        until = FOR_EVER if self.until is None else _instant(self.until, start_ms)
        return _instant(self.since, start_ms), until

    @property
    def hostility(self) -> Hostility | None:
        """Return the behaviour on the wire, where the effect is one."""
        if self.kind == "outage":
            return Hostility(kind=Kind.SILENT)
        if self.behaviour is None:
            return None
        return Hostility(kind=self.behaviour, delay_s=self.delay_s, code=self.code, extra=self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A named set of effects; empty: an honest plant."""

    title: str = "honest"
    effects: tuple[Effect, ...] = ()


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; ScenarioError for the first fault."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name}: is not TOML: {error}") from error
    return parse_scenario(tables, path.stem)


def shipped_scenario(name: str) -> Scenario:
    """Return a scenario that lies beside this module, by its name without .toml."""
    return load_scenario(Path(__file__).parent / "scenarios" / f"{name}.toml")


def parse_scenario(tables: Mapping[str, object], name: str = "scenario") -> Scenario:
    """Return a scenario from parsed TOML; ScenarioError for the first fault."""
    for key in tables:
        if key not in ("title", "effects"):
            raise ScenarioError(f"{name}: {key}: {_unknown(key, ('title', 'effects'))}")
    effects = tables.get("effects", [])
    if not isinstance(effects, list):
        raise ScenarioError(f"{name}: effects: is no list; write [[effects]]")
    parsed = tuple(_effect(f"{name}: effects[{place}]", table) for place, table in enumerate(effects))
    return Scenario(title=str(tables.get("title", name)), effects=parsed)


def _effect(where: str, table: Mapping[str, object]) -> Effect:
    kind = str(table.get("kind", ""))
    if kind not in _REQUIRED:
        raise ScenarioError(f"{where}.kind: {_unknown(kind, tuple(_REQUIRED))}")
    allowed = _WINDOW | _REQUIRED[kind] | _OPTIONAL.get(kind, frozenset())
    for key, value in table.items():
        if key not in allowed:
            raise ScenarioError(f"{where}.{key}: {_unknown(key, tuple(sorted(allowed)))}")
        _check_type(f"{where}.{key}", key, value)
    for key in sorted(_REQUIRED[kind]):
        if key not in table:
            raise ScenarioError(f"{where}.{key}: is missing; {kind} needs it")
    if kind == "outage" and ("device" in table) == ("link" in table):
        raise ScenarioError(f"{where}: give one of device and link")
    if kind == "drift" and table["line"] not in _LINES:
        raise ScenarioError(f"{where}.line: {_unknown(str(table['line']), _LINES)}")
    plain = {key: value for key, value in table.items() if key not in ("from", "to", "behaviour")}
    return Effect(
        since=_when(f"{where}.from", table.get("from", "+0s")),
        until=_when(f"{where}.to", table["to"]) if "to" in table else None,
        behaviour=_behaviour(where, table.get("behaviour")),
        **plain,  # type: ignore[arg-type]
    )


def _check_type(where: str, key: str, value: object) -> None:
    if key in ("from", "to"):
        return
    if key in _TEXTS:
        if not isinstance(value, str):
            raise ScenarioError(f"{where}: is no text; write it in quotes")
    elif key in _SWITCHES:
        if not isinstance(value, bool):
            raise ScenarioError(f"{where}: is neither true nor false; write true without quotes")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(f"{where}: is no number; write it without quotes")


def _behaviour(where: str, value: object) -> Kind | None:
    if value is None:
        return None
    kinds = tuple(str(kind) for kind in Kind)
    if value not in kinds:
        raise ScenarioError(f"{where}.behaviour: {_unknown(str(value), kinds)}")
    return Kind(str(value))


def _when(where: str, value: object) -> When:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, str) and len(value) > 1 and _OFFSET.fullmatch(value):
        return value
    raise ScenarioError(
        f'{where}: {value!r} is no instant; write an offset as "+1d2h30m5s" or "-9d17h",'
        " or 2026-03-01T00:00:00+08:00"
    )


def _instant(when: When, start_ms: int) -> int:
    if isinstance(when, datetime):
        return round(when.timestamp() * 1000)
    found = _OFFSET.fullmatch(when)
    if found is None:
        raise ScenarioError(f'{when!r} is no offset; write "+1d2h30m5s"')
    sign, *parts = found.groups()
    sizes = (86_400_000, 3_600_000, 60_000, 1000)
    offset = round(sum(float(part or 0) * size for part, size in zip(parts, sizes, strict=True)))
    return start_ms + (offset if sign == "+" else -offset)


def _unknown(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word, known, n=1)
    cure = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
    return f"{word!r} is unknown; {cure}"
