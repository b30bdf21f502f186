"""A page on paper: HTML to PDF by WeasyPrint, in a process of its own that reads nothing but `static/`.

A fault of the layout engine, or of the libraries beneath it, then costs one answer and not the agent, and
the work of some seconds never holds up a poll. `python -m dashboard.pdf` is that process: HTML in, PDF out.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.assets import FOLDER
from domain.errors import EnergyAgentError

TYPE = "application/pdf"
LONGEST_S = 120.0
"""A year's report takes some seconds; a machine that needs longer than this is not able to."""
_NO_PANGO = 3
_BASE = "https://static.invalid/"
_KEPT = ("PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
_READ = {".css": "text/css", ".svg": "image/svg+xml"}
_CHART = re.compile(r'<svg\b[^>]*\bclass="chart\b[^>]*>')
_AWAY = re.compile(r'<a\b[^>]* href="/[^"]*"[^>]*>([^<]*)</a>')
_COLOUR = re.compile(r"(--[\w-]+):\s*([^;]+);")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_RULE = re.compile(r"^(\.[^{}@]*)(\{[^{}]*\})", re.MULTILINE)
"""Outside of media queries every rule of the charts begins its line with a class."""
_FACES = "text { font-family: Liberation Sans, Arial, Noto Sans CJK SC, sans-serif; }"
NEEDED = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
"""Debian's packages of what WeasyPrint loads."""


class NoPdf(EnergyAgentError):
    """A PDF cannot be made on this machine; the hint says what to install."""


def pdf_of(html: str) -> bytes:
    """Return a page as PDF: the same page gives the same bytes. NoPdf where that cannot be."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"LANG": "C.UTF-8"}
    command = (sys.executable, "-I", "-m", "dashboard.pdf")
    try:
        made = subprocess.run(
            command, input=html.encode(), capture_output=True, timeout=LONGEST_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise NoPdf(
            "PDF", f"it took longer than {LONGEST_S:.0f} s", "print the page from the browser"
        ) from late
    if made.returncode == _NO_PANGO:
        raise NoPdf("PDF", "Pango is not installed on this machine", f"apt install {NEEDED}")
    if made.returncode or not made.stdout.startswith(b"%PDF-"):
        last = made.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NoPdf("PDF", last or f"it ended with {made.returncode}", "print the page from the browser")
    return made.stdout


def laid_out(html: str) -> bytes:
    """Return a page as PDF, made in this process; OSError where a library beneath is missing."""
    from weasyprint import HTML  # noqa: PLC0415  # slow, and loads libraries that may not be there

    made: bytes = HTML(string=_on_paper(html), base_url=_BASE, url_fetcher=_fetcher()).write_pdf(
        pdf_tags=True
    )
    return made


def _fetcher() -> Any:
    """Return what gives WeasyPrint the files of `static/`, and nothing else in the world."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    def fetch(_: object, url: str, headers: object = None) -> Any:
        path = static_file(url)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _READ[path.suffix]})

    return type("OnlyOurs", (URLFetcher,), {"fetch": fetch})()


def _on_paper(html: str) -> str:
    """Return a page without ways that paper cannot go, its charts with a style of their own.

    WeasyPrint hands charts none of the page's.
    """
    style = f"<style>{chart_style()}</style>"
    return _CHART.sub(lambda found: found[0] + style, _AWAY.sub(r"\1", html))


@cache
def chart_style() -> str:
    """Return the rules of charts.css for marks and texts, in the colours of paper and without variables."""
    rules = (FOLDER / "charts.css").read_text()
    colours = dict(_COLOUR.findall(rules.partition("}")[0]))
    found = ("".join(each) for each in _RULE.findall(rules))
    plain = "".join(_VARIABLE.sub(lambda name: colours[name[1]], each) for each in found)
    return _FACES + plain.replace("currentcolor", "currentColor")  # it knows this spelling alone


def static_file(url: str) -> Path:
    """Return the file of `static/` that an address names; ValueError for every other address."""
    name = url.removeprefix(_BASE + "static/").partition("?")[0]
    known = {path.name: path for path in FOLDER.iterdir() if path.suffix in _READ}
    if not url.startswith(_BASE + "static/") or name not in known:
        raise ValueError(f"{url} is none of our style sheets or pictures")
    return known[name]


def main() -> int:
    """Turn the HTML of standard input into a PDF."""
    with suppress(OSError):
        os.nice(10)  # the agent beside goes first
    gc.disable()  # the process ends with its page; to collect took a fifth of the time
    try:
        made = laid_out(sys.stdin.buffer.read().decode())
    except OSError as missing:
        sys.stderr.write(f"{missing}\n")
        return _NO_PANGO
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
