"""The demo plant in a folder of its own, and its ledger, for tests of commands that declare something."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from pathlib import Path

from domain.ledger import Entry
from storage.ledger import SqliteLedger
from tests.agent.inside import said
from tests.e2e.harness import ROOT


class Declared:
    """Run commands on a plant file and look at what they recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plant = folder / "plant.toml"
        self.ledger = folder / "state" / "ledger.sqlite"
        shutil.copy(ROOT / "config/examples/demo.toml", self.plant)

    def run(self, *args: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one command as Li."""
        named = () if args[:2] == ("event", "list") else ("--who", "Li")
        return said(*args, *named, "-c", self.plant)

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def entries(self) -> tuple[Entry, ...]:
        """Return what the ledger has; nothing where there is no file."""
        if not self.ledger.exists():
            return ()
        with closing(SqliteLedger(self.ledger)) as ledger:
            return tuple(ledger.entries())
