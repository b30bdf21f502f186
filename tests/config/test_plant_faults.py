"""Each fault of site, processes, links, devices and points: its code, its key, its cure."""

from __future__ import annotations

import pytest

from domain.findings import Severity
from tests.config.works import Works, assert_only

Change = tuple[str, str]

LINK = '[[links]]\nid = "other"\nkind = "tcp"\nhost = "192.168.1.11"\n'
DEVICE = '[[devices]]\nid = "second"\nlink = "bus"\nunit_id = 8\nprofile = "meter"\nregisters = ["energy"]\n'


def test_works_without_fault_has_no_finding(works: Works) -> None:
    assert works.check() == ()


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            ('id = "works"', ""), "config.missing_key", "site.id", "add id", id="a missing key"
        ),
        pytest.param(
            ('id = "works"', 'id = "the works"'), "config.bad_id", "site.id", "letters, digits",
            id="a site id that cannot stand in a topic",
        ),
        pytest.param(
            ('"gw1"', '"gw/1"'), "config.bad_id", "site.gateway", "letters, digits",
            id="a gateway id that cannot stand in a topic",
        ),
        pytest.param(
            ('"gw1"', '"analytics"'), "config.reserved_id", "site.gateway", "otherwise",
            id="a gateway that takes the topics of results",
        ),
        pytest.param(
            ("Asia/Shanghai", "Asia/Shangai"), "config.unknown_time_zone", "site.time_zone",
            "'Asia/Shanghai'", id="a misspelt time zone",
        ),
        pytest.param(
            ("Asia/Shanghai", "../../etc/passwd"), "config.unknown_time_zone", "site.time_zone", "use",
            id="a time zone that is a path",
        ),
        pytest.param(
            ('label = { zh = "工厂", en = "Works" }', 'label = "Works"'), "config.wrong_type",
            "site.label", "table", id="a label that is not a table",
        ),
        pytest.param(
            ('id = "sheet"', 'id = "sheet"\noutput_unit = "kg"'), "config.wrong_value",
            "processes[1].output_unit", "t, m2", id="an output unit that is neither t nor m2",
        ),
    ],
)  # fmt: skip
def test_fault_of_the_site_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    works.write(change)
    assert_only(works.check(), code, key, cure)


@pytest.mark.parametrize(
    ("extra", "code", "key", "cure"),
    [
        pytest.param(
            '[[processes]]\nid = "coil"\n', "config.duplicate_id", "processes[2].id", "another id",
            id="two processes of one id",
        ),
        pytest.param(
            LINK.replace("other", "bus"), "config.duplicate_id", "links[2].id", "another id",
            id="two links of one id",
        ),
        pytest.param(
            DEVICE.replace("second", "gas_coil"), "config.duplicate_id", "devices[2].id", "another id",
            id="two devices of one id",
        ),
        pytest.param(
            '[[points]]\npoint = "main_meter.energy"\n', "config.duplicate_id", "points[2].point",
            "another id", id="two entries for one point",
        ),
        pytest.param(
            DEVICE.replace("8", "7"), "config.duplicate_unit", "devices[2].unit_id", "own unit id",
            id="two devices of one unit id on one link",
        ),
        pytest.param(
            LINK.replace(".11", ".10"), "config.duplicate_address", "links[2].host", "one link",
            id="two links to one host and port",
        ),
        pytest.param(
            '[[links]]\nid = "other"\nkind = "serial"\npath = "/dev//ttyUSB0"\n',
            "config.duplicate_address", "links[2].path", "one link", id="two links to one serial port",
        ),
        pytest.param(
            LINK + "baudrate = 9600\n", "config.field_not_of_kind", "links[2].baudrate", 'kind = "serial"',
            id="a serial key on a tcp link",
        ),
        pytest.param(
            '[[links]]\nid = "other"\nkind = "serial"\npath = "/dev/ttyUSB1"\nport = 502\n',
            "config.field_not_of_kind", "links[2].port", 'kind = "tcp"', id="a tcp key on a serial link",
        ),
        pytest.param(
            '[[links]]\nid = "other"\nkind = "tcp"\n', "config.missing_key", "links[2].host", "add host",
            id="a tcp link without a host",
        ),
        pytest.param(
            '[[links]]\nid = "other"\nkind = "serial"\n', "config.missing_key", "links[2].path", "add path",
            id="a serial link without a path",
        ),
        pytest.param(
            LINK.replace("tcp", "tpc"), "config.wrong_value", "links[2].kind", "did you mean 'tcp'",
            id="a misspelt kind of link",
        ),
        pytest.param(
            LINK + "port = true\n", "config.wrong_type", "links[2].port", "whole number",
            id="a port that is true",
        ),
        pytest.param(
            LINK + "port = 70000\n", "config.wrong_value", "links[2].port", "at most 65535",
            id="a port that is none",
        ),
        pytest.param(
            LINK + "timeout_s = nan\n", "config.wrong_value", "links[2].timeout_s", "finite",
            id="a timeout that is not a number",
        ),
        pytest.param(
            LINK.replace("192.168.1.11", "192.168.1.11:502"), "config.bad_host", "links[2].host", "port",
            id="a host with its port",
        ),
        pytest.param(
            LINK.replace("192.168.1.11", "192.168.1.300"), "config.bad_host", "links[2].host", "alone",
            id="a host that is no address",
        ),
    ],
)  # fmt: skip
def test_fault_of_links_and_ids_is_found(works: Works, extra: str, code: str, key: str, cure: str) -> None:
    works.write(extra=extra)
    assert_only(works.check(), code, key, cure)


@pytest.mark.parametrize(
    ("extra", "code", "key", "cure"),
    [
        pytest.param(
            DEVICE.replace('"bus"', '"buss"'), "config.unknown_link", "devices[2].link", "'bus'",
            id="a misspelt link",
        ),
        pytest.param(
            DEVICE.replace('"meter"', '"metre"'), "config.unknown_profile", "devices[2].profile", "'meter'",
            id="a misspelt profile",
        ),
        pytest.param(
            DEVICE.replace('"energy"', '"enregy"'), "config.unknown_register", "devices[2].registers[0]",
            "'energy'", id="a misspelt register",
        ),
        pytest.param(
            DEVICE.replace('"energy"', '"power_sf"'), "config.unknown_register", "devices[2].registers[0]",
            "'power'", id="a scale factor where a value is meant",
        ),
        pytest.param(
            DEVICE.replace('["energy"]', '["energy", "energy"]'), "config.duplicate_id",
            "devices[2].registers[1]", "take one out", id="a register named twice",
        ),
        pytest.param(
            DEVICE.replace('["energy"]', "[]"), "config.wrong_value", "devices[2].registers", "read all",
            id="no register at all",
        ),
        pytest.param(
            DEVICE.replace('"energy"', '"energy", 5'), "config.wrong_type", "devices[2].registers[1]",
            "quotes", id="a register that is a number",
        ),
        pytest.param(
            DEVICE.replace("8", "0"), "config.unit_id_range", "devices[2].unit_id", "1 to 247",
            id="unit id 0 on a serial bus",
        ),
        pytest.param(
            DEVICE.replace("8", "248"), "config.unit_id_range", "devices[2].unit_id", "1 to 247",
            id="unit id 248 on a serial bus",
        ),
        pytest.param(
            DEVICE.replace("8", "256").replace("bus", "gas_room"), "config.unit_id_range",
            "devices[2].unit_id", "0 to 255", id="unit id 256 over tcp",
        ),
        pytest.param(
            DEVICE.replace("8", '"8"'), "config.wrong_type", "devices[2].unit_id", "without quotes",
            id="a unit id in quotes",
        ),
        pytest.param(
            DEVICE.replace("registers", "interval_s = 0.05\nregisters"), "config.interval_too_short",
            "devices[2].interval_s", "0.1", id="an interval below a tenth of a second",
        ),
        pytest.param(
            DEVICE.replace("registers", "intervall_s = 5\nregisters"), "config.unknown_key",
            "devices[2].intervall_s", "'interval_s'", id="a misspelt key",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_device_is_found(works: Works, extra: str, code: str, key: str, cure: str) -> None:
    if "interval_s = 0.05" in extra:  # keep the bus out of this, it would be overloaded too
        extra = extra.replace('"bus"', '"gas_room"')
    works.write(extra=extra)
    assert_only(works.check(), code, key, cure)


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        pytest.param(
            ('process = "coil"', 'process = "coill"'), "config.unknown_process", "points[1].process",
            "'coil'", id="a misspelt process",
        ),
        pytest.param(
            ("sheet = 0.4", "sheat = 0.4"), "config.unknown_process", "points[0].shares.sheat", "'sheet'",
            id="a misspelt process in shares",
        ),
        pytest.param(
            ("sheet = 0.4", "sheet = 0.5"), "config.bad_shares", "points[0].shares", "at most 1",
            id="shares of more than the whole",
        ),
        pytest.param(
            ("sheet = 0.4", "sheet = -0.4"), "config.bad_shares", "points[0].shares.sheet", "0.6 for 60",
            id="a negative share",
        ),
        pytest.param(
            ('process = "coil"', 'process = "coil"\nshares = { coil = 1.0 }'), "config.process_and_shares",
            "points[1].shares", "process for one", id="process and shares",
        ),
        pytest.param(
            ('carrier = "electricity"', 'carrier = "gas"\nminimum = 0'), "config.impossible_unit",
            "points[1].carrier", "m3", id="gas in kWh",
        ),
        pytest.param(
            ('carrier = "electricity"', 'carrier = "electrcity"'), "config.wrong_value",
            "points[1].carrier", "'electricity'", id="a misspelt carrier",
        ),
        pytest.param(
            ("main_meter.energy", "main_metre.energy"), "config.unknown_point", "points[1].point",
            "'main_meter'", id="a point of no device",
        ),
        pytest.param(
            ("main_meter.energy", "main_meter.enrgy"), "config.unknown_point", "points[1].point",
            "'energy'", id="a point of no register",
        ),
        pytest.param(
            ("main_meter.energy", "energy meter"), "config.unknown_point", "points[1].point",
            "device.register", id="a point without a device",
        ),
        pytest.param(
            ('"main_meter.energy"\ncarrier = "electricity"', '"main_meter.voltage"'),
            "config.point_not_read", "points[1].point", "registers", id="a point that is not read",
        ),
        pytest.param(
            ("rated_max_per_hour = 400.0", "minimum = 5\nmaximum = 5"), "config.bad_range",
            "points[0].minimum", "correct", id="a minimum that is not below the maximum",
        ),
        pytest.param(
            ("rated_max_per_hour = 400.0", "maximum = -5"), "config.bad_range", "points[0].maximum",
            "correct", id="a counter that may only be negative",
        ),
        pytest.param(
            ("rated_max_per_hour = 400.0", "rated_max_per_hour = 0"), "config.wrong_value",
            "points[0].rated_max_per_hour", "more than 0", id="a rated maximum of nothing",
        ),
        pytest.param(
            ('"main_meter.energy"\ncarrier = "electricity"', '"main_meter.power"\nmodulus = 5'),
            "config.not_a_counter", "points[1].modulus", "take it out", id="a modulus of power",
        ),
        pytest.param(
            ('carrier = "electricity"', 'reference = "20C"'), "config.impossible_reference",
            "points[1].reference", "gas volume", id="a reference of energy",
        ),
        pytest.param(
            ("gas_coil.volume_reference", "gas_coil.volume_actual"), "config.reference_conflict",
            "points[0].reference", "take it out", id="a reference against the profile's",
        ),
    ],
)  # fmt: skip
def test_fault_of_a_point_is_found(works: Works, change: Change, code: str, key: str, cure: str) -> None:
    changes = [change]
    if "volume_actual" in change[1]:  # the corrector's setting is then said by another point
        changes.append(
            ("[broker]", '[[points]]\npoint = "gas_coil.flow_reference"\nreference = "0C"\n[broker]')
        )
    works.write(*changes)
    assert_only(works.check(), code, key, cure)


def test_configured_reference_must_be_said_once_for_the_corrector(works: Works) -> None:
    works.write(('reference = "20C"\n', ""))
    assert_only(works.check(), "config.reference_needed", "devices[0]", 'point = "gas_coil.volume_reference"')


def test_gas_point_needs_a_reference_that_the_profile_lacks(works: Works) -> None:
    corrector = (works.profiles / "corrector.toml").read_text()
    (works.profiles / "corrector.toml").write_text(corrector.replace('reference = "configured"\n', ""))
    works.write(('reference = "20C"\n', ""))
    assert_only(works.check(), "config.reference_needed", "points[0].reference", '"20C"')


def test_link_that_cannot_carry_its_polls_is_a_warning(works: Works) -> None:
    works.write(('path = "/dev/ttyUSB0"', 'path = "/dev/ttyUSB0"\nbaudrate = 300\npause_s = 0.5'),
                ('"meter"\ninterval_s = 10', '"meter"\ninterval_s = 1'))  # fmt: skip
    assert_only(works.check(), "config.link_overloaded", "links[1]", "raise interval_s")
    assert works.check()[0].severity is Severity.WARNING
    assert works.load().warnings == works.check()


def test_plant_without_devices_is_a_warning(works: Works) -> None:
    works.plant.write_text('[site]\nid = "a"\ngateway = "b"\ntime_zone = "UTC"\n')
    assert_only(works.check(), "config.nothing_to_read", "devices", "add [[devices]]")
    assert works.load().plant.devices == ()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param(('host = "192.168.1.10"', 'host = "192.168.1.10"'), "links[0].host", id="a meter"),
        pytest.param(('host = "192.168.1.10"', 'host = "::1"'), "", id="only a serial port"),
    ],
)
def test_demo_plant_reads_simulators_only(works: Works, change: Change, key: str) -> None:
    works.write(("[[processes]]", "demo = true\n[[processes]]"), change)
    keys = [(finding.code, finding.key) for finding in works.check()]
    expected = [("config.demo_not_loopback", key)] if key else []
    assert keys == [*expected, ("config.demo_not_loopback", "links[1].path")]
    assert all("loopback" in finding.remedy for finding in works.check())


def test_demo_plant_may_read_a_pseudo_terminal_and_loopback(works: Works) -> None:
    works.write(("[[processes]]", "demo = true\n[[processes]]"), ("192.168.1.10", "localhost"),
                ("/dev/ttyUSB0", "/dev/pts/3"))  # fmt: skip
    assert works.check() == ()
    assert works.load().plant.is_demo


def test_demo_serial_path_cannot_climb_out_of_the_pseudo_terminals(works: Works) -> None:
    works.write(("[[processes]]", "demo = true\n[[processes]]"), ("192.168.1.10", "localhost"),
                ("/dev/ttyUSB0", "/dev/pts/../ttyUSB0"))  # fmt: skip
    assert_only(works.check(), "config.demo_not_loopback", "links[1].path", "demo = false")
