"""What can be wrong with roles of meters, relevant variables and the models of processes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.check_plant import is_id
from config.check_points import register_named
from config.codes import error, shown, suggest, warning
from config.profiles import Catalogue
from config.settings import PointTable, ProcessTable, Settings
from domain.findings import Finding
from domain.registers import Register

BUILT_IN = ("output", "operating_hours", "starts")
"""Variables that the agent makes itself."""
OVEN = "oven_temperature"
_TEMPERATURES = (OVEN, "ambient_temperature")
_BALANCED = ("gas", "electricity", "heat")


def check_models(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Give the findings of `role` and `variable` of points, and of what processes are modelled by."""
    processes = [process.id for process in settings.processes if process.id]
    for index, point in enumerate(settings.points):
        key = f"points[{index}]"
        yield from _check_role(point, key)
        register = register_named(settings, catalogue, point.point)
        if point.variable is not None:
            yield from _check_variable(point, point.variable, register, f"{key}.variable")
    yield from _check_twice(settings, processes)
    for index, process in enumerate(settings.processes):
        yield from _check_model(process, settings, f"processes[{index}]")
    yield from _check_served(settings, processes)


def processes_of(point: PointTable) -> tuple[str, ...]:
    """Return the processes that a point names, none when it names none."""
    return (point.process,) if point.process is not None else tuple(point.shares or ())


def _check_role(point: PointTable, key: str) -> Iterator[Finding]:
    if "role" not in point.model_fields_set or point.role == "sub":
        return
    if point.carrier not in _BALANCED:
        given = f"carrier is {point.carrier}" if point.carrier else "carrier is missing"
        problem = f"{point.role}, and {given}"
        remedy = f"take it out, or give carrier: one of {', '.join(_BALANCED)}"
        yield error("config.role_without_carrier", f"{key}.role", problem, remedy)
    named = processes_of(point)
    if named:
        problem = f"{point.role}, and the meter is shared out to {', '.join(map(shown, named))}"
        remedy = "take process and shares out: a main meter counts what its sub-meters count again"
        yield error("config.main_with_process", f"{key}.role", problem, remedy)


def _check_variable(point: PointTable, name: str, register: Register | None, key: str) -> Iterator[Finding]:
    if name in BUILT_IN:
        problem = f"{name!r} is a variable that the agent makes itself"
        yield error("config.reserved_id", key, problem, "take it out, or name it otherwise")
    elif not is_id(name):
        remedy = "use letters, digits, _ and -, at most 64, beginning with a letter or digit"
        yield error("config.bad_id", key, f"{shown(name)} cannot be a variable", remedy)
    if register is None:
        return
    if register.is_counter:
        problem = f"is given, and {register.name} is a counter"
        remedy = "take it out: a variable is a state, such as a temperature; output comes from production"
        yield error("config.variable_of_counter", key, problem, remedy)
    elif name in _TEMPERATURES and register.canonical_unit not in ("C", "1"):
        problem = f"{name} is not measured in {register.canonical_unit}"
        yield error("config.impossible_unit", key, problem, "name the point that is in C")


def _check_twice(settings: Settings, processes: list[str]) -> Iterator[Finding]:
    """Find a process that gets one variable from two points."""
    first: dict[tuple[str, str], int] = {}
    for index, point in enumerate(settings.points):
        if point.variable is None:
            continue
        clashes = []
        for process in processes_of(point) or processes:
            before = first.setdefault((process, point.variable), index)
            if before != index:
                clashes.append((before, process))
        if clashes:
            before, process = clashes[0]
            problem = f"{shown(point.variable)} of {shown(process)} is also measured by points[{before}]"
            remedy = "take one out, name them otherwise, or give each its own process"
            yield error("config.duplicate_variable", f"points[{index}].variable", problem, remedy)


def _check_model(process: ProcessTable, settings: Settings, key: str) -> Iterator[Finding]:
    if process.id is None:
        return
    given = _given_to(process.id, settings.points)
    if process.hot_above_c is not None and OVEN not in given:
        problem = f"is given, and no point is the {OVEN} of {shown(process.id)}"
        remedy = f'give a point variable = "{OVEN}", or take this out: the gas alone tells then'
        yield error("config.variable_without_point", f"{key}.hot_above_c", problem, remedy)
    if process.variables[:1] != ["output"]:
        remedy = 'begin with "output"'
        yield error("config.wrong_value", f"{key}.variables", "does not begin with output", remedy)
    known = [*BUILT_IN, *given]
    for index, name in enumerate(process.variables):
        place = f"{key}.variables[{index}]"
        if name in process.variables[:index]:
            yield error("config.duplicate_id", place, f"{shown(name)} is named twice", "take one out")
        elif name not in known:
            problem = f"no point measures {shown(name)} for {shown(process.id)}"
            remedy = f"{suggest(name, known)} or give a point variable = {shown(name)}"
            yield error("config.variable_without_point", place, problem, remedy)


def _given_to(process: str, points: list[PointTable]) -> Mapping[str, int]:
    """Return variable -> point of a process."""
    return {
        point.variable: index
        for index, point in enumerate(points)
        if point.variable is not None and process in (processes_of(point) or (process,))
    }


def _check_served(settings: Settings, processes: list[str]) -> Iterator[Finding]:
    """Find processes whose intensity can never be known.

    Output may be typed in: its missing point is a doubt only beside other processes that have one.
    """
    named = {name for point in settings.points for name in processes_of(point)}
    if not named <= set(processes):  # a misspelt id was found already, and this would follow from it
        return
    served = {
        carrier: {name for p in settings.points if p.carrier == carrier for name in processes_of(p)}
        for carrier in ("gas", "production")
    }
    for index, process in enumerate(settings.processes):
        if process.id is None:
            continue
        if process.id not in served["gas"]:
            remedy = f'give its gas meter process = "{process.id}", or a meter of several processes shares'
            problem = "no gas meter serves it"
            yield warning("config.process_without_gas", f"processes[{index}]", problem, remedy)
        if served["production"] and process.id not in served["production"]:
            problem = "no point counts its output, as one does for other processes"
            remedy = "give its counter carrier and process, or import its production"
            yield warning("config.process_without_production", f"processes[{index}]", problem, remedy)
