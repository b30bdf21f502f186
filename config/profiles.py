"""Profile files -> domain.registers.DeviceProfile, exact to the last decimal.

A profile is one TOML file: `[profile]`, `[[identity]]`, `[[readable]]` ranges (last inclusive) and
`[[registers]]`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from config.check_profile import check_profile
from config.codes import error
from config.profile_tables import IdentityTable, ProfileFile, RegisterTable, fraction_of, modulus_of
from config.tables import given, missing_keys, validate
from config.toml_file import read_toml
from domain.findings import Finding
from domain.registers import (
    DataType,
    DeviceProfile,
    Identity,
    Order,
    ReadableRange,
    Reference,
    Register,
    Space,
)
from domain.sunspec import missing_patterns

BUILT_IN = Path(__file__).parent / "profiles"
"""The profiles that come with the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All profiles that were found, and what was wrong with others."""

    profiles: dict[str, DeviceProfile] = field(default_factory=dict)
    shelved: frozenset[str] = frozenset()
    """Ids of the library that nobody wanted: their files were not read."""
    faulty: frozenset[str] = frozenset()
    """Ids, and names of files whose id is not known, that a finding is about."""
    findings: tuple[Finding, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Return every id a device may name."""
        return tuple(sorted({*self.profiles, *self.shelved}))


def load_catalogue(folders: Sequence[Path], wanted: Collection[str] | None = None) -> Catalogue:
    """Return the profiles of all folders; the first of two equal ids is kept and the second a finding.

    Of the library only what is `wanted` is read, everything by default: its files are named by their ids,
    and reading all of them takes half a second.
    """
    profiles: dict[str, DeviceProfile] = {}
    origin: dict[str, Path] = {}
    faulty: set[str] = set()
    findings: list[Finding] = []
    paths = [path for folder in folders for path in _files(folder)]
    shelved = {
        path.stem: path
        for path in paths
        if wanted is not None and path.parent == BUILT_IN and path.stem not in wanted
    }
    for path in paths:
        if shelved.get(path.stem) == path:
            continue
        profile, found = read_profile(path)
        findings += found
        if profile is None:
            faulty |= _names(path)
        elif profile.id in profiles or profile.id in shelved:
            problem = f"{profile.id!r} is also the id of {origin.get(profile.id) or shelved[profile.id]}"
            remedy = "give the new profile another id"
            findings.append(error("profile.duplicate", f"{path.name}: profile.id", problem, remedy))
        else:
            profiles[profile.id] = profile
            origin[profile.id] = path
    return Catalogue(
        profiles=profiles, shelved=frozenset(shelved), faulty=frozenset(faulty), findings=tuple(findings)
    )


def read_profile(path: Path) -> tuple[DeviceProfile | None, tuple[Finding, ...]]:
    """Return (profile, ()) or (None, every fault of the file); keys begin with the file's name."""
    if path.parent == BUILT_IN and path.exists():
        return _read_shipped(path, path.stat().st_mtime_ns)
    return _read(path)


@functools.cache
def _read_shipped(path: Path, changed_ns: int) -> tuple[DeviceProfile | None, tuple[Finding, ...]]:
    """Read a file of the library once a process, unless it is changed."""
    return _read(path)


def _read(path: Path) -> tuple[DeviceProfile | None, tuple[Finding, ...]]:
    raw, findings = read_toml(path, path.name, parse_float=Decimal)
    if raw is None:
        return None, findings
    file, faults, _ = validate(ProfileFile, raw)
    origin = f"{path.name}: "
    wrong = [fault.key for fault in faults]
    faults += tuple(fault for fault in missing_keys(file) if not any(covers(key, fault.key) for key in wrong))
    found = [error(fault.code, f"{origin}{fault.key}", fault.problem, fault.remedy) for fault in faults]
    found += check_profile(file, origin)
    return (None, tuple(found)) if found else (_profile(file), ())


def covers(key: str, other: str) -> bool:
    """Say whether `other` is the key itself or lies below it."""
    return other == key or other.startswith((f"{key}.", f"{key}["))


def _files(folder: Path) -> list[Path]:
    """Return the TOML files of a folder; a folder that is not there is found by the check of settings."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except (OSError, ValueError):
        return []


def _names(path: Path) -> set[str]:
    """Return the ids a faulty file may stand for."""
    raw, _ = read_toml(path, path.name, parse_float=Decimal)
    table = (raw or {}).get("profile")
    name = table.get("id") if isinstance(table, dict) else None
    return {path.stem, name} if isinstance(name, str) else {path.stem}


def _profile(file: ProfileFile) -> DeviceProfile:
    table = file.profile
    return DeviceProfile(
        id=given(table.id),
        maker=given(table.maker),
        model=given(table.model),
        kind=given(table.kind),
        manual=given(table.manual),
        source=given(table.source),
        hardware=table.hardware,
        registers=tuple(_register(register) for register in file.registers),
        readable=tuple(
            ReadableRange(
                space=Space(given(readable.space)), first=given(readable.first), end=given(readable.last) + 1
            )
            for readable in file.readable
        ),
        max_block=table.max_block,
        pause_s=table.pause_s,
        connect_pause_s=table.connect_pause_s,
        revision=table.revision,
        factory=table.factory,
        notes=tuple(table.notes),
        identities=tuple(_identity(identity) for identity in file.identity),
    )


def _identity(table: IdentityTable) -> Identity:
    return Identity(
        space=Space(given(table.space)),
        address=given(table.address),
        count=len(table.words) or given(table.count),
        words=tuple(table.words),
        text=table.text,
        model=table.model,
        page=table.page,
    )


def _register(table: RegisterTable) -> Register:
    kind, is_counter = DataType(given(table.type)), table.counter is not None
    missing = frozenset(table.not_available)
    if table.model is not None and not missing:
        missing = missing_patterns(kind, is_counter=is_counter)
    return Register(
        name=given(table.name),
        space=Space(given(table.space)),
        address=given(table.address),
        type=kind,
        unit=given(table.unit),
        word_order=Order(table.word_order),
        byte_order=Order(table.byte_order),
        scale=fraction_of(table.scale),
        offset=fraction_of(table.offset),
        scale_register=table.scale_register,
        not_available=missing,
        is_counter=is_counter,
        modulus=modulus_of(table.counter.modulus) if table.counter else None,
        reference=Reference(table.reference) if table.reference else None,
        label=dict(table.label),
        page=table.page,
        rated_max=fraction_of(table.rated_max) if table.rated_max is not None else None,
        overlaps=frozenset(table.overlaps),
        model=table.model,
    )
