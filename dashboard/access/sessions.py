"""Sessions: a random cookie in the browser, its hash on the server, where it ends.

Idle for 8 hours (a shift) or 7 days old, whichever comes first, a session is over; logging out, a new
password or role and being disabled end it at once. OWASP's session guidance asks for both limits, on the
server.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from dashboard.access.roles import Role
from dashboard.access.rows import Session, User
from dashboard.access.secret import digest, new_token
from dashboard.access.store import AccessStore
from domain.errors import StoreError
from domain.ports import Clock

IDLE_MS = 8 * 3600 * 1000
ABSOLUTE_MS = 7 * 24 * 3600 * 1000
SEEN_EVERY_MS = 60 * 1000
"""When a session was last seen is written at most so often."""
SESSION_COOKIE = "ea_session"
FORM_COOKIE = "ea_form"
"""Ties the forms of somebody who is not logged in yet to their browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who sends a request."""

    user: str = ""
    role: Role | None = None
    """None: nobody is logged in."""
    csrf: str = ""
    """What a state change must bring along; empty for API tokens, which only read."""
    address: str = ""
    user_id: int = 0
    session_id: int = 0
    """0 for an API token and for nobody."""

    @property
    def is_anonymous(self) -> bool:
        """Say whether nobody is logged in."""
        return self.role is None


def visitor_of(request: Request) -> Visitor:
    """Return who sends this request, as the middleware found."""
    found = request.scope.get("state", {}).get("session")
    return found if isinstance(found, Visitor) else Visitor(address=address_of(request))


def address_of(request: Request) -> str:
    """Return the address of the other end; headers that claim another one are not believed."""
    return request.client.host if request.client else "local"


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, store: AccessStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, user: User, address: str, *, instead_of: str = "") -> str:
        """Return the token of a new session; the one that the browser had before ends."""
        now, token = self._clock.now_ms(), new_token()
        with self._store.transaction():
            if instead_of:
                old = self._store.session(digest(instead_of), at=now, idle_ms=IDLE_MS)
                if old is not None:
                    self._store.end_session(old.id, user=old.user.id, at=now)
            self._store.begin_session(
                user.id,
                digest(token),
                csrf=new_token(),
                address=address,
                at=now,
                expires=now + ABSOLUTE_MS,
                idle_ms=IDLE_MS,
            )
        return token

    def find(self, token: str, *, is_use: bool = True) -> Session | None:
        """Return the live session of a token; used, its idle time begins anew."""
        now = self._clock.now_ms()
        found = self._store.session(digest(token), at=now, idle_ms=IDLE_MS)
        if is_use and found is not None and now - found.seen >= SEEN_EVERY_MS:
            with suppress(StoreError):  # a full disk logs nobody out
                self._store.touch_session(found.id, at=now)
        return found

    def of(self, user_id: int) -> tuple[Session, ...]:
        """Return the live sessions of a user."""
        return self._store.sessions_of(user_id, at=self._clock.now_ms(), idle_ms=IDLE_MS)

    def end(self, number: int, *, user_id: int) -> bool:
        """End one session of a user."""
        return self._store.end_session(number, user=user_id, at=self._clock.now_ms())


def cookie_name(plain: str, *, is_tls: bool) -> str:
    """Return a cookie's name: under TLS, one that browsers only take from this very host."""
    return f"__Host-{plain}" if is_tls else plain


def set_cookie(response: Response, plain: str, value: str, *, is_tls: bool) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        cookie_name(plain, is_tls=is_tls),
        value,
        max_age=ABSOLUTE_MS // 1000,
        path="/",
        secure=is_tls,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, plain: str, *, is_tls: bool) -> None:
    """Take a cookie away."""
    response.delete_cookie(
        cookie_name(plain, is_tls=is_tls), path="/", secure=is_tls, httponly=True, samesite="strict"
    )
