"""Documents of a bundle, JSON or TOML: decoded strictly, every fault with the key it is at."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from config.codes import suggest
from domain.errors import ConfigError
from domain.findings import Finding

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fault(folder: Path, key: str, problem: str, remedy: str, *, code: str = "bundle.faulty") -> ConfigError:
    """Return the error that names one fault of a bundle."""
    return ConfigError(str(folder), (Finding(code=code, key=key, problem=problem, remedy=remedy),))


def document(folder: Path, name: str, kind: type[T]) -> tuple[T, str]:
    """Return `<name>.json` or `<name>.toml` as a value of a dataclass, and the file's name."""
    found = [file for file in (folder / f"{name}.json", folder / f"{name}.toml") if file.is_file()]
    if not found:
        raise fault(
            folder, f"{name}.json", "is not there", f"write {name}.json or {name}.toml: docs/bundle.md"
        )
    if len(found) > 1:
        raise fault(folder, f"{name}.toml", f"is there beside {name}.json", "keep one of the two")
    file = found[0]
    plain = _plain(folder, file)
    unknown = next(_unknown(plain, kind, ""), None)
    if unknown is not None:
        key, known = unknown
        name_of_key = key.rpartition(".")[2]
        raise fault(folder, f"{file.name}: {key}", "is no key of this format", suggest(name_of_key, known))
    try:
        return msgspec.convert(plain, kind, str_keys=True), file.name
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at ")
        key = where.strip("`").removeprefix("$").lstrip(".") or "top"
        problem = problem[:1].lower() + problem[1:]
        raise fault(folder, f"{file.name}: {key}", problem, "see docs/bundle.md for its keys") from error


def _plain(folder: Path, file: Path) -> Any:
    """Return what a file says in plain values."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        return tomllib.loads(text) if file.suffix == ".toml" else msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        raise fault(folder, file.name, f"is not UTF-8 text: {error}", "save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        kind = file.suffix[1:].upper()
        raise fault(folder, file.name, f"is not {kind}: {error}", "correct it at that place") from error


def _unknown(plain: Any, kind: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """Give the keys that the dataclass, or one inside it, does not have, with those it has."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(plain, dict):
        known = get_type_hints(kind)
        names = [field.name for field in fields(kind)]
        for name, value in plain.items():
            if name not in names:
                yield f"{path}.{name}".lstrip("."), names
            else:
                yield from _unknown(value, known[name], f"{path}.{name}".lstrip("."))
    elif origin is UnionType:
        for argument in arguments:
            yield from _unknown(plain, argument, path)
    elif isinstance(plain, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
        for name, value in plain.items():
            yield from _unknown(value, arguments[1], f"{path}.{name}")
    elif isinstance(plain, list) and arguments:
        for place, value in enumerate(plain):
            yield from _unknown(value, arguments[0], f"{path}[{place}]")


def instant(folder: Path, key: str, text: str) -> int:
    """Return an ISO 8601 instant with its offset as milliseconds since 1970 UTC."""
    try:
        since = datetime.fromisoformat(text) - _EPOCH  # TypeError without an offset
    except (ValueError, TypeError) as error:
        remedy = "write it with its offset: 2026-03-01T00:00:00+08:00, or Z for UTC"
        raise fault(folder, key, f"{text[:40]!r} is no instant", remedy) from error
    at, rest = divmod(since, timedelta(milliseconds=1))
    if rest or at < 0:
        raise fault(folder, key, f"{text[:40]!r} is no whole millisecond since 1970", "correct it")
    return at


def as_text(at: int) -> str:
    """Return an instant as ISO 8601, UTC, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pretty(value: object) -> bytes:
    """Return canonical JSON for people: keys in order, two spaces."""
    plain = msgspec.to_builtins(value, str_keys=True, order="deterministic")  # a key may be a year
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"
