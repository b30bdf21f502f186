"""Sentences in the reader's language: gettext catalogues, one a page, merged when the agent starts."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh_Hans_CN", "en")
"""The first is the one of a reader who asks for neither."""
SHORT = {"zh_Hans_CN": "zh", "en": "en"}
"""As the plant file names languages."""
TAGS = {"zh_Hans_CN": "zh-Hans-CN", "en": "en"}
"""As HTML names them."""
LOCALE = Path(__file__).parent / "locale"


class Words:
    """One language. English is what the code says; other languages have catalogues."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self.translations = translations

    def __call__(self, message: str, **values: object) -> str:
        """Return a sentence with its values put in; a plain `%` is written `%%` where there are values."""
        found = self.translations.gettext(message)
        return found % values if values else found

    def plural(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the sentence for so many things; `%(num)s` is the number unless given as text."""
        return self.translations.ngettext(one, many, number) % {"num": number, **values}

    def label(self, names: dict[str, str] | object, otherwise: str) -> str:
        """Return a name of the plant file in this language, in another one, or its id."""
        known = dict(names) if isinstance(names, dict) else {}
        return known.get(SHORT[self.language]) or next(iter(known.values()), otherwise)


@cache
def words_of(language: str) -> Words:
    """Return the words of one of LANGUAGES."""
    return Words(language, _translations(language))


def best_language(accepted: str) -> str:
    """Return the language for an Accept-Language header."""
    for part in accepted.lower().split(",")[:10]:
        tag = part.partition(";")[0].strip()
        if tag.startswith("zh"):
            return "zh_Hans_CN"
        if tag.startswith("en"):
            return "en"
    return LANGUAGES[0]


def catalogues(language: str) -> Iterator[tuple[Path, Catalog]]:
    """Give the catalogues of a language, by file."""
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=language, abort_invalid=True)


def _translations(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    merged = Catalog(locale=language)
    for _, catalogue in catalogues(language):
        for message in catalogue:
            if message.id and message.string and not message.fuzzy:
                merged.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
