"""The page's sockets: TLS as it should be, no address but the real one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.http import listen, make_server, tls_context
from domain.errors import EnergyAgentError
from tests.e2e.brokers import make_certificates


async def address(request: Request) -> Response:
    """Tell who asks, and how."""
    assert request.client
    return PlainTextResponse(f"{request.url.scheme} {request.client.host}")


@asynccontextmanager
async def served(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port of a running server."""
    listener = listen("127.0.0.1", 0)
    server = make_server([Route("/", address)], tls=tls)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("tls"), "works")


def client(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority)


async def test_the_page_speaks_tls_and_knows_it(authority: Path) -> None:
    folder = authority.parent
    async with served(tls_context(folder / "server.pem", folder / "server.key")) as port:
        async with httpx.AsyncClient(verify=client(authority)) as browser:
            assert (await browser.get(f"https://127.0.0.1:{port}/")).text == "https 127.0.0.1"
        async with httpx.AsyncClient() as browser:
            with pytest.raises(httpx.HTTPError):
                await browser.get(f"http://127.0.0.1:{port}/")
            with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
                await browser.get(f"https://127.0.0.1:{port}/")


async def test_an_older_tls_than_1_2_is_refused(authority: Path) -> None:
    folder = authority.parent
    context = tls_context(folder / "server.pem", folder / "server.key")
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    async with served(context) as port:

        def version(browser: ssl.SSLContext) -> str | None:
            with (
                socket.create_connection(("127.0.0.1", port)) as plain,
                browser.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
            ):
                return wrapped.version()

        assert await asyncio.to_thread(version, at_most(authority, ssl.TLSVersion.TLSv1_2)) == "TLSv1.2"
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.to_thread(version, at_most(authority, ssl.TLSVersion.TLSv1_1))


def at_most(authority: Path, highest: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a browser that still speaks what nobody should."""
    old = client(authority)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = highest
    return old


async def test_an_address_that_a_header_claims_is_not_believed() -> None:
    async with served() as port, httpx.AsyncClient() as browser:
        claims = {"x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https", "forwarded": "for=10.9.9.9"}
        assert (await browser.get(f"http://127.0.0.1:{port}/", headers=claims)).text == "http 127.0.0.1"


def test_files_that_do_not_fit_are_named(authority: Path, tmp_path: Path) -> None:
    folder = authority.parent
    with pytest.raises(EnergyAgentError, match=r"server\.pem.*works\.key.*belong together"):
        tls_context(folder / "server.pem", folder / "works.key")
    with pytest.raises(EnergyAgentError, match="cannot be read"):
        tls_context(tmp_path / "none.pem", folder / "server.key")
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkey", "-in", str(folder / "server.key"), "-aes256", "-passout", "pass:x"]
    subprocess.run([*command, "-out", str(locked)], check=True, capture_output=True)
    with pytest.raises(EnergyAgentError, match="without a passphrase"):
        tls_context(folder / "server.pem", locked)


async def test_connections_that_say_nothing_or_half_are_closed_and_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.http.OWED_S", 0.2)
    async with served() as port:
        silent, half, body = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        half[1].write(b"GET / HTTP/1.1\r\nHost: x")
        body[1].write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(f"http://127.0.0.1:{port}/")).status_code == 200
        for reader, writer in (silent, half, body):
            with contextlib.suppress(ConnectionResetError):  # how a closed one looks
                while await asyncio.wait_for(reader.read(1000), 10):
                    pass
            writer.close()


async def test_too_many_connections_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.http.MOST_CONNECTIONS", 3)
    async with served() as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(10), 10) == b""
        for _, each in [*kept, (reader, writer)]:
            each.close()
        await asyncio.sleep(0.05)
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(f"http://127.0.0.1:{port}/")).status_code == 200
