"""An inventory as the text that is closed: canonical JSON and its SHA-256."""

from __future__ import annotations

import hashlib

from domain.inventory import Inventory
from domain.result_rows import decode, encode


def canonical(inventory: Inventory) -> tuple[str, str]:
    """Return canonical JSON and its SHA-256: what is read again is written the same."""
    text = encode(decode("inventory", encode(inventory)))
    return text.decode(), hashlib.sha256(text).hexdigest()
