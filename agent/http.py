"""Two HTTP faces of a running agent: public on loopback (health, metrics), private on a Unix socket."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from agent.metrics import exposition
from agent.status import AgentStatus
from domain.errors import EnergyAgentError


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the agent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket; the error names the cure when the port is taken."""
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise EnergyAgentError(
            f"{host}:{port}", f"cannot be listened on: {error.strerror}", "set http.port to a free port"
        ) from error


def make_server(routes: Sequence[BaseRoute]) -> QuietServer:
    """Return a server for these routes; run it with `serve(sockets=[...])`."""
    config = uvicorn.Config(
        Starlette(routes=list(routes)),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    return QuietServer(config)


class StatusSource(Protocol):
    """Whatever can tell the agent's status."""

    def status(self) -> AgentStatus:
        """Return the status now."""
        ...


def public_routes(source: StatusSource) -> list[Route]:
    """Return what anybody on this host may ask: health and metrics."""

    async def healthz(request: Request) -> Response:
        status = source.status()
        body = {"live": status.live, "ready": status.ready, "reasons": list(status.reasons)}
        wants_ready = "ready" in request.query_params
        healthy = status.ready if wants_ready else status.live
        return JSONResponse(body, status_code=200 if healthy else 503)

    async def metrics(request: Request) -> Response:
        text = exposition(source.status)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", healthz), Route("/metrics", metrics)]
