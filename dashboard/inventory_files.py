"""The inventory report as files to keep: PDF and Excel workbook, beside its page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from dashboard.page import Asked, NotHere
from dashboard.site import Site
from dashboard.source import Source
from dashboard.views.inventory_report import PATH, InventoryReport, build
from dashboard.workbook import TYPE as WORKBOOK
from dashboard.workbook import inventory_workbook


def report(source: Source, asked: Asked) -> InventoryReport:
    """Return the report; NotHere without an inventory: a file that says nothing is no report."""
    found = build(source, asked)
    if not found.sections:
        raise NotHere("at", f"there is no inventory of {found.period}", "choose a period with readings")
    return found


async def _pdf(site: Site, request: Request) -> Response:
    return await site.pdf(request, report, "inventory_report_paper.html", name="inventory.pdf")


async def _workbook(site: Site, request: Request) -> Response:
    def made(source: Source, asked: Asked) -> bytes:
        return inventory_workbook(report(source, asked), asked)

    return await site.file(request, made, name="inventory.xlsx", kind=WORKBOOK)


INVENTORY_FILES: Mapping[str, Callable[[Site, Request], Awaitable[Response]]] = {
    f"{PATH}.pdf": _pdf,
    f"{PATH}.xlsx": _workbook,
}
