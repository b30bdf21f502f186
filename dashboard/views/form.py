"""A form as it comes back: what was typed, what is wrong with it, who may send it, and what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.page import Asked

_LONGEST = 2000
"""Of a typed text that is shown again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFault:
    """Why a form was not taken."""

    field: str
    """Its name; "" or one that the form does not have: the form as a whole."""
    problem: str
    hint: str
    language: str = ""
    """"en" where the text is English whatever the reader's language is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a template needs for one form."""

    typed: Mapping[str, str]
    """Every field with what was typed, or what it begins with."""
    fault: FormFault | None
    needs: str
    """The role that the reader lacks: the form is not offered then. Empty: they may."""

    def at(self, field: str) -> FormFault | None:
        """Return what is wrong with a field."""
        return self.fault if self.fault is not None and self.fault.field == field else None

    @property
    def whole(self) -> FormFault | None:
        """Return what is wrong with the form as a whole."""
        return self.fault if self.fault is not None and self.fault.field not in self.typed else None


def form_of(asked: Asked, defaults: Mapping[str, str], *, role: str, fault: FormFault | None = None) -> Form:
    """Return a form with the fields of `defaults`, filled from the address or from what was sent."""
    typed = {name: asked.query.get(name, start)[:_LONGEST] for name, start in defaults.items()}
    needs = "" if asked.reader.may(role) else _role(role, asked)
    return Form(typed=typed, fault=fault, needs=needs)


def entries_done(asked: Asked) -> str:
    """Return the numbers of the entries that were just recorded, as the address says them: `43`, `43, 44`."""
    parts = asked.query.get("entries", "").split("-")
    return ", ".join(part for part in parts if part.isascii() and part.isdigit() and len(part) < 12)


def _role(role: str, asked: Asked) -> str:
    words = asked.words
    return {"operator": words("operator"), "admin": words("admin")}[role]
