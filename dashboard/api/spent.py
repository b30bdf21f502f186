"""Where energy went and what it weighs: flows, carbon, its paths, the change against the year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from dashboard.api.call import Call
from dashboard.api.shapes import (
    Instant,
    Kg,
    Kwh,
    Nm3,
    Proven,
    Rows,
    Share,
    Spanned,
    proof_fields,
    unit,
)
from domain.flows import Flows


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    """What goes from one node to another."""

    source: str
    target: str
    carrier: str
    kwh: Kwh
    is_recovered: bool


@dataclass(frozen=True, kw_only=True)
class FlowsAnswer(Rows[LinkRow]):
    """Where energy went in a span."""

    since: Instant
    until: Instant
    total_kwh: Kwh
    total_co2_kg: Kg
    is_complete: bool
    codes: tuple[str, ...]


def flows(call: Call) -> FlowsAnswer:
    """Return the links of the energy diagram."""
    found = _flows(call)
    rows = tuple(
        LinkRow(
            source=each.source,
            target=each.target,
            carrier=each.carrier,
            kwh=each.kwh,
            is_recovered=each.is_recovered,
        )
        for each in found.links
    )
    return FlowsAnswer(
        rows=rows,
        since=call.iso(found.since),
        until=call.iso(found.until),
        total_kwh=found.total_kwh,
        total_co2_kg=found.total_co2_kg,
        is_complete=found.is_complete,
        codes=found.codes,
    )


def _flows(call: Call) -> Flows:
    span = call.span()
    return call.source.flows(since=span.since, until=span.until)


@dataclass(frozen=True, kw_only=True)
class NodeRow:
    """A node of the diagram."""

    node: str
    kind: str
    carrier: str | None
    points: str
    kwh: Kwh
    residual_kwh: Kwh


def flow_nodes(call: Call) -> Rows[NodeRow]:
    """Return the nodes of the energy diagram, each with what its balance leaves over."""
    found = _flows(call)
    return Rows(
        rows=tuple(
            NodeRow(
                node=each.id,
                kind=each.kind,
                carrier=each.carrier,
                points=" ".join(each.points),
                kwh=each.kwh,
                residual_kwh=found.facts.get(each.id),
            )
            for each in found.nodes
        )
    )


@dataclass(frozen=True, kw_only=True)
class SumRow(Proven, Spanned):
    """A carrier in the span."""

    carrier: str
    amount: Annotated[float | None, unit("amount_unit")]
    amount_unit: str
    kwh: Kwh
    co2_kg: Kg
    factor: str
    share: Share


def flow_sums(call: Call) -> Rows[SumRow]:
    """Return each carrier's sum in the span."""
    found = _flows(call)
    return Rows(
        rows=tuple(
            SumRow(
                **call.fields(found.since, found.until),
                **proof_fields(each.evidence),
                carrier=each.carrier,
                amount=each.amount,
                amount_unit=each.unit,
                kwh=each.kwh,
                co2_kg=each.co2_kg,
                factor=each.factor,
                share=each.share,
            )
            for each in found.sums
        )
    )


@dataclass(frozen=True, kw_only=True)
class RecoveredRow(Proven, Spanned):
    """Recovered heat of a point in the span."""

    point: str
    kwh: Kwh
    avoided_gas_nm3: Nm3
    avoided_electricity_kwh: Kwh


def flow_heat(call: Call) -> Rows[RecoveredRow]:
    """Return recovered heat in the span, beside the balance."""
    found = _flows(call)
    return Rows(
        rows=tuple(
            RecoveredRow(
                **call.fields(found.since, found.until),
                **proof_fields(each.evidence),
                point=each.point,
                kwh=each.kwh,
                avoided_gas_nm3=each.avoided_gas_nm3,
                avoided_electricity_kwh=each.avoided_electricity_kwh,
            )
            for each in found.heat
        )
    )


@dataclass(frozen=True, kw_only=True)
class PathRow:
    """A year of a path of the reduction plan."""

    path: str
    year: int
    allowed: Annotated[float | None, unit("value_unit")]
    stated: Annotated[float | None, unit("value_unit")]
    value_unit: str
    source: str


def carbon_paths(call: Call) -> Rows[PathRow]:
    """Return the paths of the reduction plan."""
    return Rows(
        rows=tuple(
            PathRow(
                path=path.id,
                year=year,
                allowed=path.allowed.get(year),
                stated=path.stated.get(year),
                value_unit=path.unit,
                source=path.source,
            )
            for path in call.source.carbon_paths()
            for year in sorted({*path.allowed, *path.stated})
        )
    )


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One cause of the change."""

    subject: str
    cause: str
    nm3: Nm3


@dataclass(frozen=True, kw_only=True)
class ChangeAnswer(Rows[StepRow]):
    """Gas of a year so far against the same days of the year before."""

    year: int
    since: Instant
    until: Instant
    before_nm3: Nm3
    after_nm3: Nm3
    codes: tuple[str, ...]


def change(call: Call) -> ChangeAnswer:
    """Return what changed the gas of a year."""
    found = call.source.change(call.year())
    return ChangeAnswer(
        rows=tuple(StepRow(subject=each.subject, cause=each.cause, nm3=each.nm3) for each in found.steps),
        year=found.year,
        since=call.iso(found.since),
        until=call.iso(found.until),
        before_nm3=found.before,
        after_nm3=found.after,
        codes=found.codes,
    )
