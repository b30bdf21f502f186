"""The private route by which `energy-agent reload` asks a running agent to follow its plant file."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.reloading import Reloading


class ReloadRequest(msgspec.Struct, kw_only=True):
    """Body of a request for a reload."""

    file: str
    """The plant file that the person has in mind, absolute."""
    who: str
    dry_run: bool = False


def reload_routes(reloading: Callable[[], Reloading | None]) -> list[Route]:
    """Return the route; `reloading` gives None where the agent has no plant file of its own."""

    async def reload(request: Request) -> Response:
        own = reloading()
        if own is None:
            return _refusal("this agent made its plant file itself", "end it and start it again")
        try:
            wanted = msgspec.json.decode(await request.body(), type=ReloadRequest)
        except msgspec.MsgspecError as error:
            return _refusal(f"no reload request: {error}", "use `energy-agent reload`")
        path = str(own.file.path.resolve())
        if wanted.file != path:
            hint = f"name that file, or start the agent with {wanted.file}"
            return _refusal(f"the agent of this state folder runs by {path}", hint)
        answer = await own.reload(who=wanted.who, is_dry=wanted.dry_run)
        return JSONResponse(answer.as_json())

    return [Route("/reload", reload, methods=["POST"])]


def _refusal(problem: str, hint: str) -> JSONResponse:
    return JSONResponse({"problem": problem, "hint": hint}, status_code=409)
