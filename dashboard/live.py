"""This moment in words: header and carrier tiles, for the first page and for every live update alike."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.numbers import MISSING, NBSP, Quantity
from dashboard.page import Asked
from dashboard.reasons import told
from dashboard.resting import all_rests
from domain.now import CarrierNow, Freshness, Now
from domain.plant import Carrier

CARRIERS = (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT)
_LARGE = 0.03
"""A tile's difference from what was expected stands out from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One carrier at this moment, as it is written."""

    carrier: Carrier
    name: str
    value: str
    unit: str
    note: str
    """Expectation and difference, or share of use; why the value is not to be believed when it is stale."""
    mark: str
    """The difference, which ends the note; it stands out in state `high`. Empty without."""
    age: str
    state: str
    """good, stale, ahead, waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands at the top of every page."""

    state: str
    """live, behind (something does not arrive), waiting (no reading yet)."""
    text: str
    """`Live 14:32:09`."""
    meters: str
    """`46/48 meters online`."""
    alerts: str
    """How many wait; empty for none."""
    reasons: tuple[str, ...]
    """Why readings or figures do not arrive, in the reader's language."""
    others: tuple[str, ...]
    """Those that are known in English only."""


def header(now: Now, asked: Asked) -> Header:
    """Return the header of this moment."""
    words, numbers = asked.words, asked.numbers
    fresh = sum(device.freshness is Freshness.GOOD for device in now.devices)
    has_readings = any(device.last_good_at is not None for device in now.devices)
    state = "waiting" if not has_readings else "behind" if now.reasons else "live"
    text = {
        "live": words("Live %(time)s", time=numbers.clock_s(now.at)),
        "behind": words("Behind, %(time)s", time=numbers.clock_s(now.at)),
        "waiting": words("Waiting for the first reading"),
    }[state]
    reasons, others = told(now.reasons, words)
    return Header(
        state=state,
        text=text,
        meters=words("%(fresh)s/%(all)s meters online", fresh=fresh, all=len(now.devices)),
        alerts=str(now.open_alerts) if now.open_alerts else "",
        reasons=reasons,
        others=others,
    )


def carrier_name(carrier: Carrier, asked: Asked) -> str:
    """Return what a carrier is called on every page."""
    words = asked.words
    return {
        Carrier.GAS: words("Natural gas"),
        Carrier.ELECTRICITY: words("Electricity"),
        Carrier.PV: words("Solar power"),
        Carrier.HEAT: words("Recovered heat"),
        Carrier.PRODUCTION: words("Output"),
    }[carrier]


def tiles(now: Now, asked: Asked) -> tuple[Tile, ...]:
    """Return a tile for each carrier of the plant, in the order of CARRIERS."""
    known = {each.carrier: each for each in now.carriers}
    return tuple(_tile(known[carrier], now, asked) for carrier in CARRIERS if carrier in known)


def _tile(carrier: CarrierNow, now: Now, asked: Asked) -> Tile:
    quantity = Quantity.GAS_RATE if carrier.carrier is Carrier.GAS else Quantity.POWER
    note, mark = _note(carrier, now, asked)
    return Tile(
        carrier=carrier.carrier,
        name=carrier_name(carrier.carrier, asked),
        value=asked.numbers.value(carrier.rate, quantity),
        unit=quantity.unit,
        note=note,
        mark=mark,
        age=asked.numbers.age(now.at - carrier.at) if carrier.at is not None else MISSING,
        state=carrier.freshness.value,
    )


def _note(carrier: CarrierNow, now: Now, asked: Asked) -> tuple[str, str]:
    words, numbers = asked.words, asked.numbers
    if carrier.freshness is Freshness.WAITING:
        return words("No reading yet"), ""
    if carrier.freshness is Freshness.STALE and carrier.at is not None:
        values = {
            "age": numbers.age(now.at - carrier.at),
            "meter": asked.name_of(carrier.stale[0].partition(".")[0]) if carrier.stale else "",
            "time": numbers.clock(carrier.at),
        }
        return words("No data for %(age)s · %(meter)s, last reading %(time)s", **values), ""
    if carrier.freshness is Freshness.AHEAD:
        return words("Ahead of time: check the clocks"), ""
    if carrier.carrier is Carrier.GAS and now.standing and len(now.standing) == len(asked.plant.processes):
        return words("Lines idle"), ""
    if carrier.carrier is Carrier.PV and carrier.facts:
        parts = {
            "sufficiency": numbers.percent(carrier.facts.get("self_sufficiency"), 0),
            "consumption": numbers.percent(carrier.facts.get("self_consumption_rate"), 0),
        }
        return words("%(sufficiency)s of use · %(consumption)s used here", **parts), ""
    if carrier.expected is None or carrier.compared is None or carrier.expected <= 0:
        return words("Nothing to compare with yet"), ""
    share = carrier.compared / carrier.expected - 1.0
    quantity = Quantity.GAS_RATE if carrier.carrier is Carrier.GAS else Quantity.POWER
    expected = numbers.value(carrier.expected, quantity)
    if carrier.basis == "model":
        compared = numbers.value(carrier.compared, quantity)
        said = words("Lines this hour %(actual)s, model %(expected)s", actual=compared, expected=expected)
    else:
        said = words("Usual at this hour %(expected)s", expected=expected)
    return f"{said}{NBSP}·", asked.numbers.percent(share, sign=True)


def stands_out(carrier: CarrierNow) -> bool:
    """Say whether a carrier's difference from what was expected is to be seen at once."""
    if carrier.expected is None or carrier.compared is None or carrier.expected <= 0:
        return False
    return carrier.freshness is Freshness.GOOD and abs(carrier.compared / carrier.expected - 1.0) >= _LARGE


def live_texts(now: Now, asked: Asked) -> tuple[dict[str, str], dict[str, str]]:
    """Return (text by `data-live` key, state by `data-state-of` key) of this moment."""
    top = header(now, asked)
    texts = {"header.text": top.text, "header.meters": top.meters, "header.alerts": top.alerts}
    texts["header.reasons"] = " · ".join(top.reasons)
    texts["header.reasons.english"] = " · ".join(top.others)
    states = {"header": top.state}
    for tile, carrier in zip(tiles(now, asked), _ordered(now), strict=True):
        key = f"tile.{tile.carrier}"
        texts |= {f"{key}.value": tile.value, f"{key}.note": tile.note, f"{key}.mark": tile.mark}
        texts[f"{key}.age"] = tile.age
        states[key] = "high" if tile.state == "good" and stands_out(carrier) else tile.state
    for device in now.devices:
        states[f"device.{device.device}"] = device.freshness.value
        age = asked.numbers.age(now.at - device.last_good_at) if device.last_good_at is not None else MISSING
        texts[f"device.{device.device}.age"] = age
    for mark in all_rests(now, asked).values():
        texts[mark.key], states[mark.key] = mark.text, mark.state
    return texts, states


def _ordered(now: Now) -> list[CarrierNow]:
    known = {each.carrier: each for each in now.carriers}
    return [known[carrier] for carrier in CARRIERS if carrier in known]
