"""The first login, invitations, the file of users and its audit."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.access.passwords import SHORTEST
from dashboard.access.roles import Role
from dashboard.access.secret import digest
from dashboard.access.setup import INVITED_MS, setup_token
from dashboard.access.store import FILE_NAME, AccessStore
from domain.errors import StoreError, StoreUnavailable
from tests.dashboard.access.door import PASSWORD, House

CANARY = "Canary-7ZqX-in-the-mine"


def token_of(house: House) -> str:
    token = house.access.setup_token
    assert token
    return token


def test_a_new_install_offers_a_setup_token_to_its_owner_alone(house: House) -> None:
    file = house.folder / "setup-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((house.folder / FILE_NAME).stat().st_mode) == 0o600
    assert len(token_of(house)) >= 43
    assert token_of(house).encode() not in (house.folder / FILE_NAME).read_bytes()
    assert not list(house.folder.glob("*.part"))


def test_two_installs_have_nothing_in_common(tmp_path: Path) -> None:
    with House(tmp_path / "a") as a, House(tmp_path / "b") as b:
        assert token_of(a) != token_of(b)
        assert a.access.form_csrf("x") != b.access.form_csrf("x")


def test_a_restart_keeps_the_token_and_a_lost_file_makes_a_new_one(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        first = token_of(house)
    with House(tmp_path) as house:
        assert token_of(house) == first
    (tmp_path / "setup-token").unlink()
    with House(tmp_path) as house:
        second = token_of(house)
        assert second != first
        now = house.time.at
        assert house.access.store.invitation(digest(first), at=now) is None
        assert house.access.store.invitation(digest(second), at=now) is not None


async def test_the_setup_link_makes_the_first_admin_once(house: House) -> None:
    token = token_of(house)
    page, browser = f"/setup?token={token}", house.browser()
    for _ in range(3):
        assert "Make the first admin" in (await browser.get(page)).text, "looking uses nothing up"
    answer = await browser.fill(page, name="王伟", password=PASSWORD, again=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await browser.get("/users")).status_code == 200
    assert setup_token(house.folder) is None
    other = house.browser()
    assert (await other.get(page)).status_code == 403
    fields = {
        **await other.hidden("/login"),
        "token": token,
        "name": "x",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    assert (await other.post("/setup", data=fields)).status_code == 403
    assert [user.name for user in house.access.store.users()] == ["王伟"]
    assert house.actions() == [("setup", "王伟", "done"), ("login", "王伟", "done")]


@pytest.mark.parametrize(
    ("name", "password", "again", "said"),
    [
        ("wang", "short", "short", f"at least {SHORTEST} characters"),
        ("wang", PASSWORD, PASSWORD + "x", "type the same one twice"),
        ("", PASSWORD, PASSWORD, "Give a name"),
        ("a\x00b", PASSWORD, PASSWORD, "Give a name"),
        ("w" * 65, PASSWORD, PASSWORD, "at most 64 characters"),
        ("Wang the Twelfth", "wang the twelfth", "wang the twelfth", "too easy to guess"),
    ],
)
async def test_a_setup_that_cannot_be_says_why_and_keeps_the_link(
    house: House, name: str, password: str, again: str, said: str
) -> None:
    page = f"/setup?token={token_of(house)}"
    answer = await house.browser().fill(page, name=name, password=password, again=again)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{PASSWORD}' not in answer.text
    answer = await house.browser().fill(page, name="wang", password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 303


async def test_a_link_that_is_none_is_refused(house: House) -> None:
    for query in ("", "?token=", "?token=x", "?token=" + "x" * 3000, "?token=%ff"):
        answer = await house.browser().get(f"/setup{query}")
        assert answer.status_code == 403
        assert "energy-agent user setup" in answer.text


def test_the_setup_token_ends_when_a_user_is_made_in_another_way(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        token = token_of(house)
        house.add("wang", Role.ADMIN)
        assert house.access.store.invitation(digest(token), at=house.time.at) is None
    with House(tmp_path) as house:
        assert house.access.setup_token is None


async def test_an_invited_user_chooses_a_password_once_within_a_week(house: House) -> None:
    admin = await house.as_(Role.ADMIN)
    made = await admin.fill("/users", name="li", role="operator")
    link = made.text.partition("<code>")[2].partition("</code>")[0]
    assert link.startswith("http://127.0.0.1:8080/setup?token=")
    assert link not in (await admin.get("/users")).text
    page = link.removeprefix("http://127.0.0.1:8080")
    browser = house.browser()
    assert "Choose a password for li" in (await browser.get(page)).text
    assert (await browser.fill(page, password=PASSWORD, again=PASSWORD, name="root")).status_code == 303
    assert (await browser.get("/")).json()["user"] == "li"
    assert (await house.browser().get(page)).status_code == 403
    li = house.access.store.user("li")
    assert li
    reset = await admin.fill("/users", f"/users/{li.id}/reset")
    assert (await browser.get("/")).status_code == 303, "a reset ends the sessions"
    assert (await browser.log_in("li")).status_code == 403
    late = reset.text.partition("<code>")[2].partition("</code>")[0].removeprefix("http://127.0.0.1:8080")
    house.time.go(INVITED_MS / 1000)
    assert (await house.browser().get(late)).status_code == 403


async def test_a_newer_link_ends_the_older_and_a_disabled_users_ends_too(house: House) -> None:
    from dashboard.access.setup import invite

    store, now = house.access.store, house.time.at
    number = house.add("li")
    first, second = invite(store, number, at=now), invite(store, number, at=now)
    assert store.invitation(digest(first), at=now) is None
    assert store.invitation(digest(second), at=now) is not None
    store.set_disabled(number, is_disabled=True, at=now)
    assert store.invitation(digest(second), at=now) is None


# Audit


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit",
        "INSERT INTO audit VALUES (7, 0, '', '', '', '', '', '', '')",
        "INSERT OR REPLACE INTO audit VALUES (1, 0, '', '', '', '', '', '', '')",
    ],
)
def test_the_audit_only_grows(house: House, statement: str) -> None:
    house.access.audit(who="wang", role="admin", action="made")
    db = sqlite3.connect(house.folder / FILE_NAME)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        db.execute(statement)
    db.close()
    assert [row.who for row in house.access.store.audit()] == ["wang"]


def test_a_change_without_its_audit_row_is_not_made(house: House) -> None:
    number = house.add("wang")
    with pytest.raises(ZeroDivisionError), house.access.store.transaction():
        house.access.store.set_role(number, Role.OPERATOR, at=house.time.at)
        raise ZeroDivisionError
    assert house.access.store.user_by_id(number).role is Role.VIEWER


async def test_a_flood_of_wrong_passwords_fills_no_disk(house: House) -> None:
    house.add("wang")
    for number in range(130):
        name = "wang" if number % 2 else "nobody"
        assert await house.access.check(name, "wrong wrong wrong", f"10.2.0.{number}") is None
    assert len(house.actions()) == 100
    house.time.go(3600)
    await house.access.check("wang", "wrong wrong wrong", "10.3.0.1")
    assert [row.detail for row in house.access.store.audit(limit=2)] == ["", "30 more"]


async def test_no_secret_is_in_a_log_the_audit_or_the_file(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    setup = token_of(house)
    browser = house.browser()
    await browser.fill(f"/setup?token={setup}", name="wang", password=CANARY, again=CANARY)
    await house.browser().log_in("wang", CANARY + "-wrong")
    await house.browser().log_in(CANARY, "in the wrong field")
    await browser.fill(
        "/account", "/account/password", current=CANARY, password=CANARY + "2", again=CANARY + "2"
    )
    made = await browser.fill("/users", "/users/tokens", name="grafana")
    token = "eat_" + made.text.partition("eat_")[2].partition("<")[0]
    await browser.get("/api/v1/now", headers={"authorization": f"Bearer {token}"})
    cookie = browser.cookies["ea_session"]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    audit = "\n".join(map(repr, house.access.store.audit()))
    kept = (house.folder / FILE_NAME).read_bytes().decode("latin-1")
    users = repr(house.access.store.users())
    for text in (audit, kept, users, "\n".join(line for line in logged.splitlines() if "httpx" not in line)):
        for secret in (CANARY, setup, token, cookie):
            assert secret not in text
    assert "argon2" not in users
    assert "(unknown name)" in audit


# The file


def test_a_file_that_is_none_of_users_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("CREATE TABLE x (y)")
    db.close()
    with pytest.raises(StoreError, match="no file of users"):
        AccessStore(tmp_path / FILE_NAME)
    (tmp_path / "text").write_text("this is no database at all, but long enough to look like one" * 20)
    with pytest.raises(StoreError, match="users cannot be read"):
        AccessStore(tmp_path / "text")
    with pytest.raises(StoreError, match="users cannot be read"):
        AccessStore(tmp_path)


def test_a_file_of_a_newer_agent_is_refused(tmp_path: Path) -> None:
    AccessStore(tmp_path / FILE_NAME).close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(StoreError, match="newer agent"):
        AccessStore(tmp_path / FILE_NAME)


def test_a_file_that_another_process_holds_is_busy_and_free_again_after_it(tmp_path: Path) -> None:
    store = AccessStore(tmp_path / FILE_NAME, busy_s=0.05)
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="another process"):
        store.add_user("wang", Role.VIEWER, at=1)
    db.execute("ROLLBACK")
    db.close()
    assert store.add_user("wang", Role.VIEWER, at=1).name == "wang"
    assert store._file.rows("PRAGMA synchronous") == [(2,)]
    assert store._file.rows("PRAGMA journal_mode") == [("delete",)]
    store.close()
    store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="this user may write"):
        AccessStore(tmp_path / FILE_NAME)
    tmp_path.chmod(0o700)


def test_the_command_line_writes_beside_a_running_page(house: House) -> None:
    script = (
        "import sys; from pathlib import Path; from dashboard.access.store import AccessStore; "
        "from dashboard.access.roles import Role; "
        "AccessStore(Path(sys.argv[1])).add_user('from outside', Role.VIEWER, at=1)"
    )
    subprocess.run([sys.executable, "-c", script, str(house.folder / FILE_NAME)], check=True)
    assert house.access.store.user("From Outside") is not None
