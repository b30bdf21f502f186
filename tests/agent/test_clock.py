"""Plant time when the host's clock is set: never back, soon right again, and said so."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from agent.clock import MAX_AHEAD_MS, FastClock, PlantClock

HOUR_S = 3600.0


class Host:
    """A host whose wall clock can be set apart from its monotonic clock."""

    def __init__(self) -> None:
        self.mono_s = 1000.0
        self.wall_s = 1_795_000_000.0

    def clock(self) -> PlantClock:
        return PlantClock(wall=lambda: self.wall_s, monotonic=lambda: self.mono_s)

    def run(self, seconds: float) -> None:
        self.mono_s += seconds
        self.wall_s += seconds

    @property
    def wall_ms(self) -> float:
        return self.wall_s * 1000


def test_without_a_step_plant_time_is_the_hosts_time_and_beyond_doubt() -> None:
    host = Host()
    clock = host.clock()
    for _ in range(1000):
        host.run(0.37)
        assert clock.now_ms() == int(host.wall_ms)
    assert clock.steps == 0
    assert not clock.is_doubtful()


def test_a_step_forward_is_followed_at_once_and_doubted_for_a_minute() -> None:
    host = Host()
    clock = host.clock()
    host.wall_s += HOUR_S
    assert clock.now_ms() == int(host.wall_ms)
    assert clock.is_doubtful()
    host.run(59)
    assert clock.is_doubtful()
    host.run(2)
    assert not clock.is_doubtful()
    assert clock.steps == 1


def test_after_a_step_back_time_runs_slower_until_the_host_has_caught_up_and_then_along_with_it() -> None:
    host = Host()
    clock = host.clock()
    host.wall_s -= 60
    last = clock.now_ms()
    waited_s = 0.0
    while clock.now_ms() - host.wall_ms > 1:
        host.run(0.7)
        waited_s += 0.7
        now = clock.now_ms()
        assert now > last
        last = now
        assert clock.is_doubtful() == (waited_s < 60 or now - host.wall_ms > 1000)
    assert 595 <= waited_s <= 605  # at nine tenths of the speed, a minute takes ten
    host.run(5)
    assert clock.now_ms() == int(host.wall_ms)
    assert not clock.is_doubtful()
    assert clock.steps == 1


def test_catching_up_does_not_depend_on_how_often_the_time_is_asked() -> None:
    for pause_s in (0.0001, 0.013, 1.0, 5.0):
        host = Host()
        clock = host.clock()
        host.wall_s -= HOUR_S
        began = clock.now_ms()
        for _ in range(round(10 / pause_s)):
            host.run(pause_s)
            clock.now_ms()
        assert abs(clock.now_ms() - began - 9000) <= 20
        assert clock.steps == 1


def test_a_small_step_back_is_slewed_without_standing_still() -> None:
    host = Host()
    clock = host.clock()
    host.wall_s -= 0.9
    last = clock.now_ms()
    for _ in range(100):
        host.run(0.1)
        now = clock.now_ms()
        assert now - last >= 89
        last = now
    assert last == int(host.wall_ms)
    assert clock.steps == 0


def test_each_step_is_counted_once_also_while_an_older_one_is_made_good() -> None:
    host = Host()
    clock = host.clock()
    for number, step_s in enumerate((-HOUR_S, -HOUR_S, 3 * HOUR_S, 5.0), 1):
        host.wall_s += step_s
        for _ in range(5):
            host.run(7)
            clock.now_ms()
        assert clock.steps == number


def test_a_start_before_the_last_journalled_poll_is_doubtful_until_the_host_is_right() -> None:
    host = Host()
    last_poll = int(host.wall_ms)
    host.wall_s = 12.0  # 1970: no battery, no time server yet
    clock = host.clock()
    clock.not_before(last_poll)
    host.run(10)
    assert last_poll < clock.now_ms() <= last_poll + 10_000
    assert clock.is_doubtful()
    host.wall_s = last_poll / 1000 + 500
    assert clock.now_ms() == last_poll + 500_000
    host.run(61)
    assert not clock.is_doubtful()


def test_an_instant_already_past_changes_nothing() -> None:
    host = Host()
    clock = host.clock()
    clock.not_before(5)
    assert clock.now_ms() == int(host.wall_ms)
    assert not clock.is_doubtful()


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.sampled_from([0, 0, 0, 0, -0.5, 0.5, -7200, -3, 3, 7200])),
        max_size=50,
    )
)
def test_time_never_goes_back_unless_the_host_does_by_hours(moves: list[tuple[float, float]]) -> None:
    host = Host()
    clock = host.clock()
    last = clock.now_ms()
    for seconds, step_s in moves:
        host.run(seconds)
        host.wall_s += step_s
        now = clock.now_ms()
        assert now >= int(host.wall_ms)
        if last + 900 * seconds - host.wall_ms > MAX_AHEAD_MS:
            assert now == int(host.wall_ms)
        else:
            assert now - last >= 900 * seconds - 1
        last = now


def test_a_clock_set_back_by_many_hours_is_followed_at_once_and_doubted() -> None:
    host = Host()
    clock = host.clock()
    host.wall_s -= 30_000.0
    assert clock.now_ms() == int(host.wall_ms)
    assert clock.is_doubtful()
    host.run(61)
    assert not clock.is_doubtful()


def test_many_threads_see_one_time_that_never_goes_back() -> None:
    clock = PlantClock()
    wrong: list[tuple[int, int]] = []

    def watch() -> None:
        last = 0
        for _ in range(5000):
            now = clock.now_ms()
            if now < last:
                wrong.append((last, now))
            last = now

    threads = [threading.Thread(target=watch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert clock.steps == 0


def test_a_compressed_clock_is_the_same_in_every_process_that_has_its_spec() -> None:
    first = FastClock.starting_now(origin_ms=1_000_000, speed=600)
    second = FastClock.from_spec(first.spec)
    assert abs(first.now_ms() - second.now_ms()) <= 600 * 50
    assert first.real_seconds(600) == 1.0
