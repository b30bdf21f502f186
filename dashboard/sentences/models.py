"""What is said about drift, baselines and intensity."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.sentences import Telling, Values
from dashboard.words import Words


def _up(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: gas for the same work is up by %(shift_size)s.", **v),
        words(
            "Look first at what moved with it; check burner, air-fuel ratio, oven seals, product mix and the "
            "meter. Close the alert with its cause, as the new normal if it is to stay."
        ),
    )


def _down(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: gas for the same work is down by %(shift_size)s.", **v),
        words(
            "Nothing to repair: the lower level is the new normal. Record what brought it, and check the "
            "meter if nobody knows."
        ),
    )


def _odd_row(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: one row lies far out, gas %(shift_percent)s against expectation.", **v),
        words("See what was special; a single row is no drift."),
    )


def _thin(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The baseline of %(thing)s rests on too few rows to tell a drift from chance.", **v),
        words("Fit a baseline to a longer period or a finer interval."),
    )


def _unwatched(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Drift of gas of %(thing)s is not watched: no usable baseline is approved.", **v),
        words("Fit a baseline that passes its gates, and approve it."),
    )


def _season(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s: %(share_size)s of the scatter about the baseline wanders over weeks; drifts are "
            "found later.",
            **v,
        ),
        words("Take what moves with the seasons, such as ambient temperature, into the baseline."),
    )


def _outside(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s: %(rows)s rows lie outside the range of the baseline and are not watched.", **v),
        words("Fit a baseline to a period that covers such rows."),
    )


def _chance(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The model of %(thing)s explains no more than chance would.", **v),
        words("Take another period, another interval or other variables."),
    )


def _weak_driver(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The model of %(thing)s has a variable that is not surely linked to the gas.", **v),
        words("Leave that variable out of the model and fit again."),
    )


def _no_driver(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No variable in the model of %(thing)s is surely linked to the gas.", **v),
        words("Check that gas and output belong to the same process and times, or name other variables."),
    )


def _r_squared(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The model of %(thing)s explains too little of how the gas varies.", **v),
        words("Add the variable that moves the gas, or use weekly or monthly rows."),
    )


def _coverage(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Too little of the baseline period of %(thing)s was observed.", **v),
        words("Fill the gaps, or take another period."),
    )


def _few(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The baseline period of %(thing)s has too few rows with output.", **v),
        words("Take a longer period or a finer interval."),
    )


def _dependent(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The residuals of %(thing)s follow each other: its rows count as too few.", **v),
        words("Take a longer period, or add the variable that drifts with the gas."),
    )


def _negative_base(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The model of %(thing)s expects less than no gas without output: %(base_nm3)s.", **v),
        words("Do not read the base as base load; check the gas at low output, or add a variable."),
    )


def _negative_slope(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The model of %(thing)s expects less gas for more output.", **v),
        words("Check the shares of the gas meters and the output of the process."),
    )


def _no_output_rows(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No row of the period of %(thing)s has output, known gas and 90 %% coverage.", **v),
        words("Enter the production of the period, or choose another period."),
    )


def _unknown_variable(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("A variable of the model of %(thing)s was never known in the period.", **v),
        words("Check the points that measure it, or leave it out of the model."),
    )


def _collinear(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Variables of the model of %(thing)s do not vary apart from each other.", **v),
        words("Leave one of them out of the model."),
    )


def _no_readings(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("There is no reading for a baseline of %(thing)s yet.", **v),
        words("Let the agent collect a baseline period, or import one."),
    )


def _other_model(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s was fitted to another model than the plant file has now.", **v),
        words("Fit and approve a baseline for the model of the plant file, or restore that model."),
    )


def _out_of_range(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s: %(mean)s on average, far from %(low)s to %(high)s in the baseline period.",
            **v,
        ),
        words("Read the normalised figures with care; fit a baseline to a period with such values."),
    )


def _no_standing(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s: %(standing_rows)s rows without output are left out: the baseline period had none.",
            **v,
        ),
        words("Fit a baseline to a period in which the process also stood."),
    )


def _none(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("No baseline of %(thing)s is approved: nothing is expected, no saving is known.", **v),
        words("Fit a baseline that passes its gates, and approve it."),
    )


def _not_comparable(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "The approved baseline says nothing of %(thing)s here: another model, or unknown variables.", **v
        ),
        words("Fit and approve a baseline for the model of the plant file, or restore that model."),
    )


def _partial_baseline(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The baseline says nothing of some hours of %(thing)s: expected gas is of the others.", **v),
        words("Fill the gaps in gas, production and variables."),
    )


def _no_output(words: Words, v: Values) -> tuple[str, str]:
    return words("%(thing)s made no output in that time: there is no ratio.", **v), ""


def _partial(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Gas of some hours of %(thing)s has no known output: the ratio is of the others.", **v),
        words("Enter the production of the missing hours."),
    )


SENTENCES: Mapping[str, Telling] = {
    "drift.up": _up,
    "drift.down": _down,
    "drift.spike": _odd_row,
    "drift.too_few_rows": _thin,
    "drift.no_baseline": _unwatched,
    "drift.season": _season,
    "drift.outside_baseline": _outside,
    "baseline.f_test": _chance,
    "baseline.driver_p": _weak_driver,
    "baseline.no_strong_driver": _no_driver,
    "baseline.r_squared": _r_squared,
    "baseline.coverage": _coverage,
    "baseline.too_few_rows": _few,
    "baseline.dependent_rows": _dependent,
    "baseline.negative_base": _negative_base,
    "baseline.negative_slope": _negative_slope,
    "baseline.no_output": _no_output_rows,
    "baseline.unknown_variable": _unknown_variable,
    "baseline.collinear": _collinear,
    "baseline.no_readings": _no_readings,
    "baseline.other_model": _other_model,
    "baseline.out_of_range": _out_of_range,
    "baseline.no_standing": _no_standing,
    "baseline.none": _none,
    "baseline.not_comparable": _not_comparable,
    "baseline.partial": _partial_baseline,
    "intensity.no_output": _no_output,
    "intensity.partial": _partial,
}
