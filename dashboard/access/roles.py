"""What a user may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each role may do what those before it may."""

    VIEWER = "viewer"
    """Looks."""
    OPERATOR = "operator"
    """Acknowledges alerts, declares meter events, enters production."""
    ADMIN = "admin"
    """Approves baselines, makes users and API tokens, reads the audit."""

    def covers(self, needed: Role) -> bool:
        """Say whether this role may do what `needed` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)
