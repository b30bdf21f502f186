"""Routes of the control socket about figures: results, recomputation, fits, inventories."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent.streamed import Advance, streamed
from domain.errors import EnergyAgentError
from domain.periods import PeriodKind
from domain.result_rows import KINDS, encode

if TYPE_CHECKING:
    from agent.analysing import Analysing

_END = 2**53
Instant = Annotated[int, msgspec.Meta(ge=0, le=_END)]


class ResultsRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Query of a request for results that begin in [since, until) ms."""

    kind: str
    period: PeriodKind | None = None
    subject: str | None = None
    since: Instant = 0
    until: Instant = _END


class Span(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a recomputation."""

    since: Instant
    until: Instant


class FitRequest(Span, forbid_unknown_fields=True):
    """Body of a fit."""

    process: str


class InventoryRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a request for an inventory."""

    name: str
    """2026-03 or 2026."""
    fresh: bool = False


def analysis_routes(analysing: Callable[[], Analysing | None]) -> list[Route]:
    """Return the routes; `analysing` gives the part that computes, None where the agent has none."""

    async def results(request: Request, part: Analysing) -> Response:
        asked = msgspec.convert(dict(request.query_params), ResultsRequest, strict=False)
        if asked.kind not in KINDS:
            return _refusal(f"there are no results {asked.kind!r}", f"there are {', '.join(KINDS)}", 404)
        rows = await asyncio.to_thread(
            part.analysis.rows,
            asked.kind,
            since=asked.since,
            until=asked.until,
            period=asked.period,
            subject=asked.subject,
        )
        body = b"[" + b",".join(row.body for row in rows) + b"]"
        return Response(body, media_type="application/json")

    async def recompute(request: Request, part: Analysing) -> Response:
        span = msgspec.json.decode(await request.body(), type=Span)

        def work(advance: Advance) -> object:
            return {"windows": part.analysis.recompute(span.since, span.until, advance)}

        return StreamingResponse(streamed("recompute", work), media_type="application/x-ndjson")

    async def fit(request: Request, part: Analysing) -> Response:
        asked = msgspec.json.decode(await request.body(), type=FitRequest)
        processes = part.analysis.processes
        if asked.process not in processes:
            known = ", ".join(processes)
            return _refusal(f"there is no process {asked.process!r}", f"the agent knows {known}", 404)
        found, findings = await asyncio.to_thread(part.analysis.fit, asked.process, asked.since, asked.until)
        return Response(encode({"baseline": found, "findings": findings}), media_type="application/json")

    async def inventory(request: Request, part: Analysing) -> Response:
        asked = msgspec.json.decode(await request.body(), type=InventoryRequest)
        found = await asyncio.to_thread(part.analysis.inventory, asked.name, fresh=asked.fresh)
        return Response(encode(found), media_type="application/json")

    def route(path: str, answer: _Answer, method: str) -> Route:
        async def answered(request: Request) -> Response:
            part = analysing()
            if part is None:
                return _refusal("this agent holds no store", "ask the one that runs with --role store", 409)
            try:
                return await answer(request, part)
            except msgspec.MsgspecError as error:
                return _refusal(f"the request is not understood: {error}", "use `energy-agent`", 400)
            except EnergyAgentError as error:
                return _refusal(f"{error.subject}: {error.problem}", error.hint, 422)

        return Route(path, answered, methods=[method])

    return [
        route("/results", results, "GET"),
        route("/recompute", recompute, "POST"),
        route("/fit", fit, "POST"),
        route("/inventory", inventory, "POST"),
    ]


class _Answer(Protocol):
    def __call__(self, request: Request, part: Analysing) -> Awaitable[Response]: ...


def _refusal(problem: str, hint: str, status_code: int) -> JSONResponse:
    return JSONResponse({"problem": problem, "hint": hint}, status_code=status_code)
