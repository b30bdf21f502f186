"""What can be wrong with the files of a TLS connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from config.codes import error
from config.toml_file import read_regular
from domain.findings import Finding


class TlsTable(Protocol):
    """A table with the keys of a TLS client."""

    tls: bool
    ca_file: str | None
    cert_file: str | None
    key_file: str | None


def check_tls_files(table: TlsTable, section: str, folder: Path) -> Iterator[Finding]:
    """Give the findings of a table's TLS keys; `folder` has the plant file."""
    files = {"ca_file": table.ca_file, "cert_file": table.cert_file, "key_file": table.key_file}
    for name, value in files.items():
        if value is None:
            continue
        if not table.tls:
            remedy = "set tls = true, or take it out"
            yield error("config.tls_incomplete", f"{section}.{name}", "is given without TLS", remedy)
        yield from check_file(folder / value, f"{section}.{name}", is_secret=name == "key_file")
    if (table.cert_file is None) != (table.key_file is None):
        missing = "cert_file" if table.cert_file is None else "key_file"
        problem = "is missing beside its other half"
        remedy = "give cert_file and key_file together"
        yield error("config.tls_incomplete", f"{section}.{missing}", problem, remedy)


def check_file(path: Path, key: str, *, is_secret: bool) -> Iterator[Finding]:
    """Give a finding for a file that cannot be read, or a private key that others may read."""
    try:
        _, status = read_regular(path, 1024 * 1024)
    except OSError:
        problem, remedy = "names a file that cannot be read", "correct the path or its rights"
        yield error("config.file", key, problem, remedy)
        return
    if is_secret and status.st_mode & 0o077:
        problem, remedy = "names a private key that others may read", "run chmod 600 on it"
        yield error("config.secret_exposed", key, problem, remedy)
