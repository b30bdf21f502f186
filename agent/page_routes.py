"""The private route by which a page in a process of its own asks this agent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.page_wire import METHODS, Fault, decode_question, encode_answer
from dashboard.source import Source
from domain.declared import Refused
from domain.errors import EnergyAgentError

_BINARY = "application/vnd.msgpack"


def page_routes(source: Callable[[], Source | None]) -> list[Route]:
    """Return the route; `source` gives what answers, None where the agent has no store."""

    async def ask(request: Request) -> Response:
        method, answers = request.path_params["method"], source()
        if answers is None:
            hint = "run the agent of this state folder with the role store"
            return _fault(
                Fault(kind="store", subject="page", problem="this agent holds no store", hint=hint), 409
            )
        if method not in METHODS:
            return _fault(Fault(kind="unknown", subject=method, problem="is no question"), 404)
        try:
            given = decode_question(method, await request.body())
        except msgspec.MsgspecError as error:
            hint = "let page and agent be of one version"
            return _fault(Fault(kind="store", subject=method, problem=str(error), hint=hint), 400)
        try:
            answer = await asyncio.to_thread(partial(getattr(answers, method), **given))
        except Refused as error:
            return _fault(_fault_of("refused", error), 422)
        except EnergyAgentError as error:
            return _fault(_fault_of("store", error), 422)
        except KeyError as error:
            return _fault(Fault(kind="unknown", subject=str(error.args[0]), problem="is not known"), 404)
        return Response(encode_answer(answer), media_type=_BINARY)

    return [Route("/page/{method}", ask, methods=["POST"])]


def _fault_of(kind: str, error: EnergyAgentError) -> Fault:
    return Fault(kind=kind, subject=error.subject, problem=error.problem, hint=error.hint)


def _fault(fault: Fault, status: int) -> Response:
    return Response(msgspec.json.encode(fault), status_code=status, media_type="application/json")
