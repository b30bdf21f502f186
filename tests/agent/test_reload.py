"""A running agent follows its plant file: the unchanged is not touched, a faulty file changes nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from agent.broker import broker_addresses
from agent.control import control_client
from bus.mqtt import MqttClient
from domain.reading import Gap, Poll, Quality
from tests.agent.inside import said
from tests.agent.reloaded import Reloaded, reloaded

pytestmark = pytest.mark.asyncio(loop_scope="module")
POINTS = ("volume_reference",)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reloaded]:
    async with reloaded(tmp_path_factory.mktemp("reloaded")) as found:
        yield found


def steps(items: list[Poll | Gap], device: str) -> list[int]:
    """Return the times between the polls of a device, and see that each gave values."""
    polls = [each for each in items if isinstance(each, Poll) and each.device == device]
    assert all(poll.values for poll in polls), device
    return [later.at - earlier.at for earlier, later in pairwise(polls)]


async def test_readings_of_a_device_never_seen_before_are_stored_true_and_none_is_quarantined(
    agent: Reloaded,
) -> None:
    assert agent.app.storing is not None
    await agent.write(agent.whole)
    *_, last = await agent.polled("gas_coil", 3)
    store, point = agent.app.storing.store, "gas_coil.gas_temperature"
    await agent.until("stored", lambda: store.latest()[point].at >= last.at)
    readings = list(store.readings([point], since=0, until=2**53))
    assert all(
        each.value in agent.meters.shown(point, each.at, each.at + 500) for each in readings if each.value
    )
    assert len({each.at for each in readings}) == len(readings)
    assert agent.app.storing.status().quarantine == {}


async def test_devices_come_and_go_while_the_others_keep_connection_and_interval(agent: Reloaded) -> None:
    before, start = agent.accepted, len(agent.items)
    health = {each.device: each for each in agent.app.collecting.devices}  # type: ignore[union-attr]
    dropped = await agent.write(agent.without("gas_coil", *POINTS))
    await agent.polled("gas_main")
    gone = [each for each in agent.items[start:] if each.device == "gas_coil"]
    added = await agent.write(agent.whole)
    polls = await agent.polled("gas_coil")
    await agent.polled("em_main")
    assert dropped.change is not None
    assert (dropped.outcome, dropped.change.devices.dropped) == ("changed", ("gas_coil",))
    assert added.change is not None
    assert (added.change.devices.added, added.change.devices.unchanged) == (("gas_coil",), 4)
    assert not added.change.links
    for device in ("gas_main", "em_main", "pv_2", "plc_coil"):
        assert max(steps(agent.items[start:], device)) < 950, device
        assert any(each is health[device] for each in agent.app.collecting.devices)  # type: ignore[union-attr]
    assert agent.accepted == before
    assert len(gone) <= 3
    assert polls[0].at % 500 < 250
    [gap] = [each for each in agent.items[start:] if isinstance(each, Gap)]
    assert (gap.device, gap.quality) == ("gas_coil", Quality.AGENT_DOWN)
    assert gap.until <= polls[0].at


async def test_page_and_figures_follow_and_open_pages_are_told(agent: Reloaded) -> None:
    source = agent.app.page_source
    assert source is not None
    await agent.write(agent.whole)
    before = source.now().stamp
    answer = await agent.write(agent.without("gas_coil", *POINTS))
    assert answer.is_followed
    assert "gas_coil" not in [each.device for each in source.now().devices]
    assert "gas_coil" not in [each.id for each in source.plant.devices]
    assert source.now().stamp.split("-")[-1] != before.split("-")[-1]  # the plant's part of it
    await agent.write(agent.whole)
    assert "gas_coil" in [each.device for each in source.now().devices]
    analysis = agent.app.analysing.analysis  # type: ignore[union-attr]
    assert analysis.recent is not None
    assert analysis.recent.plant == source.plant == agent.app.plant


async def test_a_signal_reloads_and_only_the_changed_link_is_opened_anew(agent: Reloaded) -> None:
    await agent.write(agent.whole)
    before, start = agent.accepted, len(agent.items)
    agent.works.file.write_text(agent.whole.replace("port =", "timeout_s = 0.9\nport =", 1))
    os.kill(os.getpid(), signal.SIGHUP)
    await agent.until("reloaded", lambda: (last := agent.reloading.last) and last.who == "signal SIGHUP")
    await agent.polled("gas_main")
    await agent.polled("em_main")
    assert agent.app.status().reload.said == ("links changed: gas_room",)  # type: ignore[union-attr]
    assert agent.accepted == {**before, "gas_room": before["gas_room"] + 1}
    for device in ("gas_main", "gas_coil", "em_main", "pv_2", "plc_coil"):
        assert max(steps(agent.items[start:], device)) < 950, device
    await agent.write(agent.whole)
    await agent.polled("gas_main")


async def test_a_faulty_file_changes_nothing_and_the_command_says_why_as_check_does(agent: Reloaded) -> None:
    before, plant = agent.accepted, agent.app.plant
    agent.works.file.write_text(agent.whole.replace('"suto_s401"', '"suto_s402"') + "[gas]\nncv = 1\n")
    found = await asyncio.to_thread(said, "reload", "-c", agent.works.file)
    assert found.returncode == 3
    lines = found.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("error")] == [
        "error   gas.ncv",
        "error   devices[1].profile",
    ]
    assert lines[-1].endswith("2 faults, nothing has changed")
    status = agent.app.status()
    assert status.reload is not None
    assert status.reload.outcome == "refused"
    assert status.reload.who.startswith("command")
    assert len(status.reload.said) == 2
    assert status.ready
    await agent.polled("gas_coil")
    assert (agent.accepted, agent.app.plant) == (before, plant)


async def test_a_refusal_that_is_no_fault_of_the_file_counts_none(agent: Reloaded) -> None:
    hook = agent.works.folder / "hook"
    hook.touch(mode=0o600)
    hook.write_text("nonsense://127.0.0.1")
    agent.works.file.write_text(agent.whole + '[[channels]]\nname = "ops"\nurl_file = "hook"\n')
    found = await asyncio.to_thread(said, "reload", "-c", agent.works.file)
    assert found.returncode == 1
    first, last = found.stdout.splitlines()
    assert "channel ops" in first
    assert last == f"{agent.works.file}: nothing has changed"
    agent.works.file.write_text(agent.whole)


async def test_what_cannot_change_live_is_refused_whole_with_its_keys(agent: Reloaded) -> None:
    plant = agent.app.plant
    text = agent.without("gas_coil", *POINTS).replace('"Asia/Shanghai"', '"Europe/Berlin"')
    found = await agent.write(text.replace("[broker]", "[journal]\nmax_mb = 17\n[broker]"))
    assert found.outcome == "refused"
    assert [each.key for each in found.findings] == ["site.time_zone", "journal.max_mb"]
    assert all("systemctl restart energy-agent" in each.remedy for each in found.findings)
    assert agent.app.plant is plant
    await agent.write(agent.whole)


async def test_a_dry_run_says_what_would_change_and_changes_nothing(agent: Reloaded) -> None:
    plant, last = agent.app.plant, agent.reloading.last
    agent.works.file.write_text(agent.without("gas_coil", *POINTS))
    found = await asyncio.to_thread(said, "reload", "--dry-run", "-c", agent.works.file)
    assert found.returncode == 0, found.stdout
    assert "devices dropped: gas_coil\n" in found.stdout
    assert "would change; unchanged 3 links, 4 devices" in found.stdout
    assert agent.app.plant is plant
    assert agent.reloading.last is last
    agent.works.file.write_text(agent.whole)


async def test_another_file_of_the_same_state_folder_is_refused(agent: Reloaded, tmp_path: Path) -> None:
    wanted = {"file": str(tmp_path / "plant.toml"), "who": "test"}

    def ask() -> tuple[int, str]:
        with control_client(agent.works.state_dir) as client:
            answer = client.post("/reload", json=wanted)
        return answer.status_code, answer.json()["problem"]

    code, problem = await asyncio.to_thread(ask)
    assert code == 409
    assert str(agent.works.file) in problem


async def test_what_is_retained_about_a_dropped_device_is_taken_back(agent: Reloaded) -> None:
    def retained() -> set[str]:
        met: set[str] = set()
        broker = agent.app._broker
        client = MqttClient(
            broker_addresses(agent.app.loaded.broker, broker)["store"],
            client_id="looker",
            subscriptions=["energy/works/gw1/+/meta"],
            received=lambda topic, payload, *_: met.add(topic.split("/")[3]) if payload else None,
        )
        client.start()
        try:
            for _ in range(100):
                if {"gas_main", "em_main", "pv_2", "plc_coil"} <= met:
                    break
                threading.Event().wait(0.05)
            return met
        finally:
            client.stop()

    await agent.write(agent.without("gas_coil", *POINTS))
    without = await asyncio.to_thread(retained)
    await agent.write(agent.whole)
    whole = await asyncio.to_thread(retained)
    assert whole - without == {"gas_coil"}


async def test_many_reloads_two_at_a_time_leave_no_task_socket_or_thread_behind(agent: Reloaded) -> None:
    def counts() -> tuple[int, int, int]:
        own = [each for each in threading.enumerate() if not each.name.startswith(("lookup", "asyncio"))]
        return len(asyncio.all_tasks()), len(own), len(list(Path("/proc/self/fd").iterdir()))

    texts = [
        agent.without("plc_coil"),
        agent.whole.replace("port =", "timeout_s = 0.9\nport =", 1),
        agent.whole.replace('id = "coil"', 'id = "coil"\nlabel = { en = "Coil" }'),
        agent.whole,
    ]
    found = []
    for text in (*texts, *texts[:2]):
        agent.works.file.write_text(text)
        found.append(counts())
        answers = await asyncio.gather(*(agent.reloading.reload(who="test") for _ in range(2)))
        assert [each.outcome for each in answers] == ["changed", "unchanged"]
    await agent.polled("plc_coil")
    assert [each[1] for each in found[4:]] == [found[1][1]] * 2
    assert max(each[0] for each in found[4:]) <= found[1][0] + 2
    assert max(each[2] for each in found[4:]) <= found[1][2] + 2


async def test_a_stop_amid_a_reload_ends_cleanly(agent: Reloaded) -> None:
    agent.works.file.write_text(agent.without("gas_coil", *POINTS))
    reload = asyncio.create_task(agent.reloading.reload(who="test"))
    await asyncio.sleep(0)
    agent.app.request_stop()
    answer = await reload
    await agent.running
    assert answer.outcome == "refused"
    assert "is stopping" in answer.problem
