"""Users and API tokens as the command line changes them, beside a running agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.clock import PlantClock
from agent.commands.common import environment, plant_file
from agent.http import page_origin
from config import Loaded, load
from config.codes import suggest
from dashboard.access.admin import TOKEN_PREFIX
from dashboard.access.roles import Role
from dashboard.access.rows import ApiToken, User
from dashboard.access.secret import digest, new_token
from dashboard.access.sessions import IDLE_MS
from dashboard.access.setup import invite, link_to, offer_setup, withdraw_setup
from dashboard.access.store import FILE_NAME, AccessStore, name_key
from domain.errors import EnergyAgentError


@dataclass(frozen=True, slots=True)
class Users:
    """The users of one plant, and who changes them."""

    loaded: Loaded
    store: AccessStore
    now: int
    who: str

    def local(self, at: int) -> str:
        """Return an instant as plant time."""
        zone = ZoneInfo(self.loaded.plant.time_zone)
        return datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d %H:%M")

    def named(self, name: str) -> User:
        """Return the user of this name."""
        user = self.store.user(name)
        if user is None:
            remedy = suggest(name, [each.name for each in self.store.users()])
            raise EnergyAgentError(repr(name), "is not a user", remedy)
        return user

    def sessions(self, user: User) -> int:
        """Return in how many browsers a user is logged in."""
        return len(self.store.sessions_of(user.id, at=self.now, idle_ms=IDLE_MS))

    # Links

    def setup(self) -> str:
        """Return the link that makes the first admin."""
        token = offer_setup(self.store, self.loaded.agent.state_dir, at=self.now)
        if token is None:
            hint = "a new one: user add NAME --role admin; a forgotten password: user reset NAME"
            raise EnergyAgentError("setup", "was done: there are users already", hint)
        return self._link(token)

    def add(self, name: str, role: Role) -> tuple[User, str]:
        """Make a user; return them and the link by which they choose a password."""
        with self.store.transaction():
            user = self.store.add_user(name, role, at=self.now)
            self._audit("user.add", user.name, role)
            link = self._link(invite(self.store, user.id, at=self.now))
        withdraw_setup(self.loaded.agent.state_dir)
        return user, link

    def reset(self, name: str) -> tuple[User, str]:
        """Take a password away, end the sessions; return the link by which a new one is chosen."""
        with self.store.transaction():
            user = self.named(name)
            if user.is_disabled:
                hint = f"let them in first: user enable {user.name}"
                raise EnergyAgentError(repr(user.name), "is disabled", hint)
            self.store.set_password(user.id, None, at=self.now)
            self._audit("user.reset", user.name)
            return user, self._link(invite(self.store, user.id, at=self.now))

    def _link(self, token: str) -> str:
        http = self.loaded.http
        if http.port == 0:
            hint = "set http.port, or take the port from where the agent says it"
            raise EnergyAgentError("http.port", "is 0, so nobody knows the page's address beforehand", hint)
        return link_to(page_origin(http, http.port), token)

    # Changes

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role."""

        def change(user: User) -> None:
            self.store.set_role(user.id, role, at=self.now)
            self._audit("user.role", user.name, f"{user.role} to {role}")

        return self._change(name, change)

    def set_disabled(self, name: str, *, is_disabled: bool) -> User:
        """Keep a user out, or let them in again."""

        def change(user: User) -> None:
            self.store.set_disabled(user.id, is_disabled=is_disabled, at=self.now)
            self._audit("user.disable" if is_disabled else "user.enable", user.name)

        return self._change(name, change)

    def _change(self, name: str, change: Callable[[User], None]) -> User:
        with self.store.transaction():
            user = self.named(name)
            change(user)
            return user

    # API tokens

    def add_token(self, name: str) -> str:
        """Make an API token and return it: it is not kept."""
        token = TOKEN_PREFIX + new_token()
        with self.store.transaction():
            made = self.store.add_token(name, digest(token), who=self.who, at=self.now)
            self._audit("token.add", made.name)
        return token

    def revoke_token(self, name: str) -> ApiToken:
        """End an API token."""
        with self.store.transaction():
            live = [each for each in self.store.tokens() if not each.is_revoked]
            found = next((each for each in live if name_key(each.name) == name_key(name)), None)
            if found is None:
                remedy = suggest(name, [each.name for each in live])
                raise EnergyAgentError(repr(name), "is not an API token", remedy)
            self.store.revoke_token(found.id, at=self.now)
            self._audit("token.revoke", found.name)
            return found

    def _audit(self, action: str, subject: str, detail: str = "") -> None:
        row = (self.who, "command line", action, subject, "done", "", detail)
        self.store.add_audit(row, at=self.now)


@contextmanager
def open_users(config_path: Path | None, who: str = "") -> Iterator[Users]:
    """Open the users of a plant file; EnergyAgentError when its agent never ran."""
    loaded = load(plant_file(config_path), environment())
    state_dir = loaded.agent.state_dir
    if not state_dir.is_dir():
        hint = "start the agent once: it makes the folder, and the link of the first login"
        raise EnergyAgentError(str(state_dir), "does not exist", hint)
    store = AccessStore(state_dir / FILE_NAME)
    try:
        yield Users(loaded, store, PlantClock().now_ms(), who)
    finally:
        store.close()
