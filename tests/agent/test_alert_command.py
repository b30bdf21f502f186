"""`energy-agent alert`: the planted drift is listed, taken over, and closed with its cause."""

from __future__ import annotations

from typing import Any

import pytest

from agent.commands.common import EXIT_USAGE
from domain.ledger import AlertAction, AlertEntry, StaticFactor
from domain.periods import DAY_MS
from tests.agent.figured import DRIFT_DAY, FIRST, RISE, Figured


def drift(plant: Figured) -> dict[str, Any]:
    """Return the planted rise as the list tells it."""
    found: list[dict[str, Any]] = [
        each
        for each in plant.told("alert", "list", "--all")
        if (each["alert"] or {}).get("code") == "drift.up"
    ]
    (only,) = found
    return only


def test_the_planted_drift_is_listed_with_size_cost_and_begin(watched: Figured) -> None:
    found = drift(watched)["alert"]
    assert abs(found["since"] - (FIRST + DRIFT_DAY * DAY_MS)) <= 2 * DAY_MS
    assert found["facts"]["shift_percent"] == pytest.approx(100 * (RISE - 1), abs=1.5)
    text = watched.run("alert", "list").stdout
    assert f"{found['id']}  open  " in text
    assert "% gas for the same work (" in text
    assert " Nm3 so far, +" in text
    assert " CNY" in text


def test_taking_over_is_told_with_who_when_and_why(watched: Figured) -> None:
    name = drift(watched)["id"]
    done = watched.run("alert", "ack", name, "--why", "service comes Tuesday", "--who", "Li")
    assert done.returncode == 0, done.stderr
    body = watched.entries()[-1].body
    assert isinstance(body, AlertEntry)
    assert (body.alert, body.action, body.subject) == (name, AlertAction.ACKNOWLEDGED, "coil")
    text = watched.run("alert", "list").stdout
    assert f"{name}  acknowledged" in text
    assert 'acknowledged by Li on 2026-12-01 10:07: "service comes Tuesday"' in text
    again = watched.run("alert", "ack", name, "--why", "me too", "--who", "Wang")
    assert again.returncode == EXIT_USAGE
    assert "Li has acknowledged it on 2026-12-01 10:07" in again.stderr


def test_a_closed_alert_leaves_the_list_and_says_its_cause(watched: Figured) -> None:
    name = drift(watched)["id"]
    done = watched.run("alert", "close", name, "--cause", "burner", "--why", "air valve stuck", "--who", "Li")
    assert done.returncode == 0, done.stderr
    assert name not in watched.run("alert", "list").stdout
    assert "--all shows them" in watched.run("alert", "list").stdout
    text = watched.run("alert", "show", name).stdout
    assert f"{name}  closed" in text
    assert 'closed by Li on 2026-12-01 10:07, cause: burner: "air valve stuck"' in text
    assert [type(entry.body) for entry in watched.entries()[2:]] == [AlertEntry]
    again = watched.run("alert", "close", name, "--cause", "x", "--why", "y")
    assert again.returncode == EXIT_USAGE
    assert "void 3 --why" in again.stderr


def test_an_adjustment_is_a_static_factor_from_the_day_it_began(watched: Figured) -> None:
    found = drift(watched)
    done = watched.run(
        "alert", "close", found["id"], "--cause", "thicker paint", "--why", "customer A",
        "--adjust-percent", "8", "--approver", "Wang Li",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    step, factor = (entry.body for entry in watched.entries()[-2:])
    assert isinstance(step, AlertEntry)
    assert step.cause == "thicker paint"
    assert factor == StaticFactor(
        process="coil",
        since=found["alert"]["since"],
        what="thicker paint",
        share=0.08,
        approver="Wang Li",
        alert=found["id"],
    )
    assert "expected gas +8 %" in watched.run("alert", "show", found["id"]).stdout


def test_an_adjustment_a_day_and_a_new_normal_are_recorded_as_typed(watched: Figured) -> None:
    args = ("--cause", "oven", "--why", "w", "--permanent", "--adjust-nm3-per-day", "-12.5")
    done = watched.run("alert", "close", drift(watched)["id"], *args, "--approver", "Wang")
    assert done.returncode == 0, done.stderr
    step, factor = (entry.body for entry in watched.entries()[-2:])
    assert isinstance(step, AlertEntry)
    assert isinstance(factor, StaticFactor)
    assert step.is_permanent
    assert (factor.share, factor.nm3_per_day) == (0.0, -12.5)
    assert "as the new normal" in watched.run("alert", "list", "--all").stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--adjust-percent", "3"), "needs --approver"),
        (("--approver", "Wang"), "--approver goes with an adjustment"),
        (("--adjust-percent", "3", "--adjust-nm3-per-day", "4", "--approver", "W"), "not both"),
        (("--adjust-percent", "300", "--approver", "W"), "is not between -100 and 100"),
        (("--adjust-percent", "0", "--approver", "W"), "changes nothing"),
    ],
)
def test_an_adjustment_that_does_not_hold_is_refused(
    watched: Figured, args: tuple[str, ...], said: str
) -> None:
    count = len(watched.entries())
    done = watched.run("alert", "close", drift(watched)["id"], "--cause", "c", "--why", "w", *args)
    assert done.returncode == EXIT_USAGE
    assert said in " ".join(done.stderr.split())
    assert len(watched.entries()) == count


def test_an_unknown_id_gets_the_near_one(watched: Figured) -> None:
    name = drift(watched)["id"]
    for typed in (name[:-3], name.replace("coil", "cool")):
        done = watched.run("alert", "show", typed)
        assert done.returncode == EXIT_USAGE
        assert f"did you mean '{name}'?" in done.stderr


def test_without_figures_there_is_no_alert(fresh: Figured) -> None:
    assert fresh.run("alert", "list").stdout == "0 alerts open\n"
    assert "there is no alert" in fresh.run("alert", "ack", "x", "--why", "w").stderr


def test_an_adjusted_drift_is_gone_from_the_figures_and_stays_in_the_list_of_all(watched: Figured) -> None:
    name = drift(watched)["id"]
    args = ("--cause", "paint", "--why", "w", "--adjust-percent", "8", "--approver", "W")
    watched.run("alert", "close", name, *args)
    watched.run("recompute", "--from", "2026-11-01")
    (kept,) = [each for each in watched.told("alert", "list", "--all") if each["id"] == name]
    assert (kept["alert"], kept["state"]) == (None, "closed")
    assert kept["adjustments"][0]["factor"]["share"] == 0.08
    assert "no longer by the figures" in watched.run("alert", "show", name).stdout
