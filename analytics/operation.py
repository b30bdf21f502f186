"""What the oven does in each window: off, heating up, hot without output, producing.

A window has one state, that of its most: an hour with output is a producing hour, its changeovers included.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from domain.series import Floats


class State(IntEnum):
    """What the oven does in a window."""

    OFF = 0
    STARTUP = 1
    """Heating up after it was off, no output yet."""
    IDLE = 2
    """Hot, no output."""
    PRODUCTION = 3


RISING_K = 5.0
"""An oven below its heat that is warmer by so much than in the window before is heating up."""


def states(
    gas: Floats, output: Floats, oven_c: Floats | None, hot_above_c: float | None
) -> NDArray[np.uint8]:
    """Return the `State` of each of n consecutive windows; a window looks one window back.

    Without an oven temperature, or a limit for it, start-up cannot be told: a window without output that
    burns gas is idle. So is one whose temperature is not known.
    """
    producing = output > 0.0
    found = np.where(gas > 0.0, State.IDLE, State.OFF)
    if oven_c is not None and hot_above_c is not None:
        hot = oven_c >= hot_above_c
        before = np.concatenate((oven_c[:1], oven_c[:-1]))
        was_hot = np.concatenate((hot[:1], hot[:-1]))
        heating = (oven_c > before + RISING_K) & ~was_hot
        by_oven = np.where(heating, State.STARTUP, np.where(hot, State.IDLE, State.OFF))
        found = np.where(np.isfinite(oven_c), by_oven, found)
    return np.where(producing, State.PRODUCTION, found).astype(np.uint8)
