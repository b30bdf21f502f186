"""Passwords: what one must be, and argon2id to keep and check them.

Cost: 3 passes over 32 MiB, one lane (RFC 9106; OWASP's least is 2 over 19 MiB): about 0.1 s on two plain
cores. Two run at once, so hashing takes 64 MiB at most on a gateway that has little; 16 more may wait.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.access.said import Refused

P = ParamSpec("P")
T = TypeVar("T")

SHORTEST = 12
LONGEST = 1024
AT_ONCE = 2
WAITING = 16


class Busy(Exception):
    """So many passwords are being checked that one more must come later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one hash costs."""

    passes: int = 3
    memory_kib: int = 32 * 1024
    lanes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a check."""

    is_right: bool
    is_outdated: bool = False
    """Right, and hashed at another cost than today's."""


def hasher_of(cost: Cost) -> PasswordHasher:
    """Return an argon2id hasher of this cost."""
    return PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID
    )


class Passwords:
    """Hashes and checks in threads of its own; an unknown user costs what a known one does."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or hasher_of(Cost())
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._asked = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a password that is to be kept; Busy when too many wait."""
        return await self._run(self._hasher.hash, _normal(password))

    async def verify(self, kept: str | None, password: str) -> Verdict:
        """Check a password against a hash; None, a user who cannot log in, is wrong and costs as much."""
        return await self._run(self._verify, kept, _normal(password))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, kept: str | None, password: str) -> Verdict:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return Verdict(is_right=False)
        if kept is None:
            return Verdict(is_right=False)
        return Verdict(is_right=True, is_outdated=self._hasher.check_needs_rehash(kept))

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._asked >= AT_ONCE + WAITING:
            raise Busy
        self._asked += 1
        try:
            call = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self._asked -= 1


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, too long or the name."""
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise Refused("The password is too short: use at least %(count)s characters.", count=SHORTEST)
    if max(len(password), len(normal)) > LONGEST:
        raise Refused("The password is too long: use at most %(count)s characters.", count=LONGEST)
    if normal.casefold() == name.casefold() or len(set(password)) < 4:
        raise Refused("The password is too easy to guess: use several words, or let a program make one.")


def _normal(password: str) -> str:
    """Return a password as every keyboard gives it; of a longer one only that it is too long."""
    # Cut first: normalising costs the square of a run of accents.
    return unicodedata.normalize("NFC", password[: LONGEST + 1])[: LONGEST + 1]
