"""What a person records through the page: forms that come in, are judged, recorded once and answered.

Post, redirect, get. What cannot be recorded comes back beside its field with everything typed kept (422).
The guard has checked role and origin before.

Each deed leaves two rows in the audit: "begun" before the ledger is asked, and what became of it. Ledger and
audit are two files, so no crash can be kept from falling between them. Without the first row nothing is
recorded. Where the second one is missing, the ledger tells: an entry carries who, when and why itself, and
the same form sent again is refused there by the number of the entry that says so already.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.forms import form_of as fields_of
from dashboard.deed import Deed, Work
from dashboard.deeds import DEEDS
from dashboard.once import Once
from dashboard.page import Asked, BadRequest
from dashboard.site import Site
from dashboard.typed import Fault
from dashboard.views.form import FormFault
from domain.declared import Refused
from domain.errors import EnergyAgentError, StoreError, StoreUnavailable

log = logging.getLogger(__name__)

Audit = Callable[[Request, str, str, str, str], Awaitable[None]]
"""(request, action, subject, outcome, detail)."""
Endpoint = Callable[[Request], Awaitable[Response]]
LONGEST_FIELD = 2000
"""Characters of a field; normalising costs the square of a run of accents."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a form."""

    onward: str = ""
    fault: FormFault | None = None
    status: int = 422


class Actions:
    """Handlers of all forms but those of access."""

    def __init__(self, site: Site, audit: Audit) -> None:
        self._site = site
        self._audit = audit
        self._once: Once[tuple[int, ...]] = Once()

    def routes(self) -> list[tuple[str, Endpoint, str]]:
        """Return (path, endpoint, role) of each; the method is POST."""
        return [(deed.page.path, partial(self._post, deed), deed.role) for deed in DEEDS]

    async def _post(self, deed: Deed, request: Request) -> Response:
        sent = {name: value for name, value in (await fields_of(request)).items() if name != "csrf"}
        asked = self._site.asked(request)
        asked = replace(asked, query={**asked.query, **sent, **request.path_params})
        words = asked.words
        if not asked.reader.may(deed.role):
            return self._site.problem(asked, words("Not allowed"), "", "", 403)
        try:
            outcome = await self._judged(request, deed, asked)
            if outcome.fault is None:
                return RedirectResponse(outcome.onward, 303)
            view = await to_thread.run_sync(self._view, deed, asked, outcome.fault)
        except BadRequest as fault:
            heading = words("That cannot be shown")
            return self._site.problem(asked, heading, str(fault), "", fault.status)
        except EnergyAgentError as error:
            heading = words("The figures cannot be read now")
            return self._site.problem(asked, heading, f"{error.subject}: {error.problem}", error.hint, 503)
        spec = deed.page
        values = {"view": view, "page": spec.name, "title": words(spec.title)}
        return self._site.render(request, spec.template, values, status_code=outcome.status)

    def _view(self, deed: Deed, asked: Asked, fault: FormFault) -> object:
        return deed.view(self._site.source, asked, fault)

    async def _judged(self, request: Request, deed: Deed, asked: Asked) -> _Outcome:
        """Record what was sent; the same again within minutes is answered as the first time was."""
        try:
            _check_lengths(asked, request.path_params)
            work = await to_thread.run_sync(deed.read, self._site.source, asked)
        except Fault as fault:
            return _Outcome(fault=FormFault(field=fault.field, problem=fault.problem, hint=fault.hint))
        key = (asked.reader.name, asked.path, *sorted(asked.query.items()))
        try:
            entries = await self._once(key, partial(self._record, request, work), asked.now)
        except EnergyAgentError as error:
            is_refused = isinstance(error, Refused)
            language = "en" if asked.language != "en" else ""
            field = error.subject if is_refused else ""
            said = FormFault(field=field, problem=error.problem, hint=error.hint, language=language)
            return _Outcome(fault=said, status=422 if is_refused else 503)
        return _Outcome(onward=_onward(work, entries))

    async def _record(self, request: Request, work: Work) -> tuple[int, ...]:
        """Return the entries of the ledger, between two rows of the audit."""
        try:
            await self._audit(request, work.action, work.subject, "begun", "")
        except StoreError as error:
            problem = f"cannot be written, so nothing was recorded: {error.problem}"
            raise StoreUnavailable("audit", problem, error.hint) from error
        try:
            entries = await to_thread.run_sync(work.record)
        except EnergyAgentError as error:
            outcome = "refused" if isinstance(error, Refused) else "failed"
            await self._tell(request, work, outcome, f"{error.subject}: {error.problem}")
            raise
        numbers = ", ".join(str(number) for number in entries)
        await self._tell(request, work, "done", f"ledger entry {numbers}")
        return entries

    async def _tell(self, request: Request, work: Work, outcome: str, detail: str) -> None:
        """Tell the audit what became of a deed; what the ledger did is not undone when it cannot be told."""
        try:
            await self._audit(request, work.action, work.subject, outcome, detail)
        except StoreError as error:
            log.warning(
                "audit lacks what became of a deed action=%s subject=%s outcome=%s detail=%r error=%r",
                work.action, work.subject, outcome, detail, str(error),
            )  # fmt: skip


def _check_lengths(asked: Asked, path: Mapping[str, object]) -> None:
    """Refuse a field that is longer than anybody types; Fault."""
    for name, text in asked.query.items():
        if len(text) > LONGEST_FIELD and name not in path:
            problem = asked.words("has %(count)s characters", count=f"{len(text):,}")
            raise Fault(name, problem, asked.words("write at most %(count)s", count=f"{LONGEST_FIELD:,}"))


def _onward(work: Work, entries: tuple[int, ...]) -> str:
    """Return where the answer is read: the confirmation takes the focus by its fragment."""
    told = "-".join(str(number) for number in entries)
    return f"{quote(work.onward, safe='/%')}?done={work.done}&entries={told}#done"
