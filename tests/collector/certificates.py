"""Certificates for tests, made by openssl: two authorities, devices right and wrong, clients."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_LEAVES = (
    # name, authority, names, days
    ("device", "ours", "IP:127.0.0.1,DNS:localhost", 2),
    ("misnamed", "ours", "DNS:meter.example", 2),
    ("expired", "ours", "IP:127.0.0.1", -1),
    ("client", "ours", "DNS:agent", 2),
    ("stranger", "other", "DNS:agent", 2),
    ("outdated", "ours", "DNS:agent", -1),
)


def make_certificates(folder: Path) -> Path:
    """Return the folder with `<name>.pem` and `<name>.key` each, and `locked.key` with a passphrase."""
    for name in ("ours", "other"):
        _openssl(
            "req", "-x509", *_KEY, "-days", 2, "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key",
            "-out", folder / f"{name}.pem", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
    for name, authority, names, days in _LEAVES:
        _openssl(
            "req", "-new", *_KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr",
        )  # fmt: skip
        _openssl(
            "x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / f"{authority}.pem",
            "-CAkey", folder / f"{authority}.key", "-CAcreateserial", "-days", days,
            "-copy_extensions", "copy", "-out", folder / f"{name}.pem",
        )  # fmt: skip
    locked = ("-aes256", "-passout", "pass:x", "-out", folder / "locked.key")
    _openssl("pkey", "-in", folder / "client.key", *locked)
    return folder


def device_context(folder: Path, name: str = "device", *, wants_client: bool = False) -> ssl.SSLContext:
    """Return what a device of this certificate serves with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ours.pem")
    return context


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
