"""An instant where no plant time is at hand."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request


def utc(request: Request, at: int) -> str:
    """Return an instant as UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
