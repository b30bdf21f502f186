"""What is said about meters and their readings."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.sentences import Telling, Values
from dashboard.words import Words


def _stuck_gauge(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has shown one and the same value for %(standing_h)s.", **v),
        words("Look at the sensor and its transmitter."),
    )


def _stuck_counter(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s counted nothing in %(standing_h)s in which it must move.", **v),
        words("Compare it with the display of the meter; look at its pulse input or its converter."),
    )


def _gap(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s gave no good reading for %(unseen_h)s.", **v),
        words("Look at the power, the cable and the gateway of the device."),
    )


def _silent(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has given no good reading for %(silent_min)s.", **v),
        words("Look at its power, its cable and its gateway; “energy-agent read” says what it answers."),
    )


def _reset(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "%(thing)s fell, or rose faster than it can, and no meter event explains it: its consumption is "
            "held back.",
            **v,
        ),
        words("Declare the exchange with its instant, the last index before and the first one after it."),
    )


def _unfit(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "The declared meter event of %(thing)s does not fit the readings around it: the consumption is "
            "held back.",
            **v,
        ),
        words(
            "Correct the event: the old meter's last index is no less than the last reading before it, "
            "the new one's first index no more than the first reading after it."
        ),
    )


def _wraps(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "Nobody knows how often %(thing)s started again from 0 between two readings: its consumption is "
            "held back.",
            **v,
        ),
        words("Declare what was read off the meter in that time; read it more often than it can go round."),
    )


def _exchange(words: Words, v: Values) -> tuple[str, str]:
    return words("A declared meter event of %(thing)s was counted through.", **v), ""


def _wrap(words: Words, v: Values) -> tuple[str, str]:
    return words("%(thing)s started again from 0 and was counted through.", **v), ""


def _bad(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Readings of %(thing)s without a value were bridged.", **v),
        words("If it goes on, look at the wiring and the timeout of the device."),
    )


def _conflict(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has two different values for one instant; neither is used.", **v),
        words("Find the second source that writes to it: a doubled gateway or a repeated import."),
    )


def _spike(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s showed a physically impossible reading; it was left out.", **v),
        words("If it comes again, look at the wiring, the word order and the restarts of the meter."),
    )


def _doubtful(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The instants of readings of %(thing)s are doubtful: the clock was set or not yet right.", **v),
        words("See that the gateway keeps its clock by NTP, also before the agent starts."),
    )


def _estimated(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The consumption of %(thing)s is estimated for %(estimated_days)s without a break.", **v),
        words("Restore its readings, or declare indices that were read off the meter."),
    )


def _calibration(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("The calibration of %(thing)s was valid until %(valid_until)s.", **v),
        words("Have the meter calibrated and declare it with its certificate."),
    )


def _no_maximum(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s has no rated maximum: a jump upwards passes for consumption.", **v),
        words("State rated_max_per_hour of the point in the plant file."),
    )


def _gap_in_figure(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("Readings of %(thing)s were missing for a while; the total of a counter is exact.", **v),
        words("Look at the power, the cable and the gateway of the device."),
    )


def _reset_in_figure(words: Words, v: Values) -> tuple[str, str]:
    return (
        words(
            "A counter of %(thing)s was reset and nobody declared why: its consumption is held back.",
            **v,
        ),
        words("Declare the exchange with its instant, the last index before and the first one after it."),
    )


def _stuck_in_figure(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("A signal of %(thing)s stood still that always moves.", **v),
        words("Look at the sensor and its transmitter."),
    )


def _open(words: Words, v: Values) -> tuple[str, str]:
    return words("%(thing)s: the time is not over, or readings do not reach its end yet.", **v), ""


def _integrated(words: Words, v: Values) -> tuple[str, str]:
    return words("%(thing)s is added up from power or flow: what passed in gaps is missing.", **v), ""


def _no_conditions(words: Words, v: Values) -> tuple[str, str]:
    return (
        words("%(thing)s is a gas volume without its temperature or pressure: it is not counted.", **v),
        words("See that temperature and pressure of the gas are read."),
    )


def _balance(words: Words, v: Values) -> tuple[str, str]:
    if v["share_percent"].startswith("−"):
        return (
            words(
                "%(thing)s: the sub-meters show %(share_size)s more than the main meter.",
                **v,
            ),
            words(
                "Look for a main meter that fails; compare multipliers, reference conditions and roles "
                "of the meters."
            ),
        )
    return (
        words("%(thing)s: %(share_size)s of the main meter is on no sub-meter.", **v),
        words("Look for a sub-meter that fails, a consumer without a meter, or a leak."),
    )


SENTENCES: Mapping[str, Telling] = {
    "data.silent": _silent,
    "data.balance": _balance,
    "data.gap": _gap_in_figure,
    "data.bad": _bad,
    "data.wrap": _wrap,
    "data.reset": _reset_in_figure,
    "data.exchange": _exchange,
    "data.conflict": _conflict,
    "data.stuck": _stuck_in_figure,
    "data.spike": _spike,
    "data.doubtful": _doubtful,
    "data.open": _open,
    "data.integrated": _integrated,
    "data.no_conditions": _no_conditions,
    "data.wraps_unknown": _wraps,
    "clock.doubtful": _doubtful,
    "counter.stuck": _stuck_counter,
    "counter.no_rated_maximum": _no_maximum,
    "gauge.stuck": _stuck_gauge,
    **{
        f"{room}.{name}": telling
        for room in ("counter", "gauge")
        for name, telling in (
            ("gap", _gap),
            ("reset_undeclared", _reset),
            ("event_unfit", _unfit),
            ("wraps_unknown", _wraps),
            ("exchange", _exchange),
            ("wrap", _wrap),
            ("bad_readings", _bad),
            ("conflict", _conflict),
            ("spike", _spike),
            ("prolonged_estimation", _estimated),
            ("calibration_expired", _calibration),
        )
    },
}
