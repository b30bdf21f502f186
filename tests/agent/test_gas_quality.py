"""`energy-agent event gas-quality`: the supplier's calorific value in whatever unit it is stated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.commands.common import EXIT_USAGE
from agent.figures import figures
from analytics.gas import nm3_factor
from domain.ledger import GasQuality, Voided
from domain.periods import DAY_MS, PeriodKind
from domain.registers import Reference
from domain.results import Intensity
from tests.agent.declarations import Declared
from tests.agent.figured import Figured
from tests.agent.inside import said

MARCH_MS, APRIL_MS = 1_772_294_400_000, 1_772_294_400_000 + 31 * DAY_MS
"""Midnight in Shanghai."""
WHY = ("--why", "statement")


@pytest.fixture
def plant(tmp_path: Path) -> Declared:
    return Declared(tmp_path)


def quality(*more: str) -> list[str]:
    """Return the arguments of a statement of March 2026; a later option counts."""
    args = ("--month", "2026-03", "--ncv", "38.5", "--unit", "MJ/Nm3", *WHY)
    return ["event", "gas-quality", *args, *more]


@pytest.mark.parametrize("span", [("--month", "2026-03"), ("--since", "2026-03-01", "--until", "2026-04-01")])
def test_the_statement_of_a_month_is_recorded_with_its_source(plant: Declared, span: tuple[str, ...]) -> None:
    args = ("--ncv", "38.5", "--unit", "MJ/Nm3", "--source", "invoice 7", *WHY)
    done = plant.run("event", "gas-quality", *span, *args)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        "entry 1: gas of 38.5 MJ/Nm3 net, 2026-03-01 00:00 to 2026-04-01 00:00 (invoice 7)"
    )
    (entry,) = plant.entries()
    assert (entry.who, entry.why) == ("Li", "statement")
    assert entry.body == GasQuality(since=MARCH_MS, until=APRIL_MS, ncv_mj_per_nm3=38.5, source="invoice 7")


@pytest.mark.parametrize(
    ("since", "until", "option"),
    [("2026-03-01", "2026-03-16T12:30", "--until"), ("2026-03-01T00:10", "2026-03-16", "--since")],
)
def test_a_statement_that_ends_within_an_hour_is_refused(
    plant: Declared, since: str, until: str, option: str
) -> None:
    args = ("--ncv", "38.5", "--unit", "MJ/Nm3", *WHY)
    done = plant.run("event", "gas-quality", "--since", since, "--until", until, *args)
    assert done.returncode == EXIT_USAGE
    assert option in done.stderr
    assert "whole hours" in " ".join(done.stderr.split())
    whole = plant.run("event", "gas-quality", "--since", "2026-03-01", "--until", "2026-03-16T12:00", *args)
    assert whole.returncode == 0, whole.stderr


@pytest.mark.parametrize(
    ("ncv", "unit", "mj"),
    [
        ("38.931", "MJ/Nm³", 38.931),
        ("10.8", "kWh/Nm3", 38.88),
        ("9200", "kcal/Nm3", 38.51856),
        ("389.31", "GJ/10^4Nm3", 38.931),
        ("389.31", "GJ/10⁴ Nm³", 38.931),
        ("389.31", "GJ/万Nm3", 38.931),
    ],
)
def test_a_unit_is_converted_exactly_and_the_figure_kept_as_stated(
    plant: Declared, ncv: str, unit: str, mj: float
) -> None:
    done = plant.run(*quality("--ncv", ncv, "--unit", unit))
    assert done.returncode == 0, done.stderr
    stated = "" if unit.startswith("MJ") else f"stated as {ncv} {unit.replace(' ', '')}"
    stated += ", 1 kcal = 4.1868 kJ" if "kcal" in unit else ""
    (entry,) = plant.entries()
    assert entry.body == GasQuality(since=MARCH_MS, until=APRIL_MS, ncv_mj_per_nm3=mj, source=stated)


@pytest.mark.parametrize("reference", ["0C", "15C", "20C"])
def test_a_value_per_m3_is_brought_to_0_c_as_volumes_are(plant: Declared, reference: str) -> None:
    done = plant.run(*quality("--ncv", "35.9", "--unit", "MJ/m3", "--reference", reference))
    assert done.returncode == 0, done.stderr
    (entry,) = plant.entries()
    assert isinstance(entry.body, GasQuality)
    factor = nm3_factor(Reference(reference))
    assert factor is not None
    assert entry.body.ncv_mj_per_nm3 == pytest.approx(35.9 / factor, rel=1e-15)
    if reference == "20C":
        assert entry.body.ncv_mj_per_nm3 == pytest.approx(35.9 / 0.9317755, rel=5e-8)
        assert entry.body.source == "stated as 35.9 MJ/m3 at 20C"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--unit", "MJ/m3"), "--reference 20C if the statement is at 20 C"),
        (("--unit", "MJ/m3"), "0.9317755"),
        (("--unit", "MJ/kg"), "write one of: MJ/Nm3, kWh/Nm3, kcal/Nm3, GJ/10^4Nm3"),
        (("--reference", "20C"), "a Nm3 is at 0 C"),
        (("--reference", "25C"), "'0C', '15C', '20C'"),
        (("--ncv", "8500"), "in kcal/Nm3 it could be one"),
        (("--ncv", "389.31"), "in GJ/10^4Nm3 it could be one"),
        (("--ncv", "10.8"), "in kWh/Nm3 it could be one"),
        (("--ncv", "50.01"), "they are 20 to 50 MJ/Nm3"),
        (("--ncv", "19.99"), "they are 20 to 50 MJ/Nm3"),
        (("--ncv", "38.5", "--unit", "kWh/Nm3"), "is 138.6 MJ/Nm3, and that is no net calorific value"),
        (("--ncv", "-38.5"), "is no net calorific value"),
        (("--ncv", "nan"), "is no number"),
        (("--ncv", "38,5"), "is no number"),
        (("--month", "2046-03"), "is not over before 2046-04-01 00:00"),
        (("--month", "2026-03-01"), "is no month; write 2026-03"),
        (("--month", "2026"), "is no month; write 2026-03"),
        (("--month", "march"), "write 2026-03"),
        (("--since", "2026-03-01"), "leave --since and --until out"),
        (("--why", " "), "is empty"),
        (("--source", "a\nb"), "cannot be printed"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_cure(
    plant: Declared, more: tuple[str, ...], words: str
) -> None:
    done = plant.run(*quality(*more))
    assert done.returncode == EXIT_USAGE
    assert words in " ".join(done.stderr.split())
    assert not plant.ledger.exists()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ((), "name the span: --month 2026-03"),
        (("--since", "2026-03-01"), "name the span"),
        (("--since", "2026-03-01", "--until", "2026-03-01"), "is not after --since"),
        (("--since", "2026-03-01", "--until", "2046-03-01"), "is in the future"),
        (("--since", "2046-03-01", "--until", "2046-04-01"), "is in the future"),
    ],
)
def test_a_span_is_whole_and_past(plant: Declared, span: tuple[str, ...], words: str) -> None:
    done = plant.run("event", "gas-quality", *span, "--ncv", "38.5", "--unit", "MJ/Nm3", *WHY)
    assert done.returncode == EXIT_USAGE
    assert words in " ".join(done.stderr.split())


def test_a_month_is_stated_once_until_the_entry_is_voided(plant: Declared) -> None:
    assert plant.run(*quality()).returncode == 0
    assert plant.run(*quality("--month", "2026-04")).returncode == 0, "the next month begins where it ends"
    assert "entry 1 says so already" in plant.run(*quality()).stderr
    again = plant.run(*quality("--ncv", "38.6"))
    assert again.returncode == EXIT_USAGE
    assert "energy-agent event void 1 --why" in again.stderr
    args = ("--since", "2026-03-31", "--until", "2026-04-02", "--ncv", "38", "--unit", "MJ/Nm3", *WHY)
    assert "entries 1, 2 state" in plant.run("event", "gas-quality", *args).stderr
    assert plant.run("event", "void", "1", "--why", "other invoice").returncode == 0
    assert plant.run(*quality("--ncv", "38.6")).returncode == 0
    assert [type(entry.body) for entry in plant.entries()] == [GasQuality, GasQuality, Voided, GasQuality]
    told = json.loads(plant.run("event", "list", "--kind", "gas_quality", "--json").stdout)
    assert [(each["body"]["ncv_mj_per_nm3"], each["void"]) for each in told] == [
        (38.5, True), (38.5, False), (38.6, False)
    ]  # fmt: skip


def test_energy_and_co2_of_the_month_follow_it_and_a_bundle_keeps_it(fresh: Figured) -> None:
    def months() -> dict[str, Intensity]:
        with figures(fresh.loaded) as asked:
            return {each.period.name: each for each in asked.results("intensity", period=PeriodKind.MONTH)}

    assert fresh.run("recompute", "--from", "2026-09-15").returncode == 0
    before = months()
    args = ("--month", "2026-10", "--ncv", "35", "--unit", "MJ/Nm3", *WHY, "--who", "Li")
    assert fresh.run("event", "gas-quality", *args).returncode == 0
    assert fresh.run("recompute", "--from", "2026-11-30").returncode == 0, "the whole month follows even so"
    old, new = before.pop("2026-10"), months().pop("2026-10")
    assert {name: each for name, each in months().items() if name != "2026-10"} == before
    assert old.gas_nm3 is not None
    assert old.co2_kg is not None
    assert new.gas_nm3 == old.gas_nm3
    assert new.gas_kwh == pytest.approx(old.gas_nm3 * 35 / 3.6, rel=1e-12)
    assert new.co2_kg == pytest.approx(old.co2_kg * 35 / 38.931, rel=1e-12)

    folder = fresh.folder / "october"
    done = fresh.run("bundle", str(folder), "--from", "2026-10-01", "--to", "2026-11-01")
    assert done.returncode == 0, done.stderr
    assert "gas_quality.1" in (folder / "ledger.csv").read_text()
    assert said("replay", folder).returncode == 0
    kept = json.loads((folder / "results.json").read_text())["results"]["intensity"]
    (month,) = [each for each in kept if each["period"]["kind"] == "month"]
    assert month["gas_kwh"] == pytest.approx(old.gas_nm3 * 35 / 3.6, rel=1e-12)
