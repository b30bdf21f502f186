"""`energy-agent verify`, the job that seals, and the way between the two through a running agent."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import httpx
import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import agent.sealing
import agent.seals
import storage.duckdb_seals
from agent.commands.common import EXIT_FAILED, EXIT_STORE, EXIT_USAGE
from agent.control import control_client, control_socket
from agent.http import make_server
from agent.seal_routes import seal_routes
from agent.sealing import LOOK_MS, Sealing
from agent.storing import open_store
from config import load
from domain.errors import StoreError, StoreUnavailable
from domain.periods import DAY_MS
from domain.series import Series
from storage.duckdb import DuckStore
from storage.seal_ledger import LedgerRows
from storage.seal_making import seal_day
from storage.seals import SealBook
from tests.agent.figured import GAS, MASS
from tests.agent.inside import said
from tests.agent.sealed_works import FIRST, NOW, Works, filled
from tests.storage.doubles import StandingClock


class Doubtful(StandingClock):
    """A clock that was just set."""

    def is_doubtful(self) -> bool:
        return True


@pytest.fixture(scope="module")
def never(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plant that was never sealed; not to be changed."""
    return filled(tmp_path_factory.mktemp("verify") / "never").folder


@pytest.fixture(scope="module")
def once(never: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plant that is sealed; not to be changed."""
    works = Works(shutil.copytree(never, tmp_path_factory.mktemp("verify") / "once"))
    works.seal()
    return works.folder


@pytest.fixture
def unsealed(never: Path, tmp_path: Path) -> Works:
    return Works(shutil.copytree(never, tmp_path / "new"))


@pytest.fixture
def works(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    """Return the plant, sealed."""
    monkeypatch.setattr(agent.seals, "PlantClock", lambda: StandingClock(NOW))
    return Works(shutil.copytree(once, tmp_path / "works"))


@contextmanager
def answering(works: Works, part: Sealing | None) -> Iterator[None]:
    """Answer on the control socket, as a running agent does."""

    async def healthz(_: Request) -> Response:
        return Response()

    server = make_server([Route("/healthz", healthz), *seal_routes(lambda: part)])
    listener = control_socket(works.state)
    thread = Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        (works.state / "agent.sock").unlink()


# The command


def test_an_untouched_plant_is_whole(works: Works) -> None:
    code, told, _ = works.run()
    assert code == 0
    assert "3 days whole, 2026-02-16 to 2026-02-18: 144 readings, 1 ledger entry\n" in told
    found = json.loads(works.run("--json", "--since", "2026-02-17", "--until", "2026-02-17")[1])
    assert (found["days"], found["readings"], found["entries"]) == (1, 48, 1)
    assert f"newest root {found['root']}\n" in told
    assert "no day of that span is sealed" in works.run("--since", "2027-01-01")[1]


def test_what_was_changed_is_said_with_day_row_and_both_times(works: Works) -> None:
    at = FIRST + DAY_MS + 7 * 3_600_000
    works.tamper(
        f"UPDATE readings SET value = value + 1 WHERE at_ms = {at} AND point = "
        "(SELECT id FROM points WHERE device = 'gas_coil' AND name = 'volume_reference')"
    )
    works.tamper(f"DELETE FROM readings WHERE at_ms >= {at + DAY_MS} AND received_ms < {at + DAY_MS + 9**8}")
    code, told, _ = works.run()
    assert code == EXIT_FAILED
    first, *_ = told.splitlines()
    assert first == (
        f"2026-02-17: reading {GAS} at 2026-02-17T07:00:00Z (2026-02-17 15:00:00+08:00) "
        "has changed since the day was sealed"
    )
    assert f"2026-02-18: readings of {MASS}: 24 were sealed, 12 are there" in told
    assert "-> take the store from a backup" in told


def test_a_day_over_without_a_seal_is_said(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(load(works.folder / "plant.toml", {}))) as store:
        at = np.array([NOW, NOW + DAY_MS, NOW + 3 * DAY_MS])
        store.fill("more", [Series(point=GAS, at=at, value=np.ones(3), quality=np.zeros(3, np.uint8))])
    assert "no seal" not in works.run()[1]
    for days, complaint in (
        (1, "2026-02-19: is over and has no seal"),
        (2, "2 days from 2026-02-19 to 2026-02-20 are over and have no seal\n"),
        (4, "no seal\n2026-02-22: is over and has no seal\n-> "),
    ):
        later = StandingClock(NOW + days * DAY_MS)
        monkeypatch.setattr(agent.seals, "PlantClock", lambda later=later: later)
        code, told, _ = works.run()
        assert code == EXIT_FAILED
        assert complaint in told
    span = {"first": "2026-02-19", "last": "2026-02-20", "days": 2}
    assert json.loads(works.run("--json")[1])["unsealed"][0] == span


def test_a_chain_made_again_stands_alone_and_falls_by_what_was_kept_elsewhere(works: Works) -> None:
    kept = works.folder / "roots.json"
    code, _, said_ = works.run("--export", kept)
    assert (code, said_) == (0, f"3 roots in {kept}")
    root = json.loads(kept.read_text())["seals"][-1]["root"]
    assert works.run("--against", kept, "--root", root[:20].upper())[0] == 0
    works.tamper(f"UPDATE readings SET value = 0 WHERE at_ms = {FIRST + DAY_MS}")
    (works.state / "seals.sqlite").unlink()
    works.seal()
    assert works.run()[0] == 0
    code, told, said_ = works.run("--against", kept, "--export", works.folder / "new.json")
    assert code == EXIT_FAILED
    assert "2026-02-17: the chain was made again from this day on: its root was" in told
    assert "is not written" in said_
    assert not (works.folder / "new.json").exists()
    code, told, _ = works.run("--root", root)
    assert code == EXIT_FAILED
    assert f"no day has the root {root}" in told


def test_a_shortened_chain_falls_by_what_was_kept_elsewhere(works: Works) -> None:
    kept = works.folder / "roots.json"
    works.run("--export", kept)
    (works.state / "seals.sqlite").unlink()
    (works.state / "ledger.sqlite").unlink()
    works.tamper("DELETE FROM readings")
    code, told, _ = works.run("--against", kept)
    assert code == EXIT_FAILED
    assert "has no seal now; so 3 days in all" in told
    assert "no day is sealed here" in told


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--since", "2026-03-02", "--until", "2026-03-01"), "turn them round"),
        (("--since", "yesterday"), "--since"),
        (("--root", "abc"), "16 to 64 of 0-9 and a-f"),
        (("--export", "no/such/folder/x.json"), "there is no folder no/such/folder"),
    ],
)
def test_wrong_use_is_said_in_words(works: Works, args: tuple[str, ...], complaint: str) -> None:
    code, _, said_ = works.run(*args)
    assert code == EXIT_USAGE
    assert complaint in said_


def test_a_file_that_is_no_export_of_this_plant_is_refused(works: Works) -> None:
    kept = works.folder / "roots.json"
    works.run("--export", kept)
    whole = kept.read_text()
    for text, complaint in (
        ("{}", "is no export"),
        (whole.replace('"works"', '"mill"'), "is of mill/gw1; this is works/gw1"),
        (whole.replace("roots 1", "roots 9"), "has the format 'energy-agent roots 9'"),
    ):
        kept.write_text(text)
        code, _, said_ = works.run("--against", kept)
        assert code == EXIT_USAGE
        assert complaint in said_


def test_without_a_store_or_on_influxdb_it_says_why_there_is_nothing(works: Works) -> None:
    (works.state / "readings.duckdb").unlink()
    code, _, said_ = works.run()
    assert (code, "energy-agent run" in said_) == (EXIT_STORE, True)
    influx = '\n[store]\nkind = "influxdb"\nurl = "http://127.0.0.1:1"\norg = "o"\nbucket = "b"\n'
    with (works.folder / "plant.toml").open("a") as plant:
        plant.write(influx)
    done = said("verify", "-c", works.folder / "plant.toml", env={"ENERGY_AGENT_STORE__TOKEN": "t"})
    code, said_ = done.returncode, done.stderr
    assert (code, "keeps no instant of receipt" in said_) == (EXIT_STORE, True)


def test_a_reading_at_an_instant_beyond_all_calendars_is_said(works: Works) -> None:
    works.tamper(f"UPDATE readings SET at_ms = {9 * 10**17} WHERE at_ms = {FIRST} AND point = 1")
    works.tamper("ALTER TABLE readings ALTER received_ms DROP NOT NULL")
    works.tamper("INSERT INTO readings VALUES (1, 5, 1.0, 0, NULL, 1, 1, NULL)")
    code, told, _ = works.run()
    assert code == EXIT_FAILED
    assert f"2026-02-16: reading {GAS} at {9 * 10**17} ms since 1970 has changed since the day" in told
    assert told.startswith("readings: rows without an instant of receipt: 1\n")


# Through a running agent


def test_a_running_agent_says_the_same(works: Works) -> None:
    works.tamper(f"DELETE FROM readings WHERE at_ms = {FIRST}")
    alone = works.run("--json")
    with works.sealing() as part, answering(works, part):
        assert works.run("--json") == alone
    assert alone[0] == EXIT_FAILED
    assert len(json.loads(alone[1])["broken"]) == 2


def test_what_an_agent_cannot_do_comes_through_its_socket(works: Works) -> None:
    with answering(works, None):
        code, _, said_ = works.run()
    assert (code, "holds no store" in said_) == (EXIT_STORE, True)
    (works.state / "seals.sqlite").write_bytes(b"damaged " * 2000)
    with works.sealing() as part, answering(works, part):
        code, _, said_ = works.run()
        assert (code, "seals cannot be" in said_) == (EXIT_STORE, True)
        with control_client(works.state) as client:
            refused: httpx.Response = client.post("/verify", content=b"{")
            assert refused.status_code == 400


def test_seals_that_were_moved_or_replaced_under_a_running_agent_are_no_proof(works: Works) -> None:
    seals, aside = works.state / "seals.sqlite", works.state / "seals.aside"
    with works.sealing() as part, answering(works, part):
        assert part.seals()
        seals.rename(aside)
        code, _, said_ = works.run()
        assert (code, "is gone or was replaced" in said_) == (EXIT_STORE, True)
        shutil.copy(aside, seals)
        with pytest.raises(StoreError, match="is gone or was replaced"):
            part.run()
        aside.replace(seals)
        assert works.run()[0] == 0


# The job


def test_the_job_seals_what_is_over_and_looks_again_after_a_while(once: Path, unsealed: Works) -> None:
    clock = StandingClock(FIRST + DAY_MS)
    with unsealed.sealing(clock) as part:
        part.run()
        assert part.seals() == ()
        clock.at += LOOK_MS - 1
        part.run()
        assert part.seals() == ()
        clock.at += 1
        part.run()
        assert [seal.day for seal in part.seals()] == ["2026-02-16"]
        clock.at = NOW
        part.run()
        assert [seal.day for seal in part.seals(2)] == ["2026-02-17", "2026-02-18"]
        clock.at = FIRST  # set far back
        part.run()
    with Works(once).sealing() as before:
        assert [seal.readings for seal in before.seals()] == [48, 48, 48]


def test_a_turn_is_short_and_the_next_one_goes_on(
    once: Path, unsealed: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent.sealing, "TURN_S", 0.0)
    monkeypatch.setattr(storage.duckdb_seals, "SLICE_ROWS", 20)
    with unsealed.sealing() as part:
        turns = 0
        while len(part.seals()) < 3:
            part.run()
            turns += 1
        assert turns > 9
        roots = [seal.root for seal in part.seals()]
    with Works(once).sealing() as before:
        assert [seal.root for seal in before.seals()] == roots


def test_nothing_is_sealed_while_the_clock_is_doubtful(unsealed: Works) -> None:
    with unsealed.sealing(Doubtful(NOW)) as part:
        part.run()
        assert part.seals() == ()
    assert unsealed.seal()


def test_a_turn_that_fails_is_an_error_once_and_the_next_one_goes_on(
    unsealed: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent.sealing, "TURN_S", 0.0)
    with unsealed.sealing() as part:
        part.run()
        receipts = part.receipts
        assert receipts is not None
        with closing(SealBook(unsealed.state / "seals.sqlite")) as other:
            seal_day(other, receipts, LedgerRows(unsealed.state / "ledger.sqlite"), FIRST // DAY_MS, now=NOW)
        with pytest.raises(StoreUnavailable, match="another process has sealed a day"):
            part.run()
        monkeypatch.setattr(agent.sealing, "TURN_S", 0.25)
        part.run()
        assert len(part.seals()) == 3
    assert unsealed.run_whole()


def test_damaged_seals_are_an_error_of_the_job_and_readings_are_still_stored(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    path = works.state / "seals.sqlite"
    whole = path.read_bytes()
    path.write_bytes(b"damaged " * 2000)
    with caplog.at_level(logging.ERROR), works.sealing() as part:
        with pytest.raises(StoreError, match="seals cannot be"):
            part.run()
        path.write_bytes(whole)
        part.run()
        assert len(part.seals()) == 3
    assert "seals unreadable" in caplog.text


def test_a_store_that_is_opened_knows_what_is_sealed(works: Works) -> None:
    with closing(open_store(load(works.folder / "plant.toml", {}))) as store:
        assert isinstance(store, DuckStore)
        assert store.receipts.closed_until == FIRST + 3 * DAY_MS
