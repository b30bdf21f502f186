"""One device that counts one carrier twice for one process: refused, since both would be added up."""

from __future__ import annotations

import pytest

from domain.findings import Severity
from tests.config.works import METER, Works, assert_only

EXPORT = """
[[registers]]
name = "{name}"
space = "holding"
address = 6
type = "u32"
unit = "{unit}"
{counter}
"""
POINT = """
[[points]]
point = "main_meter.{name}"
carrier = "electricity"
{more}
"""


def write(
    works: Works,
    name: str,
    unit: str,
    *,
    counts: bool,
    more: str,
    energy: str = "energy",
    kind: str = "electricity_meter",
) -> None:
    """Let the meter have one value more, and the plant file name it."""
    counter = "counter = {}" if counts else ""
    profile = METER.replace("electricity_meter", kind) + EXPORT.format(name=name, unit=unit, counter=counter)
    (works.profiles / "meter.toml").write_text(profile)
    works.write(
        ('"energy", "power"', f'"energy", "power", "{name}"'),
        ("main_meter.energy", f"main_meter.{energy}"),
        extra=POINT.format(name=name, more=more),
    )


@pytest.mark.parametrize("kind", ["electricity_meter", "volume_corrector", "mass_flow_meter"])
def test_two_counters_of_one_carrier_on_one_device_are_refused(works: Works, kind: str) -> None:
    write(works, "total", "kWh", counts=True, more='process = "coil"', kind=kind)
    assert_only(works.check(), "config.doubled_amount", "points[2].carrier", "main_meter.energy")


def test_two_rates_of_one_unit_are_refused(works: Works) -> None:
    write(works, "demand", "kW", counts=False, more='process = "coil"', energy="power")
    assert_only(works.check(), "config.doubled_amount", "points[2].carrier", "main_meter.power")


@pytest.mark.parametrize("more", ['process = "sheet"', ""])
def test_counters_that_serve_different_processes_are_not_added_up(works: Works, more: str) -> None:
    write(works, "total", "kWh", counts=True, more=more)
    assert works.check() == ()


def test_a_rate_beside_its_counter_is_not_added_to_it(works: Works) -> None:
    write(works, "demand", "kW", counts=False, more='process = "coil"')
    assert works.check() == ()


def test_import_and_export_of_one_meter_are_two_things(works: Works) -> None:
    write(works, "total", "kWh", counts=True, more='process = "coil"\nrole = "export"')
    assert "config.doubled_amount" not in [finding.code for finding in works.check()]


def test_a_logger_may_count_two_things_and_is_only_warned_of(works: Works) -> None:
    write(works, "total", "kWh", counts=True, more='process = "coil"', kind="logger")
    assert_only(works.check(), "config.doubled_amount", "points[2].carrier", "different things")
    assert works.check()[0].severity is Severity.WARNING
