"""Pages of the admin: users, API tokens and the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.access import Access
from dashboard.access.forms import form_of
from dashboard.access.guard import Page, Render
from dashboard.access.roles import Role
from dashboard.access.rows import User
from dashboard.access.said import Refused, Said
from dashboard.access.secret import digest, new_token
from dashboard.access.sessions import Visitor, visitor_of
from dashboard.access.setup import invite, link_to

DONE = {
    "role": Said("The role is changed. The user has to log in again."),
    "disable": Said("The user is disabled and logged out."),
    "enable": Said("The user may log in again."),
    "revoke": Said("The API token is revoked."),
}
_PAGE = 200
TOKEN_PREFIX = "eat_"  # noqa: S105  # "energy agent token": found by secret scanners


@dataclass(frozen=True, slots=True)
class Admin:
    """What an admin may see and change."""

    access: Access
    render: Render
    local: Callable[[Request, int], str]

    def routes(self) -> list[Page]:
        """Return the routes."""
        changes = {
            "/users": self.add,
            "/users/{number:row}/role": self.set_role,
            "/users/{number:row}/disable": self.disable,
            "/users/{number:row}/enable": self.enable,
            "/users/{number:row}/reset": self.reset,
            "/users/tokens": self.add_token,
            "/users/tokens/{number:row}/revoke": self.revoke_token,
        }
        return [
            Page("/users", self.show, role=Role.ADMIN, name="users"),
            Page("/audit", self.audit, role=Role.ADMIN, name="audit"),
            *(Page(path, work, role=Role.ADMIN, methods=("POST",)) for path, work in changes.items()),
        ]

    async def show(self, request: Request) -> Response:
        """List users and API tokens."""
        return await self._page(request, done=DONE.get(request.query_params.get("done", "")))

    async def add(self, request: Request) -> Response:
        """Make a user and show their invitation once."""
        form = await form_of(request)

        def add(visitor: Visitor, at: int) -> tuple[User, str]:
            user = self.access.store.add_user(form.get("name", ""), _role(form), at=at)
            self.access.audit_as(visitor, "user.add", subject=user.name, detail=user.role)
            return user, invite(self.access.store, user.id, at=at)

        return await self._invite(request, add)

    async def reset(self, request: Request) -> Response:
        """Take a user's password away, log them out and show a new invitation once."""
        number = int(request.path_params["number"])

        def reset(visitor: Visitor, at: int) -> tuple[User, str]:
            user = self.access.store.user_by_id(number)
            if number == visitor.user_id:
                raise Refused("This is you: change your password on your account's page.")
            self.access.store.set_password(number, None, at=at)
            self.access.audit_as(visitor, "user.reset", subject=user.name)
            return user, invite(self.access.store, number, at=at)

        return await self._invite(request, reset)

    async def set_role(self, request: Request) -> Response:
        """Give a user another role."""
        number, form = int(request.path_params["number"]), await form_of(request)

        def change(visitor: Visitor, at: int) -> None:
            user, role = self.access.store.user_by_id(number), _role(form)
            self.access.store.set_role(number, role, at=at)
            detail = f"{user.role} to {role}"
            self.access.audit_as(visitor, "user.role", subject=user.name, detail=detail)

        return await self._change(request, change, "role")

    async def disable(self, request: Request) -> Response:
        """Keep a user out."""
        return await self._disable(request, is_disabled=True)

    async def enable(self, request: Request) -> Response:
        """Let a user in again."""
        return await self._disable(request, is_disabled=False)

    async def _disable(self, request: Request, *, is_disabled: bool) -> Response:
        number, word = int(request.path_params["number"]), "disable" if is_disabled else "enable"

        def change(visitor: Visitor, at: int) -> None:
            user = self.access.store.user_by_id(number)
            self.access.store.set_disabled(number, is_disabled=is_disabled, at=at)
            self.access.audit_as(visitor, f"user.{word}", subject=user.name)

        return await self._change(request, change, word)

    async def add_token(self, request: Request) -> Response:
        """Make an API token and show it once."""
        form, visitor = await form_of(request), visitor_of(request)

        def add() -> str:
            token, store = TOKEN_PREFIX + new_token(), self.access.store
            with store.transaction():
                at = self.access.clock.now_ms()
                made = store.add_token(form.get("name", ""), digest(token), who=visitor.user, at=at)
                self.access.audit_as(visitor, "token.add", subject=made.name)
            return token

        try:
            token = await self.access.call(add)
        except Refused as error:
            return await self._page(request, problem=error.said, status=422)
        return await self._page(request, token=token)

    async def revoke_token(self, request: Request) -> Response:
        """End an API token."""
        number = int(request.path_params["number"])

        def change(visitor: Visitor, at: int) -> None:
            revoked = self.access.store.revoke_token(number, at=at)
            self.access.audit_as(visitor, "token.revoke", subject=revoked.name)

        return await self._change(request, change, "revoke")

    async def audit(self, request: Request) -> Response:
        """Show the newest rows, or those before `?before=NUMBER`."""
        asked = request.query_params.get("before", "")
        before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None
        found = await self.access.call(self.access.store.audit, before=before, limit=_PAGE + 1)
        rows = [{"row": row, "at": self.local(request, row.at)} for row in found[:_PAGE]]
        older = found[_PAGE - 1].number if len(found) > _PAGE else None
        values = {"rows": rows, "older": older, "is_newest": before is None}
        return self.render(request, "access/audit.html", values)

    async def _change(self, request: Request, change: Callable[[Visitor, int], None], done: str) -> Response:
        """Make a change with its audit row, or say why not."""

        def make() -> None:
            with self.access.store.transaction():
                change(visitor_of(request), self.access.clock.now_ms())

        try:
            await self.access.call(make)
        except Refused as error:
            return await self._page(request, problem=error.said, status=422)
        return RedirectResponse(f"/users?done={done}", status_code=303)

    async def _invite(self, request: Request, make: Callable[[Visitor, int], tuple[User, str]]) -> Response:
        """Show the link that `make` returns: this once, it is not kept."""

        def work() -> tuple[User, str]:
            with self.access.store.transaction():
                return make(visitor_of(request), self.access.clock.now_ms())

        try:
            user, token = await self.access.call(work)
        except Refused as error:
            return await self._page(request, problem=error.said, status=422)
        origin = str(request.base_url).rstrip("/")
        return await self._page(request, invited={"name": user.name, "link": link_to(origin, token)})

    async def _page(
        self,
        request: Request,
        *,
        done: Said | None = None,
        problem: Said | None = None,
        invited: Mapping[str, str] | None = None,
        token: str = "",
        status: int = 200,
    ) -> Response:
        users = await self.access.call(self.access.store.users)
        tokens = await self.access.call(self.access.store.tokens)
        visitor = visitor_of(request)
        values = {
            "csrf": visitor.csrf,
            "users": [
                {"user": each, "is_me": each.id == visitor.user_id, "at": self.local(request, each.created)}
                for each in users
            ],
            "tokens": [
                {
                    "token": each,
                    "at": self.local(request, each.created),
                    "seen": "" if each.seen is None else self.local(request, each.seen),
                }
                for each in tokens
            ],
            "roles": [role.value for role in Role],
            "done": done,
            "problem": problem,
            "invited": invited,
            "token": token,
        }
        return self.render(request, "access/users.html", values, status_code=status)


def _role(form: Mapping[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise Refused("Choose a role: viewer, operator or admin.") from None
