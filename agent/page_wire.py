"""How questions of the page and their answers travel: JSON arguments there, MessagePack back.

Answers are values of the domain; MessagePack has NaN and keys that are numbers. What may be asked is what the
protocol `dashboard.source.Source` has, and nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from types import GenericAlias
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from agent.page_wire_book import WireBook, from_wire, to_wire
from dashboard.source import Source
from domain.carbon_book import CarbonBook
from domain.result_rows import KINDS

METHODS = frozenset(
    name for name, found in vars(Source).items() if inspect.isfunction(found) and not name.startswith("_")
)
"""What may be asked over the socket."""
RECORDING = frozenset(
    name for name in METHODS if "who" in inspect.signature(getattr(Source, name)).parameters
)
"""Those that write to the ledger: they are never asked twice."""


class Fault(msgspec.Struct, kw_only=True):
    """What the other side says instead of an answer."""

    kind: str
    """refused, unknown or store."""
    subject: str
    problem: str
    hint: str = ""


@cache
def _hints(method: str) -> Mapping[str, Any]:
    return get_type_hints(getattr(Source, method))


def encode_question(method: str, args: tuple[Any, ...], given: Mapping[str, Any]) -> bytes:
    """Return the arguments of a call as JSON, by name; TypeError when they do not fit."""
    bound = inspect.signature(getattr(Source, method)).bind(None, *args, **given)
    return msgspec.json.encode({name: value for name, value in bound.arguments.items() if name != "self"})


def decode_question(method: str, body: bytes) -> dict[str, Any]:
    """Return the arguments of a call; msgspec.ValidationError when they are not those of the method."""
    plain = msgspec.json.decode(body, type=dict[str, Any])
    hints = _hints(method)
    if unknown := plain.keys() - (hints.keys() - {"return"}):
        raise msgspec.ValidationError(f"{method} has no argument {sorted(unknown)[0]!r}")
    found = {name: msgspec.convert(value, hints[name]) for name, value in plain.items()}
    try:
        inspect.signature(getattr(Source, method)).bind(None, **found)
    except TypeError as error:
        raise msgspec.ValidationError(str(error)) from error
    return found


def encode_answer(answer: object) -> bytes:
    """Return an answer as MessagePack."""
    if isinstance(answer, CarbonBook):
        answer = to_wire(answer)
    return msgspec.msgpack.encode(answer, enc_hook=_plain)


def decode_answer(method: str, asked: Mapping[str, Any], body: bytes) -> Any:
    """Return the answer to a question, as the values that the method returns."""
    if method == "results":
        kind = KINDS.get(asked["kind"])
        return () if kind is None else msgspec.msgpack.decode(body, type=GenericAlias(tuple, (kind, ...)))
    kind = _hints(method)["return"]
    if kind is CarbonBook:
        return from_wire(msgspec.msgpack.decode(body, type=WireBook))
    return msgspec.msgpack.decode(body, type=kind, dec_hook=_special)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, ZoneInfo):
        return value.key
    raise TypeError(f"{type(value).__name__} is no part of an answer")


def _special(kind: type, value: Any) -> object:
    if kind is ZoneInfo:
        return ZoneInfo(value)
    raise TypeError(f"{kind.__name__} is no part of an answer")
