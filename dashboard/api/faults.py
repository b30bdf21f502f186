"""What went wrong, as programs read it: problem details (RFC 9457) with parameter, problem and cure."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.responses import Response


class Fault(Exception):
    """The request cannot be answered; `parameter` is what is wrong with it."""

    def __init__(self, status: int, parameter: str, problem: str, cure: str) -> None:
        super().__init__(f"{parameter}: {problem}; {cure}")
        self.status, self.parameter, self.problem, self.cure = status, parameter, problem, cure


def nothing_of(name: str, given: str, known: list[str] | tuple[str, ...]) -> Fault:
    """Return the fault of a name that is not there; says what there is."""
    shown = ", ".join(known[:50]) + (", ..." if len(known) > 50 else "")
    return Fault(
        404, name, f"there is no {name} {given!r}", f"there is: {shown}" if known else "there is none yet"
    )


def problem_answer(status: int, parameter: str, problem: str, cure: str, headers: dict[str, str]) -> Response:
    """Return problem details."""
    body = msgspec.json.encode(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": f"{parameter}: {problem}; {cure}" if parameter else f"{problem}; {cure}",
            "parameter": parameter,
            "problem": problem,
            "cure": cure,
        }
    )
    return Response(body, status, {"cache-control": "no-store", **headers}, "application/problem+json")


PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string", "description": "What is wrong in the request; empty: nothing is."},
        "problem": {"type": "string"},
        "cure": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
