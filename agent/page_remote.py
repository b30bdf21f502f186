"""Everything the page asks, answered by the agent that has the store, over its private socket.

So the page may run as a process of its own: what befalls it never touches the polling, and the embedded store
needs no second opener. While the other agent is away every question is answered with how to start it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from datetime import date
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec

from agent.control import SOCKET_NAME
from agent.page_wire import RECORDING, Fault, decode_answer, encode_question
from config import Loaded
from domain.carbon import CarbonPath, Change
from domain.carbon_book import CarbonBook
from domain.courses import (
    Amount,
    Completeness,
    Cusum,
    Load,
    ModelRowsPicture,
    PointNow,
    ReadingsPicture,
    WindowPicture,
)
from domain.declared import AlertPicture, BaselinePicture, EntryPicture, Refused
from domain.errors import StoreError
from domain.flows import Flows
from domain.inventory import Restatement
from domain.method import Method
from domain.now import Now
from domain.periods import PeriodKind, PlantCalendar
from domain.plant import Plant
from domain.reading import Gap
from domain.windows import WindowVersion

END = 2**53
EVERY_S = 1.0
BELIEVED_S = 5.0
"""An answer about this moment that is older is none."""
_GONE_S = 5.0
"""An agent that has been silent for so long is asked nothing but whether it is back."""
_PATIENCE_S = 30.0
_LONG_S = 600.0
"""A fit computes."""


class RemoteSource:
    """A `dashboard.source.Source`; close it at the end."""

    def __init__(self, loaded: Loaded, *, every_s: float = EVERY_S, believed_s: float = BELIEVED_S) -> None:
        self._loaded = loaded
        self._every_s, self._believed_s = every_s, believed_s
        self._path = str(loaded.agent.state_dir / SOCKET_NAME)
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=self._path), base_url="http://agent", timeout=_PATIENCE_S
        )
        self._now: Now | None = None
        self._calendar = PlantCalendar(ZoneInfo(loaded.plant.time_zone), (loaded.method.calendar,))
        self._answered = -1e9
        self._error: StoreError | None = None
        self._left = Event()
        self._thread = Thread(target=self._watch, name="page-remote", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End its thread and its connections."""
        self._left.set()
        self._thread.join()
        self._client.close()

    def trouble(self) -> StoreError | None:
        """Return why the other agent does not answer now, each time anew; None when it does."""
        if self._now is not None and time.monotonic() - self._answered <= self._believed_s:
            return None
        error, silent_s = self._error, time.monotonic() - self._answered
        if error is None and self._now is not None:
            return _away(f"has not answered for {silent_s:.0f} s")
        # One error raised again and again would remember every place.
        return _away("has not answered yet") if error is None else StoreError(*error.args)

    def take(self, loaded: Loaded) -> None:
        """Answer for another plant file from now on."""
        self._loaded = loaded

    @property
    def plant(self) -> Plant:
        """Return the plant."""
        return self._loaded.plant

    @property
    def method(self) -> Method:
        """Return how its numbers are made."""
        return self._loaded.method

    def now(self) -> Now:
        """Return this moment as the other agent told it last, at most a few seconds ago."""
        trouble, now = self.trouble(), self._now
        if trouble is not None:
            raise trouble
        assert now is not None
        return now

    def _watch(self) -> None:
        while not self._left.is_set():
            try:
                now: Now = self._tell("now")
                if self._now is None or now.stamp != self._now.stamp:
                    self._calendar = self._tell("calendar")
                self._now = now
                self._answered, self._error = time.monotonic(), None
            except StoreError as error:
                self._error = error
            self._left.wait(self._every_s)

    def _ask(self, name: str, *args: Any, **given: Any) -> Any:
        """Ask; refused at once while the other agent is known to be silent: pages must not queue up."""
        is_gone = self._error is not None or (
            self._now is not None and time.monotonic() - self._answered > _GONE_S
        )
        if is_gone and (trouble := self.trouble()) is not None:
            raise trouble
        return self._tell(name, *args, **given)

    def _tell(self, name: str, *args: Any, **given: Any) -> Any:
        body = encode_question(name, args, given)
        response = self._sent(name, body)
        try:
            if response.status_code == 200:
                return decode_answer(name, msgspec.json.decode(body), response.content)
            fault = msgspec.json.decode(response.content, type=Fault)
        except msgspec.MsgspecError as error:
            problem = f"gave an answer that is none, with status {response.status_code}"
            hint = "see its log; page and agent must be of one version"
            raise StoreError("the agent with the store", problem, hint) from error
        if fault.kind == "refused":
            raise Refused(fault.subject, fault.problem, fault.hint)
        if fault.kind == "unknown":
            raise KeyError(fault.subject)
        raise StoreError(fault.subject, fault.problem, fault.hint)

    def _sent(self, name: str, body: bytes) -> httpx.Response:
        """Return what the other agent answers; asked again when it left just now, unless it records."""
        patience = {"fit_baseline": _LONG_S, "now": self._believed_s}.get(name, _PATIENCE_S)
        for last in (name in RECORDING, True):
            try:
                self._knock()  # httpx leaves a socket open that nobody answers on
                return self._client.post(f"/page/{name}", content=body, timeout=patience)
            except httpx.TimeoutException as error:
                raise _away(f"did not answer within {patience:.0f} s") from error
            except (OSError, httpx.TransportError) as error:
                if last:
                    raise _away("does not answer on its socket") from error
        raise AssertionError("not reached")

    def _knock(self) -> None:
        """OSError when nobody listens."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(self._path)

    def calendar(self) -> PlantCalendar:
        """Return the plant's calendar as the other agent told it last; before that, the plant file's.

        Every page asks for it, those that say what is wrong too: it never waits.
        """
        return self._calendar

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        """Return results that begin in [since, until), decoded."""
        found: Sequence[Any] = self._ask(
            "results", kind=kind, since=since, until=until, period=period, subject=subject
        )
        return found

    def load(self, *, since: int, until: int, step_ms: int) -> Load:
        """Return the courses of the carriers."""
        found: Load = self._ask("load", since=since, until=until, step_ms=step_ms)
        return found

    def cusum(self, process: str, *, since: int = 0) -> Cusum | None:
        """Return the CUSUM of a process."""
        found: Cusum | None = self._ask("cusum", process=process, since=since)
        return found

    def model_rows(self, process: str) -> ModelRowsPicture:
        """Return every row of the model of a process."""
        found: ModelRowsPicture = self._ask("model_rows", process=process)
        return found

    def flows(self, *, since: int, until: int) -> Flows:
        """Return where energy went."""
        found: Flows = self._ask("flows", since=since, until=until)
        return found

    def carbon_paths(self) -> tuple[CarbonPath, ...]:
        """Return the paths of the reduction plan."""
        return self._loaded.method.carbon.paths

    def carbon_book(self) -> CarbonBook:
        """Return what people declared for carbon."""
        found: CarbonBook = self._ask("carbon_book")
        return found

    def restatement(self, period: str) -> Restatement | None:
        """Return a closed month or year against what it would be now."""
        found: Restatement | None = self._ask("restatement", period=period)
        return found

    def change(self, year: int) -> Change:
        """Return the gas of a year so far against the year before, split by cause."""
        found: Change = self._ask("change", year=year)
        return found

    def alerts(self) -> tuple[AlertPicture, ...]:
        """Return every alert, what waits for a person first."""
        found: tuple[AlertPicture, ...] = self._ask("alerts")
        return found

    def points_now(self) -> tuple[PointNow, ...]:
        """Return the newest reading of every point."""
        found: tuple[PointNow, ...] = self._ask("points_now")
        return found

    def completeness(self, *, since: int, until: int) -> tuple[Completeness, ...]:
        """Return how much of each production day each device was observed."""
        found: tuple[Completeness, ...] = self._ask("completeness", since=since, until=until)
        return found

    def amounts(self, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
        """Return what counters showed in [since, until)."""
        found: tuple[Amount, ...] = self._ask("amounts", points, since=since, until=until)
        return found

    def windows(self, point: str, *, since: int, until: int) -> tuple[WindowPicture, ...]:
        """Return the windows of a point that begin in [since, until)."""
        found: tuple[WindowPicture, ...] = self._ask("windows", point=point, since=since, until=until)
        return found

    def versions(self, point: str, since: int) -> tuple[WindowVersion, ...]:
        """Return every version of the window that begins at `since`."""
        found: tuple[WindowVersion, ...] = self._ask("versions", point=point, since=since)
        return found

    def readings(self, point: str, *, since: int, until: int, limit: int = 1000) -> ReadingsPicture:
        """Return raw readings, oldest first."""
        found: ReadingsPicture = self._ask("readings", point=point, since=since, until=until, limit=limit)
        return found

    def gaps(self, *, since: int, until: int) -> tuple[Gap, ...]:
        """Return the polls that left no reading in [since, until)."""
        found: tuple[Gap, ...] = self._ask("gaps", since=since, until=until)
        return found

    def baselines(self) -> tuple[BaselinePicture, ...]:
        """Return every baseline of the ledger, newest first."""
        found: tuple[BaselinePicture, ...] = self._ask("baselines")
        return found

    def entries(self, *, limit: int = 200) -> tuple[EntryPicture, ...]:
        """Return the newest rows of the ledger, newest first."""
        found: tuple[EntryPicture, ...] = self._ask("entries", limit=limit)
        return found

    def acknowledge(self, alert: str, *, who: str, why: str) -> tuple[int, ...]:
        """Take an alert over."""
        found: tuple[int, ...] = self._ask("acknowledge", alert=alert, who=who, why=why)
        return found

    def close_alert(
        self, alert: str, *, cause: str, who: str, why: str, is_permanent: bool = False
    ) -> tuple[int, ...]:
        """Close an alert with its cause."""
        found: tuple[int, ...] = self._ask(
            "close_alert", alert=alert, cause=cause, who=who, why=why, is_permanent=is_permanent
        )
        return found

    def declare_exchange(
        self, point: str, *, at: str, old_final: float, new_start: float, certificate: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Declare that a meter was exchanged."""
        found: tuple[int, ...] = self._ask(
            "declare_exchange",
            point=point,
            at=at,
            old_final=old_final,
            new_start=new_start,
            certificate=certificate,
            who=who,
            why=why,
        )
        return found

    def state_production(
        self, process: str, *, since: str, until: str, quantity: float, unit: str, who: str, why: str
    ) -> tuple[int, ...]:
        """State output of a process."""
        found: tuple[int, ...] = self._ask(
            "state_production",
            process=process,
            since=since,
            until=until,
            quantity=quantity,
            unit=unit,
            who=who,
            why=why,
        )
        return found

    def declare_carbon(self, kind: str, fields: Mapping[str, str], *, who: str, why: str) -> tuple[int, ...]:
        """Declare one thing for carbon."""
        found: tuple[int, ...] = self._ask("declare_carbon", kind=kind, fields=fields, who=who, why=why)
        return found

    def close_period(self, period: str, *, shown: str, approver: str, who: str, why: str) -> tuple[int, ...]:
        """Close a month or a year."""
        found: tuple[int, ...] = self._ask(
            "close_period", period, shown=shown, approver=approver, who=who, why=why
        )
        return found

    def restate_period(
        self, period: str, *, shown: str, approver: str, who: str, why: str
    ) -> tuple[int, ...]:
        """Give a closed month or year the figures that it would have now."""
        found: tuple[int, ...] = self._ask(
            "restate_period", period, shown=shown, approver=approver, who=who, why=why
        )
        return found

    def fit_baseline(self, process: str, *, first: date, last: date, who: str, why: str) -> tuple[int, ...]:
        """Fit a baseline over whole days and record it."""
        found: tuple[int, ...] = self._ask(
            "fit_baseline", process=process, first=first, last=last, who=who, why=why
        )
        return found

    def approve_baseline(self, baseline: str, *, valid_from: str, who: str, why: str) -> tuple[int, ...]:
        """Hold the process against a baseline."""
        found: tuple[int, ...] = self._ask(
            "approve_baseline", baseline=baseline, valid_from=valid_from, who=who, why=why
        )
        return found


def _away(problem: str) -> StoreError:
    hint = "start it with `energy-agent run --role collector --role store`; this page goes on by itself"
    return StoreError("the agent with the store", problem, hint)
