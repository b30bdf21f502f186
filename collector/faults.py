"""What can go wrong with a link itself, told as LinkDown with the place and what to look at."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
import termios

from collector.secured import handshake_broken, tls_fault
from domain.errors import LinkDown
from domain.plant import Link, LinkKind

LINK_FAULTS = (OSError, ValueError, OverflowError, termios.error)
"""All that sockets and serial ports raise: settings that a port refuses are no OSError."""


def link_down(link: Link, error: BaseException) -> LinkDown:
    """Return what a fault of a link means to who wanted to read."""
    if isinstance(error, ssl.SSLError) and link.tls:
        return tls_fault(link, error)
    if link.tls and isinstance(error, ConnectionError) and not error.errno:
        return handshake_broken(link)
    if link.kind is LinkKind.SERIAL and getattr(error, "errno", None) == errno.EACCES:
        hint = "add the user to the port's group: sudo usermod -aG dialout USER, then log in again"
    elif link.kind is LinkKind.SERIAL:
        hint = "is the adapter plugged in, and does the port know this baudrate, parity and stop_bits?"
    else:
        hint = "is the device on, are host and port right, and is no other client connected?"
    return LinkDown(link.id, f"{link.address}: {_reason(error)}", hint)


def no_connection(link: Link) -> LinkDown:
    """Return the error for a link that does not come about in time."""
    hint = "does it speak TLS at this port? Modbus with TLS has 802 as a rule" if link.tls else ""
    return LinkDown(link.id, f"{link.address} does not take the connection", hint)


def connection_closed(link: Link, error: Exception | None, *, is_stale: bool, has_answered: bool) -> LinkDown:
    """Return what it means that the peer closed a connection; `is_stale` before it said a byte in answer.

    Devices that serve one client at a time take a second one and close it without a word.
    """
    if isinstance(error, ssl.SSLError) and link.tls:
        return tls_fault(link, error)
    reason = f"{link.address} closed the connection"
    problem = f"{reason}: {error}" if error else reason
    hint = ""
    if not has_answered and link.kind is not LinkKind.SERIAL:
        hint = "it may serve one client at a time: is another one connected?"
        if link.tls:
            hint = "it may want another client certificate, or serve one client at a time"
    return (Stale if is_stale else LinkDown)(link.id, problem, hint)


class Stale(LinkDown):
    """The peer closed the connection before a byte of the answer: it may never have seen the request."""


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
