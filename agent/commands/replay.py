"""`energy-agent replay`: a bundle's figures computed again, from the bundle alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, EXIT_FAILED, says_errors

if TYPE_CHECKING:
    from agent.bundle_reading import Bundle

_SHOWN = 5


@click.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--write", is_flag=True, help="Write results.json into a bundle that has none.")
@says_errors
def replay(folder: Path, *, as_json: bool, write: bool) -> None:
    """Compute a bundle's results again and compare them byte for byte with its results.json.

    Reads nothing but DIR: no plant file, no state, no network. Exit code 1 when a file was changed or a
    result differs, 3 when the bundle cannot be read. How to write one by hand: docs/bundle.md.

    \b
    Examples:
      energy-agent replay evidence-2025
      energy-agent replay my-question --write
      energy-agent replay my-question --json | jq '.results.intensity[] | select(.period.kind == "month")'
    """
    from agent.bundle import results_bytes
    from agent.bundle_progress import progress_bar
    from agent.bundle_reading import changed_files, read_bundle

    changed = changed_files(folder)
    for words in changed:
        click.echo(f"energy-agent: {folder}: {words}", err=True)
    if changed:
        click.echo("nothing was computed: these are not the inputs that the bundle was made of", err=True)
        raise SystemExit(EXIT_FAILED)
    bundle = read_bundle(folder)
    with progress_bar("replaying") as progress:
        found = results_bytes(bundle.inputs, progress)
    if as_json:
        sys.stdout.buffer.write(found)
    kept = bundle.results
    if kept is None:
        _first_results(bundle, found, write=write)
    elif kept == found:
        click.echo(f"equal, byte for byte: {counts(found)}", err=as_json)
    else:
        _show_differences(kept, found)
        raise SystemExit(EXIT_FAILED)


def _first_results(bundle: Bundle, found: bytes, *, write: bool) -> None:
    from agent.bundle_reading import RESULTS

    if write:
        draft = bundle.folder / f".{RESULTS}.draft"
        draft.write_bytes(found)
        draft.replace(bundle.folder / RESULTS)
    said = f"written to {RESULTS}" if write else f"there is no {RESULTS} to compare with; --write makes it"
    click.echo(f"computed: {counts(found)}; {said}", err=True)


def _show_differences(kept: bytes, found: bytes) -> None:
    """Show the first places of each kind, so that windows do not hide the figures."""
    from collections import Counter

    from agent.bundle_differences import differences

    seen: Counter[str] = Counter()
    for line in differences(kept, found):
        kind = line.partition("/")[0]
        seen[kind] += 1
        if seen[kind] <= _SHOWN:
            click.echo(f"  {line}", err=True)
    more = sum(max(0, count - _SHOWN) for count in seen.values())
    click.echo(f"different{f', in {more:,} more places' if more else ''}", err=True)


def counts(found: bytes) -> str:
    """Return how many windows and results there are."""
    import msgspec

    document = msgspec.json.decode(found)
    windows = sum(len(columns["since"]) for columns in document["windows"].values())
    kinds = ", ".join(f"{len(rows):,} {kind}" for kind, rows in sorted(document["results"].items()) if rows)
    return f"{windows:,} windows of {len(document['windows'])} points; {kinds or 'no results'}"
