"""The private way into a running agent: HTTP over a Unix socket in its state folder.

Whoever may open the socket may ask; the folder and the socket belong to the agent's user alone.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import httpx

from domain.errors import EnergyAgentError

SOCKET_NAME = "agent.sock"


class AgentNotRunning(EnergyAgentError):
    """No agent answers on the socket of this state folder."""


def control_socket(state_dir: Path) -> socket.socket:
    """Return a listening Unix socket that only this user may connect to; a dead one is replaced."""
    path = state_dir / SOCKET_NAME
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise EnergyAgentError(
            str(path), f"control socket cannot be made: {error}", "choose a shorter agent.state_dir"
        ) from error
    finally:
        os.umask(before)
    listener.listen(16)
    return listener


def control_client(state_dir: Path, *, timeout_s: float = 30.0) -> httpx.Client:
    """Return a client of the agent that runs in this state folder; AgentNotRunning when none does."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(state_dir / SOCKET_NAME))
        except OSError as error:
            raise not_running(state_dir) from error
    transport = httpx.HTTPTransport(uds=str(state_dir / SOCKET_NAME))
    return httpx.Client(transport=transport, base_url="http://agent", timeout=timeout_s)


def is_running(state_dir: Path) -> bool:
    """Say whether an agent answers in this state folder."""
    try:
        with control_client(state_dir, timeout_s=2.0) as client:
            return client.get("/healthz").status_code in (200, 503)
    except (httpx.TransportError, AgentNotRunning):
        return False


def not_running(state_dir: Path) -> AgentNotRunning:
    """Return the error that says no agent runs here and how to start one."""
    return AgentNotRunning(
        f"no agent in {state_dir}",
        "nobody answers on its control socket",
        "start it with `energy-agent run`, or name the plant file with --config; are you its user?",
    )
