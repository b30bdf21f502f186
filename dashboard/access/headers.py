"""Outermost: headers that every answer carries, names the page answers to, how large a request may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.access.hosts import Hosts

LARGEST = 64 * 1024
"""Bytes of a request: nothing here takes files."""
SMALL = 8 * 1024
"""Bytes of a request of somebody who is not logged in."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PERMISSIONS = ", ".join(
    f"{name}=()" for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": _PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = "max-age=31536000"


def problem(status: int, code: str, message: str, **headers: str) -> JSONResponse:
    """Return an error as programs read it: problem details (RFC 9457), with a code of ours."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": message}
    body |= {"code": code, "message": message}
    media_type = "application/problem+json"
    return JSONResponse(body, status_code=status, headers=headers, media_type=media_type)


class SecureHeaders:
    """Adds the headers; what says nothing about caching is not kept by anybody."""

    def __init__(self, app: ASGIApp, *, is_tls: bool) -> None:
        self._app = app
        self._is_tls = is_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_static = scope.get("path", "").startswith("/static/")

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
                if self._is_tls:
                    headers["Strict-Transport-Security"] = _HSTS
            await send(message)

        await self._app(scope, receive, send_on)


class KnownHosts:
    """Refuses a request for a name that is not ours: a foreign page may have pointed its name here."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            names = Headers(scope=scope).getlist("host")
            if len(names) != 1 or not self._hosts.allows(names[0]):
                message = "this page does not answer to that name; add it to http.allowed_hosts"
                await problem(421, "unknown_host", message)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _TooLarge(HTTPException):
    """The body is over the limit; an app that reads it answers so by itself."""

    def __init__(self, largest: int) -> None:
        super().__init__(413, f"a request may have {largest:,} bytes", {"Connection": "close"})


class BodyLimit:
    """Refuses a request that is too large, said or not."""

    def __init__(self, app: ASGIApp, largest_of: Callable[[Scope], int]) -> None:
        self._app = app
        self._largest_of = largest_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest_of(scope)
        refusal = problem(413, "too_large", f"a request may have {largest:,} bytes", Connection="close")
        said = Headers(scope=scope).get("content-length", "0")
        if not _is_within(said, largest):
            await refusal(scope, receive, send)
            return
        taken, is_started = 0, False

        async def receive_on() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise _TooLarge(largest)
            return message

        async def send_on(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive_on, send_on)
        except _TooLarge:
            if is_started:
                raise
            await refusal(scope, receive, send)


def _is_within(said: str, largest: int) -> bool:
    """Say whether a length is a number and small enough; int() itself refuses very long ones."""
    return said.isascii() and said.isdigit() and len(said) < 16 and int(said) <= largest


def path_of(scope: Scope, without: Iterable[str] = ()) -> str:
    """Return the path and query of a request as a link, without some parameters."""
    path = str(scope["path"])
    query = scope.get("query_string", b"").decode("latin-1")
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]) not in without]
    return path + ("?" + "&".join(kept) if any(kept) else "")
