"""Everything about who may do what, bound together for one running page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from dashboard.access.hosts import Hosts
from dashboard.access.passwords import Busy, Passwords
from dashboard.access.roles import Role
from dashboard.access.rows import User
from dashboard.access.said import Refused, Said
from dashboard.access.secret import digest, signed
from dashboard.access.sessions import SEEN_EVERY_MS, Sessions, Visitor
from dashboard.access.setup import offer_setup, setup_token, withdraw_setup
from dashboard.access.store import FILE_NAME, AccessStore, name_key
from dashboard.access.throttle import Throttle
from domain.errors import StoreError
from domain.ports import Clock

P = ParamSpec("P")
T = TypeVar("T")

_AUDITED_REFUSALS = 100
"""Refused logins that are written in an hour; the others are counted, so that no flood fills the disk."""
_HOUR_MS = 3600 * 1000


class TooFast(Exception):
    """The next try must wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class Access:
    """Users, sessions, throttle and audit of one page."""

    def __init__(
        self,
        store: AccessStore,
        clock: Clock,
        passwords: Passwords,
        *,
        state_dir: Path,
        is_tls: bool,
        allowed_hosts: Sequence[str],
    ) -> None:
        self.store = store
        self.clock = clock
        self.passwords = passwords
        self.state_dir = state_dir
        self.is_tls = is_tls
        self.hosts = Hosts(allowed_hosts)
        self.sessions = Sessions(store, clock)
        self.throttle = Throttle(clock)
        # A thread of its own: a page that waits for a frozen store must not keep others from being known.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="access")
        self._form_key = store.key("form")
        self._hour = 0
        self._refusals = 0

    @classmethod
    def open(
        cls,
        state_dir: Path,
        clock: Clock,
        *,
        is_tls: bool,
        allowed_hosts: Sequence[str],
        passwords: Passwords | None = None,
    ) -> Access:
        """Open or make the users of a state folder; without any, a setup token waits there.

        StoreError with the cure when the file cannot be used.
        """
        store = AccessStore(state_dir / FILE_NAME)
        try:
            offer_setup(store, state_dir, at=clock.now_ms())
            chosen = passwords or Passwords()
            return cls(store, clock, chosen, state_dir=state_dir, is_tls=is_tls, allowed_hosts=allowed_hosts)
        except BaseException:
            store.close()
            raise

    @property
    def setup_token(self) -> str | None:
        """Return the token of the first login while nobody has used it; show it, never log it."""
        return setup_token(self.state_dir)

    def close(self) -> None:
        """End the threads and close the file; safe to call twice."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self.passwords.close()
        self.store.close()

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what reads or writes the access file in its thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(work, *args, **kwargs))

    def audit(
        self,
        *,
        who: str,
        role: str,
        action: str,
        subject: str = "",
        outcome: str = "done",
        address: str = "",
        detail: str = "",
    ) -> None:
        """Append a row for what was done or refused; blocks, and must be given no secret."""
        self.store.add_audit((who, role, action, subject, outcome, address, detail), at=self.clock.now_ms())

    def audit_as(self, visitor: Visitor, action: str, *, subject: str = "", detail: str = "") -> None:
        """Append a row for what a visitor has done; blocks."""
        self.audit(
            who=visitor.user,
            role=visitor.role or "",
            action=action,
            subject=subject,
            address=visitor.address,
            detail=detail,
        )

    # Who asks

    def by_session(self, token: str, address: str, *, is_use: bool = True) -> Visitor | None:
        """Return who has this session cookie; a look that is no use lets it grow idle. Blocks."""
        found = self.sessions.find(token, is_use=is_use)
        if found is None:
            return None
        return Visitor(
            user=found.user.name,
            role=found.user.role,
            csrf=found.csrf,
            address=address,
            user_id=found.user.id,
            session_id=found.id,
        )

    def by_token(self, token: str, address: str) -> Visitor | None:
        """Return the viewer that an API token makes; blocks."""
        found, now = self.store.token(digest(token)), self.clock.now_ms()
        if found is None:
            return None
        if found.seen is None or now - found.seen >= SEEN_EVERY_MS:
            with suppress(StoreError):  # a full disk keeps nobody from reading
                self.store.touch_token(found.id, at=now)
        return Visitor(user=f"token {found.name}", role=Role.VIEWER, address=address)

    def form_csrf(self, cookie: str) -> str:
        """Return what the forms of a browser must bring along while nobody is logged in."""
        return signed(self._form_key, cookie) if cookie else ""

    # Logging in

    async def check(self, name: str, password: str, address: str) -> User | None:
        """Return the user when the password is right; TooFast or Busy when it was not looked at.

        A name that nobody has takes as long as one that somebody has.
        """
        account = name_key(name)[:200]
        wait_s = self.throttle.wait_s(account, address)
        if wait_s:
            raise TooFast(wait_s)
        user = await self.call(self.store.user, name)
        kept = user.password if user is not None and not user.is_disabled else None
        try:
            verdict = await self.passwords.verify(kept, password)
        except Busy:
            self.throttle.take_back(account, address)
            raise
        if user is None or kept is None or not verdict.is_right:
            await self.call(self._audit_refusal, user, address)
            return None
        self.throttle.succeeded(account, address)
        if verdict.is_outdated:
            await self.call(self.store.rehash, user.id, kept, await self.passwords.hash(password))
        return user

    def begin_session(self, user: User, address: str, *, instead_of: str) -> str:
        """Return the token of a new session, with its audit row; blocks."""
        with self.store.transaction():
            token = self.sessions.begin(user, address, instead_of=instead_of)
            self.audit(who=user.name, role=user.role, action="login", subject=user.name, address=address)
        return token

    def use_invitation(self, token: str, *, name: str, password: str, address: str) -> User:
        """Set a password by a link, or make the first admin; blocks. `password` is a hash."""
        now = self.clock.now_ms()
        with self.store.transaction():
            found = self.store.invitation(digest(token), at=now)
            user = self.store.use_invitation(digest(token), name=name, password=password, at=now)
            action = "setup" if found is None or found.user is None else "user.invited"
            self.audit(who=user.name, role=user.role, action=action, subject=user.name, address=address)
        withdraw_setup(self.state_dir)
        return user

    def _audit_refusal(self, user: User | None, address: str) -> None:
        """Note a refused login; a name nobody has may be a password typed in the wrong field."""
        hour = self.clock.now_ms() // _HOUR_MS
        if hour != self._hour:
            self._hour, missed = hour, max(self._refusals - _AUDITED_REFUSALS, 0)
            self._refusals = 0
            if missed:
                self.audit(who="", role="", action="login", outcome="refused", detail=f"{missed} more")
        self._refusals += 1
        if self._refusals <= _AUDITED_REFUSALS:
            name = user.name if user else "(unknown name)"
            self.audit(who="", role="", action="login", subject=name, outcome="refused", address=address)


def said_of(error: Refused | TooFast) -> Said:
    """Return what to tell a person."""
    if isinstance(error, TooFast):
        return Said("Too many tries: wait %(seconds)s s.", {"seconds": error.wait_s})
    return error.said
