"""Users, invitations, sessions, API tokens and audit in `access.sqlite`; secrets only as hashes.

Tokens are 256 random bits, so a plain SHA-256 of them is as good as a slow hash; passwords arrive here hashed
by argon2id already.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from dashboard.access.file import AccessFile
from dashboard.access.roles import Role
from dashboard.access.rows import ApiToken, AuditRow, Invitation, Session, User
from dashboard.access.said import Refused

FILE_NAME = "access.sqlite"
"""In the state folder."""
LONGEST_NAME = 64
LONGEST_TYPED = 4 * LONGEST_NAME
"""Of a name as it is typed: a letter with its accents may come as four characters."""
MOST_USERS = 500
MOST_SESSIONS = 20
"""Of one user; one more ends the one that was not seen for longest."""
MOST_TOKENS = 100
_LONGEST_AUDIT = 300


class AccessStore:
    """The rows of the access file. Refused for what a person may correct, StoreError for a file's trouble."""

    def __init__(self, path: Path, *, busy_s: float = 10.0) -> None:
        self._file = AccessFile(path, busy_s=busy_s)

    def transaction(self) -> AbstractContextManager[None]:
        """Do several changes or none."""
        return self._file.transaction()

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    def key(self, name: str) -> bytes:
        """Return a random key of this install, made when it is first asked for."""
        query = "SELECT value FROM keys WHERE name = ?"
        if not self._file.rows(query, (name,)):
            made = (name, secrets.token_bytes(32))
            self._file.write("INSERT INTO keys VALUES (?, ?) ON CONFLICT DO NOTHING", made)
        return bytes(self._file.rows(query, (name,))[0][0])

    # Users

    def users(self) -> tuple[User, ...]:
        """Return all users by name."""
        return tuple(_user(row) for row in self._file.rows("SELECT * FROM users ORDER BY key"))

    def has_users(self) -> bool:
        """Say whether anybody was ever made."""
        return bool(self._file.rows("SELECT 1 FROM users LIMIT 1"))

    def user(self, name: str) -> User | None:
        """Return the user of this name, however it is capitalised."""
        rows = self._file.rows("SELECT * FROM users WHERE key = ?", (name_key(name),))
        return _user(rows[0]) if rows else None

    def user_by_id(self, number: int) -> User:
        """Return one user."""
        rows = self._file.rows("SELECT * FROM users WHERE id = ?", (number,))
        if not rows:
            raise Refused("There is no such user.")
        return _user(rows[0])

    def add_user(self, name: str, role: Role, *, at: int, password: str | None = None) -> User:
        """Make a user; without a password nobody can log in as them yet."""
        name = checked_name(name)
        with self.transaction():
            if self.user(name) is not None:
                raise Refused("%(name)s exists already: choose another name.", name=name)
            if len(self.users()) >= MOST_USERS:
                raise Refused("There are %(count)s users already, and no room for more.", count=MOST_USERS)
            number = self._file.insert(
                "INSERT INTO users (key, name, role, password, disabled, created, changed) "
                "VALUES (?, ?, ?, ?, 0, ?, ?)",
                (name_key(name), name, role.value, password, at, at),
            )
            return self.user_by_id(number)

    def set_role(self, number: int, role: Role, *, at: int) -> None:
        """Give a user another role and end their sessions."""
        with self.transaction():
            if role is not Role.ADMIN:
                self._refuse_last_admin(number)
            self._change("UPDATE users SET role = ?, changed = ? WHERE id = ?", role.value, at, number)
            self.end_sessions(number, at=at)

    def set_disabled(self, number: int, *, is_disabled: bool, at: int) -> None:
        """Keep a user out, or let them in again; either way their sessions and invitations end."""
        with self.transaction():
            if is_disabled:
                self._refuse_last_admin(number)
            statement = "UPDATE users SET disabled = ?, changed = ? WHERE id = ?"
            self._change(statement, int(is_disabled), at, number)
            self._file.write("DELETE FROM invitations WHERE user = ?", (number,))
            self.end_sessions(number, at=at)

    def set_password(self, number: int, password: str | None, *, at: int) -> None:
        """Replace the password hash, None takes it away; the user's sessions end."""
        with self.transaction():
            self._change("UPDATE users SET password = ?, changed = ? WHERE id = ?", password, at, number)
            self.end_sessions(number, at=at)

    def rehash(self, number: int, old: str, new: str) -> None:
        """Replace the hash of an unchanged password by one of today's cost."""
        self._file.write("UPDATE users SET password = ? WHERE id = ? AND password = ?", (new, number, old))

    def _change(self, statement: str, *values: object) -> None:
        if not self._file.write(statement, values):
            raise Refused("There is no such user.")

    def _refuse_last_admin(self, number: int) -> None:
        query = "SELECT id FROM users WHERE role = 'admin' AND NOT disabled AND password IS NOT NULL"
        if [row[0] for row in self._file.rows(query)] == [number]:
            raise Refused("This is the last admin: make another one first.")

    # Invitations

    def invite(self, number: int | None, token: bytes, *, at: int, expires: int | None) -> None:
        """Record the hash of a link that sets a user's password; earlier links to it end."""
        with self.transaction():
            self._file.write("DELETE FROM invitations WHERE expires <= ? OR user IS ?", (at, number))
            self._file.write("INSERT INTO invitations VALUES (?, ?, ?, ?)", (token, number, at, expires))

    def invitation(self, token: bytes, *, at: int) -> Invitation | None:
        """Return what a link is for; None when it was used, has expired or never was."""
        query = "SELECT user, expires FROM invitations WHERE token = ?"
        for number, expires in self._file.rows(query, (token,)):
            if expires is not None and expires <= at:
                return None
            if number is None:
                return None if self.has_users() else Invitation(user=None, expires=expires)
            user = self.user_by_id(number)
            return None if user.is_disabled else Invitation(user=user, expires=expires)
        return None

    def drop_setup(self) -> None:
        """Forget the link that makes the first admin."""
        self._file.write("DELETE FROM invitations WHERE user IS NULL")

    def use_invitation(self, token: bytes, *, name: str, password: str, at: int) -> User:
        """Set the password, or make the first admin of this name, once."""
        with self.transaction():
            found = self.invitation(token, at=at)
            if found is None:
                raise Refused("This link is not valid any more.")
            self._file.write("DELETE FROM invitations WHERE token = ?", (token,))
            if found.user is None:
                return self.add_user(name, Role.ADMIN, at=at, password=password)
            self.set_password(found.user.id, password, at=at)
            return self.user_by_id(found.user.id)

    # Sessions

    def begin_session(
        self, number: int, token: bytes, *, csrf: str, address: str, at: int, expires: int, idle_ms: int
    ) -> Session:
        """Record a new session, and remove those that are over or too many."""
        with self.transaction():
            over = "DELETE FROM sessions WHERE revoked IS NOT NULL OR expires <= ? OR seen <= ?"
            self._file.write(over, (at, at - idle_ms))
            self._file.write(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user = ? "
                "ORDER BY seen DESC, id DESC LIMIT -1 OFFSET ?)",
                (number, MOST_SESSIONS - 1),
            )
            self._file.insert(
                "INSERT INTO sessions (token, user, csrf, address, created, seen, expires) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (token, number, csrf, address, at, at, expires),
            )
            found = self.session(token, at=at, idle_ms=idle_ms)
            assert found is not None
            return found

    def session(self, token: bytes, *, at: int, idle_ms: int) -> Session | None:
        """Return a session that is alive and whose user may log in."""
        query = (
            "SELECT * FROM live_sessions WHERE token = ? AND expires > ? AND seen > ? AND NOT user_disabled"
        )
        rows = self._file.rows(query, (token, at, at - idle_ms))
        return _session(rows[0]) if rows else None

    def sessions_of(self, number: int, *, at: int, idle_ms: int) -> tuple[Session, ...]:
        """Return the live sessions of a user, newest first."""
        query = "SELECT * FROM live_sessions WHERE user = ? AND expires > ? AND seen > ? ORDER BY id DESC"
        return tuple(_session(row) for row in self._file.rows(query, (number, at, at - idle_ms)))

    def touch_session(self, number: int, *, at: int) -> None:
        """Note when a session was last seen."""
        self._file.write("UPDATE sessions SET seen = ? WHERE id = ? AND revoked IS NULL", (at, number))

    def end_session(self, number: int, *, user: int, at: int) -> bool:
        """End one session of a user; False when it is not theirs or over already."""
        statement = "UPDATE sessions SET revoked = ? WHERE id = ? AND user = ? AND revoked IS NULL"
        return bool(self._file.write(statement, (at, number, user)))

    def end_sessions(self, user: int, *, at: int) -> None:
        """End all sessions of a user."""
        self._file.write("UPDATE sessions SET revoked = ? WHERE user = ? AND revoked IS NULL", (at, user))

    # API tokens

    def add_token(self, name: str, token: bytes, *, who: str, at: int) -> ApiToken:
        """Record the hash of an API token under a name of its own."""
        name = checked_name(name)
        with self.transaction():
            live = [each for each in self.tokens() if not each.is_revoked]
            if any(name_key(each.name) == name_key(name) for each in live):
                raise Refused("%(name)s exists already: choose another name.", name=name)
            if len(live) >= MOST_TOKENS:
                raise Refused("There are %(count)s API tokens already: revoke one.", count=MOST_TOKENS)
            self._file.write("DELETE FROM tokens WHERE revoked IS NOT NULL AND revoked < ?", (at,))
            statement = "INSERT INTO tokens (token, name, who, created) VALUES (?, ?, ?, ?)"
            number = self._file.insert(statement, (token, name, who, at))
            return next(each for each in self.tokens() if each.id == number)

    def tokens(self) -> tuple[ApiToken, ...]:
        """Return the API tokens by name, with those that were revoked lately."""
        rows = self._file.rows("SELECT id, name, who, created, seen, revoked FROM tokens ORDER BY name, id")
        return tuple(_token(row) for row in rows)

    def token(self, token: bytes) -> ApiToken | None:
        """Return the API token with this hash, unless revoked."""
        query = "SELECT id, name, who, created, seen, revoked FROM tokens WHERE token = ? AND revoked IS NULL"
        rows = self._file.rows(query, (token,))
        return _token(rows[0]) if rows else None

    def touch_token(self, number: int, *, at: int) -> None:
        """Note when an API token was last used."""
        self._file.write("UPDATE tokens SET seen = ? WHERE id = ?", (at, number))

    def revoke_token(self, number: int, *, at: int) -> ApiToken:
        """End an API token."""
        with self.transaction():
            found = next((each for each in self.tokens() if each.id == number and not each.is_revoked), None)
            if found is None:
                raise Refused("There is no such API token.")
            self._file.write("UPDATE tokens SET revoked = ? WHERE id = ?", (at, number))
            return found

    # Audit

    def add_audit(self, texts: Sequence[str], *, at: int) -> None:
        """Append a row: who, role, action, subject, outcome, address, detail."""
        with self.transaction():
            number = self._file.rows("SELECT coalesce(max(number), 0) + 1 FROM audit")[0][0]
            cut = [text[:_LONGEST_AUDIT] for text in texts]
            self._file.write("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, at, *cut))

    def audit(self, *, before: int | None = None, limit: int = 200) -> tuple[AuditRow, ...]:
        """Return rows with a number below `before`, newest first."""
        query = "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?"
        rows = self._file.rows(query, (2**62 if before is None else before, limit))
        return tuple(_audit(row) for row in rows)


def name_key(name: str) -> str:
    """Return what two names that look alike have in common; "", nobody's, of what can be no name."""
    name = name.strip()
    if len(name) > LONGEST_TYPED:  # before all else: normalising costs the square of a run of accents
        return ""
    key = unicodedata.normalize("NFKC", name).casefold().strip()
    return key if key.isprintable() else ""


def checked_name(name: str) -> str:
    """Return a name as it is kept; Refused when it cannot be one."""
    name = name.strip()
    is_too_long = len(name) > LONGEST_TYPED
    if not is_too_long:
        name = unicodedata.normalize("NFC", name)
    if not name or not name.isprintable():
        raise Refused("Give a name of printable characters.")
    if is_too_long or len(name) > LONGEST_NAME:
        raise Refused("The name is too long: use at most %(count)s characters.", count=LONGEST_NAME)
    return name


def _user(row: Sequence[Any]) -> User:
    number, _, name, role, password, disabled, created, changed = row
    return User(
        id=number,
        name=name,
        role=Role(role),
        password=password,
        is_disabled=bool(disabled),
        created=created,
        changed=changed,
    )


def _session(row: Sequence[Any]) -> Session:
    number, _, _, csrf, address, created, seen, expires, *user = row
    return Session(
        id=number,
        user=_user(user),
        csrf=csrf,
        address=address,
        created=created,
        seen=seen,
        expires=expires,
    )


def _token(row: Sequence[Any]) -> ApiToken:
    number, name, who, created, seen, revoked = row
    return ApiToken(id=number, name=name, who=who, created=created, seen=seen, is_revoked=revoked is not None)


def _audit(row: Sequence[Any]) -> AuditRow:
    number, at, who, role, action, subject, outcome, address, detail = row
    return AuditRow(
        number=number,
        at=at,
        who=who,
        role=role,
        action=action,
        subject=subject,
        outcome=outcome,
        address=address,
        detail=detail,
    )
