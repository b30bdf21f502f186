"""The page that explains the API: every address with an example, and how other programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dashboard.api.endpoints import PREFIX, Endpoint
from dashboard.api.parameters import PAGING, Parameter
from domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One address."""

    path: str
    title: str
    parameters: tuple[str, ...]
    json_example: str
    csv_example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Docs:
    """The page."""

    title: str
    base: str
    endpoints: tuple[Described, ...]
    parameters: tuple[Parameter, ...]
    """Each once."""


def docs_of(
    endpoints: tuple[Endpoint, ...], plant: Plant, base: str, *, title: str, known: Mapping[str, str]
) -> Docs:
    """Return the page for a plant that is served at `base`; `known` has an id for parameters of paths."""
    said = {each.name: each for endpoint in endpoints for each in (*endpoint.parameters, *PAGING)}
    return Docs(
        title=title,
        base=base,
        endpoints=tuple(_described(each, plant, known) for each in endpoints),
        parameters=tuple(said.values()),
    )


def _described(endpoint: Endpoint, plant: Plant, known: Mapping[str, str]) -> Described:
    path = endpoint.path
    for each in endpoint.inside:
        choices = each.known(plant)
        example = known.get(each.name) or (choices[0] if choices else each.example)
        path = path.replace("{" + each.name + "}", quote(example))
    query = f"?{endpoint.example}" if endpoint.example else ""
    return Described(
        path=f"{PREFIX}/{endpoint.path}",
        title=endpoint.title,
        parameters=tuple(each.name for each in (*endpoint.parameters, *PAGING)),
        json_example=f"{PREFIX}/{path}{query}",
        csv_example=f"{PREFIX}/{path}.csv{query}",
    )
