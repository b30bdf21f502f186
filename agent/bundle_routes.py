"""The route of the control socket over which a bundle asks the holder of the store."""

from __future__ import annotations

import asyncio
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent.bundle_holder import gather
from agent.state import SPOOL
from domain.errors import EnergyAgentError
from domain.method import Method
from domain.plant import Plant
from domain.ports import Store

LAST_INSTANT_MS = 253_402_300_799_999
HORIZON = "x-horizon"
"""Header: readings before this instant were looked at."""
Instant = Annotated[int, msgspec.Meta(ge=0, le=LAST_INSTANT_MS)]


class BundleRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of a request for what windows in [since, until) ms, both edges of windows, follow from."""

    points: list[str]
    since: Instant
    until: Instant


def bundle_routes(
    known: Callable[[], tuple[Plant, Method]],
    state_dir: Path,
    *,
    store: Callable[[], Store | None],
    now_ms: Callable[[], int],
) -> list[Route]:
    """Return the route; `known` gives plant and method of now, `store` None while this agent holds none."""

    async def bundle(request: Request) -> Response:
        held = store()
        if held is None:
            return _refusal("this agent holds no store", "ask the one that runs with --role store", 409)
        try:
            wanted = msgspec.json.decode(await request.body(), type=BundleRequest)
        except msgspec.MsgspecError as error:
            return _refusal(f"no bundle request: {error}", "use `energy-agent bundle`", 400)
        horizon = now_ms()
        if not wanted.since < min(wanted.until, horizon):
            return _refusal("there is nothing between the two instants", "correct --from and --to", 422)
        spool = state_dir / SPOOL
        spool.mkdir(mode=0o700, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=spool))
        try:
            gathered = partial(gather, held, *known(), wanted.points, horizon=horizon)
            path = await asyncio.to_thread(_packed, gathered, wanted, folder)
        except EnergyAgentError as error:
            shutil.rmtree(folder, ignore_errors=True)
            return _refusal(f"{error.subject}: {error.problem}", error.hint, 422)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        headers = {HORIZON: str(horizon), "content-length": str(path.stat().st_size)}
        return StreamingResponse(_sent(path), headers=headers)

    return [Route("/bundle", bundle, methods=["POST"])]


def _packed(gathered: Callable[..., int], wanted: BundleRequest, folder: Path) -> Path:
    """Return a tar with the files; it is alone in the folder."""
    parts = folder / "parts"
    parts.mkdir()
    gathered(since=wanted.since, until=wanted.until, folder=parts)
    path = folder / "parts.tar"
    with tarfile.open(path, "w") as tar:
        for part in sorted(parts.iterdir()):
            tar.add(part, arcname=part.name)
            part.unlink()
    parts.rmdir()
    return path


def _refusal(problem: str, hint: str, status_code: int) -> JSONResponse:
    return JSONResponse({"problem": problem, "hint": hint}, status_code=status_code)


async def _sent(path: Path) -> AsyncIterator[bytes]:
    """Give the file piece by piece and remove its folder, also when the reader leaves."""
    try:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, 1 << 18):
                yield piece
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
