"""Poll the devices of one link, each at its aligned times, one request at a time.

A device that fails is asked again only in time that its neighbours do not need. Every poll that is
due leaves something behind: values, or the reason why there are none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

from collector.blocks import Block
from collector.compiled import Scheduled, refuse_moved, schedule, withdraw
from collector.health import DeviceHealth
from collector.lessons import learn, mark_absent, relearn_in_time, said_of
from collector.turns import Turns
from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown
from domain.plant import Device, Link
from domain.ports import Clock, ModbusUnit
from domain.reading import ALL_POINTS, Gap, Poll, Quality

log = logging.getLogger(__name__)

MAX_BACKOFF_S = 60.0
"""Longest rest of a device that does not answer: a meter that comes back is seen within a minute."""
_MIN_ATTEMPT_S = 0.05
"""Shortest time that is worth an attempt at a failing device, real seconds."""
_GOOD_ATTEMPT_S = 0.25
"""Time that most devices answer in, real seconds: what an attempt waits to be free."""
_PATIENCE_S = 10.0
"""An attempt overdue by more takes any idle time that is worth it."""
_MAX_SINGLE_MISSES = 10
"""More polls missed in a row (the host slept) become one gap instead of a reading each."""
_MAX_AHEAD_MS = 2 * 3600 * 1000
"""A last instant further ahead of the clock is the mistake of a clock since set right, and is let go."""
_PHASE_GAIN = 0.1
"""Part of the distance to the aligned instant that is made good at each poll, so no interval jumps."""

Sink = Callable[[Poll | Gap], None]


class LinkPoller:
    """The one task that uses a link."""

    def __init__(
        self,
        link: Link,
        devices: Sequence[Device],
        *,
        unit: ModbusUnit,
        clock: Clock,
        sink: Sink,
        worded: Collection[str] = (),
    ) -> None:
        """`worded` are the ids of the points whose register words are kept."""
        self._link = link
        self._unit = unit
        self._clock = clock
        self._sink = sink
        self._link_retry_at = 0.0
        self._link_failures = 0
        self._free_at = 0.0
        self._busy = asyncio.Lock()
        self._turns = Turns(clock, [schedule(device, worded) for device in devices])

    @property
    def link_id(self) -> str:
        """Return the id of the link."""
        return self._link.id

    @property
    def scheduled(self) -> tuple[Scheduled, ...]:
        """Return the devices of the link as they are polled."""
        return self._turns.entries

    @property
    def health(self) -> tuple[DeviceHealth, ...]:
        """Return the state of each device of the link."""
        return tuple(entry.health for entry in self._turns.entries)

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[ModbusUnit]:
        """Lend the link for one poll, or between two for a single read by hand."""
        async with self._busy:
            try:
                yield self._unit
            finally:
                if not self._link.keep_open:  # others may be waiting for their turn at the device
                    await self._unit.close()

    async def run(self, *, since_ms: int | None = None) -> None:
        """Poll until cancelled; then close the link.

        The first poll is due at the first aligned instant after `since_ms`, by default after now.
        """
        self._turns.begin(self._clock.now_ms() if since_ms is None else since_ms)
        try:
            while True:
                entry = await self._turns.next()
                later = self._better_moment(entry)
                if later is None:
                    self._catch_up(entry)
                    await self._serve(entry)
                    self._advance(entry)
                self._turns.put_back(entry, later)
        finally:
            self._turns.end()
            await self._unit.close()

    def change(self, entries: Sequence[Scheduled]) -> None:
        """Poll these devices from now on; one of before goes on as if nothing had happened.

        A poll under way ends and is kept. Call it in the loop that polls.
        """
        self._turns.change(entries)

    def relink(self, link: Link, unit: ModbusUnit) -> ModbusUnit:
        """Go another way to the devices and return the old one, to be closed; first borrow the link."""
        old, self._link, self._unit = self._unit, link, unit
        self._link_failures, self._link_retry_at = 0, 0.0
        self._welcome()
        return old

    def _better_moment(self, entry: Scheduled) -> float | None:
        """Return when an attempt at a failing device would cost its neighbours nothing; None for now.

        It is put behind the living ones that are due about now, up to half its interval. So is one whose
        SunSpec models are still to be found.
        """
        now = self._clock.monotonic()
        next_living = self._turns.next_living()
        if not entry.attempts:
            if entry.is_placed or self._clock.real_seconds(next_living - now) > _MIN_ATTEMPT_S:
                return None
        elif now < max(entry.retry_at, self._link_retry_at) or self._attempt_s(entry, now) > 0:
            return None
        return next_living + 1e-4 if next_living < entry.due + entry.device.interval_s / 2 else None

    def _attempt_s(self, entry: Scheduled, now: float) -> float:
        """Return how long an attempt at a failing device may take now, real seconds; 0 for not now.

        Its neighbours' idle time it may have, at first only when that suits most devices, so that
        two failing ones take turns. Where the link is never idle it gets a little all the same.
        """
        if now < entry.retry_at:
            return 0.0
        timeout_s = self._link.timeout_s
        idle_s = 0.9 * self._clock.real_seconds(self._turns.next_living() - now)
        overdue_s = now - entry.retry_at
        if overdue_s >= MAX_BACKOFF_S:
            idle_s = max(idle_s, _GOOD_ATTEMPT_S)
        needed_s = _MIN_ATTEMPT_S if overdue_s > _PATIENCE_S else _GOOD_ATTEMPT_S
        return min(timeout_s, idle_s) if idle_s >= min(needed_s, timeout_s) else 0.0

    async def _serve(self, entry: Scheduled) -> None:
        """Poll the device, or leave the reason why it is not polled now."""
        now = self._clock.monotonic()
        entry.health.polls += 1
        entry.health.lateness_s = now - entry.due
        at = self._stamp(entry)
        timeout_s = self._link.timeout_s
        if now < self._link_retry_at:
            self._miss(entry, at, Quality.LINK_DOWN)
            return
        if entry.attempts:
            timeout_s = self._attempt_s(entry, now)
            if not timeout_s:
                self._miss(entry, at, entry.quality)
                return
        try:
            async with self.borrowed():
                if entry.is_over:  # changed or dropped while it waited for the link
                    return
                entry.is_in_hand = True
                if not await self._place(entry, timeout_s):
                    self._leave_overrun(entry, at)
                    return
                started = self._clock.monotonic()
                poll, refused = await self._poll(entry, at, timeout_s)
                latency_s = self._clock.monotonic() - started
        except DeviceError as error:
            self._failed(entry, at, error)
        except Exception as error:  # noqa: BLE001 - all links share a TaskGroup: one must not end the others
            await self._survive(entry, at, error)
        else:
            self._sink(poll)
            self._answered(entry, at, latency_s, refused)
        finally:
            entry.is_in_hand = False

    async def _place(self, entry: Scheduled, timeout_s: float) -> bool:
        """Say whether it is known where the device keeps its models; look in its neighbours' idle time.

        At least one read further each time: what is left goes on at its next poll.
        """
        while not entry.is_placed:
            await self._rest(entry)
            begun = self._clock.monotonic()
            try:
                await entry.look_for_place(self._unit, timeout_s)
            finally:
                self._free_at = self._clock.monotonic()
            if 2 * self._free_at - begun > self._turns.next_living():
                return False
        return True

    def _leave_overrun(self, entry: Scheduled, at: int) -> None:
        entry.health.failures[Quality.OVERRUN.code] += 1
        self._sink(Poll(device=entry.device.id, at=at, values={}, quality={ALL_POINTS: Quality.OVERRUN}))

    async def _survive(self, entry: Scheduled, at: int, error: Exception) -> None:
        """Treat an exception that nobody foresaw as a broken link; the traceback is logged once."""
        device, link = entry.device.id, self._link.id
        if not entry.is_traced:
            entry.is_traced = True
            log.error("poll broke off device=%s link=%s error=%r", device, link, error, exc_info=error)
        try:
            await self._unit.close()
        except Exception as fault:  # noqa: BLE001 - a link that cannot even be closed is opened anew all the same
            log.debug("link does not close link=%s error=%r", link, fault)
        hint = "a fault of the agent or of a driver: please report it with the traceback in the log"
        self._failed(entry, at, LinkDown(link, f"{type(error).__name__}: {error}", hint))

    async def _poll(self, entry: Scheduled, at: int, timeout_s: float) -> tuple[Poll, DeviceRefused | None]:
        """Read and decode all blocks; return what they gave and the last refusal of a block."""
        answers: list[bytes] = []
        refusals: list[tuple[Block, DeviceRefused]] = []
        relearn_in_time(entry, self._clock.monotonic())
        for block in entry.blocks:
            await self._rest(entry)
            try:
                answer = await self._unit.read(
                    entry.device.unit_id, block.space, block.first, block.count, timeout_s=timeout_s
                )
            except DeviceRefused as error:
                # The other blocks may still be good; zeros stand in and their values are withdrawn below.
                refusals.append((block, error))
                answer = bytes(block.count * (1 if block.space.is_bits else 2))
            finally:
                self._free_at = self._clock.monotonic()
            answers.append(answer)
        if len(refusals) == len(entry.blocks) > 0:
            learn(entry, refusals, self._clock.monotonic())
            raise refusals[-1][1]
        refused_names = [register.name for block, _ in refusals for register in block.registers]
        refuse_moved(entry, answers, refused_names)
        values, quality = entry.decoder.decode(answers)
        words = entry.decoder.words(answers)
        mark_absent(entry, values, quality)
        if refusals:
            withdraw(entry, refused_names, refusals[-1][1].quality, (values, quality, words))
        entry.health.last_error = said_of(entry, answers, refusals, self._clock.monotonic())
        learn(entry, refusals, self._clock.monotonic())
        if self._clock.is_doubtful():
            for name, value in values.items():
                if value is not None:
                    quality[name] = Quality.CLOCK_STEPPED
        poll = Poll(device=entry.device.id, at=at, values=values, quality=quality, words=words)
        return poll, refusals[-1][1] if refusals else None

    async def _rest(self, entry: Scheduled) -> None:
        pause = max(self._link.pause_s, entry.device.profile.pause_s)
        if pause:
            wait = self._free_at + pause - self._clock.monotonic()
            if wait > 0:
                await self._clock.sleep(wait)

    def _answered(self, entry: Scheduled, at: int, latency_s: float, refused: DeviceRefused | None) -> None:
        health = entry.health
        if health.failures_in_a_row:
            log.info("device answers again device=%s link=%s", health.device, health.link)
        health.good += 1
        health.failures_in_a_row = 0
        health.failing_since = None
        entry.attempts = 0
        entry.is_traced = False
        health.last_good_at = at
        health.latency_s = latency_s
        entry.quality = Quality.GOOD
        if refused is not None:
            entry.doubt_place(refused)
        if self._link_failures > 1:
            self._welcome()
        self._link_failures = 0
        self._link_retry_at = 0.0

    def _welcome(self) -> None:
        """Let every device that waits only because the link was down try at its next poll."""
        for entry in self._turns.entries:
            if entry.attempts and entry.quality is Quality.LINK_DOWN:
                entry.attempts = 1
                entry.retry_at = entry.due

    def _failed(self, entry: Scheduled, at: int, error: DeviceError) -> None:
        health = entry.health
        if not health.failures_in_a_row and not entry.is_traced:
            log.warning("device fails device=%s link=%s error=%s", health.device, health.link, error)
        health.last_error = str(error)
        if isinstance(error, BadAnswer):
            health.bad_answers[error.kind] += 1
        entry.doubt_place(error)
        interval_s = entry.device.interval_s
        if isinstance(error, LinkDown):
            self._link_failures += 1
            if self._link_failures > 1:  # once may be the fault of this device alone
                rest_s = _backoff(1.0, self._link_failures - 1)
                self._link_retry_at = self._clock.monotonic() + rest_s
        self._miss(entry, at, error.quality)
        entry.attempts += 1
        # Half an interval early, so that the attempt falls on the grid and not one poll later.
        entry.retry_at = entry.due + _backoff(interval_s, entry.attempts) - interval_s / 2

    def _miss(self, entry: Scheduled, at: int, quality: Quality) -> None:
        """Leave a reading with no value for a poll that was due."""
        health = entry.health
        health.failures_in_a_row += 1
        health.failing_since = health.failing_since if health.failing_since is not None else at
        health.failures[quality.code] += 1
        entry.quality = quality
        self._sink(Poll(device=entry.device.id, at=at, values={}, quality={ALL_POINTS: quality}))

    # Times

    def _stamp(self, entry: Scheduled) -> int:
        """Return the instant of a poll: never one that the device has had before, if the clock is right."""
        entry.last_at = _behind(entry.last_at, self._clock.now_ms())
        return entry.last_at

    def _advance(self, entry: Scheduled) -> None:
        """Set the next due instant, a little nearer to a multiple of the interval."""
        interval = entry.device.interval_s
        entry.due += interval
        phase = self._instant_ms(entry.due) / 1000 % interval
        error = phase if phase < interval / 2 else phase - interval
        entry.due -= error * _PHASE_GAIN

    def _instant_ms(self, due: float) -> float:
        """Return the instant of a plant-monotonic second near now."""
        return self._clock.now_ms() - (self._clock.monotonic() - due) * 1000

    def _catch_up(self, entry: Scheduled) -> None:
        """Leave `overrun` for the polls before this one that could not begin, at their instants."""
        interval = entry.device.interval_s
        missed = int((self._clock.monotonic() - entry.due) // interval)
        if missed < 1:
            return
        first = entry.due
        entry.due += missed * interval
        entry.health.polls += missed
        entry.health.failures[Quality.OVERRUN.code] += missed
        if missed > _MAX_SINGLE_MISSES:
            since = _behind(entry.last_at, int(self._instant_ms(first)))
            until = max(int(self._instant_ms(entry.due)), since + 1)
            entry.last_at = until - 1
            gap = Gap(device=entry.device.id, since=since, until=until, quality=Quality.OVERRUN)
            self._sink(gap)
            return
        for number in range(missed):
            entry.last_at = _behind(entry.last_at, int(self._instant_ms(first + number * interval)))
            quality = {ALL_POINTS: Quality.OVERRUN}
            self._sink(Poll(device=entry.device.id, at=entry.last_at, values={}, quality=quality))


def _behind(last_at: int, at: int) -> int:
    """Return the instant, or the first one after the last; the clock's where the last was far ahead of it."""
    return at if last_at - at > _MAX_AHEAD_MS else max(at, last_at + 1)


def _backoff(first_s: float, failures: int) -> float:
    """Return the rest after so many failures in a row: doubling, at most MAX_BACKOFF_S (or one interval)."""
    return max(min(first_s * 2.0 ** min(failures - 1, 10), MAX_BACKOFF_S), first_s)
