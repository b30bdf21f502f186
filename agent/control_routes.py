"""What the control socket offers to the command line."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Literal, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent.collecting import Collecting
from agent.state import SPOOL
from agent.status import AgentStatus
from agent.storing import Storing
from collector.single import read_once
from domain.errors import EnergyAgentError
from domain.plant import Plant
from domain.reading import ALL_POINTS, Gap, Poll

LAST_INSTANT_MS = 253_402_300_799_999
"""The end of the year 9999."""
_TAIL_QUEUE = 1000
"""Polls a slow reader of `tail` may lag behind; then the oldest are skipped and counted for it."""


class ExportRequest(msgspec.Struct, kw_only=True):
    """Body of a request for readings in [since, until) ms."""

    points: list[str]
    since: Annotated[int, msgspec.Meta(ge=0, le=LAST_INSTANT_MS)]
    until: Annotated[int, msgspec.Meta(ge=0, le=LAST_INSTANT_MS)]
    format: Literal["csv", "parquet"]


class RunningAgent(Protocol):
    """What the routes need of the application."""

    plant: Plant
    state_dir: Path
    is_stopping: bool
    collecting: Collecting | None
    storing: Storing | None

    def status(self) -> AgentStatus:
        """Return the status now."""
        ...


def control_routes(app: RunningAgent) -> list[Route]:
    """Return the private routes of a running agent."""

    async def status(request: Request) -> Response:
        return JSONResponse(app.status().as_json())

    async def read(request: Request) -> Response:
        if app.collecting is None:
            return _refusal("this agent does not poll", "ask the one that runs with --role collector", 409)
        device_id = request.path_params["device"]
        try:
            device = app.plant.device(device_id)
        except KeyError:
            known = ", ".join(sorted(d.id for d in app.plant.devices))
            return _refusal(f"no device {device_id!r}", f"known are {known}", 404)
        try:
            async with app.collecting.poller_of(device_id).borrowed() as unit:
                poll = await read_once(device, app.plant.link(device.link), unit)
        except EnergyAgentError as error:
            return _refusal(f"{error.subject}: {error.problem}", error.hint, 502)
        return JSONResponse(poll.as_json())

    async def tail(request: Request) -> Response:
        if app.collecting is None:
            return _refusal("this agent does not poll", "ask the one that runs with --role collector", 409)
        return StreamingResponse(_tail(app), media_type="application/x-ndjson")

    async def export(request: Request) -> Response:
        if app.storing is None:
            return _refusal("this agent holds no store", "ask the one that runs with --role store", 409)
        try:
            wanted = msgspec.json.decode(await request.body(), type=ExportRequest)
        except msgspec.MsgspecError as error:
            return _refusal(f"no export request: {error}", "use `energy-agent export`", 400)
        spool = app.state_dir / SPOOL
        spool.mkdir(mode=0o700, exist_ok=True)
        path = Path(tempfile.mkdtemp(dir=spool)) / "export"
        try:
            rows = await asyncio.to_thread(
                app.storing.export,
                wanted.points,
                since=wanted.since,
                until=wanted.until,
                path=path,
                form=wanted.format,
            )
        except EnergyAgentError as error:
            _remove(path)
            return _refusal(f"{error.subject}: {error.problem}", error.hint, 422)
        except BaseException:
            _remove(path)
            raise
        headers = {"x-rows": str(rows), "content-length": str(path.stat().st_size)}
        return StreamingResponse(_sent(path), headers=headers)

    return [
        Route("/status", status),
        Route("/read/{device}", read),
        Route("/tail", tail),
        Route("/export", export, methods=["POST"]),
    ]


def _refusal(problem: str, hint: str, status_code: int) -> JSONResponse:
    return JSONResponse({"problem": problem, "hint": hint}, status_code=status_code)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.rmdir()


async def _sent(path: Path) -> AsyncIterator[bytes]:
    """Give the file piece by piece and remove it, also when the reader leaves."""
    try:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, 1 << 18):
                yield piece
    finally:
        _remove(path)


async def _tail(app: RunningAgent) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[Poll | Gap] = asyncio.Queue(_TAIL_QUEUE)
    skipped = 0

    def tap(item: Poll | Gap) -> None:
        nonlocal skipped
        if queue.full():
            queue.get_nowait()
            skipped += 1
        queue.put_nowait(item)

    collecting = app.collecting
    if collecting is None:
        return
    collecting.taps.append(tap)
    try:
        while not app.is_stopping:
            try:
                item = await asyncio.wait_for(queue.get(), 1.0)
            except TimeoutError:
                yield b"\n"  # finds out whether the reader is still there
                continue
            line = {**_as_json(item), "skipped": skipped} if skipped else _as_json(item)
            skipped = 0
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
    finally:
        collecting.taps.remove(tap)


def _as_json(item: Poll | Gap) -> dict[str, object]:
    if isinstance(item, Gap):
        return {
            "device": item.device,
            "since": item.since,
            "until": item.until,
            "quality": {ALL_POINTS: item.quality.code},
        }
    return {
        "device": item.device,
        "at": item.at,
        "values": dict(item.values),
        "quality": {name: quality.code for name, quality in item.quality.items()},
    }
