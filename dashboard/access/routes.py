"""Pages for logging in and out, the first setup, and one's own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.access import Access, TooFast, said_of
from dashboard.access.admin import Admin
from dashboard.access.forms import form_of
from dashboard.access.guard import Guarded, Page, Render
from dashboard.access.headers import SMALL
from dashboard.access.hosts import local_path
from dashboard.access.middleware import form_cookie, session_cookie
from dashboard.access.passwords import SHORTEST, Busy, check_password
from dashboard.access.roles import Role
from dashboard.access.said import Refused, Said
from dashboard.access.secret import digest, new_token
from dashboard.access.sessions import (
    ABSOLUTE_MS,
    FORM_COOKIE,
    IDLE_MS,
    SESSION_COOKIE,
    Visitor,
    address_of,
    drop_cookie,
    set_cookie,
    visitor_of,
)
from dashboard.access.store import checked_name
from dashboard.access.when import utc

WRONG = Said("Name or password is wrong.")
BUSY = Said("Too many people log in at once: try again in a moment.")
CHANGED = Said("The password is changed. Your other sessions have ended.")
ENDED = Said("The session has ended.")
_HOUR_MS = 3600 * 1000


def access_routes(
    access: Access, render: Render, *, local: Callable[[Request, int], str] = utc
) -> list[Guarded]:
    """Return the routes of this room; `local` writes an instant as a reader sees it."""
    door, account, admin = Door(access, render), Account(access, render, local), Admin(access, render, local)
    both = ("GET", "POST")
    return [
        Page("/login", door.login, role=None, methods=both, name="login", largest=SMALL),
        Page("/setup", door.setup, role=None, methods=both, name="setup", largest=SMALL),
        Page("/logout", door.logout, role=Role.VIEWER, methods=("POST",), name="logout"),
        Page("/account", account.show, role=Role.VIEWER, name="account"),
        Page("/account/password", account.change_password, role=Role.VIEWER, methods=("POST",)),
        Page("/account/sessions/{number:row}/end", account.end, role=Role.VIEWER, methods=("POST",)),
        *admin.routes(),
    ]


@dataclass(frozen=True, slots=True)
class Door:
    """Logging in and out."""

    access: Access
    render: Render

    async def login(self, request: Request) -> Response:
        """Show the form, or log in."""
        if request.method == "POST":
            return await self._log_in(request)
        onward = local_path(request.query_params.get("next", "/"))
        if not visitor_of(request).is_anonymous:
            return RedirectResponse(onward, status_code=303)
        has_users = await self.access.call(self.access.store.has_users)
        return self._form(request, "access/login.html", {"onward": onward, "has_users": has_users})

    async def _log_in(self, request: Request) -> Response:
        form = await form_of(request)
        name, address = form.get("name", "").strip(), address_of(request)
        onward = local_path(form.get("next", "/"))
        values: dict[str, object] = {"onward": onward, "has_users": True, "name": name[:100]}
        try:
            user = await self.access.check(name, form.get("password", ""), address)
        except TooFast as error:
            values["problem"] = said_of(error)
            answer = self._form(request, "access/login.html", values, status_code=429)
            answer.headers["Retry-After"] = str(error.wait_s)
            return answer
        except Busy:
            return self._form(request, "access/login.html", values | {"problem": BUSY}, status_code=503)
        if user is None:
            return self._form(request, "access/login.html", values | {"problem": WRONG}, status_code=403)
        old = session_cookie(request, self.access)
        token = await self.access.call(self.access.begin_session, user, address, instead_of=old)
        return self._logged_in(token, onward)

    async def setup(self, request: Request) -> Response:
        """Show who the link is for, or set their password and log them in; looking uses nothing up."""
        form = await form_of(request) if request.method == "POST" else {}
        token = form.get("token", "") or request.query_params.get("token", "")
        now = self.access.clock.now_ms()
        found = await self.access.call(self.access.store.invitation, digest(token), at=now)
        if found is None:
            return self.render(request, "access/setup.html", {"is_valid": False}, status_code=403)
        known = found.user.name if found.user else ""
        values = {"token": token, "known": known, "name": known, "is_valid": True, "shortest": SHORTEST}
        if request.method != "POST":
            return self._form(request, "access/setup.html", values)
        try:
            name = known or checked_name(form.get("name", ""))
            return await self._set_up(request, token, name, form)
        except Refused as error:
            values |= {"problem": error.said, "name": known or form.get("name", "")[:100]}
            return self._form(request, "access/setup.html", values, status_code=422)
        except Busy:
            return self._form(request, "access/setup.html", values | {"problem": BUSY}, status_code=503)

    async def _set_up(self, request: Request, token: str, name: str, form: Mapping[str, str]) -> Response:
        password = form.get("password", "")
        _check_new(password, form.get("again", ""), name)
        access, address = self.access, address_of(request)
        hashed = await access.passwords.hash(password)
        user = await access.call(access.use_invitation, token, name=name, password=hashed, address=address)
        old = session_cookie(request, access)
        begun = await access.call(access.begin_session, user, address, instead_of=old)
        return self._logged_in(begun, "/")

    async def logout(self, request: Request) -> Response:
        """End this session on the server too."""
        visitor = visitor_of(request)

        def end() -> None:
            with self.access.store.transaction():
                self.access.sessions.end(visitor.session_id, user_id=visitor.user_id)
                self.access.audit_as(visitor, "logout", subject=visitor.user)

        await self.access.call(end)
        answer = RedirectResponse("/login", status_code=303)
        drop_cookie(answer, SESSION_COOKIE, is_tls=self.access.is_tls)
        return answer

    def _logged_in(self, token: str, onward: str) -> Response:
        answer = RedirectResponse(onward, status_code=303)
        set_cookie(answer, SESSION_COOKIE, token, is_tls=self.access.is_tls)
        drop_cookie(answer, FORM_COOKIE, is_tls=self.access.is_tls)
        return answer

    def _form(
        self, request: Request, template: str, values: Mapping[str, object], *, status_code: int = 200
    ) -> Response:
        """Return a form for somebody who is not logged in, tied to their browser by a cookie."""
        cookie = form_cookie(request, self.access)
        fresh = cookie or new_token()
        defaults = {"csrf": self.access.form_csrf(fresh), "problem": None, "name": ""}
        answer = self.render(request, template, {**defaults, **values}, status_code=status_code)
        if not cookie:
            set_cookie(answer, FORM_COOKIE, fresh, is_tls=self.access.is_tls)
        return answer


@dataclass(frozen=True, slots=True)
class Account:
    """What a user may see and change of their own."""

    access: Access
    render: Render
    local: Callable[[Request, int], str]

    async def show(self, request: Request) -> Response:
        """Show role, password form and sessions."""
        done = {"password": CHANGED, "session": ENDED}.get(request.query_params.get("done", ""))
        return await self._page(request, done=done)

    async def _page(
        self, request: Request, *, done: Said | None = None, problem: Said | None = None, status: int = 200
    ) -> Response:
        visitor = visitor_of(request)
        sessions = await self.access.call(self.access.sessions.of, visitor.user_id)
        rows = [
            {
                "id": each.id,
                "address": each.address,
                "created": self.local(request, each.created),
                "seen": self.local(request, each.seen),
                "is_this": each.id == visitor.session_id,
            }
            for each in sessions
        ]
        values = {
            "user": visitor.user,
            "role": str(visitor.role),
            "csrf": visitor.csrf,
            "sessions": rows,
            "done": done,
            "problem": problem,
            "shortest": SHORTEST,
            "idle_hours": IDLE_MS // _HOUR_MS,
            "days": ABSOLUTE_MS // _HOUR_MS // 24,
        }
        return self.render(request, "access/account.html", values, status_code=status)

    async def change_password(self, request: Request) -> Response:
        """Change the password; every session ends, this browser gets a new one."""
        access, visitor, form = self.access, visitor_of(request), await form_of(request)
        try:
            _check_new(form.get("password", ""), form.get("again", ""), visitor.user)
            user = await access.check(visitor.user, form.get("current", ""), visitor.address)
            if user is None:
                raise Refused("The current password is wrong.")
            hashed = await access.passwords.hash(form.get("password", ""))
        except (Refused, TooFast) as error:
            status = 429 if isinstance(error, TooFast) else 422
            return await self._page(request, problem=said_of(error), status=status)
        except Busy:
            return await self._page(request, problem=BUSY, status=503)

        def change() -> str:
            with access.store.transaction():
                access.store.set_password(user.id, hashed, at=access.clock.now_ms())
                access.audit_as(visitor, "user.password", subject=user.name)
                return access.sessions.begin(user, visitor.address)

        answer = RedirectResponse("/account?done=password", status_code=303)
        set_cookie(answer, SESSION_COOKIE, await access.call(change), is_tls=access.is_tls)
        return answer

    async def end(self, request: Request) -> Response:
        """End one of one's own sessions."""
        visitor, number = visitor_of(request), int(request.path_params["number"])
        await self.access.call(self._end, visitor, number)
        return RedirectResponse("/account?done=session", status_code=303)

    def _end(self, visitor: Visitor, number: int) -> None:
        with self.access.store.transaction():
            if self.access.sessions.end(number, user_id=visitor.user_id):
                self.access.audit_as(visitor, "session.end", subject=visitor.user)


def _check_new(password: str, again: str, name: str) -> None:
    """Refuse a new password that cannot be one, or was mistyped."""
    check_password(password, name)
    if password != again:
        raise Refused("The two passwords differ: type the same one twice.")
