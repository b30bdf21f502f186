"""Pages as answers: asks the view, renders the template, says what went wrong as a page too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

import jinja2
from anyio import CapacityLimiter, to_thread
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from dashboard import live
from dashboard.access.hosts import local_path
from dashboard.assets import asset
from dashboard.page import Asked, BadRequest, NoProcess, Reader
from dashboard.pages import PageSpec, all_pages
from dashboard.pdf import TYPE as PDF
from dashboard.pdf import NoPdf, pdf_of
from dashboard.source import Source
from dashboard.stream import Hub, Moment
from dashboard.words import LANGUAGES, SHORT, Words, best_language, words_of
from domain.errors import EnergyAgentError
from domain.now import Now
from domain.ports import Clock

TEMPLATES = Path(__file__).parent / "templates"
_LANGUAGES = {short: language for language, short in SHORT.items()}
Events: TypeAlias = AsyncGenerator[bytes, None]
_THEMES = ("auto", "light", "dark")
_YEAR_S = 365 * 86400
AT_ONCE = 3
"""Pages that are made at one time; others wait, so that many readers do not take the meters' time."""
LOOK_AGAIN_S = 5.0
"""A stream of live values ends at most so long after its session has."""


class Problem(NamedTuple):
    """What `problem.html` shows."""

    heading: str
    problem: str
    hint: str = ""


class NavItem(NamedTuple):
    """One link of the navigation."""

    name: str
    path: str
    title: str


class Site:
    """Everything that pages share. `reader_of` tells who asks, `is_still_known` whether a session holds."""

    def __init__(
        self,
        source: Source,
        clock: Clock,
        *,
        reader_of: Callable[[Request], Reader],
        is_still_known: Callable[[Request], Awaitable[bool]],
    ) -> None:
        self.source = source
        self.pages = all_pages()
        self.hub = Hub(self._moment)
        self._clock = clock
        self._reader_of = reader_of
        self._at_once = CapacityLimiter(AT_ONCE)
        self._one_pdf = CapacityLimiter(1)
        self._is_still_known = is_still_known
        self._environments = {language: environment(words_of(language)) for language in LANGUAGES}

    # what a request asks

    def asked(self, request: Request) -> Asked:
        """Return what a request asks for."""
        return Asked(
            path=request.url.path,
            query={**request.query_params, **request.path_params},
            now=self._clock.now_ms(),
            plant=self.source.plant,
            calendar=self.source.calendar(),
            words=words_of(language_of(request)),
            theme=theme_of(request),
            reader=self._reader_of(request),
        )

    def _moment(self, language: str) -> Moment:
        now = self.source.now()
        asked = Asked(
            path="/",
            query={},
            now=now.at,
            plant=self.source.plant,
            calendar=self.source.calendar(),
            words=words_of(language),
        )
        return *live.live_texts(now, asked), now.stamp

    # answers

    def render(
        self, request: Request, template: str, values: Mapping[str, object], *, status_code: int = 200
    ) -> Response:
        """Return a page; header and navigation only for those who are logged in."""
        asked = self.asked(request)
        now = self._now() if asked.reader.role else None
        return self._page(asked, template, values, now=now, status_code=status_code)

    async def show(self, request: Request, spec: PageSpec, *, part: str = "") -> Response:
        """Answer with a page of the registry, or with one section of it for a page that is open."""
        template = f"{spec.name}/{part}.html" if part else spec.template
        return await self._answer(request, spec, template)

    def instant(self, request: Request, at: int) -> str:
        """Return an instant as the reader sees it."""
        return self.asked(request).numbers.instant_s(at)

    async def file(
        self, request: Request, make: Callable[[Source, Asked], bytes], *, name: str, kind: str
    ) -> Response:
        """Answer with a file to keep; the span that was asked for is in its name."""
        asked = self.asked(request)
        try:
            body = await to_thread.run_sync(make, self.source, asked, limiter=self._at_once)
        except (BadRequest, EnergyAgentError) as fault:
            return self.fault(asked, fault)
        return _kept(asked, body, name=name, kind=kind)

    async def pdf(
        self, request: Request, view: Callable[[Source, Asked], object], template: str, *, name: str
    ) -> Response:
        """Answer with what a template makes of a view, as PDF; one is made at a time."""
        asked = self.asked(request)
        if self._one_pdf.statistics().tasks_waiting >= AT_ONCE:
            busy = asked.words("Others are being made now: ask again in a minute.")
            return self.problem(asked, asked.words("A PDF cannot be made now"), busy, "", 503)

        def made() -> bytes:
            return pdf_of(self._text(asked, template, {"view": view(self.source, asked)}, now=None))

        try:
            body = await to_thread.run_sync(made, limiter=self._one_pdf)
        except NoPdf as missing:
            hint = asked.words("%(cure)s; or print the page from the browser", cure=missing.hint)
            return self.problem(asked, asked.words("A PDF cannot be made now"), missing.problem, hint, 503)
        except (BadRequest, EnergyAgentError) as fault:
            return self.fault(asked, fault)
        return _kept(asked, body, name=name, kind=PDF)

    async def events(self, request: Request) -> Response:
        """Answer with the stream of live values."""
        who = self._reader_of(request).name
        if self.hub.is_full(who):
            return JSONResponse({"problem": "too many readers of live values"}, 503, {"retry-after": "10"})
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream = self._while_known(request, self.hub.read(language_of(request), who))
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _while_known(
        self, request: Request, stream: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Give a stream for as long as the session that opened it holds."""
        loop = asyncio.get_running_loop()
        due = loop.time() + LOOK_AGAIN_S
        async with aclosing(stream):
            async for item in stream:
                if loop.time() >= due:
                    if not await self._is_still_known(request):
                        return
                    due = loop.time() + LOOK_AGAIN_S
                yield item

    async def _answer(self, request: Request, spec: PageSpec, template: str) -> Response:
        asked = self.asked(request)
        try:
            view = await to_thread.run_sync(spec.view, self.source, asked, limiter=self._at_once)
        except (BadRequest, EnergyAgentError) as fault:
            return self.fault(asked, fault)
        values = {"view": view, "page": spec.name, "title": asked.words(spec.title)}
        return self._page(asked, template, values, now=self._now())

    def fault(self, asked: Asked, fault: BadRequest | EnergyAgentError) -> Response:
        """Return a page that says why this cannot be shown."""
        if isinstance(fault, NoProcess):  # nothing is wrong with the address
            heading = asked.words("This plant has no process yet")
            hint = asked.words('Add [[processes]] to the plant file and give their meters process = "...".')
            return self.problem(asked, heading, "", hint, 200)
        if isinstance(fault, BadRequest):
            return self.problem(asked, asked.words("That cannot be shown"), str(fault), "", fault.status)
        heading = asked.words("The figures cannot be read now")
        return self.problem(asked, heading, f"{fault.subject}: {fault.problem}", fault.hint, 503)

    def problem(self, asked: Asked, heading: str, problem: str, hint: str, status_code: int) -> Response:
        """Return a page that says what is wrong and what to do."""
        values = {"view": Problem(heading, problem, hint), "page": "problem", "title": heading}
        now = self._now() if asked.reader.role else None
        return self._page(asked, "problem.html", values, now=now, status_code=status_code)

    def _now(self) -> Now | None:
        try:
            return self.source.now()
        except EnergyAgentError:  # the page itself says why
            return None

    def _page(
        self,
        asked: Asked,
        template: str,
        values: Mapping[str, object],
        *,
        now: Now | None,
        status_code: int = 200,
    ) -> Response:
        text = self._text(asked, template, values, now=now)
        return HTMLResponse(text, status_code=status_code, headers={"content-language": asked.tag})

    def _text(self, asked: Asked, template: str, values: Mapping[str, object], *, now: Now | None) -> str:
        shared = {
            "asked": asked,
            "header": live.header(now, asked) if now is not None else None,
            "nav": [NavItem(p.name, p.path, asked.words(p.title)) for p in self.pages if p.in_nav],
            "prefs": partial(prefs, asked),
            "page": "",
            "title": "",
        }
        return self._environments[asked.language].get_template(template).render({**shared, **values})


def _kept(asked: Asked, body: bytes, *, name: str, kind: str) -> Response:
    """Return a file to keep; plant, span and language are in its name."""
    stem, _, ending = name.rpartition(".")
    span = (asked.query.get("period", "now"), asked.query.get("at", "")[:10], SHORT[asked.language])
    parts = [part for part in (asked.plant.site, stem, *span) if part]
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in "-".join(parts))
    headers = {"content-disposition": f'attachment; filename="{kept}.{ending}"'}
    return Response(body, headers=headers, media_type=kind)


def environment(words: Words) -> jinja2.Environment:
    """Return templates in one language: escaped, and an unknown name is a fault."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    gettext = words.translations
    found.install_gettext_callables(gettext.gettext, gettext.ngettext, newstyle=True)  # type: ignore[attr-defined]
    found.globals["asset"] = asset
    found.globals["nbsp"] = Markup("&nbsp;")
    return found


# language and colours


def language_of(request: Request) -> str:
    """Return the language of a reader: by `?lang=`, cookie, then what the browser asks for."""
    chosen = request.query_params.get("lang") or request.cookies.get("ea_lang", "")
    return _LANGUAGES.get(chosen) or best_language(request.headers.get("accept-language", ""))


def theme_of(request: Request) -> str:
    """Return auto, light or dark."""
    chosen = request.query_params.get("theme") or request.cookies.get("ea_theme", "")
    return chosen if chosen in _THEMES else "auto"


def prefs(asked: Asked, **chosen: str) -> str:
    """Return the address that keeps a choice of language or colours and comes back here."""
    back = {name: value for name, value in asked.query.items() if name not in ("lang", "theme")}
    here = asked.path + ("?" + urlencode(back) if back else "")
    return "/prefs?" + urlencode({**chosen, "next": here})


async def keep_prefs(request: Request) -> Response:
    """Keep a choice in a cookie and go back to where it was made."""
    answer = RedirectResponse(local_path(request.query_params.get("next", "/")), 303)
    for name, known in (("lang", tuple(_LANGUAGES)), ("theme", _THEMES)):
        value = request.query_params.get(name)
        if value in known:
            secure = request.url.scheme == "https"
            answer.set_cookie(f"ea_{name}", value, max_age=_YEAR_S, samesite="lax", secure=secure)
    return answer
