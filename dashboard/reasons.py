"""Why readings or figures do not arrive, in the reader's language; the agent says it in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dashboard.words import Words


def told(reasons: Sequence[str], words: Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (reasons in the reader's language, those that nobody put into it yet: in English)."""
    said, others = [], []
    for reason in reasons:
        text = _in_words(reason, words)
        if text is None:
            others.append(reason)
        else:
            said.append(text)
    return tuple(said), tuple(others)


def _in_words(reason: str, words: Words) -> str | None:
    for english, sentence in _known(words).items():
        found = re.fullmatch(_pattern(english), reason, re.DOTALL)
        if found is not None:
            return sentence % found.groupdict()
    return None


def _pattern(english: str) -> str:
    """Return what a sentence of the agent with `{named}` parts looks like."""
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(english))


def _known(words: Words) -> dict[str, str]:
    """Return the sentences of the agent, and how this reader's language says them."""
    return {
        "the agent is stopping": words("The agent is stopping"),
        "embedded broker: {problem}": words("The built-in broker: %(problem)s"),
        "collector has no broker: {problem}": words("Collecting has no broker: %(problem)s"),
        "journal cannot be written: {problem}": words("The journal cannot be written: %(problem)s"),
        "the forwarder has ended": words("Handing readings on has ended: start the agent again"),
        "the store acknowledges nothing for {seconds} s, {count} messages wait in the journal": words(
            "The store has acknowledged nothing for %(seconds)s s, %(count)s messages wait in the journal"
        ),
        "there is no page: {problem}": words("There is no page: %(problem)s"),
        "no device answers": words("No meter answers"),
        "store has no broker: {problem}": words("Storing has no broker: %(problem)s"),
        "store: {problem}": words("The store: %(problem)s"),
        "the quarantine is full: what it cannot take waits in the journal": words(
            "The quarantine is full: what it cannot take waits in the journal"
        ),
        "the ingest has ended": words("Storing has ended: start the agent again"),
        "the store does not answer": words("The store does not answer"),
        "analytics: {problem}": words("Figures are not computed: %(problem)s"),
        "the host's clock was set; readings are marked clock_stepped": words(
            "This computer's clock was set: readings since then are marked"
        ),
    }
