"""A page whose users cannot be read: it says so, lets nobody in, and leaves what is not the page alone."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.access.headers import KnownHosts, SecureHeaders, problem
from dashboard.access.hosts import Hosts
from domain.errors import StoreError


def closed_page(
    error: StoreError, *, public: Sequence[Route], is_tls: bool, allowed_hosts: Sequence[str]
) -> ASGIApp:
    """Return an app that answers `public` routes, and anything else with what is wrong."""
    message = f"{error.problem}; {error.hint}; then start the agent again"

    async def closed(scope: Scope, receive: Receive, send: Send) -> None:
        await problem(503, "users_unreadable", message)(scope, receive, send)

    router = Router(routes=list(public), default=closed, redirect_slashes=False)
    return SecureHeaders(KnownHosts(router, Hosts(allowed_hosts)), is_tls=is_tls)
