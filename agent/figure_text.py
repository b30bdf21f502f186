"""Figures as text for a terminal: rounding happens here and nowhere before. Pure."""

from __future__ import annotations

import msgspec

from domain.findings import Finding
from domain.result_rows import encode


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """Return a figure with separators of thousands, - when it is not known."""
    if value is None or value != value:
        return "-"
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0.0:
        text = text.removeprefix("-")
    return f"{text} {unit}" if unit else text


def percent(share: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """Return a share as percent, - when it is not known."""
    if share is None or share != share:
        return "-"
    return f"{100.0 * share:{'+' if signed else ''},.{digits}f} %"


def finding_line(finding: Finding) -> str:
    """Return a finding in one line, worst word first."""
    return f"{finding.severity.value}: {finding}"


def as_json(figures: object) -> str:
    """Return figures as JSON to read, whole: nothing is rounded."""
    return msgspec.json.format(encode(figures), indent=2).decode()
