"""A Mosquitto as the plant file names it, and certificates for one that speaks TLS."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.mosquitto import Mosquitto

PASSWORD_FILE = "broker-password"


def section(broker: Mosquitto, folder: Path, *, protocol: str = "3.1.1", more: str = "") -> str:
    """Return the `[broker]` of a plant file in `folder`, with the password in a file beside it."""
    secret = folder / PASSWORD_FILE
    secret.touch(mode=0o600)
    secret.write_text(broker.passwords["agent"])
    place = f'mode = "external"\nhost = "127.0.0.1"\nport = {broker.port}\nprotocol = "{protocol}"'
    return f'[broker]\n{place}\nuser = "agent"\npassword_file = "{PASSWORD_FILE}"\n{more}\n'


def make_certificates(folder: Path, name: str) -> Path:
    """Make a certificate authority, and `server.pem` and `server.key` by it; return the authority's file."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, key = folder / f"{name}.pem", folder / f"{name}.key"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    new += ["-nodes", "-days", "2"]
    own = ["-keyout", str(key), "-out", str(authority), "-subj", f"/CN={name}"]
    usage = ["-addext", "keyUsage=critical,keyCertSign"]
    subprocess.run([*new, *own, *usage], check=True, capture_output=True)
    server = [
        "-keyout",
        str(folder / "server.key"),
        "-out",
        str(folder / "server.pem"),
        "-subj",
        "/CN=broker",
    ]
    signed = ["-CA", str(authority), "-CAkey", str(key), "-addext", "subjectAltName=IP:127.0.0.1"]
    leaf = ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run([*new, *server, *signed, *leaf], check=True, capture_output=True)
    return authority
