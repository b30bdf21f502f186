"""Each fault of a link's TLS and manners: its code, its key, its cure; and what the poller then gets."""

from __future__ import annotations

import pytest

from config.codes import CODES
from domain.plant import LinkKind
from tests.config.works import METER, Works, assert_only

HOST = 'host = "192.168.1.10"'
TLS = f"{HOST}\ntls = true\n"
PAIR = 'cert_file = "agent.pem"\nkey_file = "agent.key"\n'


def write_files(works: Works, mode: int = 0o600) -> None:
    for name in ("plant-ca.pem", "agent.pem", "agent.key"):
        (works.folder / name).write_text("-----BEGIN X-----\n")
    (works.folder / "agent.key").chmod(mode)


def test_tls_of_a_link_comes_with_its_files_and_the_port_of_its_own(works: Works) -> None:
    write_files(works)
    works.write((HOST, f'{TLS}ca_file = "plant-ca.pem"\n{PAIR}'))
    link = works.load().plant.link("gas_room")
    assert (link.kind, link.tls, link.port) == (LinkKind.TCP, True, 802)
    assert link.ca_file == str(works.folder / "plant-ca.pem")
    assert (link.cert_file, link.key_file) == tuple(
        str(works.folder / name) for name in ("agent.pem", "agent.key")
    )
    works.write((HOST, f"{TLS}port = 8802\n"))
    link = works.load().plant.link("gas_room")
    assert (link.port, link.ca_file, link.cert_file, link.key_file) == (8802, "", "", "")


def test_a_link_that_says_nothing_of_manners_is_kept_open_and_plain(works: Works) -> None:
    link = works.load().plant.link("gas_room")
    assert (link.tls, link.port, link.keep_open, link.connect_pause_s) == (False, 502, True, 0.0)


@pytest.mark.parametrize(
    ("change", "code", "key", "cure"),
    [
        ((HOST, f'{TLS}cert_file = "agent.pem"'), "config.tls_incomplete", "key_file", "together"),
        ((HOST, f'{TLS}key_file = "agent.key"'), "config.tls_incomplete", "cert_file", "together"),
        ((HOST, f'{HOST}\nca_file = "plant-ca.pem"'), "config.tls_incomplete", "ca_file", "tls = true"),
        ((HOST, f'{TLS}ca_file = "none.pem"'), "config.file", "ca_file", "correct the path"),
        (('kind = "tcp"', 'kind = "rtu_tcp"\ntls = true'), "config.field_not_of_kind", "tls", 'kind = "tcp"'),
    ],
    ids=["no_key", "no_certificate", "no_tls", "no_file", "rtu"],
)
def test_a_fault_of_the_tls_of_a_link_is_found(
    works: Works, change: tuple[str, str], code: str, key: str, cure: str
) -> None:
    write_files(works)
    works.write(change)
    assert_only(works.check(), code, f"links[0].{key}", cure)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_private_key_that_others_may_read_is_refused(works: Works, mode: int) -> None:
    write_files(works, mode)
    works.write((HOST, TLS + PAIR))
    assert_only(works.check(), "config.secret_exposed", "links[0].key_file", "chmod 600")


def test_a_serial_link_has_no_connection_to_leave_open(works: Works) -> None:
    works.write(('path = "/dev/ttyUSB0"', 'path = "/dev/ttyUSB0"\nkeep_open = false'))
    assert_only(works.check(), "config.field_not_of_kind", "links[1].keep_open", "take it out")
    works.write((HOST, f"{HOST}\nkeep_open = false"))
    assert works.load().plant.link("gas_room").keep_open is False


def test_no_key_lets_a_certificate_go_unchecked(works: Works) -> None:
    works.write((HOST, f"{TLS}insecure = true"))
    assert_only(works.check(), "config.unknown_key", "links[0].insecure", "")
    assert "config.unknown_key" in CODES


def test_two_links_to_one_place_are_found_with_their_default_ports(works: Works) -> None:
    twin = f'[[links]]\nid = "other"\nkind = "tcp"\n{HOST}\nport = 802\n\n'
    works.write((HOST, TLS), ('[[devices]]\nid = "gas_coil"', f'{twin}[[devices]]\nid = "gas_coil"'))
    assert_only(works.check(), "config.duplicate_address", "links[2].host", "on one link")


def test_a_link_rests_for_the_longest_of_its_devices_and_no_other(works: Works) -> None:
    works.write_profile(METER, ("max_block = 40", "max_block = 40\nconnect_pause_s = 1.5"))
    plant = works.load().plant
    assert [plant.link(name).connect_pause_s for name in ("gas_room", "bus")] == [0.0, 1.5]


def test_unit_id_0_is_refused_behind_a_serial_gateway_and_taken_over_tcp(works: Works) -> None:
    works.write(("unit_id = 1", "unit_id = 0"))
    assert works.check() == ()
    works.write(("unit_id = 1", "unit_id = 0"), ('kind = "tcp"', 'kind = "rtu_tcp"'))
    assert_only(works.check(), "config.unit_id_range", "devices[0].unit_id", "1 to 247")
