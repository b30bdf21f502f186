"""Requests of programs: JSON at /api/v1/<name>, CSV at /api/v1/<name>.csv, what went wrong as a problem."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import numpy as np
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.access.guard import Guarded, Page, Render
from dashboard.access.roles import Role
from dashboard.api.call import MOST_ROWS, USUAL_ROWS, Call
from dashboard.api.csv import csv_of
from dashboard.api.docs import docs_of
from dashboard.api.endpoints import PREFIX, Endpoint, endpoints
from dashboard.api.faults import Fault, problem_answer
from dashboard.api.openapi import describe
from dashboard.api.parameters import PAGE_WIDE, PAGING
from dashboard.api.shapes import Rows
from dashboard.page import Asked, BadRequest
from dashboard.site import language_of
from dashboard.source import Source
from dashboard.words import words_of
from domain.errors import EnergyAgentError
from domain.plant import Plant
from domain.ports import Clock

_JSON = "application/json"
_RETRY_S = 10
_SPAN = frozenset({"from", "to", "range", "period", "at"})


def api_routes(source: Source, clock: Clock, render: Render, *, version: str) -> list[Guarded]:
    """Return the routes of the API; every one needs a viewer."""
    return _Api(source, clock, render, version).routes()


class _Api:
    """What all requests share."""

    def __init__(self, source: Source, clock: Clock, render: Render, version: str) -> None:
        self._source, self._clock, self._render = source, clock, render
        self._version = version
        self._endpoints = endpoints()
        self._description = b""
        self._described_plant: Plant | None = None

    def routes(self) -> list[Guarded]:
        """Return every route, more exact ones first."""
        found: list[Guarded] = [
            Page(f"{PREFIX}/openapi.json", self._openapi, role=Role.VIEWER, name="api.openapi"),
            Page(f"{PREFIX}/docs", self._docs, role=Role.VIEWER, name="api.docs"),
        ]
        for endpoint in sorted(self._endpoints, key=lambda each: bool(each.inside)):
            path = f"{PREFIX}/" + re.sub(r"{(\w+)}$", r"{\1:path}", endpoint.path)
            for suffix in (".csv", ""):
                answer = partial(self._answer, endpoint, bool(suffix))
                found.append(
                    Page(path + suffix, answer, role=Role.VIEWER, name=f"api.{endpoint.name}{suffix}")
                )
        found.append(Page(f"{PREFIX}/{{rest:path}}", self._nothing, role=Role.VIEWER, name="api.nothing"))
        return found

    async def _answer(self, endpoint: Endpoint, is_csv: bool, request: Request) -> Response:  # noqa: FBT001  # bound by partial
        return await _or_problem(partial(self._read, endpoint, is_csv, request))

    def _read(self, endpoint: Endpoint, is_csv: bool, request: Request) -> Response:  # noqa: FBT001  # as above
        call = self._call(endpoint, request)
        answer = _cut(call, endpoint.read(call))
        headers = {"cache-control": "no-store"}
        if answer.next is not None:
            onward = _as_csv(answer.next) if is_csv else answer.next
            headers["link"] = f'<{onward}>; rel="next"'
        if is_csv:
            name = re.sub(r"[^A-Za-z0-9._-]+", "-", request.url.path.removeprefix(f"{PREFIX}/"))
            headers["content-disposition"] = f'attachment; filename="{name}"'
            return Response(csv_of(endpoint.row, answer.rows), 200, headers, "text/csv; charset=utf-8")
        return Response(msgspec.json.encode(answer, enc_hook=_plain), 200, headers, _JSON)

    def _call(self, endpoint: Endpoint, request: Request) -> Call:
        query = dict(request.query_params)
        known = {each.name for each in (*endpoint.parameters, *PAGING)}
        for name in query.keys() - known - PAGE_WIDE:
            cure = f"there are {', '.join(sorted(known))}"
            raise Fault(400, name, "is no parameter of this address", cure)
        for name in sorted(known & query.keys()):
            if not query[name]:
                raise Fault(400, name, "is empty", "leave it out, or say what it shall be")
        asked = Asked(
            path=request.url.path.removesuffix(".csv"),
            query={name: value for name, value in query.items() if name in known} | request.path_params,
            now=self._clock.now_ms(),
            plant=self._source.plant,
            calendar=self._source.calendar(),
            words=words_of("en"),
        )
        return Call(source=self._source, asked=asked)

    async def _openapi(self, request: Request) -> Response:
        return await _or_problem(self._described)

    def _described(self) -> Response:
        plant = self._source.plant
        if plant is not self._described_plant:
            self._description = msgspec.json.encode(describe(self._endpoints, plant, self._version))
            self._described_plant = plant
        return Response(self._description, 200, {"cache-control": "no-cache"}, _JSON)

    async def _docs(self, request: Request) -> Response:
        return await _or_problem(partial(self._explained, request))

    def _explained(self, request: Request) -> Response:
        source = self._source
        known = {
            "alert": next((each.id for each in source.alerts()), ""),
            "baseline": next((each.baseline.id for each in source.baselines()), ""),
            "inventory": next((each.period.name for each in source.results("inventory")), ""),
            "point": next((each.id for each in source.plant.points if each.carrier is not None), ""),
            "year": str(source.calendar().local(self._clock.now_ms()).year),
        }
        base = str(request.base_url).rstrip("/")
        view = docs_of(
            self._endpoints,
            source.plant,
            base,
            title=words_of(language_of(request))("Data for other programs"),
            known=known,
        )
        return self._render(request, "api/docs.html", {"view": view, "page": "api", "title": view.title})

    async def _nothing(self, request: Request) -> Response:
        names = ", ".join(each.path for each in self._endpoints)
        path = request.url.path
        return problem_answer(
            404, "path", f"there is nothing at {path}", f"look at {PREFIX}/docs; there is {names}", {}
        )


async def _or_problem(read: Callable[[], Response]) -> Response:
    """Return an answer, made in a worker thread, or what is wrong."""
    try:
        return await to_thread.run_sync(read)
    except Fault as fault:
        return problem_answer(fault.status, fault.parameter, fault.problem, fault.cure, {})
    except BadRequest as fault:
        status = 422 if fault.name in ("from", "to") and fault.problem.startswith("is ") else fault.status
        return problem_answer(status, fault.name, fault.problem, fault.hint, {})
    except EnergyAgentError as error:
        cure = error.hint or "ask again in a moment"
        return problem_answer(
            503, "", f"{error.subject}: {error.problem}", cure, {"retry-after": str(_RETRY_S)}
        )


def _plain(value: object) -> object:
    """Return a number of numpy as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no part of an answer")


def _cut(call: Call, answer: Rows[Any]) -> Rows[Any]:
    """Return at most as many rows as were asked for, and where the rest is."""
    limit = call.whole("limit", USUAL_ROWS, 1, MOST_ROWS)
    skip = call.whole("skip", 0, 0, 10**9)
    if answer.next is not None:
        return answer
    rows = answer.rows[skip : skip + limit]
    if skip + limit >= len(answer.rows):
        return replace(answer, rows=rows)
    query = {name: value for name, value in call.asked.query.items() if name not in ("limit", "skip")}
    query = {name: value for name, value in query.items() if not _is_inside(call, name)}
    if call.spans:  # it may end now, and now goes on
        span = call.spans[-1]
        query = {name: value for name, value in query.items() if name not in _SPAN}
        query |= span.query if span.period is not None else {"from": str(span.since), "to": str(span.until)}
    query |= {"limit": str(limit), "skip": str(skip + limit)}
    return replace(answer, rows=rows, is_cut=True, next=f"{quote(call.asked.path)}?{urlencode(query)}")


def _is_inside(call: Call, name: str) -> bool:
    """Say whether a parameter is one of the path."""
    return call.asked.path.endswith("/" + call.asked.query[name])


def _as_csv(address: str) -> str:
    path, _, query = address.partition("?")
    return f"{path}.csv?{query}"
