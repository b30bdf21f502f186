"""A bundle is what the live agent computed, whole or not at all, and holds no secret."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from agent.__main__ import main
from agent.bundle_holder import KEPT, gather
from agent.bundle_reading import read_bundle
from agent.bundle_routes import HORIZON, bundle_routes
from agent.bundle_writing import Holder, Written, write_bundle
from analytics.meters import needed
from config import Loaded, load
from domain.periods import DAY_MS, HOUR_MS
from domain.ports import Envelope
from domain.reading import Gap
from storage.duckdb import DuckStore
from storage.source import devices_of, source_of
from tests.agent.bundles import DESCRIBED, START, Clock, Works, bodies, polls

DAYS = 3
NOW = START + DAYS * DAY_MS
SINCE, UNTIL = START + DAY_MS + 7 * HOUR_MS, START + DAY_MS + 14 * HOUR_MS + 1800_000
EXAMPLE = Path(__file__).parents[2] / "config/examples/minimal.toml"
CANARY = "canary-5f3a"


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """Give a plant that has run for three days."""
    plant = DESCRIBED.plant()
    with closing(Works(tmp_path_factory.mktemp("works"), plant, DESCRIBED.method, Clock(NOW))) as opened:
        items = polls(np.random.default_rng(5), DAYS)
        batch = [
            Envelope(
                journal="j", seq=seq, received_ms=item.until if isinstance(item, Gap) else item.at, item=item
            )
            for seq, item in enumerate(items)
        ]
        opened.ledger.add(bodies(DAYS), who="foreman", why="as noted", at=START)
        opened.sink.write(batch)
        opened.analysis.cycle()
        yield opened


@pytest.fixture
def loaded(works: Works, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Return a plant file's settings with this plant in it, and a secret in every place for one."""
    monkeypatch.setenv("ENERGY_AGENT_BROKER__PASSWORD", CANARY)
    found = load(EXAMPLE, {})
    link = replace(found.plant.links[0], host=CANARY)
    return replace(
        found,
        plant=replace(works.plant, links=(link,), gateway=CANARY),
        method=works.method,
        agent=replace(found.agent, state_dir=works.folder),
        broker=replace(found.broker, host=CANARY, user=CANARY),
        store=replace(found.store, url=f"http://{CANARY}", org=CANARY),
    )


def holder_of(works: Works) -> Holder:
    def ask(points: Sequence[str], since: int, until: int, folder: Path) -> int:
        gather(
            works.store,
            works.plant,
            works.method,
            points,
            since=since,
            until=until,
            horizon=NOW,
            folder=folder,
        )
        return NOW

    return ask


def written(works: Works, loaded: Loaded, target: Path, *, since: int = SINCE, until: int = UNTIL) -> Written:
    shares: list[float] = []
    done = write_bundle(loaded, target, holder_of(works), since=since, until=until, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return done


def replay(folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["replay", str(folder)])
    return done.exit_code, done.output


def test_a_bundle_answers_itself_and_its_windows_are_those_of_the_live_agent(
    works: Works, loaded: Loaded, tmp_path: Path
) -> None:
    done = written(works, loaded, tmp_path / "b")
    assert done.findings == ()
    assert replay(tmp_path / "b")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert KEPT not in {path.name for path in (tmp_path / "b").iterdir()}
    head = read_bundle(tmp_path / "b").head
    assert head.files.keys() == {path.name for path in (tmp_path / "b").iterdir()} - {"bundle.json"}


def test_readings_before_the_span_are_in_it_however_far_away_and_others_are_not(
    works: Works, loaded: Loaded, tmp_path: Path
) -> None:
    written(works, loaded, tmp_path / "b")
    inputs = read_bundle(tmp_path / "b").inputs
    every = works.store.series([point.id for point in needed(works.plant)], since=0, until=NOW)
    for point, series in inputs.series.items():
        before = int(np.sum(series.has_value & (series.at < SINCE - HOUR_MS)))
        assert before >= 30, point
        assert series.at[0] > every[point].at[0], point
        assert series.at[-1] < every[point].at[-1], point


def test_a_window_that_the_agent_keeps_otherwise_is_a_finding(
    works: Works, loaded: Loaded, tmp_path: Path
) -> None:
    name = "gas_line.volume"
    [kept] = works.store.windows([name], since=SINCE, until=SINCE + HOUR_MS).values()
    wrong = replace(kept, amount=kept.amount + 1.0)
    works.store.put_windows([wrong], at=NOW)
    try:
        [finding] = written(works, loaded, tmp_path / "b").findings
    finally:
        works.store.put_windows([kept], at=NOW)
    assert finding.code == "bundle.differs"
    assert f"{len(kept)} differ" in finding.problem
    assert name in finding.problem


def test_no_secret_and_no_address_is_in_a_bundle(works: Works, loaded: Loaded, tmp_path: Path) -> None:
    written(works, loaded, tmp_path / "b")
    for path in (tmp_path / "b").iterdir():
        assert CANARY.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("name", ["readings.parquet", "ledger.csv", "plant.json", "gaps.csv"])
def test_a_changed_input_is_named_and_nothing_is_computed(
    works: Works, loaded: Loaded, tmp_path: Path, name: str
) -> None:
    written(works, loaded, tmp_path / "b")
    path = tmp_path / "b" / name
    path.write_bytes(path.read_bytes() + b"\n")
    code, said = replay(tmp_path / "b")
    assert code == 1
    assert f"{name} was changed" in said
    path.unlink()
    assert f"{name} is missing" in replay(tmp_path / "b")[1]
    (tmp_path / "b" / "readings-more.csv").write_text("point,at,value\n")
    assert "readings-more.csv was added" in replay(tmp_path / "b")[1]


def test_what_fails_or_was_killed_leaves_nothing(works: Works, loaded: Loaded, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def fails(points: Sequence[str], since: int, until: int, folder: Path) -> int:
        (folder / "readings.parquet").write_bytes(b"half")
        raise Killed

    with pytest.raises(Killed):
        write_bundle(loaded, tmp_path / "b", fails, since=SINCE, until=UNTIL, progress=lambda share: None)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".b.draft").mkdir()  # of a kill that nothing could clean up after
    (tmp_path / ".b.draft" / "readings-old.csv").write_text("half")
    written(works, loaded, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert not (tmp_path / "b" / "readings-old.csv").exists()


# the command


def plant_file(folder: Path) -> Path:
    """Return a plant file whose store has one day of readings."""
    path = Path(shutil.copy(EXAMPLE, folder / "plant.toml"))
    found = load(path, {})
    store = DuckStore(found.store.path, devices_of([source_of(found.plant)]))
    point = found.plant.points[0].id
    at = START + 600_000 * np.arange(144, dtype=np.int64)
    from domain.series import Series

    series = Series(point=point, at=at, value=np.arange(144.0), quality=np.zeros(144, np.uint8))
    store.fill("past", [series])
    store.close()
    return path


def bundle(*args: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["bundle", *map(str, args)])
    return done.exit_code, done.output


def test_the_command_opens_the_store_itself_and_replaces_only_a_bundle_and_only_when_told(
    tmp_path: Path,
) -> None:
    config, target = plant_file(tmp_path), tmp_path / "evidence"
    options = ("-c", config, "--from", "2026-03-01", "--to", "2026-03-02")
    code, said = bundle(target, *options)
    assert code == 0, said
    assert "24 windows of 1 points" in said
    assert "bundle.differs" in said  # no agent has computed anything here
    assert replay(target)[0] == 0
    code, said = bundle(target, *options)
    assert (code, "--force" in said) == (3, True)
    assert bundle(target, *options, "--force")[0] == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    code, said = bundle(tmp_path / "mine", *options, "--force")
    assert (code, "is no bundle" in said) == (3, True)
    assert (tmp_path / "mine" / "thesis.txt").exists()
    assert bundle(tmp_path / "no" / "where", *options)[0] == 3
    assert bundle(tmp_path / "b", "-c", config, "--from", "2026-03-02", "--to", "2026-03-01")[0] == 2


def test_the_command_says_when_there_is_no_store(tmp_path: Path) -> None:
    config = Path(shutil.copy(EXAMPLE, tmp_path / "plant.toml"))
    code, said = bundle(tmp_path / "b", "-c", config, "--from", "2026-03-01")
    assert (code, "does not exist" in said) == (5, True)
    assert not (tmp_path / "b").exists()


# the running agent's part


def answer(works: Works, body: object, *, has_store: bool = True) -> httpx.Response:
    routes = bundle_routes(
        lambda: (works.plant, works.method),
        works.folder,
        store=lambda: works.store if has_store else None,
        now_ms=lambda: NOW,
    )

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
            return await client.post("/bundle", json=body)

    return asyncio.run(ask())


def test_the_running_agent_gives_what_the_store_itself_gives(
    works: Works, loaded: Loaded, tmp_path: Path
) -> None:
    from agent.commands.bundle import _unpack

    def ask(points: Sequence[str], since: int, until: int, folder: Path) -> int:
        given = answer(works, {"points": list(points), "since": since, "until": until})
        assert given.status_code == 200
        _unpack(given, folder)
        return int(given.headers[HORIZON])

    by_agent = write_bundle(
        loaded, tmp_path / "a", ask, since=SINCE, until=UNTIL, progress=lambda share: None
    )
    assert by_agent.results == written(works, loaded, tmp_path / "b").results
    assert by_agent.findings == ()
    assert not any((works.folder / ".spool").iterdir())


def test_the_running_agent_refuses_what_it_cannot_give(works: Works) -> None:
    span = {"since": SINCE, "until": UNTIL}
    assert answer(works, {"points": [], **span}, has_store=False).status_code == 409
    assert answer(works, {"point": "x"}).status_code == 400
    assert answer(works, {"points": [], "since": UNTIL, "until": SINCE}).status_code == 422
