"""The whole check of a plant file: every fault of files, environment, secrets, profiles and meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from config.channels import check_channels, read_urls, refuse_urls
from config.check_conditions import check_conditions
from config.check_doubled import check_doubled
from config.check_heat import check_heat
from config.check_links import check_links
from config.check_method import check_method
from config.check_models import check_models
from config.check_plant import check_plant
from config.check_points import check_points
from config.check_services import check_services
from config.credentials import SECRETS, read_secrets, refuse_written
from config.environment import Layer, read_environment, variables
from config.link_load import check_link_load
from config.profiles import BUILT_IN, Catalogue, covers, load_catalogue
from config.settings import Settings, merge
from config.tables import missing_keys, validate
from config.toml_file import read_toml
from domain.findings import Finding, Severity

_REFERENCES = {
    "processes": "config.unknown_process",
    "links": "config.unknown_link",
    "devices": "config.unknown_point",
}
"""Section -> what every reference to it would be called when all of it was unreadable."""
_OF_POINTS = frozenset(
    {
        "config.process_without_gas",
        "config.process_without_production",
        "config.variable_without_point",
        "config.plan_without_meter",
    }
)
"""What would follow from any fault among the points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was read, and everything that was found about it."""

    settings: Settings
    catalogue: Catalogue
    urls: tuple[SecretStr | None, ...]
    """Of the channels, in their order."""
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that keep the agent from starting."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that the agent starts with."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


def check(path: Path, environ: Mapping[str, str], *, built_in: Path = BUILT_IN) -> tuple[Finding, ...]:
    """Return every finding of one run; nothing is raised and nothing is written."""
    return inspect(path, environ, built_in=built_in).findings


def inspect(path: Path, environ: Mapping[str, str], *, built_in: Path = BUILT_IN) -> Inspection:
    """Return the settings as far as they are valid, the profiles, and every finding."""
    written, findings = read_toml(path, str(path))
    clean, more = refuse_written(written or {})
    clean, urls_written = refuse_urls(clean)
    environment, faults = read_environment(environ)
    findings += more + urls_written + faults
    _, faults, usable = validate(Settings, clean, lambda raw: merge([raw]))
    findings += faults
    named = _secret_files(path.parent, merge([environment, usable]))
    secrets, more = read_secrets(environ, environment, named)
    findings += more
    settings = merge([environment, secrets, usable])
    urls, more = read_urls(environ, settings.channels, path.parent)
    findings += more
    folders = [path.parent / name for name in settings.agent.profile_dirs if "\0" not in name]
    wanted = {device.profile for device in settings.devices if device.profile is not None}
    catalogue = load_catalogue([built_in, *folders], wanted)
    if written is not None:  # without the file, all that it should say would be missing
        findings += _meaning(settings, catalogue, path.parent, _faulty(findings))
        findings += tuple(check_channels(settings.channels, urls))
    findings += catalogue.findings
    return Inspection(
        settings=settings,
        catalogue=catalogue,
        urls=urls,
        findings=_named_by_source(findings, environment),
    )


def _secret_files(folder: Path, settings: Settings) -> dict[str, Path]:
    """Return the files that the settings name for secrets, by key."""
    found = {}
    for secret in SECRETS:
        name = getattr(getattr(settings, secret.section), secret.file_key)
        if name is not None:
            found[f"{secret.section}.{secret.file_key}"] = folder / name
    return found


def _faulty(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the keys that were taken out; what they should say is not missing as well."""
    variable = {f"{section}.{key}": name for name, (section, key) in variables().items()}
    keys = {finding.key for finding in findings}
    return frozenset(keys | {key for key, name in variable.items() if name in keys})


def _meaning(
    settings: Settings, catalogue: Catalogue, folder: Path, faulty: frozenset[str]
) -> tuple[Finding, ...]:
    pointless = {code for section, code in _REFERENCES.items() if section in faulty}
    if any(covers("points", key) for key in faulty):
        pointless |= _OF_POINTS
    found = [
        *missing_keys(settings),
        *check_plant(settings, catalogue),
        *check_links(settings, folder),
        *check_points(settings, catalogue),
        *check_conditions(settings, catalogue),
        *check_heat(settings, catalogue),
        *check_doubled(settings, catalogue),
        *check_models(settings, catalogue),
        *check_method(settings),
        *check_services(settings, folder),
        *check_link_load(settings, catalogue),
    ]
    return tuple(
        finding
        for finding in found
        if finding.code not in pointless
        if finding.code != "config.missing_key" or not any(covers(key, finding.key) for key in faulty)
    )


def _named_by_source(findings: Iterable[Finding], environment: Layer) -> tuple[Finding, ...]:
    """Name a setting by its variable where the value came from there."""
    source = {
        f"{section}.{key}": name
        for name, (section, key) in variables().items()
        if key in environment.get(section, {})
    }
    return tuple(
        replace(finding, key=source[finding.key]) if finding.key in source else finding
        for finding in dict.fromkeys(findings)
    )
