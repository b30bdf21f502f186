"""What differs between two plant files, by value, and what of it a running agent cannot follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.plant_change import changes, exchange_findings, restart_findings
from config import Loaded, load
from domain.findings import Severity
from tests.agent.reloaded import profiles_beside
from tests.e2e.harness import Works, make_works

Read = Callable[[str], Loaded]


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return make_works(tmp_path)


@pytest.fixture
def read(works: Works, tmp_path: Path) -> Read:
    built_in = profiles_beside(tmp_path)

    def of(text: str) -> Loaded:
        works.file.write_text(text)
        return load(works.file, {}, built_in=built_in)

    return of


def test_the_same_file_again_is_no_change(works: Works, read: Read) -> None:
    text = works.file.read_text()
    assert not changes(read(text), read("# read again\n" + text))
    assert restart_findings(read(text), read(text)) == ()


def test_a_changed_profile_changes_its_devices_alone(works: Works, read: Read, tmp_path: Path) -> None:
    text = works.file.read_text()
    before = read(text)
    profile = tmp_path / "profiles/siemens_pac3200.toml"
    profile.write_text(profile.read_text().replace("pause_s = 0.0\n", "pause_s = 0.07\n", 1))
    found = changes(before, read(text))
    assert (found.devices.changed, found.devices.unchanged) == (("em_main",), 4)
    assert not found.points


def test_another_profile_under_an_old_id_is_a_warning_where_a_counter_goes_on(
    works: Works, read: Read, tmp_path: Path
) -> None:
    text = works.file.read_text()
    before = read(text)
    profile = (tmp_path / "profiles/siemens_pac3200.toml").read_text()
    (tmp_path / "profiles/other.toml").write_text(profile.replace('id = "siemens_pac3200"', 'id = "other"'))
    after = read(text.replace('profile = "siemens_pac3200"', 'profile = "other"', 1))
    [found] = exchange_findings(before, after)
    assert (found.code, found.severity) == ("reload.other_profile", Severity.WARNING)
    assert "other in place of siemens_pac3200" in found.problem
    assert "em_main.active_energy_import" in found.problem
    assert exchange_findings(before, read(text)) == ()


def test_what_a_point_means_is_told_by_the_point_and_how_a_device_is_polled_by_the_device(
    works: Works, read: Read
) -> None:
    text = works.file.read_text()
    before = read(text)
    meaning = text.replace('reference = "20C"', 'reference = "0C"', 1)
    found = changes(before, read(meaning))
    assert found.points.changed == ("gas_main.volume_reference", "gas_main.flow_reference")
    assert not found.devices
    slower = changes(before, read(text.replace("interval_s = 0.5", "interval_s = 0.25", 1)))
    assert slower.devices.changed == ("gas_main",)
    assert (slower.devices.unchanged, bool(slower.points), bool(slower.links)) == (4, False, False)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("[gas]\nprice_per_nm3 = 3.1\n", "gas"),
        ("[target]\nyearly_reduction = 0.03\n", "target"),
        ("[carbon]\ninvoice_tolerance = 0.03\n", "carbon"),
        ('[calendar]\nday_start = "06:00"\n', "calendar"),
        ("[analytics]\nsilent_min = 20\n", "analytics"),
    ],
)
def test_a_table_that_differs_is_named(works: Works, read: Read, table: str, name: str) -> None:
    text = works.file.read_text()
    assert changes(read(text), read(text + table)).tables == (name,)


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ('id = "works"', 'id = "work"', ["site.id"]),
        ('gateway = "gw1"', 'gateway = "gw2"', ["site.gateway"]),
        ("port = 0", "port = 18830", ["broker.port"]),
        ("[agent]\n", '[journal]\nmax_mb = 99\n[store]\nmemory_limit = "300MB"\n[agent]\n',
         ["store.memory_limit", "journal.max_mb"]),
        ('state_dir = "state"', 'state_dir = "other"', ["agent.state_dir", "store.path"]),
    ],
)  # fmt: skip
def test_what_needs_a_restart_is_named_by_its_keys(
    works: Works, read: Read, old: str, new: str, keys: list[str]
) -> None:
    text = works.file.read_text()
    assert old in text
    assert [each.key for each in restart_findings(read(text), read(text.replace(old, new)))] == keys
