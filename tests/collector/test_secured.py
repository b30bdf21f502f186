"""Modbus/TCP with TLS on real sockets: read where all fits, and told apart what does not."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import LinkDown
from domain.plant import Link, LinkKind
from domain.reading import Gap, Poll, Quality
from domain.registers import Space
from simulators.server import ModbusServer
from tests.collector.certificates import device_context, make_certificates
from tests.collector.fakes import device
from tests.collector.sunspec_works import WordsUnit

TLS_12, TLS_13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A server of asyncio logs each handshake that fails."""
    caplog.set_level(logging.CRITICAL, "asyncio")


@asynccontextmanager
async def served(context: ssl.SSLContext | None, **given: object) -> AsyncIterator[Link]:
    """Serve two words and give the link to them."""
    async with ModbusServer({1: WordsUnit({0: 5, 1: 7})}, secured=context) as server:
        values = {"host": "127.0.0.1", "tls": True, "timeout_s": 5.0} | given
        yield Link(id="pv", kind=LinkKind.TCP, port=server.port, **values)  # type: ignore[arg-type]


async def words(link: Link) -> bytes:
    unit = ModbusLink(link)
    try:
        return await unit.read(1, Space.HOLDING, 0, 2, timeout_s=link.timeout_s)
    finally:
        await unit.close()


async def refusal(link: Link) -> str:
    with pytest.raises(LinkDown) as caught:
        await words(link)
    assert str(caught.value).startswith(f"pv: {link.address}: ") or "cannot be used" in str(caught.value)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("version", [TLS_12, TLS_13])
@pytest.mark.parametrize("wants_client", [False, True])
async def test_a_device_whose_certificate_fits_is_read(
    folder: Path, version: ssl.TLSVersion, *, wants_client: bool
) -> None:
    context = device_context(folder, wants_client=wants_client)
    context.minimum_version = context.maximum_version = version
    own = {"cert_file": str(folder / "client.pem"), "key_file": str(folder / "client.key")}
    async with served(context, ca_file=str(folder / "ours.pem"), **own) as link:
        assert await words(link) == bytes((0, 5, 0, 7))


@pytest.mark.parametrize(
    ("certificate", "authority", "says"),
    [
        ("device", "other", "not signed by an authority that we trust; name the file of the authority"),
        ("device", "", "not signed by an authority that we trust"),
        ("misnamed", "ours", "its certificate is not for 127.0.0.1; write in host the name"),
        ("expired", "ours", "its certificate has expired; renew it on the device"),
    ],
    ids=["wrong_authority", "no_authority", "wrong_name", "expired"],
)
async def test_a_certificate_that_does_not_fit_is_refused_and_says_why(
    folder: Path, certificate: str, authority: str, says: str
) -> None:
    ca_file = str(folder / f"{authority}.pem") if authority else ""
    async with served(device_context(folder, certificate), ca_file=ca_file) as link:
        assert says in await refusal(link)


@pytest.mark.parametrize("version", [TLS_12, TLS_13])
@pytest.mark.parametrize(
    ("client", "says"),
    [
        ("", "client certificate"),
        ("stranger", "refuses our client certificate"),
        ("outdated", "refuses our client certificate"),
    ],
)
async def test_a_client_certificate_that_the_device_refuses_is_named(
    folder: Path, version: ssl.TLSVersion, client: str, says: str
) -> None:
    context = device_context(folder, wants_client=True)
    context.minimum_version = context.maximum_version = version
    own = (
        {"cert_file": str(folder / f"{client}.pem"), "key_file": str(folder / f"{client}.key")}
        if client
        else {}
    )
    async with served(context, ca_file=str(folder / "ours.pem"), **own) as link:
        assert says in await refusal(link)


async def test_a_device_without_tls_and_one_of_an_old_version_are_told(folder: Path) -> None:
    ca_file = str(folder / "ours.pem")
    old = device_context(folder)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with served(old, ca_file=ca_file) as link:
        assert "no TLS of version 1.2 or newer" in await refusal(link)
    listener = await asyncio.start_server(answer_in_clear, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        link = Link(id="pv", kind=LinkKind.TCP, host="127.0.0.1", port=port, tls=True, ca_file=ca_file)
        assert "does not speak TLS there" in await refusal(link)


async def answer_in_clear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"\0\1\0\0\0\3\1\x83\2")
    await writer.drain()
    writer.close()


async def test_a_plain_device_that_waits_for_more_is_told_to_be_one(folder: Path) -> None:
    async with served(None, ca_file=str(folder / "ours.pem"), timeout_s=0.2) as link:
        assert "802" in await refusal_of_silence(link)


async def refusal_of_silence(link: Link) -> str:
    with pytest.raises(LinkDown) as caught:
        await words(link)
    return str(caught.value)


async def test_files_that_do_not_fit_are_named_before_anything_is_sent(folder: Path) -> None:
    locked = folder / "locked.key"
    own = {"ca_file": str(folder / "ours.pem"), "cert_file": str(folder / "client.pem")}
    async with served(device_context(folder), **own, key_file=str(folder / "stranger.key")) as link:
        assert "belong together" in await refusal_of_silence(link)
    async with served(device_context(folder), **own, key_file=str(locked)) as link:
        assert "no passphrase" in await refusal_of_silence(link)
    async with served(device_context(folder), ca_file=str(locked)) as link:
        assert "check the link's ca_file" in await refusal_of_silence(link)


async def test_a_plain_client_gets_nothing_from_a_device_with_tls(folder: Path) -> None:
    async with served(device_context(folder), tls=False, timeout_s=1.0) as link:
        with pytest.raises(LinkDown):
            await words(link)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not within 20 s")


async def test_a_device_behind_tls_is_polled_and_its_renewed_certificate_is_followed(folder: Path) -> None:
    polls: list[Poll | Gap] = []
    context = device_context(folder, "expired", wants_client=True)
    own = {"cert_file": str(folder / "client.pem"), "key_file": str(folder / "client.key")}
    async with served(context, ca_file=str(folder / "ours.pem"), **own) as link:
        meter = device(1, interval_s=0.1)
        poller = LinkPoller(link, [meter], unit=ModbusLink(link), clock=PlantClock(), sink=polls.append)
        task = asyncio.create_task(poller.run())
        try:
            await until(lambda: len(polls) >= 2)
            assert "expired" in poller.health[0].last_error
            context.load_cert_chain(folder / "device.pem", folder / "device.key")
            await until(lambda: poller.health[0].good > 0)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert isinstance(polls[0], Poll)
    assert polls[0].quality == {"*": Quality.LINK_DOWN}
    assert isinstance(polls[-1], Poll)
    assert polls[-1].values == {"p": 5.0}
