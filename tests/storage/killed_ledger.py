"""A process of its own that adds groups of entries until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from domain.ledger import Production
from storage.ledger import SqliteLedger

GROUP = 400


def main(path: Path) -> None:
    """Say the number of the last entry after each group."""
    ledger = SqliteLedger(path)
    body = Production(process="coil", since=0, until=1000, quantity=1.0, unit="t")
    while True:
        ledger.add([body] * GROUP, who="child", why="until it is killed", at=1000)
        print(ledger.last(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
