"""`energy-agent user`: links, roles and API tokens beside a page that runs."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from agent.commands.common import EXIT_CONFIG, EXIT_FAILED, EXIT_USAGE
from agent.http import page_origin, tls_of
from config.loaded import Http
from dashboard.access.roles import Role
from dashboard.access.store import FILE_NAME, AccessStore
from domain.errors import EnergyAgentError
from tests.agent.inside import said
from tests.dashboard.access.door import PASSWORD, House
from tests.e2e.harness import Works, make_works


@pytest.fixture
def works(tmp_path: Path) -> Works:
    made = make_works(tmp_path)
    text, found = re.subn(r"(\[http\]\nport =) \d+", r"\1 8080", made.file.read_text())
    assert found
    made.file.write_text(text)
    state_of(made).mkdir(mode=0o700)
    return made


def state_of(works: Works) -> Path:
    return works.file.parent / "state"


def done(works: Works, *args: str) -> list[str]:
    """Run a command that must succeed and return what it said."""
    result = said("user", *args, "-c", works.file)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def refused(works: Works, *args: str, code: int = EXIT_FAILED) -> str:
    """Run a command that must be refused and return why."""
    result = said("user", *args, "-c", works.file)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def path_of(link: str) -> str:
    assert link.startswith("http://127.0.0.1:8080/setup?token=")
    return link.removeprefix("http://127.0.0.1:8080")


async def test_the_first_admin_is_made_by_the_link_that_setup_prints(works: Works) -> None:
    with House(state_of(works)) as house:
        (link,) = done(works, "setup")
        assert done(works, "setup") == [link]
        assert link.endswith(str(house.access.setup_token))
        answer = await house.browser().fill(path_of(link), name="wang", password=PASSWORD, again=PASSWORD)
        assert answer.status_code == 303
        assert "user reset NAME" in refused(works, "setup")
        assert json.loads(done(works, "list", "--json")[0])[0]["role"] == "admin"


async def test_an_agent_that_starts_after_setup_takes_the_same_link(works: Works) -> None:
    (link,) = done(works, "setup")
    for name in (FILE_NAME, "setup-token"):
        assert stat.S_IMODE((state_of(works) / name).stat().st_mode) == 0o600
    with House(state_of(works)) as house:
        assert link.endswith(str(house.access.setup_token))


async def test_users_are_changed_beside_a_running_page(works: Works) -> None:
    with House(state_of(works)) as house:
        house.time.at = 10**13  # the page's clock need not be the command's
        said_, link = done(works, "add", "王伟", "--role", "operator")
        assert "王伟" in said_
        assert house.access.store.user("王伟") is not None
        house.time.at = house.access.store.users()[0].created + 1000
        browser = house.browser()
        assert (await browser.fill(path_of(link), password=PASSWORD, again=PASSWORD)).status_code == 303
        assert "operator  active" in done(works, "list")[0]
        done(works, "role", "王伟", "admin")
        assert (await browser.get("/")).status_code == 303
        assert (await browser.log_in("王伟")).status_code == 303
        assert "last admin" in refused(works, "disable", "王伟")
        done(works, "add", "li", "--role", "viewer", "--who", "boss")
        done(works, "disable", "li")
        assert "user enable li" in refused(works, "reset", "li")
        done(works, "enable", "LI")
        _, again = done(works, "reset", "王伟")
        assert (await browser.get("/")).status_code == 303
        assert (await browser.log_in("王伟")).status_code == 403
        assert (await browser.fill(path_of(again), password=PASSWORD, again=PASSWORD)).status_code == 303
        rows = [row for row in house.access.store.audit() if row.role == "command line"]
        assert [row.action.removeprefix("user.") for row in reversed(rows)] == [
            "add", "role", "add", "disable", "enable", "reset",
        ]  # fmt: skip
        assert rows[3].who == "boss"
        assert not any("setup?token" in repr(row) for row in rows)


async def test_an_api_token_is_printed_once_and_can_be_revoked(works: Works) -> None:
    with House(state_of(works)) as house:
        house.add("wang", Role.ADMIN)
        (token,) = done(works, "tokens", "add", "grafana")
        bearer = {"authorization": f"Bearer {token}"}
        assert (await house.browser().get("/api/v1/now", headers=bearer)).status_code == 200
        assert "grafana" in done(works, "tokens", "list")[0]
        assert token not in "".join(done(works, "tokens", "list", "--json"))
        assert "exists already" in refused(works, "tokens", "add", "Grafana")
        done(works, "tokens", "revoke", "grafana")
        assert (await house.browser().get("/api/v1/now", headers=bearer)).status_code == 401
        assert "no API token" in done(works, "tokens", "list")[0]
        assert done(works, "tokens", "add", "grafana") != [token]


def test_wrong_use_says_what_is_right(works: Works) -> None:
    assert "no user yet" in done(works, "list")[0]
    done(works, "add", "wang")
    assert "did you mean 'wang'" in refused(works, "reset", "wnag")
    assert "exists already" in refused(works, "add", " WANG ")
    assert "is not an API token" in refused(works, "tokens", "revoke", "x")
    assert "'viewer', 'operator', 'admin'" in refused(works, "role", "wang", "boss", code=EXIT_USAGE)
    assert "is empty" in refused(works, "add", " ", code=EXIT_USAGE)
    assert "cannot be printed" in refused(works, "add", "a\nb", code=EXIT_USAGE)
    assert "at most 64" in refused(works, "add", "x" * 65)
    assert "Missing argument" in refused(works, "add", code=EXIT_USAGE)


def test_what_is_missing_is_named(works: Works) -> None:
    text = works.file.read_text()
    works.file.write_text(text.replace("port = 8080", "port = 0"))
    assert "http.port" in refused(works, "add", "wang")
    works.file.write_text(text.replace("[http]", '[http]\nhost = "0.0.0.0"'))
    assert "tls_cert_file" in refused(works, "list", code=EXIT_CONFIG)
    works.file.write_text(text)
    for path in sorted(state_of(works).iterdir()):
        path.unlink()
    state_of(works).rmdir()
    assert "start the agent once" in refused(works, "setup")
    assert not state_of(works).exists()


def test_a_user_that_gets_no_link_is_not_made(works: Works) -> None:
    works.file.write_text(works.file.read_text().replace("port = 8080", "port = 0"))
    refused(works, "add", "wang")
    store = AccessStore(state_of(works) / FILE_NAME)
    assert store.users() == ()
    store.close()


@pytest.mark.parametrize(
    ("host", "names", "is_tls", "origin"),
    [
        ("127.0.0.1", (), False, "http://127.0.0.1:8080"),
        ("::1", ("energy.example",), False, "http://[::1]:8080"),
        ("0.0.0.0", ("energy.example",), True, "https://energy.example:8080"),
        ("192.168.1.5", ("192.168.1.5",), True, "https://192.168.1.5:8080"),
    ],
)
def test_links_name_the_page_as_people_reach_it(
    host: str, names: tuple[str, ...], *, is_tls: bool, origin: str
) -> None:
    file = Path("page.pem") if is_tls else None
    http = Http(host=host, port=8080, allowed_hosts=names, tls_cert_file=file, tls_key_file=file)
    assert page_origin(http, 8080) == origin


def test_a_page_on_the_network_without_tls_does_not_start() -> None:
    assert tls_of(Http(host="127.0.0.1", port=0)) is None
    with pytest.raises(EnergyAgentError, match="needs TLS"):
        tls_of(Http(host="192.168.1.5", port=0))
