"""The inventory report on paper: the page's figures in both languages, and nothing from outside."""

from __future__ import annotations

import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from starlette.applications import Starlette

from dashboard.app import page_routes
from dashboard.inventory_files import report
from dashboard.pdf import NEEDED, NoPdf, chart_style, laid_out, pdf_of, static_file
from dashboard.site import environment
from tests.dashboard.made import MadeSource
from tests.dashboard.served import asked_of, site_of
from tests.dashboard.test_inventory_report import RESTATED, asked

PAGES = "/reports/inventory.pdf?period=month&at=2026-02-15"


def squeezed(text: str) -> str:
    """Return a text without blanks and line breaks, which paper sets as it likes."""
    return "".join(text.split())


SOME = slice(2, 7)
"""Sections whose Chinese is looked at on paper: emissions to data quality. Setting all takes long."""


@pytest.mark.parametrize(("language", "part"), [("en", slice(None)), ("zh_Hans_CN", SOME)])
def test_paper_has_every_figure_and_sentence_of_the_page(language: str, part: slice) -> None:
    source = MadeSource()
    request = asked(source, RESTATED, language)
    whole = report(source, request)
    view = replace(whole, sections=whole.sections[part])
    template = environment(request.words).get_template("inventory_report_paper.html")
    paper = PdfReader(BytesIO(laid_out(template.render(asked=request, view=view))))
    pages = [squeezed(page.extract_text()) for page in paper.pages]
    text = "".join(pages)
    told = [view.title, view.notice, *(each for part in view.sections for each in part.sentences)]
    told += [str(text) for part in view.sections for _, text in part.facts]
    tables = [each for part in view.sections for each in part.tables]
    told += [str(cell.figure) for each in tables for row in each.rows for cell in row]
    assert len(told) > 250
    assert [each for each in told if squeezed(each) not in text] == []

    assert paper.metadata is not None
    assert paper.metadata.title == f"{view.title} · {view.plant}"
    assert str(paper.root_object["/Lang"]) == request.tag
    marks = [str(each["/Title"]) for each in paper.outline if not isinstance(each, list)]
    assert marks == [view.title]
    for number, words in enumerate(pages, 1):
        assert squeezed(view.running) in words
        assert f"{number}/{len(pages)}" in words
    links = [each.get_object() for page in paper.pages for each in page.get("/Annots", ())]
    assert bool(links) == (part != SOME)
    assert all("/URI" not in each.get("/A", {}) for each in links)


def test_a_page_gets_nothing_but_our_own_style_sheets_and_gives_the_same_bytes_again(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>canary</text></svg>"
    )
    page = (
        f"<html lang='en'><head><title>A</title><link rel='stylesheet' href='file://{secret}'>"
        "<link rel='stylesheet' href='/static/app.css?v=1'></head>"
        f"<body><p>seen</p><img src='file://{secret}'><img src='http://127.0.0.1:9/a.svg'>"
        f"<object data='{secret}'>left out</object></body></html>"
    )
    made = pdf_of(page)
    text = PdfReader(BytesIO(made)).pages[0].extract_text()
    assert "seen" in text and "canary" not in text
    assert laid_out(page) == made


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/static/app.css",
        "https://static.invalid/static/../pdf.py",
        "https://static.invalid/static/%2e%2e/pdf.py",
        "https://static.invalid/etc/app.css",
        "https://static.invalid.example/static/app.css",
        "https://static.invalid/static/live.js",
        "data:text/css,body{}",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="none of our"):
        static_file(url)


def test_charts_on_paper_have_the_colours_of_the_page_without_variables() -> None:
    style = chart_style()
    assert "var(" not in style
    assert ".chart .target { color: #1d6f42; }" in style


def test_without_pango_the_page_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/bin/sh\nexit 3\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    answer = asked_of(Starlette(routes=list(page_routes(site_of(MadeSource())))), PAGES)
    assert answer.status_code == 503
    assert f"apt install {NEEDED}" in answer.text
    assert "print the page from the browser" in answer.text


def test_a_process_that_fails_is_told_by_its_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/bin/sh\necho first >&2\necho 'MemoryError: too large' >&2\nexit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    with pytest.raises(NoPdf, match="MemoryError: too large"):
        pdf_of("<p>a</p>")
