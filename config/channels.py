"""Channels of a plant file: where the URL of each comes from, what can be wrong, what is loaded.

A channel's URL holds tokens and passwords, so it is never in the plant file. The first one found counts:
ENERGY_AGENT_CHANNELS__<NAME>__URL, then `channels_<name>_url` in ENERGY_AGENT_SECRETS_DIR, then in systemd's
CREDENTIALS_DIRECTORY, then the file that `url_file` names. `<name>` is in small letters (capitals in the
variable), with _ for -.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from config.channel_tables import ChannelTable
from config.check_plant import check_ids, is_loopback
from config.codes import error, shown, suggest, warning
from config.credentials import Secret, find_secret_file, read_secret
from config.environment import CHANNELS
from config.tables import given, key_of
from config.toml_file import Raw
from config.values import span_of
from domain.findings import Finding, Severity
from domain.notice import HOUR_MS, ChannelPolicy, Quiet

_SCHEME = re.compile(r"([a-z][a-z0-9]{1,20})://[^\s/?#]", re.IGNORECASE)
_IN_CLEAR = re.compile(r"(?:json|xml|form|http)://(?:[^/@?#]*@)?(\[[^\]]*\]|[^:/?#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel: how it wants to be told, and the URL that reaches it."""

    policy: ChannelPolicy
    url: SecretStr | None
    """None where this process does not know it."""


def channel_secret(name: str) -> Secret:
    """Return where the URL of a channel may be."""
    return Secret(section=f"channels__{_plain(name)}", key="url")


def refuse_urls(raw: Raw) -> tuple[Raw, tuple[Finding, ...]]:
    """Return the plant file without URLs of channels, and a finding for each that was there."""
    tables = raw.get("channels")
    if not isinstance(tables, list):
        return raw, ()
    findings = []
    clean: list[object] = []
    for index, table in enumerate(tables):
        if not isinstance(table, dict) or "url" not in table:
            clean.append(table)
            continue
        clean.append({key: value for key, value in table.items() if key != "url"})
        findings.append(
            error(
                "config.secret_in_file",
                f"channels[{index}].url",
                "is a secret and may not be in the plant file",
                "move it to a file of mode 0600 named by url_file, and change it: it was readable here",
            )
        )
    return {**raw, "channels": clean}, tuple(findings)


def read_urls(
    environ: Mapping[str, str], tables: Sequence[ChannelTable], folder: Path
) -> tuple[tuple[SecretStr | None, ...], tuple[Finding, ...]]:
    """Return the URL of each channel, None where there is none, and what is wrong with the sources."""
    urls: list[SecretStr | None] = []
    findings: list[Finding] = []
    variables = {channel_secret(table.name).variable for table in tables if table.name}
    for name in sorted(environ):
        if name.startswith(CHANNELS) and environ[name] and name not in variables:
            problem = "matches no channel"
            findings.append(
                error("config.unknown_variable", key_of((name,)), problem, suggest(name, variables))
            )
    for index, table in enumerate(tables):
        url, fault = _url_of(table, index, environ, folder)
        urls.append(url)
        if fault is not None:
            findings.append(fault)
    return tuple(urls), tuple(findings)


def check_channels(tables: Sequence[ChannelTable], urls: Sequence[SecretStr | None]) -> Iterator[Finding]:
    """Give the findings of `[[channels]]`; no finding shows any part of a URL but its host."""
    yield from check_ids([table.name for table in tables], "channels", "name")
    seen: dict[str, int] = {}
    for index, table in enumerate(tables):
        key = f"channels[{index}]"
        if table.name is not None:
            before = seen.setdefault(_plain(table.name), index)
            if before != index and table.name != tables[before].name:
                problem = f"{shown(table.name)} has the same variable as channels[{before}]"
                yield error("config.duplicate_id", f"{key}.name", problem, "give one of them another name")
        if table.quiet_except is not None and table.quiet_hours is None:
            problem = "is given, and there are no quiet hours"
            yield error("config.field_not_of_kind", f"{key}.quiet_except", problem, "take it out")
        url = urls[index] if index < len(urls) else None
        if url is not None:
            yield from _check_url(url.get_secret_value(), key)


def build_channels(tables: Sequence[ChannelTable], urls: Sequence[SecretStr | None]) -> tuple[Channel, ...]:
    """Return the channels of settings that the checks found no error in."""
    return tuple(Channel(policy=_policy(t), url=url) for t, url in zip(tables, urls, strict=True))


def _policy(table: ChannelTable) -> ChannelPolicy:
    quiet = None
    if table.quiet_hours is not None:
        since, until = span_of(table.quiet_hours)
        breaks = Severity(table.quiet_except) if table.quiet_except else None
        quiet = Quiet(since_min=since, until_min=until, breaks=breaks)
    return ChannelPolicy(
        name=given(table.name),
        language=table.language,
        min_severity=Severity(table.min_severity),
        quiet=quiet,
        repeat_ms=round(table.repeat_h * HOUR_MS),
        max_per_hour=table.max_per_hour,
    )


def _url_of(
    table: ChannelTable, index: int, environ: Mapping[str, str], folder: Path
) -> tuple[SecretStr | None, Finding | None]:
    if table.name is None:
        return None, None
    secret = channel_secret(table.name)
    if environ.get(secret.variable):
        return SecretStr(environ[secret.variable]), None
    file_key = f"channels[{index}].url_file"
    named = {f"{secret.section}.{secret.file_key}": folder / table.url_file} if table.url_file else {}
    found = find_secret_file(secret, environ, named)
    if found is None:
        remedy = f"name a file of mode 0600 with the URL, or set {secret.variable}"
        # The service may have it as a credential that this command does not see; the service itself insists.
        problem = "is missing: this process does not know the channel's URL"
        return None, warning("config.channel_without_url", file_key, problem, remedy)
    key, path, is_systemd = found
    return read_secret(file_key if key in named else key, path, is_systemd=is_systemd)


def _check_url(url: str, key: str) -> Iterator[Finding]:
    if not _SCHEME.match(url) or re.search(r"[\x00-\x20]", url):
        remedy = 'write it as apprise does: "wecombot://KEY", "dingtalk://SECRET@TOKEN", "mailtos://..."'
        yield error("config.bad_url", f"{key}.url", "is not a URL of a channel", remedy)
        return
    clear = _IN_CLEAR.match(url)
    if clear and not is_loopback(clear[1].strip("[]")):
        problem = "alerts, and any token in the URL, would cross the network in clear"
        yield warning("config.channel_in_clear", f"{key}.url", problem, "use the scheme that ends with s")


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
