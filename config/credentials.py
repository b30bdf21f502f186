"""Secrets: from the environment, from folders of secret files, from files that the plant file names.

The first one found counts: ENERGY_AGENT_BROKER__PASSWORD, then `broker_password` in
ENERGY_AGENT_SECRETS_DIR, then in systemd's CREDENTIALS_DIRECTORY, then `password_file`.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from config.codes import error
from config.environment import SECRETS_DIR, Layer
from config.toml_file import Raw, is_folder, read_regular
from domain.findings import Finding

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Set by systemd (systemd.exec(5), "Credentials")."""
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One setting that is a secret."""

    section: str
    key: str

    @property
    def variable(self) -> str:
        """Return the environment variable that holds it."""
        return f"ENERGY_AGENT_{self.section}__{self.key}".upper()

    @property
    def file_name(self) -> str:
        """Return its name in a folder of secret files."""
        return f"{self.section}_{self.key}"

    @property
    def file_key(self) -> str:
        """Return the key that names a file with it."""
        return f"{self.key}_file"


SECRETS = (Secret(section="broker", key="password"), Secret(section="store", key="token"))


def refuse_written(raw: Raw) -> tuple[Raw, tuple[Finding, ...]]:
    """Return the plant file without secrets, and a finding for each that was there."""
    findings = []
    clean = dict(raw)
    for secret in SECRETS:
        table = clean.get(secret.section)
        if isinstance(table, dict) and secret.key in table:
            clean[secret.section] = {k: v for k, v in table.items() if k != secret.key}
            findings.append(
                error(
                    "config.secret_in_file",
                    f"{secret.section}.{secret.key}",
                    "is a secret and may not be in the plant file",
                    f"move it to a file of mode 0600 named by {secret.file_key}, "
                    f"or to the variable {secret.variable}, and change it: it was readable here",
                )
            )
    return clean, tuple(findings)


def read_secrets(
    environ: Mapping[str, str], set_already: Layer, named: Mapping[str, Path]
) -> tuple[Layer, tuple[Finding, ...]]:
    """Return the secrets that files hold; `named` maps `broker.password_file` to its path."""
    layer: Layer = {}
    findings: list[Finding] = []
    folder = environ.get(SECRETS_DIR, "")
    if folder and not is_folder(Path(folder)):
        remedy = "name an existing folder, or unset it"
        findings.append(error("config.secret_file", SECRETS_DIR, "names no folder", remedy))
    for secret in SECRETS:
        if secret.key in set_already.get(secret.section, {}):
            continue
        found = find_secret_file(secret, environ, named)
        if found is None:
            continue
        key, path, is_systemd = found
        value, fault = read_secret(key, path, is_systemd=is_systemd)
        if fault is not None:
            findings.append(fault)
        if value is not None:
            layer[secret.section] = {secret.key: value}
    return layer, tuple(findings)


def find_secret_file(
    secret: Secret, environ: Mapping[str, str], named: Mapping[str, Path]
) -> tuple[str, Path, bool] | None:
    """Return (key of findings, path, whether systemd made it) of the file to read."""
    for variable in (SECRETS_DIR, CREDENTIALS_DIRECTORY):
        folder = environ.get(variable, "")
        if folder and secret.file_name in _names(Path(folder)):
            is_systemd = variable == CREDENTIALS_DIRECTORY
            return f"{variable}/{secret.file_name}", Path(folder) / secret.file_name, is_systemd
    key = f"{secret.section}.{secret.file_key}"
    return (key, named[key], False) if key in named else None


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except (OSError, ValueError):
        return set()


def read_secret(key: str, path: Path, *, is_systemd: bool = False) -> tuple[SecretStr | None, Finding | None]:
    """Return (secret, None) or (None, finding); neither the path nor the content is ever shown.

    The path is hidden because people write the secret itself where its file should be named.
    """
    try:
        content, status = read_regular(path, _LARGEST)
        text = content.decode("utf-8").rstrip("\r\n")
    except FileNotFoundError:
        remedy = "create it with mode 0600; the key takes a path, not the secret itself"
        return None, error("config.secret_file", key, "names a file that does not exist", remedy)
    except (OSError, UnicodeDecodeError):
        remedy = "make it a text file that the agent's user can read"
        return None, error("config.secret_file", key, "names a file that cannot be read", remedy)
    if is_exposed(status.st_mode, status.st_uid, is_systemd=is_systemd):
        problem = f"names a file that others may read (mode {stat.S_IMODE(status.st_mode):04o})"
        remedy = "run chmod 600 on it, and change the secret if others had access"
        return None, error("config.secret_exposed", key, problem, remedy)
    if not text or "\n" in text or "\0" in text:
        problem = "names a file that is not one line of text"
        remedy = "write the secret on the first line and nothing else"
        return None, error("config.secret_file", key, problem, remedy)
    return SecretStr(text), None


def is_exposed(mode: int, owner: int, *, is_systemd: bool) -> bool:
    """Say whether others than the owner may read or change the file.

    systemd gives credentials as root's, mode 0400, or 0440 where an access list names the user.
    """
    if is_systemd and owner == 0 and stat.S_IMODE(mode) in (0o400, 0o440):
        return False
    return bool(stat.S_IMODE(mode) & 0o077)
