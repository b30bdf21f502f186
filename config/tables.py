"""Turn raw TOML into pydantic tables, keeping every fault and everything that is not faulty.

A key with a fault is reported, taken out and the rest validated again, so that one faulty key hides
nothing else. Needed keys are therefore optional to pydantic; `missing_keys` asks for them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from config.codes import error, guess, shown
from config.toml_file import Raw
from domain.findings import Finding

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")
Place = tuple[int | str, ...]


class Table(BaseModel):
    """One TOML table: no unknown key, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
    required: ClassVar[tuple[str, ...]] = ()
    """Keys that must be given."""


_TYPES = {
    "int_type": ("a whole number", "write a whole number without quotes"),
    "float_type": ("a number", "write a number without quotes"),
    "string_type": ("text", "write it in quotes"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "list_type": ("a list", "write it in [ ]"),
    "dict_type": ("a table", 'write a table, as { en = "..." }'),
    "model_type": ("a table", "write a table: see config/examples"),
    "model_attributes_type": ("a table", "write a table: see config/examples"),
    "is_instance_of": ("a number", "write a number without quotes"),
    "decimal_type": ("a number", "write a number without quotes"),
    "frozen_set_type": ("a list", "write it in [ ]"),
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
    "string_too_long": ("max_length", "no longer than"),
    "string_too_short": ("min_length", "no shorter than"),
    "too_long": ("max_length", "no longer than"),
    "too_short": ("min_length", "no shorter than"),
}


def validate(
    model: type[Model], raw: Raw, construct: Callable[[Raw], Model] | None = None
) -> tuple[Model, tuple[Finding, ...], Raw]:
    """Return (what is valid, all faults, the raw data without what is faulty)."""
    build = construct or model.model_validate
    findings: dict[str, Finding] = {}
    rest = copy.deepcopy(raw)
    while True:
        try:
            return build(rest), tuple(findings.values()), rest
        except ValidationError as fault:
            details = fault.errors(include_url=False, include_context=True)
        for detail in details:
            finding = explain(model, detail["type"], detail["loc"], detail)
            findings.setdefault(finding.key, finding)
        _take_out(rest, {detail["loc"] for detail in details})


def given(value: T | None) -> T:
    """Return the value of a needed key, after `missing_keys` found none missing."""
    assert value is not None
    return value


def key_of(place: Place) -> str:
    """Return a place as the reader of the file would write it: `devices[3].profile`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            text += ("." if text else "") + (part[:64] if plain else shown(part))
    return text


def explain(model: type[BaseModel], kind: str, place: Place, detail: Any) -> Finding:
    """Return the finding for one pydantic error; `detail` is its dictionary."""
    key = key_of(place)
    if kind == "extra_forbidden":
        return _unknown_key(model, place)
    given = shown(detail["input"])
    if kind in _TYPES:
        wanted, remedy = _TYPES[kind]
        return error("config.wrong_type", key, f"is {given}, not {wanted}", remedy)
    if kind == "literal_error":
        choices = [choice.strip(" '") for choice in detail["ctx"]["expected"].replace(" or ", ",").split(",")]
        near = guess(detail["input"], choices) if isinstance(detail["input"], str) else ""
        hint = f"did you mean {near!r}? " if near else ""
        remedy = f"{hint}one of: {', '.join(choices)}"
        return error("config.wrong_value", key, f"is {given}", remedy)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return error("config.wrong_value", key, f"is {given}", f"it must be {words} {detail['ctx'][name]}")
    if kind == "value_error":
        return error("config.wrong_value", key, f"is {given}", str(detail["ctx"]["error"]))
    return error("config.wrong_value", key, f"is {given}", detail["msg"].replace("Input", "it"))


def missing_keys(table: BaseModel, place: Place = ()) -> Iterator[Finding]:
    """Give a finding for each needed key that has no value, in all tables below."""
    for name in type(table).required if isinstance(table, Table) else ():
        if getattr(table, name) is None:
            yield missing_key(key_of((*place, name)))
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            yield from missing_keys(value, (*place, name))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from missing_keys(item, (*place, name, index))


def missing_key(key: str) -> Finding:
    """Return the finding for one needed key."""
    name = key.rpartition(".")[2]
    return error("config.missing_key", key, "is missing", f"add {name} = ...")


def _unknown_key(model: type[BaseModel], place: Place) -> Finding:
    table = _model_at(model, place[:-1])
    known = [name for name in table.model_fields if name not in _secrets_of(table)] if table else []
    near = guess(str(place[-1]), known)
    remedy = f"did you mean {near!r}?" if near else f"take it out; known here: {', '.join(known)}"
    return error("config.unknown_key", key_of(place), "is not a key of this table", remedy)


def _secrets_of(table: type[BaseModel]) -> set[str]:
    """Return the keys that nobody should be invited to write in a file."""
    return {name for name in table.model_fields if f"{name}_file" in table.model_fields}


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in place:
        if isinstance(part, str):
            field = current.model_fields.get(part) if current else None
            current = table_in(field.annotation) if field else None
    return current


def table_in(annotation: object) -> type[BaseModel] | None:
    """Return the table class in an annotation such as `list[LinkTable]`, None without one."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _take_out(raw: Raw, places: set[Place]) -> None:
    """Remove what is at the places; everything when nothing is there, so that validation ends."""
    # Longest first: a fault in a list inside an item goes before the item.
    removed = [_remove(raw, place) for place in sorted(places, key=len, reverse=True)]
    if not any(removed):
        raw.clear()


def _remove(raw: Raw, place: Place) -> bool:
    """Remove one thing; an item of a list of tables becomes an empty table, so that indexes stay."""
    holder: Any = raw
    for part in place[:-1]:
        try:
            holder = holder[part]
        except (KeyError, IndexError, TypeError):
            return False
    last = place[-1]
    if isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        if len(place) > 2:  # a list of plain values goes as a whole
            return _remove(raw, place[:-1])
        was_empty = holder[last] == {}
        holder[last] = {}
        return not was_empty
    if isinstance(holder, dict) and last in holder:
        del holder[last]
        return True
    return False
