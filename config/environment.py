"""Settings from environment variables: `ENERGY_AGENT_BROKER__PORT` is `port` of `[broker]`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import get_origin

from pydantic import ValidationError

from config.codes import error, guess
from config.settings import ENV_DELIMITER, ENV_PREFIX, Settings
from config.tables import Table, explain, key_of
from domain.findings import Finding

SECRETS_DIR = f"{ENV_PREFIX}SECRETS_DIR"
"""Names a folder with secret files; the one variable with our prefix that is not a setting."""

CHANNELS = f"{ENV_PREFIX}CHANNELS{ENV_DELIMITER}"
"""Prefix of the URLs of channels, which `config.channels` reads: they are a list, and have names."""

Layer = dict[str, dict[str, object]]
"""Section -> key -> value."""


def variables() -> dict[str, tuple[str, str]]:
    """Return every variable that is a setting, with its section and key."""
    names = {}
    for section, table in _sections().items():
        for key in table.model_fields:
            if key != "label":
                names[f"{ENV_PREFIX}{section}{ENV_DELIMITER}{key}".upper()] = (section, key)
    return names


def read_environment(environ: Mapping[str, str]) -> tuple[Layer, tuple[Finding, ...]]:
    """Return the settings in the environment; empty variables count as not set.

    No finding shows a value: a variable may hold a secret, and be misspelt.
    """
    known = variables()
    tables = _sections()
    layer: Layer = {}
    findings = []
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or name == SECRETS_DIR or not environ[name]:
            continue
        if name.startswith(CHANNELS):
            continue
        if name not in known:
            remedy = _did_you_mean(name, [*known, SECRETS_DIR])
            problem = "matches no setting"
            findings.append(error("config.unknown_variable", key_of((name,)), problem, remedy))
            continue
        section, key = known[name]
        value, fault = _value(tables[section], key, environ[name], name)
        if fault is not None:
            findings.append(fault)
        else:
            layer.setdefault(section, {})[key] = value
    return layer, tuple(findings)


def _sections() -> dict[str, type[Table]]:
    """Return the tables that may be set by environment: those that are not lists."""
    found = {}
    for section, field in Settings.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, Table):
            found[section] = table
    return found


def _did_you_mean(name: str, known: list[str]) -> str:
    """Compare without the prefix, which makes all names alike."""
    bare = {candidate.removeprefix(ENV_PREFIX): candidate for candidate in known}
    near = guess(name.removeprefix(ENV_PREFIX), bare)
    if near:
        return f"did you mean {bare[near]!r}?"
    return f"unset it; settings are {ENV_PREFIX}SECTION{ENV_DELIMITER}KEY, and lists are in the plant file"


def _value(table: type[Table], key: str, text: str, name: str) -> tuple[object, Finding | None]:
    """Return (value, None) or (None, finding)."""
    try:
        if get_origin(table.model_fields[key].annotation) is list:
            given = table.model_validate({key: text.split(os.pathsep)})
        else:
            given = table.model_validate_strings({key: text})
    except ValidationError as fault:
        detail = fault.errors(include_url=False)[0]
        kind = detail["type"]
        if "_parsing" in kind:  # from text: int_parsing, int_parsing_size
            kind = kind.partition("_parsing")[0] + "_type"
        reason = explain(table, kind, (key,), {**detail, "input": ""})
        problem = "has a value that its setting cannot take"
        return None, error(reason.code, name, problem, reason.remedy)
    return getattr(given, key), None
