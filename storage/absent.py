"""Modules that are not installed, remembered.

DuckDB imports pandas twice for each parameter of a query; where there is none, Python looks through all of
its folders each time, which costs as much as the query.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class Absent(MetaPathFinder):
    """The first finder that Python asks: it refuses what was once looked for and not found."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def remember(self, name: str) -> None:
        """Look for a module now, and never again when it is not there; one that is there stays usable."""
        if name not in self.names:
            if name in sys.modules or find_spec(name) is not None:
                return
            self.names.add(name)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a module that is remembered as absent; leave any other to the finders behind."""
        if fullname in self.names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


absent = Absent()
