"""The seven pages and those behind them: name, address, title, view, template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.page import Asked
from dashboard.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    """One page. `view` is pure but for what it asks of the source, and runs in a worker thread."""

    name: str
    path: str
    """A path parameter, `{point}`, is handed to the view in `Asked.query`."""
    title: str
    """English; translated when it is shown."""
    template: str
    view: Callable[[Source, Asked], object]
    parts: tuple[str, ...] = ()
    """Names of sections that a page which is open asks for again: templates `<page>/<part>.html`."""
    in_nav: bool = False
    role: str = "viewer"


def all_pages() -> tuple[PageSpec, ...]:
    """Return every page, those of the navigation first and in its order."""
    from dashboard.views import (  # noqa: PLC0415  # views need PageSpec
        alerts,
        carbon,
        flows,
        inventory_report,
        overview,
        processes,
        quality,
        reports,
        target,
    )

    return (
        overview.PAGE,
        flows.PAGE,
        processes.PAGE,
        target.PAGE,
        alerts.PAGE,
        quality.PAGE,
        reports.PAGE,
        inventory_report.PAGE,
        carbon.PAGE,
        *_entries(),
        *_evidence(),
    )


def _entries() -> tuple[PageSpec, ...]:
    """Return the pages behind alerts and data quality: one alert, what people declare, the ledger."""
    from dashboard.views import alerts, baselines, carbon_declare, declare, ledger  # noqa: PLC0415

    forms = (declare.EXCHANGE, declare.PRODUCTION, baselines.FIT, baselines.APPROVE)
    carbon = (*carbon_declare.ENTRIES.values(), carbon_declare.CLOSE, carbon_declare.RESTATE)
    return (alerts.ONE, declare.PAGE, baselines.PAGE, ledger.PAGE, *forms, *carbon)


def _evidence() -> tuple[PageSpec, ...]:
    """Return the pages behind figures: what each rests on, down to the readings."""
    from dashboard.views import point  # noqa: PLC0415
    from dashboard.views.why import (  # noqa: PLC0415
        carrier,
        declared,
        intensity,
        inventory,
        inventory_change,
        inventory_factor,
        year,
    )

    figures = (intensity.PAGE, carrier.PAGE, carrier.FLOWS, year.TRACK, year.CHANGE)
    ledger = (inventory_factor.FACTOR, inventory_factor.ENTRY, inventory_change.RESTATEMENT)
    return (
        *figures,
        declared.BASELINE,
        declared.ALERT,
        point.PAGE,
        inventory.WHOLE,
        inventory.FIGURE,
        *ledger,
    )
