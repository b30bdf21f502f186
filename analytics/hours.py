"""What a process did in each window: gas, output, relevant variables, the state of its oven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.declared import Declared
from analytics.meters import amounts_of, total_of, variables_of
from analytics.operation import states
from analytics.output import output_of
from analytics.sums import on_grid
from domain.findings import Finding
from domain.method import Method
from domain.plant import Carrier, Plant, Process
from domain.series import Floats, Instants
from domain.windows import Windows

OVEN = "oven_temperature"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessHours:
    """Windows of one process, ordered, without overlap; arrays of one length."""

    process: str
    since: Instants
    until: Instants
    gas: Floats
    """Nm3 by the shares of the meters that serve the process; NaN where one of them is not known."""
    gas_grade: NDArray[np.uint8]
    """`Grade`, the worst of the meters."""
    gas_coverage: Floats
    gas_flags: NDArray[np.uint16]
    """`Flag`, all of the meters."""
    output: Floats
    """Output unit of the process; NaN where not known."""
    output_grade: NDArray[np.uint8]
    output_coverage: Floats
    output_flags: NDArray[np.uint16]
    variables: Mapping[str, Floats]
    """Name of a relevant variable -> its mean in each window; NaN where not known."""
    state: NDArray[np.uint8]
    """`analytics.operation.State`."""

    def __len__(self) -> int:
        return len(self.since)


def process_hours(
    process: Process,
    plant: Plant,
    *,
    method: Method,
    windows: Mapping[str, Windows],
    declared: Declared,
    edges: Instants,
) -> tuple[ProcessHours, tuple[Finding, ...]]:
    """Return what a process did in each window between `edges`, and what is doubtful about it.

    `windows` are by point id, those of gas points in Nm3 already.
    """
    meters = amounts_of(plant, Carrier.GAS, process.id)
    gas = total_of(process.id, meters, windows, edges)
    output = output_of(process, plant, windows, declared.production.get(process.id, ()), edges)
    findings = list(output.findings)
    if not meters:
        findings.append(_no_meter(process))
    variables = {
        str(point.variable): on_grid(windows[point.id], edges[:-1], edges[1:]).amount
        for point in variables_of(plant, process.id)
        if point.id in windows
    }
    hours = ProcessHours(
        process=process.id,
        since=edges[:-1],
        until=edges[1:],
        gas=gas.amount,
        gas_grade=gas.grade,
        gas_coverage=gas.coverage,
        gas_flags=gas.flags,
        output=output.amount,
        output_grade=output.grade,
        output_coverage=output.coverage,
        output_flags=output.flags,
        variables=variables,
        state=states(gas.amount, output.amount, variables.get(OVEN), method.process(process.id).hot_above_c),
    )
    return hours, tuple(findings)


def _no_meter(process: Process) -> Finding:
    return Finding(
        code="gas.no_meter",
        key=process.id,
        problem="has no gas meter: no intensity can be given",
        remedy=f'give a gas point process = "{process.id}", or shares',
    )
