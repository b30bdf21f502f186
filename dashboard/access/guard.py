"""Which role a route needs: what nobody has allowed is refused, also a path that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.access.access import Access
from dashboard.access.forms import is_form, parse_form
from dashboard.access.headers import LARGEST, path_of, problem
from dashboard.access.hosts import is_own_origin
from dashboard.access.middleware import API, form_cookie, shield
from dashboard.access.paths import register_paths
from dashboard.access.roles import Role
from dashboard.access.secret import is_same
from dashboard.access.sessions import Visitor

OPEN = frozenset({"/login", "/setup", "/prefs", "/healthz", "/metrics", "/static/{name}"})
"""Paths that may ask for no role."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""


class Render(Protocol):
    """Makes a page of a template."""

    def __call__(
        self, request: Request, template: str, values: Mapping[str, object], *, status_code: int = 200
    ) -> Response:
        """Return the page."""
        ...


class Page(Route):
    """A route with the role that it needs; None is for the paths in OPEN alone."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        role: Role | None,
        methods: Sequence[str] = ("GET",),
        name: str | None = None,
        largest: int = LARGEST,
    ) -> None:
        """`largest`: bytes of a request."""
        if role is None and path not in OPEN:
            raise ValueError(f"{path} is open to everybody; only {', '.join(sorted(OPEN))} may be")
        register_paths()
        super().__init__(path, endpoint, methods=list(methods), name=name)
        self.role = role
        self.largest = largest

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a path; a part of it that cannot be read is no path of ours."""
        try:
            return super().matches(scope)
        except ValueError:
            return Match.NONE, {}


Guarded = Page
"""What may be a route of the page."""


def protect(app: ASGIApp, routes: Sequence[BaseRoute], access: Access, render: Render) -> ASGIApp:
    """Return the app behind all checks; `routes` are all that it has, each a Page."""
    known = []
    for route in routes:
        if not isinstance(route, Page):
            raise TypeError(f"{route!r} does not say which role it needs: make it a Page")
        known.append(route)
    guard = Guard(app, known, access, render)
    return shield(guard, access, guard.largest)


class Guard:
    """Lets a request through to its route, or says why not."""

    def __init__(self, app: ASGIApp, routes: Sequence[Guarded], access: Access, render: Render) -> None:
        self._app = app
        self._routes = routes
        self._access = access
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            request = Request(scope, receive)
            refusal = self._refusal(request)
            if refusal is None and request.method not in SAFE:
                refusal, receive = await self._check_change(request, receive)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        elif scope["type"] != "lifespan":
            return  # there is no web socket here
        await self._app(scope, receive, send)

    def largest(self, scope: Scope) -> int:
        """Return how many bytes a request may have."""
        route = self._route(scope)
        return route.largest if route is not None else LARGEST

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to somebody who may not see this route, whatever they do there."""
        visitor: Visitor = request.state.session
        needed = self._needed(request.scope)
        if needed is None:
            return None
        if visitor.role is None:
            return _log_in_first(request)
        if not visitor.role.covers(needed):
            return self._role_is_too_low(request, visitor.role, needed)
        return None

    def _needed(self, scope: Scope) -> Role | None:
        """Return the role for a request; a path that is not there needs one too."""
        route = self._route(scope)
        return route.role if route is not None else Role.VIEWER

    def _route(self, scope: Scope) -> Guarded | None:
        """Return the route of a request, whatever its method; None when the path is not there."""
        partial: Guarded | None = None
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return route
            if match is Match.PARTIAL:
                partial = partial or route
        return partial

    def _role_is_too_low(self, request: Request, role: Role, needed: Role) -> Response:
        if wants_json(request):
            return problem(403, "role_too_low", f"this needs the role {needed}; you are {role}")
        values = {"needed": needed.value, "role": role.value}
        return self._render(request, "access/forbidden.html", values, status_code=403)

    async def _check_change(self, request: Request, receive: Receive) -> tuple[Response | None, Receive]:
        """Check that our own page asks for this change; return what reads the body again."""
        visitor: Visitor = request.state.session
        if visitor.role is not None and not visitor.csrf:
            return problem(403, "token_only_reads", "an API token only reads"), receive
        host = request.headers.get("host", "")
        origin = request.headers.get("origin") or request.headers.get("referer") or ""
        if not is_own_origin(origin, host, is_tls=self._access.is_tls):
            return self._foreign(request), receive
        given = request.headers.get("x-csrf-token", "")
        if not given and is_form(request):
            body, receive = await _read(receive)
            given = parse_form(body).get("csrf", "")
        is_open = self._needed(request.scope) is None
        expected = visitor.csrf
        if is_open:  # such forms were made for nobody, whoever has logged in since
            expected = self._access.form_csrf(form_cookie(request, self._access))
        return (None if is_same(given, expected) else self._foreign(request)), receive

    def _foreign(self, request: Request) -> Response:
        if wants_json(request):
            message = "the request does not come from this page, or the page is out of date: load it again"
            return problem(403, "foreign_request", message)
        return self._render(request, "access/foreign.html", {}, status_code=403)


def wants_json(request: Request) -> bool:
    """Say whether a program asks, which can do nothing with a page."""
    accept = request.headers.get("accept", "")
    is_inside = request.headers.get("sec-fetch-dest", "document") not in ("document", "iframe")
    is_program = "application/json" in accept or "text/event-stream" in accept
    return is_program or is_inside or request.url.path.startswith(API)


def _log_in_first(request: Request) -> Response:
    if wants_json(request):
        # Browsers ask people in a window of their own for Basic; scripts of our pages must not cause that.
        is_browser = "sec-fetch-mode" in request.headers
        scheme = "Bearer" if is_browser or not request.url.path.startswith(API) else "Basic"
        challenge = f'{scheme} realm="energy-agent"'
        message = "log in, or bring an API token: Authorization: Bearer TOKEN"
        return problem(401, "login_needed", message, **{"WWW-Authenticate": challenge})
    target = path_of(request.scope) if request.method in SAFE else "/"
    onward = "" if target == "/" else f"?next={quote(target, safe='')}"
    return RedirectResponse(f"/login{onward}", status_code=303)


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Return the whole body, and what gives it once more."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    body, is_given = b"".join(parts), False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again
