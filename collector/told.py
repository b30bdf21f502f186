"""One sign for or against a profile, as the judges of plausibility pass it on."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """What one value, or a relation between some, says about what its register is."""

    name: str
    value: float
    weight: float
    """Above 0: it fits; below 0: it does not."""
    why: str

    @property
    def fits(self) -> bool:
        """Say whether it speaks for the profile."""
        return self.weight > 0.0
