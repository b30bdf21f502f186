"""The description of the API, OpenAPI 3.1, made of the table that routes it."""

from __future__ import annotations

from typing import Any

import msgspec

from dashboard.api.csv import units_of
from dashboard.api.endpoints import PREFIX, Endpoint
from dashboard.api.faults import PROBLEM_SCHEMA
from dashboard.api.parameters import PAGING, Parameter
from domain.plant import Plant

_FAULTS = {
    "400": "A parameter cannot be read",
    "401": "Nobody is logged in, and there is no token",
    "403": "The role does not suffice",
    "404": "There is no such thing; says what there is",
    "422": "A parameter is understood and asks for too much or too little",
    "503": "The figures cannot be read now",
}


def describe(endpoints: tuple[Endpoint, ...], plant: Plant, version: str) -> dict[str, Any]:
    """Return the whole document for one plant: its processes and points are the choices of parameters."""
    answers = [each.answer for each in endpoints]
    shapes, components = msgspec.json.schema_components(answers, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    said: dict[str, tuple[Parameter, str]] = {}
    for endpoint, shape in zip(endpoints, shapes, strict=True):
        parameters = [_named(each, "path", said) for each in endpoint.inside]
        parameters += [_named(each, "query", said) for each in (*endpoint.parameters, *PAGING)]
        json_answer = {"application/json": {"schema": shape}}
        csv_answer = {"text/csv": {"schema": {"type": "string", "description": _columns(endpoint)}}}
        for suffix, content, end in (("", json_answer, ""), (".csv", csv_answer, "_csv")):
            paths[f"{PREFIX}/{endpoint.path}{suffix}"] = {
                "get": {
                    "operationId": endpoint.name + end,
                    "summary": endpoint.title + (", as CSV" if suffix else ""),
                    "parameters": parameters,
                    "responses": {"200": _found(content), **_problems(endpoint)},
                }
            }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "energy-agent",
            "version": version,
            "description": "What the pages show. Instants are plant time with its offset; null is not known.",
        },
        "servers": [{"url": "/"}],
        "security": [{"cookie": []}, {"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "parameters": {name: _parameter(each, plant, place) for name, (each, place) in said.items()},
            "schemas": {**components, "Problem": PROBLEM_SCHEMA},
            "securitySchemes": {
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "ea_session",
                    "description": "A session of the page; over TLS its name is `__Host-ea_session`.",
                },
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "Any name, the token as password.",
                },
            },
        },
    }


def _named(each: Parameter, place: str, said: dict[str, tuple[Parameter, str]]) -> dict[str, str]:
    """Return a reference to a parameter, and keep it among those that were said."""
    name = f"{place}_{each.name}" + ("_required" if place == "query" and each.is_required else "")
    said[name] = (each, place)
    return {"$ref": f"#/components/parameters/{name}"}


def _parameter(each: Parameter, plant: Plant, place: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    known = each.known(plant)
    if known:
        schema["enum"] = list(known)
    elif each.is_whole:
        schema = {"type": "integer", **_bounds(each.name)}
    elif place == "path":
        schema["minLength"] = 1
    found = {"name": each.name, "in": place, "required": each.is_required, "schema": schema}
    found["description"] = each.description
    if not known and not each.is_required:
        found["example"] = int(each.example) if each.is_whole else each.example
    return found


def _bounds(name: str) -> dict[str, int]:
    return {
        "limit": {"minimum": 1, "maximum": 100_000},
        "skip": {"minimum": 0, "maximum": 1_000_000_000},
        "year": {"minimum": 2000, "maximum": 2200},
    }[name]


def _columns(endpoint: Endpoint) -> str:
    units = units_of(endpoint.row)
    fields = [each.encode_name for each in msgspec.inspect.type_info(endpoint.row).fields]  # type: ignore[attr-defined]
    return "Columns: " + ", ".join(f"{name} [{units[name]}]" if name in units else name for name in fields)


def _found(content: dict[str, Any]) -> dict[str, Any]:
    link = {"description": 'rel="next" when there are more rows', "schema": {"type": "string"}}
    return {"description": "Rows", "headers": {"Link": link}, "content": content}


def _problems(endpoint: Endpoint) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": text, "content": content}
        for status, text in _FAULTS.items()
        if status != "404" or endpoint.inside
    }
