"""`energy-agent intensity` and `track`: the planted figures, in words and as JSON."""

from __future__ import annotations

import pytest

from agent.commands.common import EXIT_FAILED, EXIT_STORE, EXIT_USAGE
from agent.figure_text import number, percent
from agent.intensity_text import CODES, Notes
from agent.spans import DEFAULT_PERIODS
from agent.track_text import lines
from analytics import evidence
from domain.method import TargetMethod
from domain.periods import PeriodKind
from domain.results import Estimate, Reading2Percent, Track
from tests.agent.figured import Figured, planted_days


def test_a_day_is_what_was_planted(watched: Figured) -> None:
    output, gas = planted_days()
    (day,) = watched.told("intensity", "--period", "day", "--from", "2026-10-06", "--to", "2026-10-07")
    assert day["period"]["name"] == "2026-10-06"
    assert day["output"] == pytest.approx(output[21], rel=1e-9)
    assert day["gas_nm3"] == pytest.approx(gas[21], rel=1e-9)
    assert day["ratio"] == pytest.approx(gas[21] / output[21], rel=1e-9)
    text = watched.run(
        "intensity", "coil", "--period", "day", "--from", "2026-10-06", "--to", "2026-10-07"
    ).stdout
    for figure in (
        number(output[21], 1),
        number(gas[21]),
        number(gas[21] / output[21], 3),
        "measured",
        "100.0 %",
    ):
        assert figure in text


def test_a_span_has_every_period_that_it_touches(watched: Figured) -> None:
    args = ("intensity", "--period", "week", "--from", "2026-10-07", "--to", "2026-10-12T00:01")
    assert [each["period"]["name"] for each in watched.told(*args)] == ["2026-W41", "2026-W42"]


@pytest.mark.parametrize("kind", ["hour", "day", "week", "month", "year"])
def test_the_newest_periods_end_with_the_one_that_lasts(watched: Figured, kind: str) -> None:
    found = watched.told("intensity", "coil", "--period", kind)
    begin = {
        "hour": "2026-12-01T10:00",
        "day": "2026-12-01",
        "week": "2026-W49",
        "month": "2026-12",
        "year": "2026",
    }
    assert found[-1]["period"]["name"] == begin[kind]
    assert len(found) <= DEFAULT_PERIODS[PeriodKind(kind)]
    assert len(watched.told("intensity", "coil", "--period", kind, "--last", "1")) == 1


def test_what_is_provisional_or_not_proven_is_marked_and_the_mark_explained(watched: Figured) -> None:
    text = watched.run("intensity", "--period", "month").stdout
    september, *_, december = [line for line in text.splitlines() if line.startswith(" 2026-")]
    assert " ? " in september  # the baseline's own month
    assert "p," in december
    assert "? not yet proven: the 90% interval of the saving includes 0" in text
    assert "p provisional: not over, not complete" in text
    assert "data.open: " in text


def test_a_saving_is_marked_only_while_its_interval_includes_zero() -> None:
    notes = Notes()
    assert notes.saving(Estimate(value=10.0, low=1.0, high=19.0)) == "10 ± 9"
    assert not notes.is_unproven
    assert notes.saving(Estimate(value=10.0, low=-1.0, high=21.0)) == "10 ± 11 ?"
    assert notes.is_unproven


def test_every_code_of_an_evidence_has_words() -> None:
    assert set(evidence.CODES.values()) <= CODES.keys()


def test_a_figure_that_rounds_to_nothing_has_no_sign() -> None:
    assert [number(each) for each in (-0.4, 0.0, None, float("nan"), -1234.5)] == [
        "0",
        "0",
        "-",
        "-",
        "-1,234",
    ]
    assert [percent(each) for each in (0.0123, None, -0.5)] == ["1.2 %", "-", "-50.0 %"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("sheet",), EXIT_USAGE, "use one of: coil"),
        (("coil", "--last", "3", "--from", "2026-10-01"), EXIT_USAGE, "give --last, or --from and --to"),
        (("coil", "--to", "2026-10-01"), EXIT_USAGE, "--to needs a --from"),
        (("coil", "--from", "2026-10-02", "--to", "2026-10-01"), EXIT_USAGE, "turn them round"),
        (("coil", "--period", "hour", "--from", "1990-01-01"), EXIT_USAGE, "more than 10,000 hours"),
        (("coil", "--period", "shift"), EXIT_USAGE, "declare shifts"),
        (("coil", "--from", "2020-01-01", "--to", "2020-02-01"), EXIT_FAILED, "before the first reading?"),
        (("coil", "--last", "0"), EXIT_USAGE, "--last"),
        (("coil", "--period", "decade"), EXIT_USAGE, "'decade' is not one of"),
    ],
)
def test_a_wrong_question_is_said_in_words(
    watched: Figured, args: tuple[str, ...], code: int, said: str
) -> None:
    done = watched.run("intensity", *args)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())


def test_as_many_periods_as_the_calendar_has_can_be_asked_for(watched: Figured) -> None:
    assert len(watched.told("intensity", "coil", "--period", "year", "--last", "10000")) == 1


def test_before_anything_was_computed_it_says_who_does_it(fresh: Figured) -> None:
    done = fresh.run("intensity", "coil", "--json")
    assert (done.returncode, done.stdout) == (EXIT_FAILED, "[]\n")
    assert "energy-agent recompute" in done.stderr
    done = fresh.run("track")
    assert done.returncode == EXIT_STORE
    assert "no figures are kept yet" in done.stderr


def test_a_track_without_its_base_year_says_what_to_enter(watched: Figured) -> None:
    done = watched.run("track", "coil")
    assert done.returncode == 0, done.stderr
    assert "year to date" in done.stdout
    assert "[track.no_base_year]" in done.stdout
    assert watched.told("track")[0]["process"] == "coil"


def test_a_year_without_a_track_and_a_year_that_is_none_are_refused(watched: Figured) -> None:
    done = watched.run("track", "--year", "2031")
    assert done.returncode == EXIT_STORE
    assert "there are tracks of 2026" in done.stderr
    assert watched.run("track", "--year", "next").returncode == EXIT_USAGE
    assert "did you mean 'coil'?" in watched.run("track", "coils").stderr


TRACK = Track(
    process="coil",
    year=2026,
    base_year=2024,
    target_year=2030,
    base_intensity=36.0,
    target=34.5744,
    target_final=31.89,
    year_to_date=35.0,
    year_to_date_normalised=35.1,
    achieved_rate=0.014,
    required_rate=0.0231,
    gas_to_date=700_000.0,
    output_to_date=20_000.0,
    planned_output=5_000.0,
    plan_source="ledger",
    projection=Estimate(value=35.01, low=34.9, high=35.12, standard_error=0.07),
    probability=0.0001,
    gas_allowed=-1_234.0,
    readings=(Reading2Percent(name="geometric", target=34.5744, is_met=False),),
    is_proven=False,
    codes=("track.plan_out_of_range", "baseline.r_squared"),
)


def test_a_track_is_told_with_interval_probability_what_is_left_and_its_doubts() -> None:
    text = "\n".join(lines(TRACK, "t", TargetMethod()))
    for said in (
        "35.010 Nm3/t at the year's end (34.900 to 35.120, 90% interval)",
        "1.40 % a year less since 2024",
        "2.31 % a year less from then on, to 2030",
        "probability below 0.1 %",
        "nothing may be burnt any more: 1,234 Nm3 over the year's target (5,000.0 t still to come",
        "not yet proven",
        "geometric: 34.574 Nm3/t, not on course, the one that commits the plant",
        "[track.plan_out_of_range]",
        "the baseline: baseline.r_squared",
    ):
        assert said in text
