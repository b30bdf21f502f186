"""The check as a whole: everything in one run, a registry of codes, and no input that breaks it."""

from __future__ import annotations

import ast
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from config.check import check
from config.codes import CODES
from config.loaded import Loaded, load
from domain.errors import ConfigError
from domain.findings import Severity
from domain.plant import LinkKind
from domain.registers import Reference
from tests.config.works import CORRECTOR, METER, PLANT, Works, build

ROOM = Path(config.__file__).parent
EXAMPLES = ROOM / "examples"
TWELVE = {
    ('gateway = "gw1"', 'gateway = "g w"'): ("config.bad_id", "site.gateway"),
    ("Asia/Shanghai", "Asia/Peking"): ("config.unknown_time_zone", "site.time_zone"),
    ('output_unit = "t"', "output_unit = 5"): ("config.wrong_value", "processes[0].output_unit"),
    ('kind = "tcp"', 'kind = "tcp"\nprot = 502'): ("config.unknown_key", "links[0].prot"),
    ("unit_id = 1\n", 'unit_id = "1"\n'): ("config.wrong_type", "devices[0].unit_id"),
    ('profile = "corrector"', 'profile = "correcter"'): ("config.unknown_profile", "devices[0].profile"),
    ('link = "bus"', 'link = "bos"'): ("config.unknown_link", "devices[1].link"),
    ('process = "coil"', 'process = "foil"'): ("config.unknown_process", "points[1].process"),
    ("sheet = 0.4", "sheet = 0.9"): ("config.bad_shares", "points[0].shares"),
    ('mode = "embedded"', 'host = "0.0.0.0"'): ("config.embedded_not_loopback", "broker.host"),
    ('kind = "duckdb"', 'token = "x"'): ("config.secret_in_file", "store.token"),
    ("port = 8080", 'port = "8080"'): ("config.wrong_type", "http.port"),
}


def test_twelve_faults_are_found_in_one_run(works: Works) -> None:
    works.write(*TWELVE)
    with pytest.raises(ConfigError) as caught:
        works.load()
    found = {(finding.code, finding.key) for finding in caught.value.findings}
    assert found == set(TWELVE.values())
    assert str(caught.value).startswith(f"{works.plant}: 12 faults\n")
    assert all(str(finding) in str(caught.value) for finding in caught.value.findings)


def test_section_that_is_no_table_hides_no_other_fault(works: Works) -> None:
    works.plant.write_text('site = 1\nlinks = "x"\n[http]\nhost = "0.0.0.0"\n[[devices]]\nid = "a b"\n')
    found = [(finding.code, finding.key) for finding in works.check()]
    assert found == [
        ("config.wrong_type", "site"),
        ("config.wrong_type", "links"),
        ("config.missing_key", "devices[0].link"),
        ("config.missing_key", "devices[0].unit_id"),
        ("config.missing_key", "devices[0].profile"),
        ("config.bad_id", "devices[0].id"),
        ("config.http_not_loopback", "http.host"),
    ]


def test_item_that_is_no_table_keeps_the_numbers_of_the_others(works: Works) -> None:
    works.plant.write_text(
        'processes = [3, { id = "a b" }]\n' + PLANT.partition("[[links]]")[0].partition("[[processes]]")[0]
    )
    found = [(f.code, f.key) for f in works.check() if f.severity is Severity.ERROR]
    assert found == [("config.wrong_type", "processes[0]"), ("config.bad_id", "processes[1].id")]


def test_findings_with_warnings_only_load(works: Works) -> None:
    works.write(('mode = "embedded"', 'mode = "external"\nhost = "mqtt.example"'))
    assert [finding.code for finding in works.load().warnings] == ["config.broker_in_clear"]


def codes_in(path: Path) -> set[str]:
    """Return the finding codes that a file of the room uses."""
    tree = ast.parse(path.read_text())
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.split(".")[0] in ("config", "profile")
        and node.value.count(".") == 1
        and node.value.split(".")[1].replace("_", "").isalpha()
        and node.value != "profile.id"
    }


def test_every_code_used_is_registered_and_every_registered_code_used() -> None:
    used = set().union(*(codes_in(path) for path in ROOM.glob("*.py") if path.name != "codes.py"))
    assert used == set(CODES)
    assert all(text and "\n" not in text for text in CODES.values())


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_test(code: str) -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{code}"' in tests


def test_minimal_example_loads_clean() -> None:
    loaded = load(EXAMPLES / "minimal.toml", {})
    assert loaded.warnings == ()
    assert [device.id for device in loaded.plant.devices] == ["main_meter"]
    assert (loaded.broker.mode, loaded.store.kind) == ("embedded", "duckdb")


def test_plant_example_loads_clean_with_its_secrets(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "plant.toml", tmp_path)
    for name in ("broker_password", "store_token", "ca.pem", "wecom_url"):
        (tmp_path / name).write_text(f"wecombot://{name}\n" if name == "wecom_url" else f"{name}\n")
        (tmp_path / name).chmod(0o600)
    loaded = load(tmp_path / "plant.toml", {})
    assert loaded.warnings == ()
    assert [link.kind for link in loaded.plant.links] == [LinkKind.SERIAL, LinkKind.RTU_TCP, LinkKind.TCP]
    assert loaded.plant.device("gas_main").points[1].reference is Reference.AT_20C
    assert loaded.broker.tls
    assert loaded.broker.password is not None
    assert loaded.store.token is not None
    assert loaded.store.token.get_secret_value() == "store_token"
    assert [channel.policy.name for channel in loaded.notify] == ["wecom"]
    assert len(loaded.method.calendar.shifts) == 2


# Whatever is in the file: Loaded or ConfigError, and findings that can be printed on one line.


def survives(works: Works, environ: dict[str, str] | None = None) -> None:
    """Load, and assert that the only error is ours and says something."""
    try:
        assert isinstance(works.load(environ), Loaded)
    except ConfigError as fault:
        assert fault.findings
        for finding in fault.findings:
            assert finding.code in CODES
            assert str(finding).isprintable()


def fuzzed(content: bytes, name: str = "plant.toml") -> None:
    """Put the content in the place of a file of a sound works."""
    with tempfile.TemporaryDirectory() as folder:
        works = build(Path(folder))
        (Path(folder) / name).write_bytes(content)
        survives(works)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_loaded_or_refused(content: bytes) -> None:
    fuzzed(content)


VALUES = st.sampled_from(
    ["-1", "0", "1", "255", "65536", "1e400", "nan", "-inf", "true", '""', '"x"', '"tcp"', "[]", "[[]]", "{}",
     '{ a = 1 }', '[1, "a"]', "1979-05-27T07:32:00Z", "07:32:00", "0x" + "f" * 5000, "9" * 4000, '"\\u0000"',
     '"\\n"', '"' + "é" * 2000 + '"', '["energy", "energy"]', '"gas_coil.volume_reference"', "{ a.b.c = [] }"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """Give TOML with lines dropped, doubled, and values and keys exchanged."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 6))):
        index = draw(st.integers(0, len(lines) - 1))
        key, mark, _ = lines[index].partition(" = ")
        match draw(st.sampled_from(["drop", "double", "value", "key", "byte"])):
            case "drop" if len(lines) > 1:
                del lines[index]
            case "double":
                lines.insert(draw(st.integers(0, len(lines))), lines[index])
            case "value" if mark:
                lines[index] = f"{key} = {draw(VALUES)}"
            case "key" if mark:
                lines[index] = lines[index].replace(
                    key, draw(st.sampled_from(["a.b", '"x\\ny"', "id", "label.zh"]))
                )
            case _:
                lines[index] += draw(st.characters(codec="utf-8"))
    return "\n".join(lines).encode()


@settings(max_examples=150, deadline=None)
@given(mutated(PLANT))
def test_any_mutated_plant_is_loaded_or_refused(content: bytes) -> None:
    fuzzed(content)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        mutated(METER).map(lambda text: (text, "meter")),
        mutated(CORRECTOR).map(lambda text: (text, "corrector")),
    )
)
def test_any_mutated_profile_is_loaded_or_refused(file: tuple[bytes, str]) -> None:
    fuzzed(file[0], f"profiles/{file[1]}.toml")


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["ENERGY_AGENT_HTTP__PORT", "ENERGY_AGENT_BROKER__MODE", "ENERGY_AGENT_STORE__KIND",
             "ENERGY_AGENT_", "ENERGY_AGENT_SECRETS_DIR", "CREDENTIALS_DIRECTORY",
             "ENERGY_AGENT_AGENT__PROFILE_DIRS", "ENERGY_AGENT_BROKER__PASSWORD",
             "ENERGY_AGENT_BROKER__PASSWORD_FILE", "ENERGY_AGENT_SITE__ID"]
        ),
        st.one_of(st.text(max_size=20), st.sampled_from(["/", "\udcff", "x" * 5000, "external", "influxdb"])),
    )
)  # fmt: skip
def test_any_environment_is_loaded_or_refused(environ: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(build(Path(folder)), environ)


def test_finding_shows_no_character_that_a_terminal_would_act_on(works: Works) -> None:
    works.write(('id = "main_meter"', 'id = "\\u001b[2J\\n"'))
    findings = works.check()
    assert len(findings) == 2
    assert all(str(finding).isprintable() for finding in findings)


def test_check_raises_nothing_and_writes_nothing(works: Works) -> None:
    before = sorted(works.folder.rglob("*"))
    assert check(works.folder / "none.toml", {}, built_in=works.folder / "none")
    assert sorted(works.folder.rglob("*")) == before
