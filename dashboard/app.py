"""The whole page as one ASGI application: pages, live values, actions, API, access, behind every check."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from dashboard.access.access import Access
from dashboard.access.guard import Guarded, Page, protect, wants_json
from dashboard.access.headers import problem as problem_json
from dashboard.access.middleware import session_cookie
from dashboard.access.roles import Role
from dashboard.access.routes import access_routes
from dashboard.access.sessions import visitor_of
from dashboard.actions import Actions
from dashboard.api.routes import api_routes
from dashboard.assets import static
from dashboard.inventory_files import INVENTORY_FILES
from dashboard.page import Reader
from dashboard.pages import PageSpec
from dashboard.site import Site, keep_prefs
from dashboard.source import Source
from dashboard.workbook import TYPE as WORKBOOK
from dashboard.workbook import report_workbook
from domain.errors import EnergyAgentError
from domain.ports import Clock

_SMALLEST_ZIPPED = 500
_ZIP_LEVEL = 5
"""6 % larger than level 9 on our pages, for a third of the time."""


class PageApp:
    """What a server runs, and what ends with it."""

    def __init__(
        self,
        source: Source,
        access: Access,
        clock: Clock,
        *,
        public: Sequence[Route] = (),
        version: str = "unknown",
    ) -> None:
        """`public` are routes that anybody on this host may ask: health and metrics."""
        self.access = access
        self.site = Site(source, clock, reader_of=reader_of, is_still_known=self._is_still_known)
        self.routes: list[Guarded] = [
            *(Page(route.path, route.endpoint, role=None) for route in public),
            *page_routes(self.site),
            *(
                Page(path, endpoint, role=Role(role), methods=("POST",))
                for path, endpoint, role in Actions(self.site, self._audit).routes()
            ),
            *api_routes(source, clock, self.site.render, version=version),
            *access_routes(access, self.site.render, local=self.site.instant),
        ]
        inner = Starlette(
            routes=list[BaseRoute](self.routes),
            middleware=[
                Middleware(GZipMiddleware, minimum_size=_SMALLEST_ZIPPED, compresslevel=_ZIP_LEVEL),
            ],
            exception_handlers={
                HTTPException: self._http_problem,
                EnergyAgentError: self._not_now,
                Exception: self._fault,
            },
        )
        self.asgi: ASGIApp = protect(inner, self.routes, access, self.site.render)

    def close(self) -> None:
        """End the streams; the server may stop after it."""
        self.site.hub.close()

    async def _audit(self, request: Request, action: str, subject: str, outcome: str, detail: str) -> None:
        """Append a row for what somebody recorded, or tried to."""
        visitor = visitor_of(request)
        await self.access.call(
            self.access.audit,
            who=visitor.user,
            role=visitor.role or "",
            action=action,
            subject=subject,
            outcome=outcome,
            address=visitor.address,
            detail=detail,
        )

    async def _is_still_known(self, request: Request) -> bool:
        """Say whether the session that opened a stream still holds."""
        access, visitor = self.access, visitor_of(request)
        found = await access.call(
            access.by_session, session_cookie(request, access), visitor.address, is_use=False
        )
        return found is not None and found.user == visitor.user

    def _http_problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if wants_json(request):
            return problem_json(error.status_code, "http", error.detail)
        asked = self.site.asked(request)
        heading = asked.words("There is no such page") if error.status_code == 404 else error.detail
        return self.site.problem(asked, heading, asked.path, "", error.status_code)

    def _not_now(self, request: Request, error: Exception) -> Response:
        """Answer when a file or the agent cannot be asked now."""
        assert isinstance(error, EnergyAgentError)
        if wants_json(request):
            return problem_json(503, "not_now", str(error))
        return self.site.fault(self.site.asked(request), error)

    def _fault(self, request: Request, error: Exception) -> Response:
        """Answer for a fault of ours, which the server logs with its traceback."""
        if wants_json(request):
            return problem_json(500, "fault", "something went wrong here; the agent's log says what")
        asked = self.site.asked(request)
        what = asked.words("The agent has written down what; the other pages still work.")
        return self.site.problem(asked, asked.words("Something went wrong here"), what, "", 500)


def page_routes(site: Site) -> list[Guarded]:
    """Return the registry's pages, their parts, live values and what the script asks."""
    found: list[Guarded] = []
    for spec in site.pages:
        found.append(Page(spec.path, partial(_show, site, spec), role=Role(spec.role), name=spec.name))
        for part in spec.parts:
            path = f"/part/{spec.name}/{part}"
            found.append(Page(path, partial(_part, site, spec, part), role=Role(spec.role)))
    return [
        *found,
        Page("/reports.xlsx", partial(_workbook, site), role=Role.VIEWER),
        *(Page(path, partial(ask, site), role=Role.VIEWER) for path, ask in INVENTORY_FILES.items()),
        Page("/events", site.events, role=Role.VIEWER),
        Page("/session", _session, role=Role.VIEWER),
        Page("/prefs", keep_prefs, role=None),
        Page("/static/{name}", static, role=None),
    ]


def reader_of(request: Request) -> Reader:
    """Return who asks, as views know it."""
    visitor = visitor_of(request)
    return Reader(name=visitor.user, role=visitor.role or "", csrf=visitor.csrf)


async def _show(site: Site, spec: PageSpec, request: Request) -> Response:
    return await site.show(request, spec)


async def _part(site: Site, spec: PageSpec, part: str, request: Request) -> Response:
    return await site.show(request, spec, part=part)


async def _workbook(site: Site, request: Request) -> Response:
    return await site.file(request, report_workbook, name="report.xlsx", kind=WORKBOOK)


async def _session(request: Request) -> Response:
    return JSONResponse({"user": visitor_of(request).user})
