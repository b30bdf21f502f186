"""Who asks: the session cookie, or an API token for `/api/v1`."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.access.access import Access
from dashboard.access.headers import BodyLimit, KnownHosts, SecureHeaders, problem
from dashboard.access.sessions import FORM_COOKIE, SESSION_COOKIE, Visitor, address_of, cookie_name
from domain.errors import EnergyAgentError, StoreError

log = logging.getLogger(__name__)

API = "/api/"
_LONGEST_TOKEN = 200


class Authentication:
    """Puts a `Visitor` in `request.state.session`, nobody when there is neither cookie nor token."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            try:
                scope.setdefault("state", {})["session"] = await self._visitor(Request(scope))
            except StoreError as error:
                log.warning("users cannot be read error=%r", str(error))
                answer = problem(503, "users_unreadable", f"{error.problem}; {error.hint}")
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _visitor(self, request: Request) -> Visitor:
        access, address = self._access, address_of(request)
        cookie = session_cookie(request, access)
        if 0 < len(cookie) <= _LONGEST_TOKEN:
            found = await access.call(access.by_session, cookie, address)
            if found is not None:
                return found
        token = _token_of(request) if request.url.path.startswith(API) else ""
        if 0 < len(token) <= _LONGEST_TOKEN:
            found = await access.call(access.by_token, token, address)
            if found is not None:
                return found
        return Visitor(address=address, csrf=access.form_csrf(form_cookie(request, access)))


def session_cookie(request: Request, access: Access) -> str:
    """Return the session token that the browser sent."""
    return request.cookies.get(cookie_name(SESSION_COOKIE, is_tls=access.is_tls), "")


def form_cookie(request: Request, access: Access) -> str:
    """Return the cookie of a browser that is not logged in."""
    return request.cookies.get(cookie_name(FORM_COOKIE, is_tls=access.is_tls), "")[:_LONGEST_TOKEN]


def _token_of(request: Request) -> str:
    """Return the API token of a request: Bearer, or the password of Basic, whose user name is free."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
        return text.partition(":")[2]
    return ""


def shield(app: ASGIApp, access: Access, largest_of: Callable[[Scope], int]) -> ASGIApp:
    """Put everything around an app that looks at requests before they are allowed."""
    inner = BodyLimit(Authentication(app, access), largest_of)
    known = ExceptionMiddleware(KnownHosts(inner, access.hosts), handlers={EnergyAgentError: _not_now})
    return SecureHeaders(ServerErrorMiddleware(known, handler=_fault), is_tls=access.is_tls)


def _not_now(request: Request, error: Exception) -> Response:
    """Answer when no page can be drawn, for every page asks the agent something."""
    return problem(503, "not_now", str(error), **{"Retry-After": "10"})


def _fault(request: Request, error: Exception) -> Response:
    """Answer for a fault of these checks themselves, which the server logs with its traceback."""
    return problem(500, "fault", "something went wrong here; the agent's log says what")
