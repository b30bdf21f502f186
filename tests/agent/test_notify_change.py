"""Channels change while the agent runs: who stays keeps thread and memory, who is new tells nothing twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from agent.clock import PlantClock
from agent.notify import Notifier, Sender
from domain.notice import ChannelPolicy
from tests.agent.listeners import wait_until
from tests.agent.test_notify import PLANT, Fake, alert, policy


def of(folder: Path, *senders: tuple[ChannelPolicy, Sender]) -> Notifier:
    return Notifier.of(senders, plant=PLANT, clock=PlantClock(), state_dir=folder)


def names() -> list[str]:
    return sorted(each.name for each in threading.enumerate() if each.name.startswith("notify-"))


def test_a_channel_that_stays_goes_on_the_others_end_and_new_ones_begin(tmp_path: Path) -> None:
    stays, goes, comes = Fake(), Fake(), Fake()
    first = of(tmp_path, (policy("stays"), stays), (policy("goes"), goes))
    first.start()
    threads = names()
    one = alert()
    first.offer([one], {})
    wait_until("both told", lambda: stays.taken and goes.taken)
    other = replace(PLANT, label={"en": "Other works"})
    second = first.changed(lambda: of(tmp_path, (policy("comes"), comes)), stay={"stays"}, plant=other)
    assert threads == ["notify-goes", "notify-stays"]
    assert names() == ["notify-comes", "notify-stays"]
    second.offer([one, alert("b")], {})
    wait_until("told", lambda: len(stays.taken) == 2 and comes.taken)
    assert stays.taken[1][0].startswith("[Other works]")
    assert len(goes.taken) == 1
    assert second.stop()


def test_a_channel_with_another_url_remembers_what_it_has_told(tmp_path: Path) -> None:
    old, new = Fake(), Fake()
    first = of(tmp_path, (policy(), old))
    first.start()
    one = alert()
    first.offer([one], {})
    wait_until("told", lambda: old.taken)
    second = first.changed(lambda: of(tmp_path, (policy(), new)), stay=(), plant=PLANT)
    second.offer([one, alert("b")], {})
    wait_until("told", lambda: new.taken)
    assert second.stop()
    assert [title for title, _ in new.taken] == [title for title, _ in old.taken]
    assert "problem b" in new.taken[0][1]
    assert "problem a" not in new.taken[0][1]
