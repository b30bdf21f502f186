"""A figure is a link, its text is only text, and a sentence says the same with and without links."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.views.figure import Figure, csv_of, linked, plain, text_of, why_flows

EVIL = '<b onclick="x">'


def test_a_figure_is_a_link_and_nothing_in_it_is_markup() -> None:
    found = Markup("{}").format(Figure(EVIL, "/why/x?a=1&b=2"))
    assert str(found) == ('<a class="figure" href="/why/x?a=1&amp;b=2">&lt;b onclick=&#34;x&#34;&gt;</a>')
    assert str(Markup("{}").format(Figure(EVIL))) == "&lt;b onclick=&#34;x&#34;&gt;"


def test_a_sentence_escapes_message_and_names_but_links_its_figures() -> None:
    said = linked("a < b: %(name)s %(figure)s", name=EVIL, figure=Figure("1", "/x"))
    assert said.startswith("a &lt; b: &lt;b onclick")
    assert said.endswith('<a class="figure" href="/x">1</a>')


def test_a_sentence_without_values_may_have_a_percent_sign() -> None:
    assert linked("less than 90 % of it") == "less than 90 % of it"


def test_the_text_of_a_sentence_keeps_blanks_that_do_not_break() -> None:
    values: dict[str, Figure | str] = {"name": "R&D <1>", "figure": Figure("60.3\xa0Nm³/t", "/x")}
    message = "%(name)s: %(figure)s"
    assert text_of(linked(message, **values)) == plain(message, **values) == "R&D <1>: 60.3\xa0Nm³/t"


def test_addresses_say_their_span_in_milliseconds() -> None:
    assert why_flows(1, 2) == "/why/flows?from=1&to=2"
    assert csv_of("cusum/coil", 5) == "/api/v1/cusum/coil.csv?from=5"
    assert csv_of("tracks") == "/api/v1/tracks.csv"
