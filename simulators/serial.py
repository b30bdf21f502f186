"""Modbus RTU on a pseudo-terminal: a serial bus with several unit ids, at a path of the caller's choice."""

from __future__ import annotations

import asyncio
import os
import tty
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from simulators.answering import Answering, Unit
from simulators.frames import Frame, Framing
from simulators.hostile import Deafen, Hostility, Send, Step, Wait

_BITS_PER_BYTE = 11
"""Start, eight data, parity or second stop, stop (Modbus over Serial Line V1.02, 2.5.1)."""


class SerialBus:
    """One bus. With `baudrate` answers take the time they take on a wire; a cut is silence here."""

    def __init__(self, units: Mapping[int, Unit], *, path: str = "", baudrate: int | None = None) -> None:
        self.answering = Answering(units, Framing.RTU)
        self.path = path
        """Where clients open the bus; the pseudo-terminal itself where no link was asked for."""
        self.baudrate = baudrate
        self._link: Path | None = Path(path) if path else None
        self._files: tuple[int, int] | None = None
        self._cutter = self.answering.cutter()
        self._todo: deque[Frame] = deque()
        self._steps: deque[Step] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def requests(self) -> Counter[int]:
        """Return function code -> requests that arrived."""
        return self.answering.requests

    @property
    def hostility(self) -> Hostility | None:
        """Return what all units do wrong, None to leave it to each."""
        return self.answering.hostility

    @hostility.setter
    def hostility(self, hostility: Hostility | None) -> None:
        self.answering.hostility = hostility

    async def start(self) -> None:
        """Open the pseudo-terminal; the second call does nothing."""
        if self._files is not None:
            return
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._files = (ours, theirs)
        name = os.ttyname(theirs)
        if self._link is not None:
            if self._link.is_symlink():  # left by a bus that was killed; anything else stays
                self._link.unlink()
            self._link.symlink_to(name)
        else:
            self.path = name
        asyncio.get_running_loop().add_reader(ours, self._readable)

    async def refuse(self) -> None:
        """Unplug: remove the link and close the terminal."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._files is None:
            return
        asyncio.get_running_loop().remove_reader(self._files[0])
        for file in self._files:
            os.close(file)
        self._files = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    async def __aenter__(self) -> SerialBus:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse()

    def _readable(self) -> None:
        if self._files is None:
            return
        try:
            chunk = os.read(self._files[0], 4096)
        except (BlockingIOError, OSError):
            return
        self._todo.extend(self._cutter.feed(chunk))
        if self._timer is None:
            self._work()

    def _work(self) -> None:
        self._timer = None
        while self._steps or self._todo:
            if not self._steps:
                self._steps.extend(self._paced(self._todo.popleft()))
                continue
            match self._steps.popleft():
                case Send(content) if self._files is not None:
                    os.write(self._files[0], content)
                case Wait(seconds):
                    self._timer = asyncio.get_running_loop().call_later(seconds, self._work)
                    return
                case Deafen():
                    self._steps.clear()
                case _:
                    pass

    def _paced(self, request: Frame) -> tuple[Step, ...]:
        """Return the steps of an answer, behind the time that request and answer need on the wire."""
        steps = self.answering.answer(request)
        if self.baudrate is None or not steps:
            return steps
        sent = sum(len(step.content) for step in steps if isinstance(step, Send))
        on_wire = len(request.pdu) + 3 + sent
        return (Wait(on_wire * _BITS_PER_BYTE / self.baudrate), *steps)
