"""Names by which the page may be asked for, so that a foreign name that points here gets nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::([0-9]{1,5}))?", re.ASCII)


class Hosts:
    """This machine's own names with any port, and those that the plant file allows."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(name.lower().rstrip(".").strip("[]") for name in allowed)

    def allows(self, host: str) -> bool:
        """Say whether a Host header names this page."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name = found[1].strip("[]").rstrip(".")
        return name == "localhost" or name in self._allowed or _is_loopback(name)


def is_own_origin(origin: str, host: str, *, is_tls: bool) -> bool:
    """Say whether an Origin or Referer header is of the page that was asked for as `host`."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if is_tls else ("http", "https")  # a proxy may add TLS
    return parts.scheme in schemes and bool(parts.netloc) and parts.netloc.lower() == host.lower()


def local_path(target: str) -> str:
    """Return a path of this page to go on to, "/" for anything that could lead elsewhere."""
    is_plain = target.isascii() and target.isprintable() and " " not in target and "\\" not in target
    if not is_plain or not target.startswith("/") or target.startswith("//") or len(target) > 2000:
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path == "/login" else target


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
