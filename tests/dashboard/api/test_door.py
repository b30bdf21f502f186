"""Who may ask the API: nobody without a token, programs with one, and they only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard.access.access import Access
from dashboard.access.passwords import Passwords, hasher_of
from dashboard.access.secret import digest
from dashboard.app import PageApp
from tests.dashboard.access.door import CHEAP, HOST, Time
from tests.dashboard.made import MadeSource

TOKEN = "eat_for-grafana"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageApp]:
    passwords = Passwords(hasher_of(CHEAP))
    folder: Path = tmp_path_factory.mktemp("door")
    access = Access.open(folder, Time(), is_tls=False, allowed_hosts=(), passwords=passwords)
    access.store.add_token("grafana", digest(TOKEN), who="boss", at=1)
    app = PageApp(MadeSource(), access, Time())
    yield app
    app.close()
    access.close()


def program(page: PageApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(page.asgi), base_url=f"http://{HOST}")


async def test_without_a_token_the_api_says_how_to_bring_one(page: PageApp) -> None:
    for path in ("/api/v1/now", "/api/v1/now.csv", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/nothing"):
        answer = await program(page).get(path)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.json()["status"] == 401 and "Bearer TOKEN" in answer.json()["detail"]


async def test_a_token_reads_as_bearer_and_as_password(page: PageApp) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert (await program(page).get("/api/v1/now", headers=bearer)).json()["rows"]
    table = await program(page).get("/api/v1/intensity.csv?period=month", auth=("excel", TOKEN))
    assert table.status_code == 200 and table.headers["x-content-type-options"] == "nosniff"


async def test_a_token_changes_nothing(page: PageApp) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await program(page).request(method, "/api/v1/alerts", headers=bearer)
        assert answer.status_code == 403 and answer.json()["code"] == "token_only_reads"
