"""The page of a running agent: who may see it, what it shows, on which server."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from starlette.routing import Route

from agent.http import page_origin
from agent.version import agent_version
from config.loaded import Http
from dashboard.access.access import Access
from dashboard.access.closed import closed_page
from dashboard.access.setup import link_to
from dashboard.app import PageApp
from dashboard.source import Source
from domain.errors import StoreError
from domain.ports import Clock

log = logging.getLogger(__name__)


class PageFace:
    """The page with its users; close it when its server has stopped."""

    def __init__(
        self, source: Source, state_dir: Path, http: Http, clock: Clock, *, public: Sequence[Route]
    ) -> None:
        """Without its users the page is closed and says why; meters are read all the same."""
        self._http = http
        self._access: Access | None = None
        self._app: PageApp | None = None
        self.trouble: str | None = None
        """Why the page is closed."""
        is_tls, allowed = http.tls_cert_file is not None, http.allowed_hosts
        try:
            self._access = Access.open(state_dir, clock, is_tls=is_tls, allowed_hosts=allowed)
        except StoreError as error:
            self.trouble = str(error)
            log.error("page is closed error=%r", self.trouble)
            self.asgi = closed_page(error, public=public, is_tls=is_tls, allowed_hosts=allowed)
            return
        self._app = PageApp(source, self._access, clock, public=public, version=agent_version())
        self.asgi = self._app.asgi

    def setup_link(self, port: int) -> str | None:
        """Return the address of the first login while nobody has used it; show it, never log it."""
        token = self._access.setup_token if self._access is not None else None
        return link_to(page_origin(self._http, port), token) if token else None

    def address(self, port: int) -> str:
        """Return where people find the page."""
        return page_origin(self._http, port)

    def end_streams(self) -> None:
        """Let the server stop: live values end."""
        if self._app is not None:
            self._app.close()

    def close(self) -> None:
        """Close the file of the users."""
        if self._access is not None:
            self._access.close()


def announce(face: PageFace | None, port: int) -> None:
    """Tell a person at a terminal how to log in first; a service's output is a log and gets no token."""
    if face is None or not sys.stdout.isatty():
        return
    if face.trouble is not None:
        click.echo(f"page is closed: {face.trouble}")
        return
    first = face.setup_link(port)
    click.echo(f"page: {face.address(port)}/" if first is None else f"page, first login: {first}")
