"""Logging of the process: one event a line on standard error."""

from __future__ import annotations

import logging


def set_up_logging(*, verbose: bool) -> None:
    """Log at INFO, or DEBUG for our own rooms; other libraries speak from WARNING on."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s %(message)s", level=logging.WARNING)
    for room in ("agent", "collector", "bus", "storage", "simulators"):
        logging.getLogger(room).setLevel(logging.DEBUG if verbose else logging.INFO)
