"""`energy-agent bundle`: everything that figures of a span follow from, for a verifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.common import EXIT_CODES, config_option, environment, plant_file, says_errors

if TYPE_CHECKING:
    from config.loaded import Loaded


@click.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@config_option
@click.option("--from", "since", required=True, help="First instant, plant time: 2025-01-01.")
@click.option("--to", "until", help="End, not included. Default: now.")
@click.option("--force", is_flag=True, help="Write over an older bundle in DIR.")
@says_errors
def bundle(*, folder: Path, config_path: Path | None, since: str, until: str | None, force: bool) -> None:
    """Write the plant's description, readings, ledger and results of a span into the folder DIR.

    `energy-agent replay DIR` computes the results again from DIR alone. No password, token or address is in
    it. Asks the running agent when it holds the store, and opens the store itself otherwise.

    \b
    Examples:
      energy-agent bundle evidence-2025 --from 2025-01-01 --to 2026-01-01
      energy-agent bundle since-march --from 2026-03-01 --force
    """
    from agent.bundle_progress import progress_bar
    from agent.bundle_writing import check_target, write_bundle
    from agent.commands.replay import counts
    from agent.ledger import Desk
    from config import load

    loaded = load(plant_file(config_path), environment())
    desk = Desk.open(loaded)
    start = _instant(desk, since, "--from")
    end = _instant(desk, until, "--to") if until is not None else desk.now
    if start >= min(end, desk.now):
        raise click.BadParameter("is not before --to and now", param_hint="--from")
    check_target(folder, force=force)
    with progress_bar("bundle") as progress:
        written = write_bundle(loaded, folder, _holder(loaded), since=start, until=end, progress=progress)
    for finding in written.findings:
        click.echo(f"{finding.severity.value} {finding}", err=True)
    click.echo(f"{folder}: {counts(written.results)}")


def _instant(desk: Any, text: str, option: str) -> int:
    from agent.declaring import instant

    return instant(desk, text, option, may_be_future=True)


def _holder(loaded: Loaded) -> Callable[[Sequence[str], int, int, Path], int]:
    """Return who is asked: the running agent, or the store itself when none runs or it holds no store."""

    def ask(points: Sequence[str], since: int, until: int, target: Path) -> int:
        horizon = _by_agent(loaded, points, since, until, target)
        return _by_store(loaded, points, since, until, target) if horizon is None else horizon

    return ask


def _by_agent(loaded: Loaded, points: Sequence[str], since: int, until: int, target: Path) -> int | None:
    """Let the running agent write the parts; None when none runs here or it holds no store."""
    import httpx

    from agent.bundle_routes import HORIZON
    from agent.control import control_client, is_running
    from domain.errors import StoreError

    state_dir = loaded.agent.state_dir
    if not is_running(state_dir):
        return None
    request = {"points": list(points), "since": since, "until": until}
    try:
        with (
            control_client(state_dir, timeout_s=3600.0) as client,
            client.stream("POST", "/bundle", json=request) as answer,
        ):
            if answer.status_code == 409:
                return None
            if answer.status_code != 200:
                answer.read()
                raise _refused(answer)
            _unpack(answer, target)
            return int(answer.headers[HORIZON])
    except httpx.TransportError as error:
        hint = "nothing was written; ask again when it runs, or while it is stopped"
        raise StoreError("bundle", f"the agent left before the end: {error}", hint) from error


def _refused(answer: Any) -> Exception:
    from domain.errors import StoreError

    try:
        body = answer.json()
        return StoreError("bundle", str(body["problem"]), str(body["hint"]))
    except (ValueError, KeyError):
        return StoreError("bundle", f"the agent failed with status {answer.status_code}", "see its log")


def _unpack(answer: Any, target: Path) -> None:
    """Write the files of the tar that the agent sends into the folder, by their bare names."""
    import shutil
    import tarfile

    whole = target / "parts.tar"
    with whole.open("wb") as file:
        for piece in answer.iter_bytes():
            file.write(piece)
    with tarfile.open(whole) as tar:
        for member in tar:
            part = tar.extractfile(member)
            if part is not None:
                with part, (target / Path(member.name).name).open("wb") as file:
                    shutil.copyfileobj(part, file)
    whole.unlink()


def _by_store(loaded: Loaded, points: Sequence[str], since: int, until: int, target: Path) -> int:
    from agent.bundle_holder import gather
    from agent.clock import PlantClock
    from agent.storing import open_store
    from domain.errors import StoreError

    if loaded.store.kind == "duckdb" and not loaded.store.path.exists():
        hint = (
            "nothing was stored in this state folder yet; is it the plant file of the agent with the store?"
        )
        raise StoreError(str(loaded.store.path), "does not exist", hint)
    horizon = PlantClock().now_ms()
    store = open_store(loaded)
    try:
        gather(
            store,
            loaded.plant,
            loaded.method,
            points,
            since=since,
            until=until,
            horizon=horizon,
            folder=target,
        )
    finally:
        store.close()
    return horizon
