"""Routes of the control socket about seals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent.sealing import Sealing
from agent.streamed import Advance, streamed
from domain.errors import EnergyAgentError


class VerifyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Days, both included."""

    since: str = ""
    until: str = "9999"


def seal_routes(sealing: Callable[[], Sealing | None]) -> list[Route]:
    """Return the routes; `sealing` gives None while this agent holds no store."""

    async def seals(request: Request, part: Sealing) -> Response:
        found = await asyncio.to_thread(part.seals)
        return Response(msgspec.json.encode(found), media_type="application/json")

    async def verify(request: Request, part: Sealing) -> Response:
        asked = msgspec.json.decode(await request.body(), type=VerifyRequest)

        def work(advance: Advance) -> object:
            return {"verified": part.verify(since=asked.since, until=asked.until, progress=advance)}

        return StreamingResponse(streamed("verify", work), media_type="application/x-ndjson")

    def route(path: str, answer: Callable[[Request, Sealing], Awaitable[Response]], method: str) -> Route:
        async def answered(request: Request) -> Response:
            part = sealing()
            if part is None:
                return _refusal("this agent holds no store", "ask the one that runs with --role store", 409)
            try:
                return await answer(request, part)
            except msgspec.MsgspecError as error:
                return _refusal(f"the request is not understood: {error}", "use `energy-agent verify`", 400)
            except EnergyAgentError as error:
                return _refusal(f"{error.subject}: {error.problem}", error.hint, 422)

        return Route(path, answered, methods=[method])

    return [route("/seals", seals, "GET"), route("/verify", verify, "POST")]


def _refusal(problem: str, hint: str, status_code: int) -> JSONResponse:
    return JSONResponse({"problem": problem, "hint": hint}, status_code=status_code)
