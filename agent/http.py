"""Two HTTP faces of a running agent: public on loopback (health, metrics), private on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.metrics import exposition
from agent.status import AgentStatus
from config.check_plant import is_loopback
from config.loaded import Http
from domain.errors import EnergyAgentError


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the agent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


MOST_CONNECTIONS = 400
"""More are closed at once: a process that runs out of file descriptors loses more than its page."""
OWED_S = 20.0
"""How long a client may take to send a whole request."""


class BoundedProtocol(H11Protocol):
    """A connection that is not kept for a client who never says what it wants."""

    _owed: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Take a connection, or close it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._look()

    def data_received(self, data: bytes) -> None:
        """Take bytes; single ones, now and then, gain a client no time."""
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._settle()
        super().connection_lost(exc)

    def _look(self) -> None:
        owes = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if not owes or self.transport.is_closing():
            self._settle()
        elif self._owed is None:
            self._owed = self.loop.call_later(OWED_S, self.transport.abort)

    def _settle(self) -> None:
        if self._owed is not None:
            self._owed.cancel()
            self._owed = None


def listen(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket; the error names the cure when the port is taken."""
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise EnergyAgentError(
            f"{host}:{port}", f"cannot be listened on: {error.strerror}", "set http.port to a free port"
        ) from error


def make_server(routes: Sequence[BaseRoute] | ASGIApp, *, tls: ssl.SSLContext | None = None) -> QuietServer:
    """Return a server for these routes or this app; run it with `serve(sockets=[...])`."""
    config = uvicorn.Config(
        Starlette(routes=list(routes)) if isinstance(routes, Sequence) else routes,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
        http=BoundedProtocol,
        proxy_headers=False,  # anybody on this host could claim any address, and guess passwords from it
    )
    config.load()
    config.ssl = tls
    return QuietServer(config)


def tls_context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """Return how the page speaks TLS, 1.2 at least; the error names what is wrong with the files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    try:
        # Without the empty passphrase OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert_file, key_file, password="")
    except ssl.SSLError as error:
        raise EnergyAgentError(
            f"http.tls_cert_file {cert_file}, http.tls_key_file {key_file}",
            f"are no certificate with its key: {error.reason or error}",
            "give PEM files that belong together, the key without a passphrase",
        ) from error
    except OSError as error:
        raise EnergyAgentError(
            f"http.tls_cert_file {cert_file}, http.tls_key_file {key_file}",
            f"cannot be read: {error.strerror}",
            "let the agent's user read them",
        ) from error
    return context


def tls_of(http: Http) -> ssl.SSLContext | None:
    """Return how the page speaks TLS as the plant file says; None in clear, which is for loopback only."""
    if http.tls_cert_file is not None and http.tls_key_file is not None:
        return tls_context(http.tls_cert_file, http.tls_key_file)
    if not is_loopback(http.host):  # the check of the plant file says so too; this is the last door
        raise EnergyAgentError("http.host", f"{http.host} needs TLS", "give tls_cert_file and tls_key_file")
    return None


def page_origin(http: Http, port: int) -> str:
    """Return where people find the page: `https://energy.works.example:8443`."""
    scheme = "http" if http.tls_cert_file is None else "https"
    host = http.host if is_loopback(http.host) or not http.allowed_hosts else http.allowed_hosts[0]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
