"""Who may go where, over every route there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.access.guard import OPEN, Page, protect
from dashboard.access.roles import Role
from tests.dashboard.access.door import Browser, House

JSON = {"accept": "application/json"}


def addresses(house: House) -> list[tuple[str, str, Role | None]]:
    """Return (method, path, needed role) of every route."""
    found = []
    for route in house.routes:
        path = route.path.replace("{number:row}", "99").replace("{id}", "x").replace("{name}", "app.css")
        found += [(method, path, route.role) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


async def test_nobody_gets_anywhere_without_login_but_where_everybody_may(house: House) -> None:
    browser = house.browser()
    opened = set()
    for method, path, _ in addresses(house):
        answer = await browser.request(method, path, headers=JSON)
        if answer.status_code != 401:
            opened.add(path)
    assert opened == {"/login", "/setup", "/healthz", "/static/app.css"}
    assert OPEN - {"/metrics", "/prefs", "/static/{name}"} < opened


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "TRACE"])
async def test_a_path_that_is_not_there_is_refused_too(house: House, method: str) -> None:
    for path in ("/nothing", "/api/v1/nothing", "/staticky", "/login/x", "//login", "/Login", "/login/"):
        answer = await house.browser().request(method, f"http://127.0.0.1:8080{path}", headers=JSON)
        assert answer.status_code == 401, path


async def test_a_page_sends_people_to_the_login_and_back(house: House) -> None:
    answer = await house.browser().get("/audit?before=4&x=%2F")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?next=%2Faudit%3Fbefore%3D4%26x%3D%252F",
    )


async def test_a_program_is_asked_for_a_token_a_script_of_the_page_is_not(house: House) -> None:
    browser = house.browser()
    program = await browser.get("/api/v1/now")
    script = await browser.get("/api/v1/now", headers={"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"})
    assert program.headers["www-authenticate"].startswith("Basic")
    assert script.headers["www-authenticate"].startswith("Bearer")
    assert program.status_code == script.status_code == 401
    stream = await browser.get("/", headers={"accept": "text/event-stream"})
    assert stream.status_code == 401


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_what_it_covers_and_nothing_else(house: House, role: Role) -> None:
    house.add("spare", Role.ADMIN)
    browser = await house.as_(role)
    wrong = []
    for method, path, needed in addresses(house):
        if path in ("/logout", "/setup") or needed is None:
            continue
        csrf = (await browser.get("/")).json()["csrf"]
        headers = {**JSON, "x-csrf-token": csrf}
        answer = await browser.request(method, path, headers=headers)
        is_refused = answer.status_code == 403 and answer.json()["code"] == "role_too_low"
        if is_refused == role.covers(needed) or answer.status_code == 401:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


async def test_the_page_of_a_refusal_names_the_role_that_is_needed(house: House) -> None:
    answer = await (await house.as_(Role.OPERATOR)).get("/users")
    assert answer.status_code == 403
    assert "“admin”" in answer.text
    assert "“operator”" in answer.text


async def test_a_known_user_is_told_of_a_path_that_is_not_there(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    assert (await browser.get("/nothing")).status_code == 404


def test_a_route_that_says_no_role_keeps_the_page_from_starting(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        plain = Route("/secret", lambda request: PlainTextResponse("x"))
        with pytest.raises(TypeError, match="which role"):
            protect(Starlette(routes=[plain]), [plain], house.access, house.render)
    with pytest.raises(ValueError, match="/figures is open to everybody"):
        Page("/figures", lambda request: PlainTextResponse("x"), role=None)


async def test_a_web_socket_is_not_let_in(house: House) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(message)

    await house.app({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert sent == []


async def test_api_tokens_read_as_viewers_and_change_nothing(house: House) -> None:
    admin = await house.as_(Role.ADMIN)
    made = await admin.fill("/users", "/users/tokens", name="grafana")
    token = made.text.partition("eat_")[2].partition("<")[0]
    assert token
    token = f"eat_{token}"
    program = house.browser()
    bearer = {"authorization": f"Bearer {token}"}
    assert (await program.get("/api/v1/now", headers=bearer)).json()["user"] == "token grafana"
    assert (await program.get("/api/v1/now", auth=("anybody", token))).json()["role"] == "viewer"
    assert (await program.get("/", headers=bearer)).status_code == 303
    assert (await program.post("/api/v1/entries", headers=bearer)).json()["code"] == "role_too_low"
    assert token not in (await admin.get("/users")).text
    number = house.access.store.tokens()[0].id
    assert (await admin.fill("/users", f"/users/tokens/{number}/revoke")).status_code == 303
    assert (await program.get("/api/v1/now", headers=bearer)).status_code == 401
    assert house.actions()[-2:] == [("token.add", "grafana", "done"), ("token.revoke", "grafana", "done")]


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer x", "Basic", "Basic !!!", "Basic /w==", "Digest x", "Bearer " + "x" * 5000]
)
async def test_a_token_that_is_none_is_nobody(house: House, value: str) -> None:
    answer = await house.browser().get("/api/v1/now", headers={"authorization": value})
    assert answer.status_code == 401


async def pressed(browser: Browser, path: str, **fields: str) -> str:
    """Press a button of the users' page and return where that leads."""
    answer = await browser.fill("/users", path, **fields)
    return str(answer.headers.get("location", answer.status_code))


async def test_an_admin_makes_changes_and_keeps_out_users(house: House) -> None:
    admin = await house.as_(Role.ADMIN)
    viewer = await house.as_(Role.VIEWER)
    user = house.access.store.user("viewer")
    assert user
    path = f"/users/{user.id}"
    assert await pressed(admin, f"{path}/role", role="operator") == "/users?done=role"
    assert (await viewer.get("/")).status_code == 303, "a new role ends the sessions"
    assert (await viewer.log_in("viewer")).status_code == 303
    assert await pressed(admin, f"{path}/disable") == "/users?done=disable"
    assert (await viewer.get("/")).status_code == 303
    assert (await viewer.log_in("viewer")).status_code == 403
    assert await pressed(admin, f"{path}/enable") == "/users?done=enable"
    assert (await viewer.log_in("viewer")).status_code == 303
    assert await pressed(admin, f"{path}/role", role="emperor") == "422"
    assert await pressed(admin, "/users/77/disable") == "422"
    wanted = ["user.role", "user.disable", "user.enable"]
    assert [action for action, _, _ in house.actions() if action.startswith("user.")] == wanted


@pytest.mark.parametrize("change", ["role", "disable", "reset"])
async def test_the_last_admin_stays(house: House, change: str) -> None:
    admin = await house.as_(Role.ADMIN)
    user = house.access.store.user("admin")
    assert user
    house.access.store.add_user("invited", Role.ADMIN, at=house.time.at)
    assert await pressed(admin, f"/users/{user.id}/{change}", role="viewer") == "422"
    assert (await admin.get("/users")).status_code == 200


async def test_a_user_named_like_a_script_is_only_text(house: House) -> None:
    admin = await house.as_(Role.ADMIN)
    name = "<script>alert(1)</script>"
    made = await admin.fill("/users", name=name, role="viewer")
    for text in (made.text, (await admin.get("/users")).text, (await admin.get("/audit")).text):
        assert "&lt;script&gt;" in text
        assert "<script>alert" not in text


async def test_the_audit_is_paged(house: House) -> None:
    admin = await house.as_(Role.ADMIN)
    with house.access.store.transaction():
        for number in range(450):
            house.access.audit(who="w", role="admin", action="made", subject=f"s{number:03}")
    first = (await admin.get("/audit")).text
    assert first.count("<td>made</td>") + first.count('class="nowrap">made') == 200
    assert "s449" in first
    assert "s249" not in first
    second = (await admin.get("/audit?before=252")).text
    assert "s249" in second
    assert "s250" not in second
    assert (await admin.get("/audit?before=x")).status_code == 200
    assert (await admin.get(f"/audit?before={'9' * 40}")).status_code == 200
