"""A Mosquitto of the test's own, with users and TLS where asked."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.e2e.harness import free_ports, wait_for


class Mosquitto:
    """A Mosquitto of this test's own; `start` again after `stop` uses the same port."""

    def __init__(self, folder: Path, *, users: Mapping[str, str] | None = None, tls: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        [self.port] = free_ports(1)
        self.log = folder / "mosquitto.log"
        self.process: subprocess.Popen[bytes] | None = None
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest stderr"]
        lines += ["user root"] if os.getuid() == 0 else []
        if users:
            passwords = folder / "passwords"
            passwords.touch(mode=0o600)
            for user, password in users.items():
                subprocess.run(
                    [mosquitto_binary("mosquitto_passwd"), "-b", str(passwords), user, password], check=True
                )
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            lines.append("allow_anonymous true")
        if tls:
            lines += [
                f"certfile {folder / 'server.pem'}",
                f"keyfile {folder / 'server.key'}",
                "tls_version tlsv1.2",
            ]
        (folder / "conf").write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [mosquitto_binary("mosquitto"), "-c", str(self.folder / "conf")], stderr=log, stdout=log
            )

        def is_up() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for("Mosquitto takes connections", is_up)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def section(self, protocol: str = "3.1.1", more: str = "") -> str:
        """Return the plant file's `[broker]` for it."""
        place = f'mode = "external"\nhost = "127.0.0.1"\nport = {self.port}\nprotocol = "{protocol}"'
        return f"[broker]\n{place}\n{more}\n"


def mosquitto_binary(name: str) -> str:
    """Return the path of a Mosquitto program; it may lie in sbin."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(name)
    return found


def make_certificates(folder: Path, name: str) -> Path:
    """Make a certificate authority and a server certificate by it; return the authority's file."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, key = folder / f"{name}.pem", folder / f"{name}.key"
    new = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    run = [*new, "-keyout", str(key), "-out", str(authority), "-subj", f"/CN={name}"]
    usage = ["-addext", "keyUsage=critical,keyCertSign"]
    subprocess.run([*run, *usage], check=True, capture_output=True)
    signed = [
        "-CA",
        str(authority),
        "-CAkey",
        str(key),
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]
    server = [
        "-keyout",
        str(folder / "server.key"),
        "-out",
        str(folder / "server.pem"),
        "-subj",
        "/CN=broker",
    ]
    subprocess.run([*new, *server, *signed], check=True, capture_output=True)
    return authority
