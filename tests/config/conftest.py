"""The works that tests of this room break."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.works import Works, build


@pytest.fixture
def works(tmp_path: Path) -> Works:
    """Return a works without fault."""
    return build(tmp_path)
