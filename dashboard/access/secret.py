"""Random tokens, and what is kept of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return 32 random bytes as text for an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return the SHA-256 of a token: what is stored of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def signed(key: bytes, token: str) -> str:
    """Return the HMAC-SHA-256 of a token."""
    return hmac.new(key, token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def is_same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing; an empty expectation fits nothing."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
