"""The page beside a running agent: what is wrong with its users stops nothing else."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.page_face import PageFace
from config.loaded import Http
from dashboard.access.store import FILE_NAME
from tests.dashboard.access.door import HOST, Time
from tests.dashboard.made import MadeSource

HTTP = Http(host="127.0.0.1", port=8080)


async def health(request: Request) -> Response:
    return PlainTextResponse("live")


def face_of(folder: Path) -> PageFace:
    return PageFace(MadeSource(), folder, HTTP, Time(), public=[Route("/healthz", health)])


async def test_damaged_users_close_the_page_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = b"no users here" * 500
    (tmp_path / FILE_NAME).write_bytes(damaged)
    face = face_of(tmp_path)
    transport = httpx.ASGITransport(face.asgi)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        assert (await client.get("/healthz")).text == "live"
        for path in ("/", "/login", "/api/v1/now", "/static/app.css"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "users_unreadable")
            assert "file is not a database" in answer.text
            assert "take it from a backup" in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (await client.post("/login", content=b"x")).status_code == 503
        assert (await client.get("/healthz", headers={"host": "evil.example"})).status_code == 421
    assert face.trouble is not None
    assert "file is not a database" in face.trouble
    assert face.setup_link(8080) is None
    face.end_streams()
    face.close()
    assert (tmp_path / FILE_NAME).read_bytes() == damaged
    assert ["page is closed" in record.getMessage() for record in caplog.records] == [True]


def test_a_page_whose_users_can_be_read_has_no_trouble(tmp_path: Path) -> None:
    face = face_of(tmp_path)
    assert face.trouble is None
    link = face.setup_link(8080)
    assert link
    assert link.startswith("http://127.0.0.1:8080/setup?token=")
    face.end_streams()
    face.close()
