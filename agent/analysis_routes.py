"""Routes of the control socket about figures: results, recomputation, fits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from domain.errors import EnergyAgentError
from domain.periods import PeriodKind
from domain.result_rows import KINDS, encode

if TYPE_CHECKING:
    from agent.analysing import Analysing

_NO_STORE = {"problem": "this agent holds no store", "hint": "ask the one that runs with --role store"}
_PROGRESS_LINES = 1000


class Span(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a recomputation."""

    since: int
    until: int


class FitRequest(Span, forbid_unknown_fields=True):
    """Body of a fit."""

    process: str


def analysis_routes(analysing: Callable[[], Analysing | None]) -> list[Route]:
    """Return the routes; `analysing` gives the part that computes, None where the agent has none."""

    async def results(request: Request) -> Response:
        part = analysing()
        if part is None:
            return JSONResponse(_NO_STORE, status_code=409)
        given = request.query_params
        kind, period = given.get("kind", ""), given.get("period", "")
        if kind not in KINDS or period not in ("", *PeriodKind):
            return JSONResponse({"problem": f"there are no results {kind!r} by {period!r}"}, status_code=400)
        rows = await asyncio.to_thread(
            part.analysis.rows,
            kind,
            since=int(given.get("since", 0)),
            until=int(given.get("until", 2**53)),
            period=PeriodKind(period) if period else None,
            subject=given.get("subject"),
        )
        body = b"[" + b",".join(row.body for row in rows) + b"]"
        return Response(body, media_type="application/json")

    async def recompute(request: Request) -> Response:
        part = analysing()
        if part is None:
            return JSONResponse(_NO_STORE, status_code=409)
        span = msgspec.json.decode(await request.body(), type=Span)
        return StreamingResponse(_recompute(part, span), media_type="application/x-ndjson")

    async def fit(request: Request) -> Response:
        part = analysing()
        if part is None:
            return JSONResponse(_NO_STORE, status_code=409)
        asked = msgspec.json.decode(await request.body(), type=FitRequest)
        found, findings = await asyncio.to_thread(part.analysis.fit, asked.process, asked.since, asked.until)
        return Response(encode({"baseline": found, "findings": findings}), media_type="application/json")

    return [
        Route("/results", results),
        Route("/recompute", recompute, methods=["POST"]),
        Route("/fit", fit, methods=["POST"]),
    ]


async def _recompute(part: Analysing, span: Span) -> AsyncIterator[bytes]:
    """Give a line for each piece that is done, at last how many windows there are, or what went wrong."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[dict[str, object] | None] = asyncio.Queue(_PROGRESS_LINES)

    def tell(line: dict[str, object] | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def work() -> None:
        try:
            count = part.analysis.recompute(
                span.since, span.until, lambda done, of: tell({"done": done, "of": of})
            )
            tell({"windows": count})
        except EnergyAgentError as error:
            tell({"subject": error.subject, "problem": error.problem, "hint": error.hint})
        finally:
            tell(None)

    task = asyncio.create_task(asyncio.to_thread(work), name="recompute")
    while (line := await lines.get()) is not None:
        yield msgspec.json.encode(line) + b"\n"
    await task
