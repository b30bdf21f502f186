"""A small plant with its own profiles, for tests that break one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.check import check
from config.loaded import Loaded, load
from domain.findings import Finding

PLANT = """
[site]
id = "works"
gateway = "gw1"
time_zone = "Asia/Shanghai"
label = { zh = "工厂", en = "Works" }

[[processes]]
id = "coil"
output_unit = "t"

[[processes]]
id = "sheet"

[[links]]
id = "gas_room"
kind = "tcp"
host = "192.168.1.10"

[[links]]
id = "bus"
kind = "serial"
path = "/dev/ttyUSB0"

[[devices]]
id = "gas_coil"
link = "gas_room"
unit_id = 1
profile = "corrector"
interval_s = 10

[[devices]]
id = "main_meter"
link = "bus"
unit_id = 7
profile = "meter"
interval_s = 10
registers = ["energy", "power"]

[[points]]
point = "gas_coil.volume_reference"
carrier = "gas"
shares = { coil = 0.6, sheet = 0.4 }
reference = "20C"
rated_max_per_hour = 400.0

[[points]]
point = "main_meter.energy"
carrier = "electricity"
process = "coil"

[broker]
mode = "embedded"

[store]
kind = "duckdb"

[http]
port = 8080

[agent]
state_dir = "state"
"""

METER = """
[profile]
id = "meter"
maker = "Maker"
model = "M1"
kind = "electricity_meter"
manual = "Manual 1.0"
source = "https://example.org"
max_block = 40

[[readable]]
space = "holding"
first = 0
last = 39

[[registers]]
name = "energy"
space = "holding"
address = 0
type = "u32"
scale = 0.001
unit = "MWh"
counter = { modulus = "2^32" }
label = { zh = "电能", en = "Energy" }
page = "12"

[[registers]]
name = "power"
space = "holding"
address = 2
type = "i16"
scale_register = "power_sf"
unit = "W"
not_available = [0x8000]

[[registers]]
name = "power_sf"
space = "holding"
address = 3
type = "i16"
unit = "sf"

[[registers]]
name = "voltage"
space = "holding"
address = 4
type = "f32"
word_order = "little"
unit = "V"

[[registers]]
name = "alarm"
space = "discrete"
address = 0
type = "bit"
unit = "code"
"""

CORRECTOR = """
[profile]
id = "corrector"
maker = "Maker"
model = "C1"
kind = "gas_meter"
manual = "Manual 2.0"
source = "https://example.org"

[[registers]]
name = "volume_reference"
space = "input"
address = 10
type = "bcd32"
scale = 0.1
unit = "m3"
counter = { modulus = "10^8" }
reference = "configured"

[[registers]]
name = "flow_reference"
space = "input"
address = 12
type = "f32"
unit = "m3/h"
reference = "configured"

[[registers]]
name = "volume_actual"
space = "input"
address = 14
type = "u32"
unit = "m3"
counter = {}
reference = "actual"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """The plant file and its profiles in a folder of their own."""

    folder: Path

    @property
    def plant(self) -> Path:
        """Return the path of the plant file."""
        return self.folder / "plant.toml"

    @property
    def profiles(self) -> Path:
        """Return the folder that stands for the built-in profiles."""
        return self.folder / "profiles"

    def write(self, *changes: tuple[str, str], extra: str = "") -> None:
        """Write the plant file with pieces exchanged and `extra` behind it."""
        self.plant.write_text(changed(PLANT, *changes) + extra, encoding="utf-8")

    def write_profile(self, text: str, *changes: tuple[str, str], name: str = "meter.toml") -> None:
        """Write a profile with pieces exchanged."""
        (self.profiles / name).write_text(changed(text, *changes), encoding="utf-8")

    def check(self, environ: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        """Return all findings."""
        return check(self.plant, environ or {}, built_in=self.profiles)

    def load(self, environ: Mapping[str, str] | None = None) -> Loaded:
        """Return what is loaded."""
        return load(self.plant, environ or {}, built_in=self.profiles)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Return the text with the first of each piece exchanged; a piece that is not there fails the test."""
    for old, new in changes:
        assert old in text, f"{old!r} is not in the text"
        text = text.replace(old, new, 1)
    return text


def build(folder: Path) -> Works:
    """Return a works without fault in an empty folder."""
    works = Works(folder=folder)
    works.profiles.mkdir()
    works.write()
    works.write_profile(METER)
    works.write_profile(CORRECTOR, name="corrector.toml")
    return works


def assert_only(findings: tuple[Finding, ...], code: str, key: str, cure: str) -> None:
    """Assert that one thing was found, where it is, and that the remedy names the cure."""
    listed = "\n".join(map(str, findings))
    assert [(finding.code, finding.key) for finding in findings] == [(code, key)], listed
    assert cure in findings[0].remedy, listed
    assert findings[0].problem
