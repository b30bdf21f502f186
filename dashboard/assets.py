"""Style sheets, scripts and pictures: read once, named by their content, so that a browser may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_KEPT = "public, max-age=31536000, immutable"


@cache
def _read(name: str) -> tuple[bytes, str]:
    body = (FOLDER / name).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a file of `static/`, which changes with its content."""
    return f"/static/{name}?v={_read(name)[1]}"


async def static(request: Request) -> Response:
    """Answer with a file of `static/`."""
    name = request.path_params["name"]
    known = {path.name for path in FOLDER.iterdir() if path.suffix in _TYPES}
    if name not in known:
        raise HTTPException(404)
    body, version = _read(name)
    kept = _KEPT if request.query_params.get("v") == version else "no-cache"
    return Response(body, headers={"cache-control": kept}, media_type=_TYPES[Path(name).suffix])
