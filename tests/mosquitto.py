"""A Mosquitto on a random loopback port, with generated passwords and the access list we ship."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from bus.mqtt import BrokerAddress

ACL = Path(__file__).parents[1] / "deploy" / "mosquitto" / "acl"
PARTS = ("agent", "collector", "store", "reader")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def binary(name: str) -> str | None:
    """Return where a program is, also where a user's PATH does not look."""
    return shutil.which(name, path=_PATH)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """One broker; start, kill and freeze it at will. It keeps its port and forgets all else."""

    def __init__(self, folder: Path, *, extra: Iterable[str] = ()) -> None:
        self.port = free_port()
        self.passwords = {part: secrets.token_urlsafe(9) for part in PARTS}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"
        self._conf = folder / "mosquitto.conf"
        known = folder / "passwords"
        known.write_text("".join(f"{part}:{word}\n" for part, word in self.passwords.items()))
        known.chmod(0o600)
        subprocess.run([binary("mosquitto_passwd") or "", "-U", known], check=True, capture_output=True)
        acl = folder / "acl"
        acl.write_text(ACL.read_text())
        acl.chmod(0o600)
        lines = [
            f"listener {self.port} 127.0.0.1", *extra, "allow_anonymous false", f"password_file {known}",
            f"acl_file {acl}", "persistence false", f"log_dest file {self._log}",
        ]  # fmt: skip
        if os.geteuid() == 0:
            lines.append("user root")
        self._conf.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        self._process = subprocess.Popen([binary("mosquitto") or "", "-c", self._conf])
        deadline = time.monotonic() + 5
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, "Mosquitto does not start"
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def address(self, part: str = "agent", **other: object) -> BrokerAddress:
        given: dict[str, object] = {"user": part, "password": self.passwords.get(part, "")}
        return BrokerAddress(host="127.0.0.1", port=self.port, **{**given, **other})  # type: ignore[arg-type]
