"""`energy-agent profile`: the library of register maps, and writing one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.common import EXIT_CODES, EXIT_CONFIG, EXIT_DEVICE, json_option, says_errors
from agent.link_options import link_options

if TYPE_CHECKING:
    from agent.link_options import LinkChosen
    from config.profiles import Catalogue
    from domain.findings import Finding
    from domain.registers import DeviceProfile

_FOLDER_OPTION = click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with profiles of your own, as agent.profile_dirs names it; may be given again.",
)


@click.group(epilog=EXIT_CODES)
def profile() -> None:
    """Profiles: which registers a meter has, in which type, order and unit, and which source says so.

    \b
    Examples:
      energy-agent profile list --kind gas_meter
      energy-agent profile show eastron_sdm630
      energy-agent profile new profiles/my_meter.toml
      energy-agent profile check profiles/my_meter.toml
      energy-agent profile try profiles/my_meter.toml --tcp 192.168.1.20 --unit 1
    """


@profile.command("list", epilog=EXIT_CODES)
@click.option("--kind", help="Only those of a kind: electricity_meter, gas_meter, pv_inverter, ...")
@click.option("--maker", help="Only those whose maker or model has this in its name.")
@_FOLDER_OPTION
@json_option
@says_errors
def list_(kind: str | None, maker: str | None, folders: tuple[Path, ...], *, as_json: bool) -> None:
    """Show the profiles that come with the agent, and those of your own folders."""
    from domain.registers import KINDS

    if kind is not None and kind not in KINDS:
        raise click.UsageError(f"no kind {kind!r}; known are {', '.join(KINDS)}")
    wanted = (maker or "").lower()
    found = [
        each
        for each in _catalogue(folders).profiles.values()
        if (kind is None or each.kind == kind) and wanted in f"{each.maker} {each.model}".lower()
    ]
    found.sort(key=lambda each: (KINDS.index(each.kind) if each.kind in KINDS else len(KINDS), each.id))
    if as_json:
        body = [
            {
                "id": each.id,
                "maker": each.maker,
                "model": each.model,
                "kind": each.kind,
                "points": len(each.points),
            }
            for each in found
        ]
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    width = max((len(each.id) for each in found), default=0)
    for each in found:
        click.echo(f"{each.id:{width}}  {each.kind:18}  {each.maker} {each.model}")
    click.echo(f"{len(found)} profile{'' if len(found) == 1 else 's'}")


@profile.command(epilog=EXIT_CODES)
@click.argument("which", metavar="ID|FILE")
@_FOLDER_OPTION
@says_errors
def show(which: str, folders: tuple[Path, ...]) -> None:
    """Show the page of a profile: its values, addresses, types, source, reads a poll (Markdown)."""
    from agent.profile_page import profile_page

    click.echo(profile_page(profile_named(which, folders)), nl=False)


@profile.command(epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@says_errors
def pages(folder: Path) -> None:
    """Write the page of every built-in profile, and their list, into FOLDER; pages of dropped ones go."""
    from agent.profile_page import index_page, profile_page

    known = _catalogue(()).profiles
    written = {"README.md": index_page(known.values())}
    written |= {f"{each.id}.md": profile_page(each) for each in known.values()}
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    click.echo(f"{len(known)} pages and their list in {folder}")


@profile.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@json_option
@click.option("--strict", is_flag=True, help="Count doubts as faults.")
@says_errors
def check(files: tuple[Path, ...], *, as_json: bool, strict: bool) -> None:
    """Check profile files: faults (overlaps, units, block limits, edges), doubts, and what a poll costs.

    \b
    Examples:
      energy-agent profile check profiles/*.toml
      energy-agent profile check profiles/my_meter.toml --json | jq '.findings[].key'
    """
    from dataclasses import asdict

    from agent.profile_page import reads_of
    from config.lint_profile import lint_profile
    from config.profiles import read_profile
    from domain.findings import Severity

    findings: list[Finding] = []
    reads = {}
    for path in files:
        found, faults = read_profile(path)
        findings += faults
        if found is not None:
            findings += lint_profile(found, f"{path.name}: ")
            reads[path.name] = "; ".join(reads_of(found))
    count = sum(finding.severity is Severity.ERROR for finding in findings)
    doubts = len(findings) - count
    if as_json:
        body = {"ok": not count, "findings": [asdict(f) for f in findings], "reads": reads}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.severity.value:7} {finding}")
        for name, said in reads.items():
            click.echo(f"{name}: {said}")
        click.echo(
            f"{_counted(len(files), 'profile')}: {_counted(count, 'fault')}, {_counted(doubts, 'doubt')}"
        )
    if count or (strict and doubts):
        raise SystemExit(EXIT_CONFIG)


@profile.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@says_errors
def new(file: Path) -> None:
    """Write a profile by questions into FILE. An existing FILE gets further registers; what is written stays.

    \b
    Examples:
      energy-agent profile new profiles/my_meter.toml
    """
    from agent.profile_asking import ask_profile

    if file.suffix != ".toml":
        raise click.UsageError(f"{file}: profiles are read from files that end in .toml; write {file}.toml")
    ask_profile(file)


@profile.command("try", epilog=EXIT_CODES)
@click.argument("which", metavar="ID|FILE")
@click.option("--unit", "unit_id", type=click.IntRange(0, 255), required=True, help="Unit id of the meter.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0.0, 600.0),
    default=5.0,
    show_default=True,
    help="Seconds between two reads, so that counters can rise.",
)
@json_option
@says_errors
@link_options
def try_(which: str, unit_id: int, wait_s: float, chosen: LinkChosen, *, as_json: bool) -> None:
    """Read a live meter by a profile, in every word and byte order, the most plausible first.

    Says what holds, what the profile gets wrong (a hole, a length, an order) and what is the meter's own
    trouble. It only reads.

    \b
    Examples:
      energy-agent profile try profiles/my_meter.toml --tcp 192.168.1.20 --unit 1
      energy-agent profile try eastron_sdm630 --serial /dev/ttyUSB0 --baudrate 9600 --unit 3
    """
    import asyncio

    from agent.profile_trying import lines_of, try_profile
    from domain.plant import LinkKind

    if chosen.link.kind is not LinkKind.TCP and not 1 <= unit_id <= 247:
        raise click.UsageError(f"--unit {unit_id}: unit ids of a bus run from 1 to 247")
    tried = asyncio.run(
        try_profile(profile_named(which, chosen.profile_dirs), chosen.link, unit_id, wait_s=wait_s)
    )
    if as_json:
        click.echo(json.dumps(tried.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(lines_of(tried)))
    if not tried.trials:
        raise SystemExit(EXIT_DEVICE)
    if not tried.is_sound:
        raise SystemExit(EXIT_CONFIG)


def profile_named(which: str, folders: tuple[Path, ...] = ()) -> DeviceProfile:
    """Return the profile of a file, or of an id; ConfigError or a usage error with the cure otherwise."""
    from config.codes import suggest
    from config.profiles import read_profile
    from domain.errors import ConfigError

    if which.endswith(".toml"):
        found, findings = read_profile(Path(which))
        if found is None:
            raise ConfigError(which, findings)
        return found
    known = _catalogue(folders).profiles
    if which not in known:
        raise click.UsageError(f"no profile {which!r}: {suggest(which, known)} (`energy-agent profile list`)")
    return known[which]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _catalogue(folders: tuple[Path, ...]) -> Catalogue:
    from config.profiles import BUILT_IN, load_catalogue
    from domain.errors import ConfigError

    found = load_catalogue([BUILT_IN, *folders])
    if found.findings:
        raise ConfigError("profiles", found.findings)
    return found
