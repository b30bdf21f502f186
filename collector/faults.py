"""What can go wrong with a link itself, told as LinkDown with the place and what to look at."""

from __future__ import annotations

import errno
import os
import re
import socket
import termios

from domain.errors import LinkDown
from domain.plant import Link, LinkKind

LINK_FAULTS = (OSError, ValueError, OverflowError, termios.error)
"""All that sockets and serial ports raise: settings that a port refuses are no OSError."""


def link_down(link: Link, error: BaseException) -> LinkDown:
    """Return what a fault of a link means to who wanted to read."""
    if link.kind is LinkKind.SERIAL:
        hint = "is the adapter plugged in, and does the port know this baudrate, parity and stop_bits?"
    else:
        hint = "is the device on, and are host and port right?"
    return LinkDown(link.id, f"{link.address}: {_reason(error)}", hint)


def _reason(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):  # its number is none of errno's
        return error.strerror or str(error)
    if isinstance(error, termios.error):
        return str(error.args[-1])
    number = getattr(error, "errno", None)
    if number == errno.EAGAIN:
        return "in use by another program"  # the lock of a serial port
    # asyncio's own text is "Connect call failed"; where a name has several addresses it has no errno.
    numbers = {number} if number else {int(found) for found in re.findall(r"\[Errno (\d+)\]", str(error))}
    return os.strerror(numbers.pop()) if len(numbers) == 1 else str(error)
