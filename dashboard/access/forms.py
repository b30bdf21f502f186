"""Fields of a form as browsers send it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 500


def is_form(request: Request) -> bool:
    """Say whether a request carries a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, the last one of those with one name; empty without a form."""
    return parse_form(await request.body()) if is_form(request) else {}


def parse_form(body: bytes) -> Mapping[str, str]:
    """Return the fields of an urlencoded body; too many fields are none."""
    text = body.decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError:
        return {}
    return dict(pairs)
