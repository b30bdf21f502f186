"""Files of the state folder that belong to the agent alone."""

from __future__ import annotations

import os
from pathlib import Path


def create_private(path: Path) -> None:
    """Make an empty private file where there is none; made by root it belongs to the folder's owner."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(handle, folder.st_uid, folder.st_gid)
    finally:
        os.close(handle)
