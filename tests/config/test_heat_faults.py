"""Heat from a volume of water and two temperatures: each fault, and from the plant file to the figure."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.heat import recovered
from analytics.meters import needed
from domain.findings import Severity
from domain.plant import FlowSide
from tests.analytics.made import hours, period
from tests.config.works import Works, assert_only

POINT = """
[[points]]
point = "main_meter.water"
carrier = "heat"
"""
BOTH = 'supply_point = "main_meter.supply"\nreturn_point = "main_meter.back"\n'
READ = ('registers = ["energy", "power"]', 'registers = ["energy", "power", "water", "supply", "back"]')


def write(works: Works, extra: str, *changes: tuple[str, str], counts: bool = True) -> None:
    """Let the meter of the works count water, or its flow, beside two temperatures."""
    profile = (works.profiles / "meter.toml").read_text()
    water = 'type = "u32"\nunit = "m3"\ncounter = {}' if counts else 'type = "i16"\nunit = "m3/h"'
    for address, name, kind in (
        (6, "water", water),
        (8, "supply", 'type = "i16"\nunit = "C"'),
        (9, "back", 'type = "i16"\nunit = "C"'),
    ):
        profile += f'\n[[registers]]\nname = "{name}"\nspace = "holding"\naddress = {address}\n{kind}\n'
    (works.profiles / "meter.toml").write_text(profile)
    works.write(READ, *changes, extra=extra)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize(("side", "k"), [("", 1.156370), ('flow_side = "hot"\n', 1.142419)])
def test_a_plant_file_with_both_temperatures_gives_the_heat_of_the_method(
    works: Works, side: str, k: float, *, counts: bool
) -> None:
    write(works, POINT + BOTH + side, counts=counts)
    assert works.check() == ()
    loaded = works.load()
    read = {"water": 2.0, "supply": 58.0, "back": 28.0}
    windows = {f"main_meter.{name}": hours(f"main_meter.{name}", np.full(3, amount))
               for name, amount in read.items()}  # fmt: skip
    assert windows.keys() <= {point.id for point in needed(loaded.plant)}
    (heat,) = recovered(loaded.plant, loaded.method, windows, [period(0, 3)])
    assert heat.point == "main_meter.water"
    assert heat.heat_kwh is not None
    assert round(heat.heat_kwh / (3 * 2.0 * 30.0), 6) == k
    (water,) = [point for point in loaded.plant.points if point.name == "water"]
    assert water.flow_side is (FlowSide.HOT if side else FlowSide.COLD)


@pytest.mark.parametrize("missing", ["supply_point", "return_point"])
def test_a_volume_of_water_is_no_heat_without_both_temperatures(works: Works, missing: str) -> None:
    kept = "".join(line for line in BOTH.splitlines(keepends=True) if not line.startswith(missing))
    write(works, POINT + kept)
    assert_only(works.check(), "config.heat_temperatures_needed", f"points[2].{missing}", missing)


@pytest.mark.parametrize(
    ("old", "new", "code", "cure"),
    [
        ("main_meter.supply", "main_meter.power", "config.impossible_unit", "main_meter"),
        ("main_meter.supply", "main_meter.suply", "config.unknown_point", "'main_meter.supply'"),
        ("main_meter.supply", "main_meter.voltage", "config.point_not_read", "registers"),
    ],
)
def test_the_temperatures_of_heat_must_be_temperatures_that_are_read(
    works: Works, old: str, new: str, code: str, cure: str
) -> None:
    write(works, POINT + BOTH.replace(old, new))
    assert_only(works.check(), code, "points[2].supply_point", cure)


def test_supply_and_return_are_two_points(works: Works) -> None:
    write(works, POINT + BOTH.replace("main_meter.back", "main_meter.supply"))
    assert_only(works.check(), "config.same_temperatures", "points[2].return_point", "cold side")


@pytest.mark.parametrize(
    ("line", "key"), [(BOTH.splitlines()[0], "supply_point"), ('flow_side = "cold"', "flow_side")]
)
def test_temperatures_of_what_is_no_volume_of_heat_are_refused(works: Works, line: str, key: str) -> None:
    write(works, "", ('carrier = "electricity"', f'carrier = "electricity"\n{line}'))
    assert_only(works.check(), "config.temperatures_not_needed", f"points[1].{key}", "take it out")


@pytest.mark.parametrize(
    ("energy", "counts", "warns"),
    [("energy", True, True), ("energy", False, True), ("power", True, False), ("power", False, True)],
)
def test_an_energy_of_the_same_device_wins_and_is_warned_of_where_it_does(
    works: Works, energy: str, *, counts: bool, warns: bool
) -> None:
    as_heat = ('carrier = "electricity"\nprocess = "coil"', 'carrier = "heat"')
    write(works, POINT + BOTH, ("main_meter.energy", f"main_meter.{energy}"), as_heat, counts=counts)
    if warns:
        assert_only(works.check(), "config.heat_has_energy", "points[2].carrier", "take carrier")
        assert works.check()[0].severity is Severity.WARNING
    else:
        assert works.check() == ()
    loaded = works.load()
    found = recovered(loaded.plant, loaded.method, {}, [period(0, 3)])
    assert [each.point for each in found] == [f"main_meter.{energy if warns else 'water'}"]
