"""TLS around a simulated device's connection, with the alerts that real devices send.

asyncio's own TLS server closes a failed handshake without a word; OpenSSL's refusals are what is simulated.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

_CHUNK = 65536


class SecuredConnection(asyncio.Protocol):
    """A TLS server that hands what it deciphers to an inner connection, whose transport it is."""

    def __init__(self, inner: asyncio.Protocol, context: ssl.SSLContext) -> None:
        self._inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_open = False
        self._transport: asyncio.Transport | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake; asyncio's callback."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Decipher what came; asyncio's callback."""
        self._incoming.write(data)
        try:
            if not self._is_open:
                self._tls.do_handshake()
                self._is_open = True
                self._inner.connection_made(cast(asyncio.Transport, self))
            while plain := self._tls.read(_CHUNK):
                self._inner.data_received(plain)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self._flush()  # the alert that says why
            self.close()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the inner connection; asyncio's callback."""
        if self._is_open:
            self._inner.connection_lost(exc)
        self._transport = None

    # The transport of the inner connection

    def write(self, data: bytes) -> None:
        """Send an answer."""
        self._tls.write(data)
        self._flush()

    def close(self) -> None:
        """Close after what was sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def get_extra_info(self, name: str, default: object = None) -> Any:
        """Return what the transport below knows."""
        return default if self._transport is None else self._transport.get_extra_info(name, default)

    def _flush(self) -> None:
        if self._transport is not None and (waiting := self._outgoing.read()):
            self._transport.write(waiting)
