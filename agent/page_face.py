"""The page of a running agent: who may see it, what it shows, on which server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from starlette.routing import Route

from agent.http import page_origin
from agent.version import agent_version
from config.loaded import Http
from dashboard.access.access import Access
from dashboard.access.setup import link_to
from dashboard.app import PageApp
from dashboard.source import Source
from domain.ports import Clock


class PageFace:
    """The page with its users; close it when its server has stopped."""

    def __init__(
        self, source: Source, state_dir: Path, http: Http, clock: Clock, *, public: Sequence[Route]
    ) -> None:
        """StoreError with the cure when the file of the users cannot be used."""
        self._http = http
        self._access = Access.open(
            state_dir, clock, is_tls=http.tls_cert_file is not None, allowed_hosts=http.allowed_hosts
        )
        self._app = PageApp(source, self._access, clock, public=public, version=agent_version())
        self.asgi = self._app.asgi

    def setup_link(self, port: int) -> str | None:
        """Return the address of the first login while nobody has used it; show it, never log it."""
        token = self._access.setup_token
        return link_to(page_origin(self._http, port), token) if token else None

    def address(self, port: int) -> str:
        """Return where people find the page."""
        return page_origin(self._http, port)

    def end_streams(self) -> None:
        """Let the server stop: live values end."""
        self._app.close()

    def close(self) -> None:
        """Close the file of the users."""
        self._access.close()


def announce(face: PageFace | None, port: int) -> None:
    """Tell a person at a terminal how to log in first; a service's output is a log and gets no token."""
    if face is None or not sys.stdout.isatty():
        return
    first = face.setup_link(port)
    click.echo(f"page: {face.address(port)}/" if first is None else f"page, first login: {first}")
