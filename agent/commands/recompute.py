"""`energy-agent recompute`: windows and figures of a span, computed again from the readings."""

from __future__ import annotations

import time
from pathlib import Path

import click

from agent.commands.common import EXIT_CODES, EXIT_FAILED, config_option, says_errors


@click.command(epilog=EXIT_CODES)
@click.option("--from", "since", required=True, help="First instant, plant time: 2026-03-01.")
@click.option("--to", "until", help="End, not included. Default: now.")
@config_option
@says_errors
def recompute(*, since: str, until: str | None, config_path: Path | None) -> None:
    """Compute a span again from the stored readings; the same readings give the same figures.

    Needed after a new version of the method or a restored store; late readings and new entries of the ledger
    are computed without it. Lets the running agent do it, and does it itself while none runs. Ctrl-C keeps
    what is done; figures follow it within seconds, or at the next start.

    \b
    Examples:
      energy-agent recompute --from 2026-03-01
      energy-agent recompute --from 2024-01-01 --to 2025-01-01 -c plant.toml
    """
    from agent.bundle_progress import progress_bar
    from agent.declaring import open_desk
    from agent.figures import figures
    from agent.spans import span_between

    desk = open_desk(config_path)
    first, end = span_between(desk, since, until)
    begun = time.monotonic()
    try:
        with figures(desk.loaded) as asked, progress_bar("recomputing") as advance:
            windows = asked.recompute(first, end, lambda done, of: advance(done / of))
    except KeyboardInterrupt:
        click.echo("stopped; what was computed is kept, the rest is as it was", err=True)
        raise SystemExit(EXIT_FAILED) from None
    took = time.monotonic() - begun
    click.echo(f"{windows:,} windows of {desk.local(first)} to {desk.local(end)} in {took:.1f} s")
