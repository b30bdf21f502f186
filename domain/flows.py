"""Where energy goes in a span: nodes and links of a Sankey diagram that adds up, kWh.

Gas counts with its net calorific value. In = out + losses + unmetered, node by node: what a node takes in and
gives nobody is its own use (a line, an office) or a loss; what a main meter has and no sub-meter shows is
unmetered; recovered heat is drawn from the line it comes from and is never counted as bought energy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.carbon import Factor
from domain.plant import Carrier
from domain.results import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A carrier, a process, a consumer without a process, the unmetered rest, recovered heat, export."""

    id: str
    """`gas`, `electricity`, `pv`, `heat`, `export`; `process:<id>`, `meter:<point>`, `unmetered:<x>`."""
    kind: str
    """carrier, process, meter, unmetered, heat, export."""
    carrier: Carrier | None
    """None for what takes several."""
    points: tuple[str, ...]
    """Points that it is measured by."""
    kwh: float | None
    """What passes through it: the larger of in and out; None when something is not known."""
    evidence: Evidence | None = None
    """What its own meters rest on; None for what has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLink:
    """What goes from one node to another."""

    source: str
    target: str
    carrier: Carrier
    kwh: float
    is_recovered: bool = False
    """Heat that was paid for already: hatched, beside the balance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSum:
    """One carrier in the span, in its own unit and in common ones."""

    carrier: Carrier
    amount: float | None
    unit: str
    """Nm3 or kWh."""
    kwh: float | None
    co2_kg: float | None
    """Scope 1 for gas, location-based Scope 2 for bought electricity, 0 for own PV; None: no factor."""
    factor: str
    """What `co2_kg` rests on, for people: value, unit, source, whether verified."""
    share: float | None
    """Of all bought and own energy; None for recovered heat, which is in it already."""
    evidence: Evidence
    emission: Factor | None = None
    """The factor of `factor`; None: there is none, or none is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRecovered:
    """Waste heat of one point in the span, beside the balance."""

    point: str
    kwh: float | None
    avoided_gas_nm3: float | None
    avoided_electricity_kwh: float | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The whole diagram of [since, until)."""

    since: int
    until: int
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    """None is below 0; what cannot be (sub-meters above their main meter) is a missing link and a code."""
    sums: tuple[CarrierSum, ...]
    heat: tuple[HeatRecovered, ...]
    total_kwh: float | None
    total_co2_kg: float | None
    is_complete: bool
    codes: tuple[str, ...] = ()
    """`flows.missing`, `flows.subs_above_main`, ...: what is doubtful."""
    facts: Mapping[str, float] = field(default_factory=dict)
    """Residual of each node's balance by its id, kWh: 0 but for rounding."""
