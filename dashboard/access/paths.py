"""Numbers of rows in a path: `/users/{number:row}`; one that no row can have is no such path."""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, register_url_convertor


class RowNumber(IntegerConvertor):
    """A number that SQLite can hold; Python itself refuses to read one of thousands of digits."""

    regex = "[0-9]{1,18}"


def register_paths() -> None:
    """Let routes use it."""
    register_url_convertor("row", RowNumber())
