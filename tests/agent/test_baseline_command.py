"""`energy-agent baseline`: fitted to a past, recorded, and used once somebody has approved it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.baseline_text import gates
from agent.baselines import fitted
from agent.commands.common import EXIT_FAILED, EXIT_USAGE
from agent.declaring import declared
from agent.ledger import Desk
from analytics.gates import failures
from domain.ledger import BaselineApproved, BaselineFitted
from domain.results import Baseline
from tests.agent.figured import BASE, PER_TONNE, Figured

SPAN = ("--from", "2026-09-15", "--to", "2026-11-17")


def test_a_fit_finds_the_planted_model_and_records_it_unused(fresh: Figured) -> None:
    done = fresh.run("baseline", "fit", "coil", *SPAN, "--who", "Li", "--why", "nine weeks")
    assert done.returncode == 0, done.stderr
    (entry,) = fresh.entries()
    assert isinstance(entry.body, BaselineFitted)
    found = entry.body.baseline
    assert found.coefficients[0] == pytest.approx(BASE, abs=4 * found.standard_errors[0])
    assert found.coefficients[1] == pytest.approx(PER_TONNE, abs=4 * found.standard_errors[1])
    assert (entry.who, entry.why) == ("Li", "nine weeks")
    for text in ("gas = ", "standard error", "R2 ", "CV(RMSE)", "Durbin-Watson", "coverage 100.0 %", "Nm3/t"):
        assert text in done.stdout
    assert done.stdout.count("passed") == 7
    assert f"entry 1; it is used once approved: energy-agent baseline approve {found.id}" in done.stdout
    assert not any(each.is_used for each in fitted(Desk.open(fresh.loaded)))


def test_a_dry_run_writes_nothing_and_a_second_fit_is_no_second_entry(fresh: Figured) -> None:
    assert "dry run: nothing written" in fresh.run("baseline", "fit", "coil", *SPAN, "--dry-run").stdout
    assert fresh.entries() == ()
    fresh.run("baseline", "fit", "coil", *SPAN)
    assert "the ledger has it already" in fresh.run("baseline", "fit", "coil", *SPAN).stdout
    assert len(fresh.entries()) == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("coli",), EXIT_USAGE, "did you mean 'coil'?"),
        (("coil", "--to", "2026-11-17"), EXIT_USAGE, "--to needs a --from"),
        (("coil", "--from", "2026-11-17", "--to", "2026-09-15"), EXIT_USAGE, "turn them round"),
        (("coil", "--from", "2027-01-01"), EXIT_USAGE, "is in the future (it is 2026-12-01 10:07)"),
        (("coil",), EXIT_FAILED, "[baseline.no_output]"),  # 2024, the base year: before the first reading
    ],
)
def test_a_wrong_fit_says_what_is_wrong(fresh: Figured, args: tuple[str, ...], code: int, said: str) -> None:
    done = fresh.run("baseline", "fit", *args)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert fresh.entries() == ()


def test_an_approval_is_shown_with_who_when_and_why_and_can_be_taken_back(watched: Figured) -> None:
    (shown,) = watched.told("baseline", "show", "coil")
    assert shown["is_used"]
    assert (shown["approved"]["who"], shown["approved"]["why"]) == ("Wang", "nine weeks")
    text = watched.run("baseline", "show").stdout
    assert "in use" in text
    assert 'approved from 2026-11-17 00:00, by Wang on 2026-12-01 10:07: "nine weeks"' in text
    watched.run("event", "void", str(shown["approved"]["entry"]), "--why", "too short")
    text = watched.run("baseline", "show").stdout
    assert f"coil has no approved baseline: energy-agent baseline approve {shown['id']}" in text


def test_another_approval_says_what_it_replaces(watched: Figured) -> None:
    old = watched.told("baseline", "show")[0]["id"]
    new = watched.told("baseline", "fit", "coil", "--from", "2026-09-15", "--to", "2026-11-01")["baseline"]
    done = watched.run("baseline", "approve", new["id"], "--why", "seven weeks", "--from", "2026-11-20")
    assert f"replaces {old}, approved by Wang on 2026-12-01 10:07" in done.stdout
    body = watched.entries()[-1].body
    assert isinstance(body, BaselineApproved)
    assert Desk.open(watched.loaded).local(body.valid_from) == "2026-11-20 00:00"
    assert [each["is_used"] for each in watched.told("baseline", "show")] == [False, True]
    assert "replaced" in watched.run("baseline", "show").stdout
    again = watched.run("baseline", "approve", new["id"], "--why", "again")
    assert again.returncode == EXIT_USAGE
    assert "approved" in again.stderr
    assert "nothing written" in again.stderr


def test_an_unknown_id_gets_near_ones_and_a_start_before_its_end_is_refused(watched: Figured) -> None:
    name = watched.told("baseline", "show")[0]["id"]
    done = watched.run("baseline", "approve", name[:-1], "--why", "w")
    assert done.returncode == EXIT_USAGE
    assert f"did you mean '{name}'?" in done.stderr
    new = watched.told("baseline", "fit", "coil", "--from", "2026-09-15", "--to", "2026-11-01")["baseline"]
    done = watched.run("baseline", "approve", new["id"], "--why", "w", "--from", "2026-10-01")
    assert "before the end of its own period" in done.stderr


def test_a_baseline_that_fails_a_gate_is_approved_only_in_spite_of_it(watched: Figured) -> None:
    short = watched.told("baseline", "fit", "coil", "--from", "2026-09-15", "--to", "2026-10-01")
    name = short["baseline"]["id"]
    assert short["baseline"]["failures"] == ["baseline.too_few_rows"]
    assert (
        "FAILED  rows:"
        in watched.run("baseline", "fit", "coil", "--from", "2026-09-15", "--to", "2026-10-01").stdout
    )
    count = len(watched.entries())
    done = watched.run("baseline", "approve", name, "--why", "all we have")
    assert done.returncode == EXIT_USAGE
    assert "baseline.too_few_rows" in done.stderr
    assert "--despite-gates" in done.stderr
    assert len(watched.entries()) == count
    assert watched.run("baseline", "approve", name, "--why", "all we have", "--despite-gates").returncode == 0
    assert watched.entries()[-1].why == "all we have"


def test_every_gate_that_can_fail_is_told_by_its_code(watched: Figured) -> None:
    (found,) = fitted(Desk.open(watched.loaded))
    hopeless = _hopeless(found.baseline)
    told = gates(hopeless)
    assert {gate.code for gate in told if not gate.is_passed} == set(hopeless.failures)
    assert {gate.code for gate in told} == set(hopeless.failures)
    assert all(gate.is_passed for gate in gates(found.baseline))


def _hopeless(baseline: Baseline) -> Baseline:
    worst = replace(
        baseline,
        f_p_value=0.9,
        p_values=(0.9, 0.9),
        r_squared=0.1,
        coverage=0.5,
        rows=5,
        autocorrelation=0.99,
    )
    return replace(worst, failures=failures(worst))


def test_a_process_of_an_older_plant_file_cannot_be_approved(fresh: Figured) -> None:
    made = fresh.told("baseline", "fit", "coil", *SPAN, "--dry-run")["baseline"]
    desk = Desk.open(fresh.loaded)
    fresh.run("baseline", "fit", "coil", *SPAN)
    (kept,) = fitted(Desk.open(fresh.loaded))
    assert made["id"] == kept.baseline.id
    other = replace(kept.baseline, id="sheet-000000000000", process="sheet")
    declared(fresh.plant, lambda _: [BaselineFitted(baseline=other)], who="Li", why="w")
    done = fresh.run("baseline", "approve", other.id, "--why", "w")
    assert done.returncode == EXIT_USAGE
    assert "not the id of a process" in done.stderr
    assert desk.entries == ()
