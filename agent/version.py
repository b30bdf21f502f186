"""The version of this agent."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def agent_version() -> str:
    """Return the installed version, or "unknown" when run from a bare tree."""
    try:
        return version("energy-agent")
    except PackageNotFoundError:
        return "unknown"
