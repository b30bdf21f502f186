"""The table that routes requests and from which the description is made: one `Endpoint` each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

from dashboard.api import courses, inventory, moment, periods, proof, spent, watched
from dashboard.api.call import Call
from dashboard.api.parameters import (
    BY,
    IN_ALERT,
    IN_BASELINE,
    IN_INVENTORY,
    IN_POINT,
    IN_PROCESS,
    IN_YEAR,
    PROCESS,
    SPAN,
    STEP,
    SUBJECT,
    WINDOW,
    YEAR,
    Parameter,
)
from dashboard.api.shapes import Rows

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address, `<path>` and `<path>.csv`."""

    path: str
    """Below PREFIX; parameters of the path are those of `inside`."""
    title: str
    read: Callable[[Call], Rows[Any]]
    """Its annotation says what the answer is."""
    inside: tuple[Parameter, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    example: str = ""
    """Query of a request that people may try."""

    @property
    def answer(self) -> Any:
        """Return the type of the JSON answer, `Rows` of something."""
        return get_type_hints(self.read)["return"]

    @property
    def row(self) -> Any:
        """Return what each of its rows is, and each line of the CSV."""
        answer = self.answer
        rows = answer if get_origin(answer) is Rows else answer.__orig_bases__[0]
        return get_args(rows)[0]

    @property
    def name(self) -> str:
        """Return its name in the description."""
        return (
            self.path.replace("/{", "_of_{")
            .replace("{", "")
            .replace("}", "")
            .replace("/", "_")
            .replace("-", "_")
        )


def endpoints() -> tuple[Endpoint, ...]:
    """Return every endpoint; literal paths stand before those with a parameter."""
    return (*_now(), *_figures(), *_spent(), *_inventory(), *_watched(), *_proof())


def _now() -> tuple[Endpoint, ...]:
    return (
        Endpoint(path="now", title="What flows now", read=moment.now),
        Endpoint(path="devices", title="How every meter is", read=moment.devices),
        Endpoint(path="points", title="Newest reading of every point", read=moment.points),
        Endpoint(path="plant", title="The plant's points and what they are for", read=moment.plant),
        Endpoint(path="processes", title="The processes", read=moment.processes),
        Endpoint(path="method", title="Choices that figures rest on", read=moment.method),
        Endpoint(path="calendar", title="Production days, shifts, holidays", read=moment.calendar),
    )


def _figures() -> tuple[Endpoint, ...]:
    by_period = (*SPAN, BY)
    intensity = Endpoint(
        path="intensity",
        title="Gas per output",
        read=periods.intensity,
        parameters=(*by_period, PROCESS),
        example="period=month&by=day",
    )
    balance = Endpoint(
        path="balance",
        title="Main meters against sub-meters",
        read=periods.balance,
        parameters=(*by_period, SUBJECT),
        example="period=month",
    )
    pv = Endpoint(
        path="pv",
        title="Own generation",
        read=periods.pv,
        parameters=by_period,
        example="period=month&by=day",
    )
    heat = Endpoint(
        path="heat",
        title="Recovered heat",
        read=periods.heat,
        parameters=(*by_period, SUBJECT),
        example="period=month",
    )
    tracks = Endpoint(
        path="tracks", title="Years against their target", read=periods.tracks, parameters=(PROCESS, YEAR)
    )
    again = {"intensity": intensity, "balance": balance, "pv": pv, "heat": heat, "track": tracks}
    return (
        Endpoint(
            path="load",
            title="Load of the carriers",
            read=courses.load,
            parameters=(*SPAN, STEP),
            example="range=24h&step=15m",
        ),
        Endpoint(
            path="cusum/{process}",
            title="Gas against the baseline, added up",
            read=courses.cusum,
            inside=(IN_PROCESS,),
            parameters=SPAN,
        ),
        Endpoint(
            path="model-rows/{process}",
            title="Rows of the baseline model",
            read=courses.model_rows,
            inside=(IN_PROCESS,),
            parameters=SPAN,
        ),
        intensity,
        tracks,
        balance,
        pv,
        heat,
        *(
            replace(each, path=f"results/{kind}", title=f"{each.title}, as results/<kind>")
            for kind, each in again.items()
        ),
        Endpoint(
            path="results/watch", title="How drift is watched", read=watched.watches, parameters=(PROCESS,)
        ),
        Endpoint(
            path="results/alert",
            title="Alerts as the figures say them",
            read=watched.said_alerts,
            parameters=(*SPAN, SUBJECT),
        ),
        Endpoint(path="results/finding", title="What is doubtful", read=watched.findings, parameters=SPAN),
    )


def _spent() -> tuple[Endpoint, ...]:
    return (
        Endpoint(
            path="flows",
            title="Where energy went: links",
            read=spent.flows,
            parameters=SPAN,
            example="period=day",
        ),
        Endpoint(
            path="flows/nodes",
            title="Where energy went: nodes",
            read=spent.flow_nodes,
            parameters=SPAN,
            example="period=day",
        ),
        Endpoint(
            path="flows/sums",
            title="Where energy went: carriers",
            read=spent.flow_sums,
            parameters=SPAN,
            example="period=day",
        ),
        Endpoint(
            path="flows/heat",
            title="Where energy went: recovered heat",
            read=spent.flow_heat,
            parameters=SPAN,
            example="period=day",
        ),
        Endpoint(
            path="carbon/{year}",
            title="Inventory of a year by months",
            read=inventory.months_of_year,
            inside=(IN_YEAR,),
        ),
        Endpoint(path="carbon-paths", title="Paths of the reduction plan", read=spent.carbon_paths),
        Endpoint(
            path="change/{year}",
            title="Gas against the year before, by cause",
            read=spent.change,
            inside=(IN_YEAR,),
        ),
    )


def _inventory() -> tuple[Endpoint, ...]:
    inside = (IN_INVENTORY,)
    return (
        Endpoint(
            path="inventory",
            title="Greenhouse-gas inventory of months and years",
            read=inventory.inventories,
            parameters=SPAN,
        ),
        Endpoint(
            path="inventory/{inventory}/lines", title="Its sources", read=inventory.lines, inside=inside
        ),
        Endpoint(
            path="inventory/{inventory}/factors",
            title="The factors that it used",
            read=inventory.used_factors,
            inside=inside,
        ),
        Endpoint(
            path="inventory/{inventory}/covers",
            title="The green power that covers its electricity",
            read=inventory.covers,
            inside=inside,
        ),
        Endpoint(
            path="inventory/{inventory}/reconciled",
            title="Its meters against invoices",
            read=inventory.reconciled,
            inside=inside,
        ),
        Endpoint(
            path="inventory/{inventory}/restatement",
            title="What restating it would change",
            read=inventory.restatement,
            inside=inside,
        ),
        Endpoint(path="closings", title="Closed and restated periods", read=inventory.closings),
        Endpoint(path="seals", title="Sealed days", read=inventory.seals),
    )


def _watched() -> tuple[Endpoint, ...]:
    return (
        Endpoint(path="alerts", title="Alerts", read=watched.alerts, parameters=SPAN),
        Endpoint(
            path="alerts/{alert}",
            title="One alert and what people did about it",
            read=watched.alert,
            inside=(IN_ALERT,),
        ),
    )


def _proof() -> tuple[Endpoint, ...]:
    return (
        Endpoint(
            path="completeness",
            title="How much of each day each meter was observed",
            read=proof.completeness,
            parameters=SPAN,
            example="range=30d",
        ),
        Endpoint(
            path="gaps",
            title="When meters left no reading",
            read=proof.gaps,
            parameters=SPAN,
            example="range=30d",
        ),
        Endpoint(
            path="amounts",
            title="What each counter showed",
            read=proof.amounts,
            parameters=SPAN,
            example="range=7d",
        ),
        Endpoint(
            path="windows/{point}",
            title="Windows of a point",
            read=proof.windows,
            inside=(IN_POINT,),
            parameters=SPAN,
            example="range=24h",
        ),
        Endpoint(
            path="versions/{point}",
            title="Versions of one window",
            read=proof.versions,
            inside=(IN_POINT,),
            parameters=(WINDOW,),
            example="at=2026-11-21T08:00",
        ),
        Endpoint(
            path="readings/{point}",
            title="Raw readings of a point",
            read=proof.readings,
            inside=(IN_POINT,),
            parameters=SPAN,
            example="range=24h&limit=100",
        ),
        Endpoint(path="baselines", title="Baselines", read=proof.baselines, parameters=(PROCESS,)),
        Endpoint(
            path="baselines/{baseline}",
            title="One baseline and its coefficients",
            read=proof.baseline,
            inside=(IN_BASELINE,),
        ),
        Endpoint(
            path="ledger",
            title="What people declared and decided",
            read=proof.ledger,
            parameters=(*SPAN, SUBJECT),
        ),
    )
