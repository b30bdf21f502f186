"""Why nothing arrives is said in the reader's language."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agent.analysing import Analysing
from agent.application import Application
from agent.storing import Storing
from dashboard.live import live_texts
from dashboard.reasons import told
from dashboard.words import words_of
from domain.now import Now
from tests.dashboard import served
from tests.dashboard.made import MadeSource
from tests.dashboard.overviewed import asked_of
from tests.dashboard.parsed import Tree

SAID_BY = (Application._reasons, Application._collector_reasons, Storing.reasons, Analysing.reasons)


def sentences(method: Callable[..., Any]) -> Iterator[str]:
    """Give what a method of the agent may yield, with 7 for what it puts in."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(method)))):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            parts = node.value.values if isinstance(node.value, ast.JoinedStr) else [node.value]
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


class Troubled(MadeSource):
    """A made plant whose agent says that something does not arrive."""

    def __init__(self, *reasons: str) -> None:
        super().__init__()
        self.reasons = reasons

    def now(self) -> Now:
        return replace(super().now(), reasons=self.reasons)


def test_every_reason_of_the_agent_has_its_sentence_in_both_languages() -> None:
    reasons = [sentence for method in SAID_BY for sentence in sentences(method)]
    assert len(reasons) >= 14
    for reason in reasons:
        english, other = told([reason], words_of("en"))
        chinese, left = told([reason], words_of("zh_Hans_CN"))
        assert (len(english), other, left) == (1, (), ()), reason
        assert not chinese[0].isascii()
        assert reason.count("7") == english[0].count("7") == chinese[0].count("7")


def test_a_problem_is_told_as_it_came() -> None:
    reason = "store: disk full (100 %)\n%(x)s <b>"
    assert told([reason], words_of("en"))[0] == ("The store: disk full (100 %)\n%(x)s <b>",)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_banner_speaks_the_readers_language_and_marks_what_does_not(language: str) -> None:
    source = Troubled("no device answers", "a cable hums", "the agent is stopping")
    asked = asked_of(source, {"en": "en", "zh": "zh_Hans_CN"}[language])
    texts, _ = live_texts(source.now(), asked)
    root = Tree(served.asked_of(served.app_of(source), f"/?lang={language}").text).root
    own, other = root.all(lambda node: node.attributes.get("data-live", "").startswith("header.reasons"))
    assert own.text == texts["header.reasons"]
    assert "lang" not in own.attributes
    assert own.text == (
        "No meter answers · The agent is stopping" if language == "en" else "所有表计均无应答 · 系统正在停止"
    )
    assert (other.text, other.attributes["lang"]) == ("a cable hums", "en")
    assert texts["header.reasons.english"] == "a cable hums"


def test_without_a_reason_there_is_no_banner() -> None:
    root = Tree(served.asked_of(served.app_of(Troubled("no device answers")), "/").text).root
    own, other = root.all(lambda node: node.attributes.get("data-live", "").startswith("header.reasons"))
    assert ("hidden" in own.attributes, "hidden" in other.attributes) == (False, True)
