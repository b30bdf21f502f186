"""The first login: a token made at the first start, shown to whoever may read the state folder, used once.

Its hash is in `access.sqlite`, the token itself in `<state_dir>/setup-token` (0600) until it is used.
Invitations are the same for users that an admin makes: a link to choose a password, shown once, not kept.
"""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.access.file import make_private
from dashboard.access.secret import digest, new_token
from dashboard.access.store import AccessStore

FILE_NAME = "setup-token"
"""In the state folder."""
INVITED_MS = 7 * 24 * 3600 * 1000
"""How long an invitation may be used."""


def offer_setup(store: AccessStore, state_dir: Path, *, at: int) -> str | None:
    """Return the setup token while there is no user, a new one if need be; None once there are users."""
    with store.transaction():
        if store.has_users():
            store.drop_setup()
            withdraw_setup(state_dir)
            return None
        kept = setup_token(state_dir)
        if kept and store.invitation(digest(kept), at=at) is not None:
            return kept
        token = new_token()
        store.invite(None, digest(token), at=at, expires=None)
        _write(state_dir / FILE_NAME, token)
        return token


def setup_token(state_dir: Path) -> str | None:
    """Return the token that waits in the state folder."""
    try:
        return (state_dir / FILE_NAME).read_text(encoding="ascii").strip() or None
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def withdraw_setup(state_dir: Path) -> None:
    """Remove the file with the token."""
    (state_dir / FILE_NAME).unlink(missing_ok=True)


def invite(store: AccessStore, number: int, *, at: int) -> str:
    """Return the token of a link by which a user sets their password; earlier links end."""
    token = new_token()
    store.invite(number, digest(token), at=at, expires=at + INVITED_MS)
    return token


def link_to(origin: str, token: str) -> str:
    """Return the address to open; `origin` is such as `http://127.0.0.1:8080`."""
    return f"{origin}/setup?token={token}"


def _write(path: Path, token: str) -> None:
    """Put the token in place whole, in a file that only its owner reads."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    make_private(part)
    with part.open("w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
