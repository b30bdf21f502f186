"""Which figures rest on which meters: by carrier, share and role of the points, and what they need beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dashboard.live import carrier_name
from dashboard.page import Asked
from domain.plant import Carrier, MeterRole, Plant, Point

_COMPANIONS = ("temperature_point", "pressure_point", "supply_point", "return_point")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOn:
    """A figure of the page, where it is shown, and the points it rests on."""

    name: str
    url: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A figure that rests on weak meters."""

    name: str
    url: str
    rests_on: str
    """`rests on Gas main meter (no data now), Coil line (a gap)`."""


def affected(weak: Mapping[str, str], asked: Asked) -> tuple[Affected, ...]:
    """Return every figure that rests on one of the weak devices; `weak` is device id -> why."""
    words, found = asked.words, []
    for figure in figures(asked):
        devices = dict.fromkeys(point.device for point in figure.points if point.device in weak)
        if devices:
            named = [
                words("%(meter)s (%(reason)s)", meter=asked.name_of(device), reason=weak[device])
                for device in devices
            ]
            rests_on = words("rests on %(meters)s", meters=words("; ").join(named))
            found.append(Affected(name=figure.name, url=figure.url, rests_on=rests_on))
    return tuple(found)


def figures(asked: Asked) -> Iterator[FigureOn]:
    """Give the plant's figures with their points."""
    plant, words = asked.plant, asked.words
    for process in plant.processes:
        name, page = asked.name_of(process.id), asked.url("/processes", process=process.id)
        ratio = [*_of(plant, Carrier.GAS, process.id), *_of(plant, Carrier.PRODUCTION, process.id)]
        moved = [p for p in plant.points if p.variable and (not p.shares or process.id in p.shares)]
        electricity = _of(plant, Carrier.ELECTRICITY, process.id)
        yield _figure(words("%(process)s: gas per output", process=name), page, ratio, plant)
        yield _figure(
            words("%(process)s: expected gas, saving and drift", process=name), page, [*ratio, *moved], plant
        )
        yield _figure(words("%(process)s: electricity", process=name), page, electricity, plant)
    for carrier in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT):
        name = carrier_name(carrier, asked)
        yield _figure(
            words("%(carrier)s of the plant", carrier=name), "/flows", _total(plant, carrier), plant
        )
    for carrier in (Carrier.GAS, Carrier.ELECTRICITY):
        name, points = carrier_name(carrier, asked), [p for p in plant.points if p.carrier is carrier]
        yield _figure(words("%(carrier)s: what no sub-meter shows", carrier=name), "/flows", points, plant)
    bought = [*_total(plant, Carrier.GAS), *_total(plant, Carrier.ELECTRICITY)]
    yield _figure(words("Carbon, Scopes 1 and 2"), "/target", bought, plant)


def _figure(name: str, url: str, points: Iterable[Point], plant: Plant) -> FigureOn:
    """Return a figure with its points and those that these cannot do without."""
    by_id = {point.id: point for point in plant.points}
    found: dict[str, Point] = {}
    for point in points:
        found[point.id] = point
        for companion in _COMPANIONS:
            other = by_id.get(getattr(point, companion) or "")
            if other is not None:
                found[other.id] = other
    return FigureOn(name=name, url=url, points=tuple(found.values()))


def _of(plant: Plant, carrier: Carrier, process: str) -> list[Point]:
    """Return the points of a carrier that serve a process."""
    return [
        point for point in plant.points if point.carrier is carrier and point.shares.get(process, 0.0) > 0
    ]


def _total(plant: Plant, carrier: Carrier) -> list[Point]:
    """Return what the plant's total of a carrier is made of: its main meters, or all where there is none."""
    points = [point for point in plant.points if point.carrier is carrier]
    main = [point for point in points if point.role is not MeterRole.SUB]
    if carrier is Carrier.ELECTRICITY and main:
        return [*main, *(point for point in plant.points if point.carrier is Carrier.PV)]
    return main or points
