"""The track against 2 % a year is what METHOD 5 says; projection and probability hold what they promise."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import numpy as np
import pytest

from analytics import reduction, targets, tracking
from analytics.reduction import track
from analytics.track_findings import WORDS, findings_of_track
from domain.ledger import StaticFactor
from domain.method import TargetReading
from tests.analytics.planted import G_LATER, P_2024, P_LATER, instant, months
from tests.analytics.seasons import BASE, METHOD, example_b, half_year, rest_of

# rates and targets


def test_two_percent_a_year_is_11_4158_percent_by_2030() -> None:
    found = half_year()
    assert found.target_final is not None
    assert found.base_intensity == BASE
    assert round(100 * (1 - found.target_final / BASE), 4) == 11.4158
    assert found.target == pytest.approx(BASE * 0.98**2)


def test_rates_are_geometric_means() -> None:
    found = half_year()
    assert found.year_to_date == pytest.approx(85.081967, abs=5e-7)
    assert found.achieved_rate == pytest.approx(1 - (85.0819672 / BASE) ** (1 / 2))
    assert found.projection is not None
    end = found.projection.value
    assert found.projected_rate == pytest.approx(1 - (end / BASE) ** 0.5)
    assert found.required_rate == pytest.approx(1 - (BASE * 0.98**6 / end) ** (1 / 4))


def test_a_plant_on_its_way_needs_two_percent_and_has_two_percent() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: 100.0, 2025: 98.0},
        rows=months(tuple(98.0 * 0.98 * p for p in P_2024), P_2024, 2026),
        rest=rest_of(2026, 12, None),
        baseline=None,
    )
    assert found.achieved_rate == pytest.approx(0.02)
    assert found.required_rate == pytest.approx(0.02)
    assert found.probability == 1.0
    assert [reading.is_met for reading in found.readings] == [True, False, True]
    assert [reading.target for reading in found.readings] == pytest.approx([96.04, 96.0, 96.04])


def test_the_projection_is_the_formula_of_the_method() -> None:
    found, baseline = half_year(), example_b()
    b0, b1 = baseline.coefficients
    q = 363300 / 371230.1104
    assert found.projection is not None
    assert found.projection.value == pytest.approx((363300 + q * (6 * b0 + b1 * 5400)) / (4270 + 5400))
    assert found.target is not None
    assert found.gas_allowed == pytest.approx(found.target * 9670 - 363300)
    assert found.year_to_date_normalised == pytest.approx(80.656839, abs=5e-7)
    assert found.planned_output == 5400.0
    assert found.plan_source == "ledger"
    assert found.is_proven
    assert found.codes == ()


def test_the_interval_is_the_delta_method_done_by_differences() -> None:
    """Error propagation by numerical derivatives of the same formula."""
    found, baseline = half_year(), example_b()
    x_now, x_rest = np.array([6.0, sum(P_LATER)]), np.array([6.0, 5400.0])
    b, covariance = np.array(baseline.coefficients), np.array(baseline.inverse) * baseline.residual_sd**2

    def rest(coefficients: np.ndarray, noise: float) -> float:
        return float((363300 + noise) / (x_now @ coefficients) * (x_rest @ coefficients))

    steps = np.diag(b * 1e-5)
    slope = np.array([(rest(b + h, 0) - rest(b - h, 0)) / (2 * h.sum()) for h in steps])
    noise = (rest(b, 1.0) - rest(b, -1.0)) / 2
    variance = slope @ covariance @ slope + baseline.residual_sd**2 * (6 * noise**2 + 6)
    assert found.projection is not None
    assert found.projection.standard_error == pytest.approx(np.sqrt(variance) / 9670, rel=1e-6)


def test_a_static_factor_changes_what_the_rest_may_burn() -> None:
    later = StaticFactor(process="melting", since=instant(2026, 7), what="afterburner", nm3_per_day=10.0)
    plain, moved = half_year(), half_year(factors=[later])
    assert plain.projection is not None
    assert moved.projection is not None
    q = 363300 / 371230.1104
    assert (moved.projection.value - plain.projection.value) * 9670 == pytest.approx(q * 10.0 * 184)


def test_other_readings_of_two_percent_stand_beside() -> None:
    found = half_year()
    assert [reading.name for reading in found.readings] == ["geometric", "linear", "every_year"]
    assert [reading.target for reading in found.readings] == pytest.approx(
        [BASE * 0.98**2, BASE * 0.96, 82.0 * 0.98]
    )


def test_linear_means_twelve_percent_by_2030() -> None:
    found = half_year(method=replace(METHOD, reading=TargetReading.LINEAR))
    assert found.target_final == pytest.approx(BASE * 0.88)
    assert found.target == pytest.approx(BASE * 0.96)


def test_every_year_counts_from_the_year_before() -> None:
    found = half_year(method=replace(METHOD, reading=TargetReading.EVERY_YEAR))
    assert found.target == pytest.approx(82.0 * 0.98)
    assert found.target_final == pytest.approx(82.0 * 0.98**5)
    # 2025 fell short of 2 %: no later year can mend that
    assert found.readings[2].is_met is False
    unknown = half_year(method=replace(METHOD, reading=TargetReading.EVERY_YEAR), intensities={2024: BASE})
    assert unknown.target is None
    assert unknown.gas_allowed is None
    assert unknown.probability is None
    assert "track.no_previous_year" in unknown.codes
    assert unknown.readings[2].is_met is None


# what cannot be said


def test_the_base_year_promises_nothing() -> None:
    found = half_year(2024)
    assert found.target is None
    assert found.achieved_rate is None
    assert found.readings == ()
    assert "track.base_year" in found.codes


def test_after_the_target_year_its_target_stays() -> None:
    found = half_year(2032)
    assert found.target == found.target_final == pytest.approx(BASE * 0.98**6)
    assert found.required_rate is None
    assert "track.after_target_year" in found.codes
    assert half_year(2030).required_rate is None


def test_without_a_base_year_there_is_no_target() -> None:
    found = half_year(intensities={2025: 82.0})
    assert (found.base_intensity, found.target, found.target_final, found.achieved_rate) == (None,) * 4
    assert found.gas_allowed is None
    assert found.probability is None
    assert "track.no_base_year" in found.codes


def test_without_a_plan_there_is_no_projection() -> None:
    found = half_year(output=None)
    assert (found.projection, found.probability, found.gas_allowed, found.required_rate) == (None,) * 4
    assert found.plan_source == "none"
    assert found.codes == ("track.no_plan",)
    assert found.achieved_rate is not None


def test_without_a_baseline_there_is_no_projection_but_gas_is_allowed() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months(G_LATER, P_LATER, 2026),
        rest=rest_of(2026, 6, 5400.0),
        baseline=None,
    )
    assert (found.projection, found.probability, found.year_to_date_normalised) == (None,) * 3
    assert not found.is_proven
    assert found.gas_allowed is not None
    assert found.codes == ("track.no_baseline",)


def test_a_year_without_rows_says_nothing() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months((), (), 2026),
        rest=rest_of(2026, 0, 10000.0),
        baseline=example_b(),
    )
    assert (found.year_to_date, found.gas_to_date, found.projection, found.gas_allowed) == (None,) * 4
    assert found.codes == ("track.no_output", "track.no_rows")


def test_gas_without_output_is_no_intensity() -> None:
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=months((9000.0,), (0.0,), 2026),
        rest=rest_of(2026, 1, 9000.0),
        baseline=example_b(),
    )
    assert found.year_to_date is None
    assert found.gas_to_date == 9000.0
    assert {"track.no_output", "track.no_rows", "baseline.no_standing"} == set(found.codes)


def test_more_than_the_process_has_ever_made_is_said() -> None:
    assert "track.plan_out_of_range" in half_year(output=6 * 961.0).codes
    assert half_year(output=6 * 959.0).codes == ()


def test_failed_gates_of_the_baseline_go_with_the_track() -> None:
    weak = replace(example_b(), failures=("baseline.r_squared",))
    assert half_year(baseline=weak).codes == ("baseline.r_squared",)


def test_rows_of_another_model_give_no_projection() -> None:
    later = months(G_LATER, P_LATER, 2026)
    wider = replace(later, variables=("output", "ambient"), x=np.column_stack((later.x, later.x)))
    found = track(
        process="melting",
        year=2026,
        method=METHOD,
        intensities={2024: BASE},
        rows=wider,
        rest=rest_of(2026, 6, 5400.0, to_date=wider),
        baseline=example_b(),
    )
    assert found.projection is None
    assert found.codes == ("track.no_rows", "baseline.other_model")
    assert found.year_to_date == pytest.approx(85.081967)


def test_the_same_rows_in_any_order_of_declaration_give_the_same_track() -> None:
    one = StaticFactor(process="melting", since=instant(2026, 2), what="oven", share=0.02)
    two = StaticFactor(process="melting", since=instant(2026, 3), what="fan", nm3_per_day=7.0)
    assert half_year(factors=[one, two]) == half_year(factors=[two, one])


def test_every_code_of_a_track_has_words_with_the_thing_and_the_cure() -> None:
    source = "".join(inspect.getsource(module) for module in (reduction, targets, tracking))
    assert set(re.findall(r'"(track\.\w+)"', source)) == set(WORDS)
    found = findings_of_track(half_year(output=None, intensities={2025: 82.0}))
    assert [finding.code for finding in found] == ["track.no_base_year", "track.no_plan"]
    assert found[0].key == "melting.2026"
    assert "2024" in found[0].problem
    assert findings_of_track(half_year()) == ()
