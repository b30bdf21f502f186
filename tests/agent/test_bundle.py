"""A bundle gives the same bytes again, from itself alone; and what of it was touched is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from agent.__main__ import main
from agent.bundle import compute, results_bytes
from agent.bundle_differences import differences
from agent.bundle_reading import read_bundle
from analytics.baseline import fit
from analytics.declared import declare
from analytics.prepared import prepare
from domain.errors import ConfigError
from domain.ledger import BaselineFitted
from domain.results import Intensity

EXAMPLE = Path(__file__).parents[2] / "config/examples/bundle"


def replay(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, args)])


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return a copy of the hand-written example."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# METHOD, example B


def year(results: tuple[Intensity, ...], name: str) -> Intensity:
    [found] = [each for each in results if each.period.kind == "year" and each.period.name == name]
    return found


def test_the_hand_written_example_gives_the_digits_of_the_method() -> None:
    results = compute(read_bundle(EXAMPLE).inputs).results
    assert year(results.intensities, "2024").ratio == pytest.approx(82.417416, abs=5e-7)
    found = year(results.intensities, "2025")
    saving = found.saving_nm3
    assert saving is not None
    assert found.gas_nm3 == pytest.approx(363300, abs=1e-6)
    assert found.expected_nm3 == pytest.approx(371230.1104, abs=5e-5)
    assert found.ratio == pytest.approx(85.081967, abs=5e-7)
    assert found.index == pytest.approx(0.978638, abs=5e-7)
    assert found.normalised == pytest.approx(80.656839, abs=5e-7)
    assert saving.value == pytest.approx(7930.1104, abs=5e-5)
    assert saving.standard_error == pytest.approx(1665.6508, abs=5e-5)
    assert (saving.low, saving.high) == pytest.approx((4911.1831, 10949.0377), abs=5e-5)
    assert {finding.code for finding in results.findings} == {"counter.no_rated_maximum"}


def test_the_baseline_of_the_example_is_the_one_that_its_own_months_give() -> None:
    inputs = read_bundle(EXAMPLE).inputs
    declared = declare(inputs.entries, inputs.method)
    windows = compute(inputs).windows
    prepared = prepare(inputs.plant, inputs.method, declared, windows, since=inputs.since, until=inputs.until)
    [written] = [entry.body.baseline for entry in inputs.entries if isinstance(entry.body, BaselineFitted)]
    found, doubts = fit(prepared.rows["coil"], since=written.since, until=written.until)
    assert (found, doubts) == (written, ())
    assert written.coefficients == pytest.approx((16788.9972, 63.348039), abs=5e-5)
    assert written.residual_sd == pytest.approx(375.1312, abs=5e-5)
    assert written.standard_errors[1] == pytest.approx(1.212798, abs=5e-7)
    assert written.r_squared == pytest.approx(0.996348, abs=5e-7)
    assert written.f_statistic == pytest.approx(2728.281, abs=5e-4)
    assert written.cv_rmse == pytest.approx(0.005170, abs=5e-7)
    assert written.durbin_watson == pytest.approx(1.8710, abs=5e-5)


# replay


def test_a_bundle_without_results_is_computed_and_with_write_they_stay(example: Path) -> None:
    done = replay(example)
    assert (done.exit_code, (example / "results.json").exists()) == (0, False), done.output
    assert "--write" in done.output
    assert replay(example, "--write").exit_code == 0
    again = replay(example)
    assert again.exit_code == 0
    assert "equal, byte for byte: 13,128 windows of 1 points" in again.output


def test_json_is_the_results_and_nothing_else(example: Path) -> None:
    done = replay(example, "--json")
    assert done.exit_code == 0
    assert done.stdout_bytes == results_bytes(read_bundle(example).inputs)
    assert {"format", "windows", "results"} <= json.loads(done.stdout).keys()


def test_another_figure_is_named_with_its_path_and_both_values(example: Path) -> None:
    replay(example, "--write")
    results = json.loads((example / "results.json").read_text())
    [row] = [each for each in results["results"]["intensity"] if each["period"]["name"] == "2024"]
    row["ratio"] = 82.0
    (example / "results.json").write_bytes(msgspec.json.encode(results, order="deterministic") + b"\n")
    done = replay(example)
    assert done.exit_code == 1
    assert "intensity/coil/year 2024/ratio: 82.0 -> 82.417415996" in done.output
    assert done.output.count("->") == 1


def test_the_same_values_in_another_layout_are_not_the_same_bytes(example: Path) -> None:
    replay(example, "--write")
    path = example / "results.json"
    path.write_bytes(msgspec.json.format(path.read_bytes(), indent=1))
    done = replay(example)
    assert done.exit_code == 1
    assert "the same values, written in another way" in done.output


def test_every_kind_that_differs_is_shown_and_the_rest_is_counted(example: Path) -> None:
    replay(example, "--write")
    changed(example / "readings.csv", ",1423140", ",1423141")
    done = replay(example)
    assert done.exit_code == 1
    for kind in ("windows/", "intensity/", "watch/"):
        assert kind in done.output
    assert "more places" in done.output


def test_differences_of_damaged_results_are_told() -> None:
    assert next(differences(b"{", b"{}")).startswith("results.json: is not JSON")
    assert list(differences(b'{"results":{"alert":[{"id":"a"}]}}', b'{"results":{"alert":[]}}')) == [
        'alert/a: {"id":"a"} -> nothing'
    ]


# every fault names the file, the place and the cure


def shared_twice(bundle: Path) -> None:
    changed(bundle / "plant.toml", "coil = 1 ", "coil = 0.6, sheet = 0.6 ")
    changed(
        bundle / "plant.toml", "[[points]]", '[[processes]]\nid = "sheet"\noutput_unit = "t"\n\n[[points]]'
    )


FAULTS: list[tuple[str, Callable[[Path], object], str]] = [
    ("no head", lambda b: (b / "bundle.toml").unlink(), "bundle.json: is not there"),
    ("two heads", lambda b: (b / "bundle.json").write_text("{}"), "is there beside bundle.json"),
    ("no plant", lambda b: (b / "plant.toml").unlink(), "plant.json: is not there"),
    ("not toml", lambda b: (b / "plant.toml").write_text("site = "), "plant.toml: is not TOML"),
    ("not utf-8", lambda b: (b / "plant.toml").write_bytes(b"\xff"), "plant.toml: is not UTF-8"),
    ("format", lambda b: changed(b / "bundle.toml", 'energy-agent bundle"', 'zip"'), "bundle.toml: format"),
    (
        "version",
        lambda b: changed(b / "bundle.toml", "since", "version = 2\nsince"),
        "this agent reads version 1",
    ),
    ("unknown key", lambda b: changed(b / "bundle.toml", "since", "sinse"), "did you mean 'since'"),
    ("no offset", lambda b: changed(b / "bundle.toml", "+08:00", ""), "bundle.toml: since"),
    ("span", lambda b: changed(b / "bundle.toml", "2024-01", "2026-01"), "is not before until"),
    (
        "another site",
        lambda b: changed(b / "bundle.toml", "since", 'site = "x"\nsince'),
        "plant.toml is of 'example-b'",
    ),
    (
        "unknown key inside",
        lambda b: changed(b / "plant.toml", "carrier", "carier"),
        "plant.toml: points[0].carier: is no key of this format; did you mean 'carrier'",
    ),
    (
        "missing key",
        lambda b: changed(b / "plant.toml", 'unit = "m3"', ""),
        "plant.toml: points[0]: object missing required field `unit`",
    ),
    (
        "wrong type",
        lambda b: changed(b / "plant.toml", "is_counter = true", 'is_counter = "yes"'),
        "points[0].is_counter: expected `bool`",
    ),
    ("zone", lambda b: changed(b / "plant.toml", "Asia/Shanghai", "Asia/Foshan"), "plant.toml: time_zone"),
    ("no zone", lambda b: changed(b / "plant.toml", "Asia/Shanghai", ""), "plant.toml: time_zone"),
    ("share", lambda b: changed(b / "plant.toml", "coil = 1 ", "coli = 1 "), "did you mean 'coil'"),
    ("too much", lambda b: changed(b / "plant.toml", "coil = 1 ", "coil = 1.1 "), "more than the whole"),
    ("sum", shared_twice, "shares: are more than the whole"),
    ("negative", lambda b: changed(b / "plant.toml", "coil = 1 ", "coil = -0.5 "), "coil: -0.5 is no share"),
    ("nan", lambda b: changed(b / "plant.toml", "coil = 1 ", "coil = nan "), "coil: nan is no share"),
    (
        "method",
        lambda b: changed(b / "plant.toml", "processes.coil", "processes.coli"),
        "did you mean 'coil'",
    ),
    ("no readings", lambda b: (b / "readings.csv").unlink(), "readings.csv: is not there"),
    (
        "unknown point",
        lambda b: changed(b / "readings.csv", "gas_coil.volume,", "gas_coil.volum,"),
        "did you mean 'gas_coil.volume'",
    ),
    ("bad value", lambda b: changed(b / "readings.csv", ",319150", ",31_9.150x"), "line 3, column value"),
    ("bad instant", lambda b: changed(b / "readings.csv", "+08:00", ""), "line 2, column at"),
    ("ledger", lambda b: changed(b / "ledger.csv", "production.1", "production.9"), "ledger.csv:2"),
    ("gap", lambda b: (b / "gaps.csv").write_text("device,since\n"), "gaps.csv:1"),
    (
        "gap line",
        lambda b: (b / "gaps.csv").write_text(
            "device,since,until,quality\ngas_coil,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,gone\n"
        ),
        "gaps.csv:2: 'gone' is no quality",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS])
def test_a_fault_is_named_with_file_place_and_cure(
    example: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(example)
    done = replay(example)
    assert done.exit_code == 3, done.output
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert replay(tmp_path / "none").exit_code == 3


def test_readings_may_be_in_several_files_and_come_twice(example: Path) -> None:
    before = results_bytes(read_bundle(example).inputs)
    lines = (example / "readings.csv").read_text().splitlines(keepends=True)
    (example / "readings.csv").write_text("".join(lines[:9]))
    (example / "readings-late.csv").write_text("".join([lines[0], *reversed(lines[5:])]))
    assert results_bytes(read_bundle(example).inputs) == before


def test_a_description_in_json_says_the_same_as_one_in_toml(example: Path) -> None:
    import tomllib

    before = results_bytes(read_bundle(example).inputs)
    for name in ("bundle", "plant"):
        path = example / f"{name}.toml"
        (example / f"{name}.json").write_text(json.dumps(tomllib.loads(path.read_text())))
        path.unlink()
    assert results_bytes(read_bundle(example).inputs) == before


def test_an_unknown_key_is_refused_wherever_it_is(example: Path) -> None:
    changed(example / "plant.toml", "[method]", "[method]\ngas = { ncv = 1 }")
    with pytest.raises(ConfigError, match=r"plant.toml: method.gas.ncv: is no key"):
        read_bundle(example)


# the document


def test_the_document_shows_the_example_as_it_is() -> None:
    text = (EXAMPLE.parents[2] / "docs/bundle.md").read_text()
    shown = {line.strip() for line in text.splitlines() if line.startswith("    ")}
    for name in ("bundle.toml", "plant.toml"):
        for line in (EXAMPLE / name).read_text().splitlines():
            bare = line.partition("#")[0].strip()
            assert not bare or bare in shown, line


def test_the_document_names_every_kind_of_the_ledger_and_every_flag() -> None:
    from domain.windows import Flag
    from storage.ledger_rows import KINDS

    text = (EXAMPLE.parents[2] / "docs/bundle.md").read_text()
    for kind in KINDS:
        assert kind in text
    for flag in Flag:
        assert f"{flag.value} " in text, flag
