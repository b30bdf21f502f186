"""`energy-agent check`: every fault of a plant file in one run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from agent.commands.common import (
    EXIT_CODES,
    EXIT_CONFIG,
    config_option,
    environment,
    json_option,
    plant_file,
    says_errors,
)


@click.command(epilog=EXIT_CODES)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
@click.option("--strict", is_flag=True, help="Count warnings as faults.")
@says_errors
def check(file: Path | None, config_path: Path | None, *, as_json: bool, strict: bool) -> None:
    """Check a plant file, its profiles, the environment and the secret files.

    \b
    Examples:
      energy-agent check plant.toml
      energy-agent check plant.toml --json | jq '.findings[].key'
    """
    from config.check import inspect
    from domain.findings import Severity

    path = plant_file(file or config_path)
    inspection = inspect(path, environment())
    findings = inspection.findings
    faults = [f for f in findings if f.severity is Severity.ERROR]
    warnings = [f for f in findings if f.severity is Severity.WARNING]
    if as_json:
        body = {"file": str(path), "ok": not faults, "findings": [asdict(f) for f in findings]}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.severity.value:7} {finding}")
        click.echo(f"{path}: {len(faults)} faults, {len(warnings)} warnings")
    if faults or (strict and warnings):
        raise SystemExit(EXIT_CONFIG)
