"""What can go wrong with a link itself, told as LinkDown with the place and what to look at."""

from __future__ import annotations

import termios

from domain.errors import LinkDown
from domain.plant import Link, LinkKind

LINK_FAULTS = (OSError, ValueError, OverflowError, termios.error)
"""All that sockets and serial ports raise: settings that a port refuses are no OSError."""


def link_down(link: Link, error: BaseException) -> LinkDown:
    """Return what a fault of a link means to who wanted to read."""
    if link.kind is LinkKind.SERIAL:
        hint = "is the adapter plugged in, and does the port know this baudrate, parity and stop_bits"
    else:
        hint = "is the device on, and are host and port right"
    return LinkDown(link.id, f"{link.address}: {_reason(error)}", hint)


def _reason(error: BaseException) -> str:
    if isinstance(error, termios.error):
        return str(error.args[-1])
    return str(getattr(error, "strerror", "") or error)
