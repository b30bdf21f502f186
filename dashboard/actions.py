"""What a person records through the page: forms that come in, are judged, recorded once and answered.

Post, redirect, get. What cannot be recorded comes back beside its field with everything typed kept (422).
The guard has checked role and origin before; each deed leaves a row in the audit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.forms import form_of as fields_of
from dashboard.deeds import DEEDS, Deed, Work
from dashboard.once import Once
from dashboard.page import Asked, BadRequest
from dashboard.site import Site
from dashboard.typed import Fault
from dashboard.views.form import FormFault
from domain.declared import Refused
from domain.errors import EnergyAgentError

Audit = Callable[[Request, str, str, str, str], Awaitable[None]]
"""(request, action, subject, outcome, detail)."""
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a form."""

    onward: str = ""
    fault: FormFault | None = None
    status: int = 422
    told: tuple[str, str, str, str] | None = None
    """What the audit is told; None: nothing was tried."""


class Actions:
    """Handlers of all forms but those of access."""

    def __init__(self, site: Site, audit: Audit) -> None:
        self._site = site
        self._audit = audit
        self._once = Once()

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
            outcome = await to_thread.run_sync(self._judged, deed, asked, sent)
            if outcome.told is not None:
                await self._audit(request, *outcome.told)
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

    def _judged(self, deed: Deed, asked: Asked, sent: Mapping[str, str]) -> _Outcome:
        """Record what was sent; the same again within minutes is answered as the first time was."""
        try:
            work = deed.read(self._site.source, asked)
        except Fault as fault:
            return _Outcome(fault=FormFault(field=fault.field, problem=fault.problem, hint=fault.hint))
        key = (asked.reader.name, asked.path, *sorted(sent.items()))
        try:
            recorded = self._once(key, work.record, asked.now)
        except EnergyAgentError as error:
            is_refused = isinstance(error, Refused)
            language = "en" if asked.language != "en" else ""
            field = error.subject if is_refused else ""
            said = FormFault(field=field, problem=error.problem, hint=error.hint, language=language)
            told = (work.action, work.subject, "refused", f"{error.subject}: {error.problem}")
            return _Outcome(fault=said, status=422 if is_refused else 503, told=told)
        onward = _onward(work, recorded.entries)
        if not recorded.is_new:
            return _Outcome(onward=onward)
        entries = ", ".join(str(number) for number in recorded.entries)
        return _Outcome(onward=onward, told=(work.action, work.subject, "done", f"ledger entry {entries}"))


def _onward(work: Work, entries: tuple[int, ...]) -> str:
    """Return where the answer is read: the confirmation takes the focus by its fragment."""
    told = "-".join(str(number) for number in entries)
    return f"{quote(work.onward, safe='/%')}?done={work.done}&entries={told}#done"
