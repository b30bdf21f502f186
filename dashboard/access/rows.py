"""What the access file holds, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.access.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in."""

    id: int
    name: str
    role: Role
    password: str | None = field(repr=False)
    """Argon2id, encoded; None until the invitation is used."""
    is_disabled: bool
    created: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that lets its holder set a password once; without a user it makes the first admin."""

    user: User | None
    expires: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is logged in."""

    id: int
    user: User
    csrf: str = field(repr=False)
    address: str
    created: int
    seen: int
    """Written at most once a minute."""
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """Lets a program read; it never may more than a viewer."""

    id: int
    name: str
    who: str
    """Who made it."""
    created: int
    seen: int | None
    is_revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Something that was done or refused."""

    number: int
    at: int
    who: str
    role: str
    action: str
    subject: str
    outcome: str
    address: str
    detail: str
