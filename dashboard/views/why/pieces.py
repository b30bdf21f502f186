"""What the pages behind figures share: meters with their amounts, grades, doubts, factors, ledger entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from dashboard.factors import factor_source, factor_value
from dashboard.numbers import INTENSITIES, MISSING, NBSP, OUTPUTS, Quantity
from dashboard.page import Asked
from dashboard.proof import doubts as short_doubts
from dashboard.said import SENTENCES, Sentence, of_code, thing
from dashboard.source import Source
from dashboard.views.figure import Figure
from dashboard.views.ledger import Row as LedgerRow
from dashboard.views.ledger import row_of
from dashboard.views.why.model import Choice, Fact, Meter
from domain.carbon import Factor
from domain.courses import Amount
from domain.flows import Flows
from domain.method import Method
from domain.plant import Carrier, MeterRole, Point
from domain.results import Evidence

_MOST_ENTRIES = 1000
_AMOUNTS = {
    "kWh": Quantity.ENERGY_KWH,
    "t": Quantity.OUTPUT_T,
    "m2": Quantity.OUTPUT_M2,
    "C": Quantity.TEMPERATURE,
}


def point_href(point: str, since: int, until: int) -> str:
    """Return where the readings of a point in a span are."""
    return f"/point/{quote(point)}?from={since}&to={until}"


def output_quantity(asked: Asked, process: str) -> Quantity:
    """Return how the output of a process is written."""
    return OUTPUTS[asked.plant.process(process).output_unit]


def ratio_quantity(asked: Asked, process: str) -> Quantity:
    """Return how the gas per output of a process is written."""
    return INTENSITIES[asked.plant.process(process).output_unit]


# meters


def points_of_process(asked: Asked, process: str) -> list[Point]:
    """Return the points that the figures of a process rest on: gas, output, variables of its model."""
    wanted = (Carrier.GAS, Carrier.PRODUCTION)
    own = [each for each in asked.plant.points if process in each.shares and each.carrier in wanted]
    moved = [
        each
        for each in asked.plant.points
        if each.variable is not None and (process in each.shares or not each.shares)
    ]
    return [*own, *(each for each in moved if each not in own)]


def meters(
    points: Iterable[Point], source: Source, asked: Asked, span: tuple[int, int], process: str | None = None
) -> tuple[Meter, ...]:
    """Return the meters with what they showed in a span, as far as it has passed."""
    since, until = span[0], min(span[1], asked.now)
    shown = list(points)
    found = source.amounts(tuple(point.id for point in shown), since=since, until=until)
    return tuple(
        _meter(point, amount, asked, (since, until), process)
        for point, amount in zip(shown, found, strict=True)
    )


def _meter(point: Point, found: Amount, asked: Asked, span: tuple[int, int], process: str | None) -> Meter:
    since, until = span
    amount, doubt = _amount(point, found, asked)
    share = point.shares.get(process) if process is not None else None
    return Meter(
        name=thing(point.id, asked),
        point=point.id,
        href=point_href(point.id, since, max(until, since + 1)),
        role=role_name(point, asked),
        amount=amount,
        share=asked.numbers.percent(share, 0) if share is not None else "",
        doubt=doubt,
    )


def _amount(point: Point, found: Amount, asked: Asked) -> tuple[str, str]:
    """Return what a counter showed, and why that may be too little."""
    words = asked.words
    if not point.is_counter:
        return MISSING, words("a signal, not a counter: look at its windows")
    if found.is_pending:
        return MISSING, words("being computed: the agent has just started")
    if found.amount is None:
        return MISSING, words("nothing is known of this span")
    missing = found.missing
    doubt = words.plural("%(num)s window without an amount", "%(num)s windows without an amount", missing)
    return amount_text(found.amount, found.unit, asked), doubt if missing else ""


def amount_text(amount: float | None, unit: str, asked: Asked) -> str:
    """Return an amount in a unit of the domain."""
    if unit == "Nm3":
        return asked.numbers.quantity(amount, Quantity.GAS)
    if unit in _AMOUNTS:
        return asked.numbers.quantity(amount, _AMOUNTS[unit])
    text = asked.numbers.number(amount, 1)
    return text if text == MISSING else f"{text}{NBSP}{unit}"


def role_name(point: Point, asked: Asked) -> str:
    """Return what a point is for."""
    words = asked.words
    if point.carrier is Carrier.PRODUCTION:
        return words("output counter")
    if point.variable is not None:
        return words("variable of the model")
    if point.carrier is Carrier.PV:
        return words("generation")
    if point.carrier is Carrier.HEAT:
        return words("recovered heat")
    if point.carrier is None:
        return words("beside the balance")
    return {
        MeterRole.MAIN: words("main meter"),
        MeterRole.EXPORT: words("export meter"),
        MeterRole.SUB: words("sub-meter"),
    }[point.role]


def points_of(ids: Iterable[str], asked: Asked) -> list[Point]:
    """Return the points of some ids that the plant still has."""
    known = {point.id: point for point in asked.plant.points}
    return [known[each] for each in dict.fromkeys(ids) if each in known]


# evidence


def grades(evidence: Evidence, asked: Asked) -> tuple[Fact, ...]:
    """Return the share of each grade, and the coverage."""
    words, numbers = asked.words, asked.numbers
    names = {
        "measured": words("measured"),
        "bridged": words("bridged"),
        "estimated": words("estimated"),
        "manual": words("typed in"),
        "restated": words("restated"),
    }
    found = [
        Fact(name=names.get(grade, grade), value=Figure(numbers.percent(share)))
        for grade, share in evidence.shares.items()
    ]
    coverage = Fact(
        name=words("coverage of the time"),
        value=Figure(numbers.percent(evidence.coverage)),
        note=words("below %(least)s a figure is provisional", least=numbers.percent(0.9, 0)),
    )
    return (*found, coverage)


def doubts(codes: Iterable[str], key: str, asked: Asked) -> tuple[Sentence, ...]:
    """Return what each code says about a figure, each once, and the cure; no `key`: a sum of many things."""
    found = []
    for code in dict.fromkeys(codes):
        if key and code in SENTENCES:
            said = of_code(code, key, asked)
            if said.text != code:
                found.append(said)
                continue
        found.append(Sentence(text=short_doubts([code], asked)[0], remedy=""))
    return tuple(found)


# method and ledger


def gas_choices(method: Method, factors: Sequence[Factor], asked: Asked) -> tuple[Choice, ...]:
    """Return how gas becomes energy and carbon."""
    words, numbers, gas = asked.words, asked.numbers, method.gas
    standard = words("plant file; default GB/T 32151.34-2024, table C.1")
    supplier = words("plant file; the supplier's statement in the ledger wins for its month")
    return (
        Choice(
            name=words("reference conditions of Nm³"),
            value=words("0 °C, 101.325 kPa"),
            source=words("fixed"),
        ),
        Choice(
            name=words("net calorific value"),
            value=f"{numbers.number(gas.ncv_mj_per_nm3, 3)}{NBSP}MJ/Nm³",
            source=supplier,
        ),
        Choice(
            name=words("carbon content"),
            value=f"{numbers.number(gas.carbon_t_per_tj, 2)}{NBSP}tC/TJ",
            source=standard,
        ),
        Choice(name=words("oxidation"), value=numbers.percent(gas.oxidation, 0), source=standard),
        *factor_choices(factors, asked),
    )


def factors_of(flows: Flows, carrier: Carrier | None = None) -> list[Factor]:
    """Return the emission factors of a carrier, or of all, as flows used them."""
    used = [each.emission for each in flows.sums if carrier in (None, each.carrier)]
    return [each for each in used if each is not None]


def factor_choices(factors: Iterable[Factor], asked: Asked) -> Iterator[Choice]:
    """Give emission factors with their source."""
    names = {"gas": asked.words("emission factor of gas"), "grid": asked.words("emission factor of the grid")}
    for each in factors:
        yield Choice(
            name=names.get(each.id, each.id),
            value=factor_value(each),
            source=factor_source(each, asked),
            is_verified=each.is_verified,
        )


def entries(source: Source, asked: Asked, subjects: Iterable[str]) -> tuple[LedgerRow, ...]:
    """Return what people declared about some things, newest first."""
    wanted = set(subjects)
    found = source.entries(limit=_MOST_ENTRIES)
    return tuple(row_of(entry, asked) for entry in found if entry.subject in wanted)
