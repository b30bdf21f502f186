"""A process of its own that seals day after day until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from storage.seal_making import days_waiting, seal_day
from tests.storage.sealed import Sealed


def main(folder: Path) -> None:
    """Say each day that is sealed."""
    made = Sealed(folder)
    with made.opened() as (store, book, ledger):
        for day in days_waiting(book, store.receipts, ledger, now=made.now):
            print(seal_day(book, store.receipts, ledger, day, now=made.now).day, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
