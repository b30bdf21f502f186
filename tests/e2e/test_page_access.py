"""A started agent lets nobody in without a login: its sockets, its TLS, its first login, its log."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from agent.commands.common import EXIT_CONFIG
from tests.agent.inside import said
from tests.e2e.brokers import make_certificates
from tests.e2e.harness import Agent, Works, make_works, wait_for
from tests.e2e.processes import listening

PASSWORD = "Canary-7ZqX-in-the-mine"
HIDDEN = re.compile(r'name="(csrf|token)" value="([^"]*)"')


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("tls"), "works")


@pytest.fixture(scope="module")
def agent(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """Give an agent whose page speaks TLS."""
    works = make_works(tmp_path_factory.mktemp("page"))
    folder = authority.parent
    (folder / "server.key").chmod(0o600)
    files = f'tls_cert_file = "{folder / "server.pem"}"\ntls_key_file = "{folder / "server.key"}"\n'
    works.file.write_text(works.file.read_text().replace("[http]\n", f"[http]\n{files}"))
    with Agent(works, "--verbose") as started:
        wait_for("the page listens", lambda: works.http_port in {port for _, port in sockets(started)})
        yield started


def sockets(agent: Agent) -> set[tuple[str, int]]:
    return listening({agent.pid, *agent.children()})


@pytest.fixture
def browser(agent: Agent, authority: Path) -> Iterator[httpx.Client]:
    origin = f"https://127.0.0.1:{agent.works.http_port}"
    context = ssl.create_default_context(cafile=authority)
    with httpx.Client(base_url=origin, verify=context, headers={"origin": origin}, trust_env=False) as made:
        wait_for("the page answers", lambda: made.get("/healthz").status_code == 200)
        yield made


def test_the_first_login_over_tls_is_the_links_and_no_secret_is_logged(
    agent: Agent, browser: httpx.Client
) -> None:
    link = said("user", "setup", "-c", agent.works.file).stdout.strip()
    assert link.startswith(f"https://127.0.0.1:{agent.works.http_port}/setup?token=")
    fields = dict(HIDDEN.findall(browser.get(link).text))
    answer = browser.post("/setup", data={**fields, "name": "wang", "password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 303
    cookie = browser.cookies["__Host-ea_session"]
    assert browser.get("/account").status_code == 200
    assert browser.get(link).status_code == 403
    assert "Strict-Transport-Security" in answer.headers
    fresh = {
        "name": "wang",
        "password": f"{PASSWORD}-wrong",
        **dict(HIDDEN.findall(browser.get("/login").text)),
    }
    browser.post("/login", data=fresh)
    log = agent.log.read_text()
    for secret in (PASSWORD, fields["token"], cookie):
        assert secret not in log
        for file in agent.works.state_dir.glob("*.sqlite"):
            assert secret.encode() not in file.read_bytes(), file.name


def test_every_listener_is_on_loopback_and_the_page_speaks_no_clear_text(
    agent: Agent, browser: httpx.Client
) -> None:
    assert browser.get("/").status_code == 303
    assert {address for address, _ in sockets(agent)} == {"127.0.0.1"}
    with pytest.raises(httpx.TransportError):
        agent.http("/healthz")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_agent_whose_page_would_be_on_the_network_in_clear_does_not_start(
    tmp_path: Path, host: str
) -> None:
    works: Works = make_works(tmp_path)
    works.file.write_text(works.file.read_text().replace("[http]\n", f'[http]\nhost = "{host}"\n'))
    done = said("run", "-c", works.file)
    assert done.returncode == EXIT_CONFIG
    assert "http.host" in done.stderr
    assert "tls_cert_file" in done.stderr
    assert not works.state_dir.exists()
