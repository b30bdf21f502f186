"""What a process did in each window: gas, output, relevant variables, the state of its oven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from domain.series import Floats, Instants


class State(IntEnum):
    """What the oven does in a window."""

    OFF = 0
    STARTUP = 1
    """Heating up after it was off, no output yet."""
    IDLE = 2
    """Hot, no output."""
    PRODUCTION = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessHours:
    """Windows of one process, ordered, without overlap; arrays of one length."""

    process: str
    since: Instants
    until: Instants
    gas: Floats
    """Nm3 by the shares of the meters that serve the process; NaN where one of them is not known."""
    gas_grade: NDArray[np.uint8]
    """`Grade`, the worst of the meters."""
    gas_coverage: Floats
    gas_flags: NDArray[np.uint16]
    """`Flag`, all of the meters."""
    output: Floats
    """Output unit of the process; NaN where not known."""
    output_grade: NDArray[np.uint8]
    output_coverage: Floats
    output_flags: NDArray[np.uint16]
    variables: Mapping[str, Floats]
    """Name of a relevant variable -> its mean in each window; NaN where not known."""
    state: NDArray[np.uint8]
    """`State`."""

    def __len__(self) -> int:
        return len(self.since)
