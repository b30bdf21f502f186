"""What people of a simulated plant declared for carbon: invoices, certificates, aluminium; and faults in it.

Everything follows from the months and a seed. Suppliers and numbers of documents are invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil

import numpy as np

from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    BaseYearReason,
    Certificates,
    EmissionFactor,
    Explained,
    FuelUse,
    Invoice,
    ScrapMethod,
)
from domain.factors import USES
from domain.plant import Carrier
from domain.registers import Reference
from simulators.carbon_months import TrueMonth

BENEFICIARY = "江门涂装厂"
_SOURCE = "demo: planted"
_FUEL_T = {"diesel": 44.0 / 12, "gasoline": 20.0 / 12, "lpg": 8.3 / 12}
"""A month, in the base year."""
_FUEL_WHAT = {"diesel": "forklifts", "gasoline": "cars", "lpg": "canteen"}
_FUEL_FALL = {"diesel": 0.12, "gasoline": 0.08, "lpg": 0.0}
"""A year: forklifts and cars become electric."""
_MASS_PER_OUTPUT = {2024: 1.0585, 2025: 1.050, 2026: 1.045}
REMELTING, GREEN_PRIMARY = 0.6, 5.4
"""tCO2e/t, of the demo's own factors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Supplier:
    name: str
    share: float
    primary: tuple[float, float, float] | None = None
    """Share of primary metal in 2024, 2025, 2026; the rest is scrap."""
    pre_consumer: float = 0.0
    green: tuple[float, float, float] = (0.0, 0.0, 0.0)
    factor: tuple[float, float, float] | None = None


_SUPPLIERS = (
    _Supplier(name="Lingnan Aluminium", share=0.30),
    _Supplier(name="Pearl River Rolling", share=0.22, primary=(0.92, 0.92, 0.92), pre_consumer=0.05),
    _Supplier(name="Xijiang Metals", share=0.20, factor=(14.3, 14.3, 13.4)),
    _Supplier(name="Yunnan Hydro Smelter", share=0.15, primary=(1.0, 1.0, 1.0), green=(0.12, 0.20, 0.28)),
    _Supplier(name="Foshan Remelt", share=0.08, primary=(0.65, 0.60, 0.55)),
    _Supplier(name="Nanhai Coil", share=0.05, factor=(12.9, 12.9, 12.9)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedEntry:
    """One declaration."""

    body: EmissionFactor | FuelUse | Invoice | Certificates | AluminiumLot | BaseYear | Explained
    is_late: bool = False
    """It came when its month was closed."""


def carbon_entries(months: Sequence[TrueMonth], *, seed: int) -> tuple[PlantedEntry, ...]:
    """Return what was declared about the months, in the order of recording, the late ones last."""
    random = np.random.default_rng([seed, 14064])
    found = [*_factors(), *_base_years()]
    for month in months:
        found += [*_fuels(month, random), *_invoices(month, random), *_lots(month, random)]
    found += _certificates(months)
    found += _explanations(months)
    return tuple(sorted(found, key=lambda each: each.is_late))


def _factors() -> Iterator[PlantedEntry]:
    for use, value in (("aluminium.recycled", REMELTING), ("aluminium.primary_green", GREEN_PRIMARY)):
        body = EmissionFactor(
            id=f"demo-{use.replace('.', '-').replace('_', '-')}",
            use=use,
            value=value,
            unit=USES[use],
            year=2024,
            valid_from=date(2024, 1, 1),
            source=_SOURCE,
            approver="demo",
            uncertainty=0.1,
        )
        yield PlantedEntry(body=body)


def _base_years() -> Iterator[PlantedEntry]:
    """Give the move of the plan's base year; of 2023 the plan states no figure."""
    document = "greenhouse-gas reduction plan, reviewed in March 2025"
    yield PlantedEntry(
        body=BaseYear(year=2023, reason=BaseYearReason.FIRST, approver="demo", document=document)
    )
    yield PlantedEntry(
        body=BaseYear(
            year=2024,
            intensity_1_2=0.102,
            intensity_3_1=14.982,
            reason=BaseYearReason.METHOD,
            what="the plan takes 2024, the first year with all electricity green, in the place of 2023",
            approver="demo",
            document=document,
        )
    )


def _year_of(month: TrueMonth) -> int:
    return int(month.name[:4])


def _since_2024(month: TrueMonth) -> int:
    return min(max(_year_of(month) - 2024, 0), 2)


def _fuels(month: TrueMonth, random: np.random.Generator) -> Iterator[PlantedEntry]:
    """Give one invoice a fuel and month; the diesel of two months came when they were closed."""
    for fuel, mass in _FUEL_T.items():
        level = (1.0 - _FUEL_FALL[fuel]) ** (_year_of(month) - 2024)
        tonnes = round(mass * level * float(random.uniform(0.85, 1.15)), 3)
        yield PlantedEntry(
            body=FuelUse(
                fuel=fuel,
                since=month.since,
                until=month.until,
                mass_t=tonnes,
                stated=tonnes,
                stated_unit="t",
                what=_FUEL_WHAT[fuel],
                document=f"{fuel[:3].upper()}-{month.name}",
            ),
            is_late=fuel == "diesel" and month.name in LATE,
        )


LATE = ("2025-03", "2025-11")
"""Months whose diesel came late: the first was restated, the second waits for it."""
RESTATED = LATE[0]
OFF = {"2025-06": 1.031, "2026-05": 1.041}
"""Months whose gas invoice is off; the first is explained."""


def _invoices(month: TrueMonth, random: np.random.Generator) -> Iterator[PlantedEntry]:
    """Give what gas and electricity were billed, near to what passed; gas at 20 C."""
    for carrier, amount in ((Carrier.GAS, month.gas_m3), (Carrier.ELECTRICITY, month.bought_kwh)):
        is_gas = carrier is Carrier.GAS
        off = OFF.get(month.name, 1.0) if is_gas else 1.0
        billed = round(amount * off * float(random.uniform(0.997, 1.003)))
        yield PlantedEntry(
            body=Invoice(
                carrier=carrier,
                since=month.since,
                until=month.until,
                quantity=float(billed),
                unit="m3" if is_gas else "kWh",
                reference=Reference.AT_20C if is_gas else None,
                number=f"{'G' if is_gas else 'E'}-{month.name}",
                supplier="demo utility",
            )
        )


def _lots(month: TrueMonth, random: np.random.Generator) -> Iterator[PlantedEntry]:
    """Give one lot a supplier and month."""
    place, at = _since_2024(month), (month.since + month.until) // 2
    bought = month.output_t * _MASS_PER_OUTPUT[min(max(_year_of(month), 2024), 2026)]
    for number, each in enumerate(_SUPPLIERS, start=1):
        mass = round(bought * each.share * float(random.uniform(0.98, 1.02)), 1)
        if mass <= 0.0:
            continue
        primary = None if each.primary is None else each.primary[place]
        yield PlantedEntry(
            body=AluminiumLot(
                id=f"AL-{month.name}-{number}",
                supplier=each.name,
                at=at,
                mass_t=mass,
                primary=primary,
                pre_consumer=None if primary is None else each.pre_consumer,
                post_consumer=None if primary is None else round(1.0 - primary - each.pre_consumer, 6),
                green_power=each.green[place],
                scrap_method=ScrapMethod.CO_PRODUCT if each.pre_consumer else ScrapMethod.CUT_OFF,
                factor_t_per_t=None if each.factor is None else each.factor[place],
                boundary="cradle-to-gate" if each.factor is not None else "",
                year=_year_of(month) - 1 if each.factor is not None else None,
                verifier="demo verifier" if each.factor is not None else "",
                document=f"declaration {month.name}-{number}",
            )
        )


def _certificates(months: Sequence[TrueMonth]) -> Iterator[PlantedEntry]:
    """Give certificates for all electricity of each quarter that is over, some of the last one twice."""
    quarters: dict[str, list[TrueMonth]] = {}
    for month in months:
        quarter = (int(month.name[5:]) + 2) // 3
        quarters.setdefault(f"{month.name[:4]}Q{quarter}", []).append(month)
    over = {name: of for name, of in quarters.items() if int(of[-1].name[5:]) % 3 == 0}
    first = 440_000_001
    for name, of in over.items():
        count = ceil(sum(month.bought_kwh for month in of) / 1000.0)
        made = Certificates(
            first=f"GEC-{first}",
            last=f"GEC-{first + count - 1}",
            since=of[0].since,
            until=of[-1].until,
            technology="wind",
            project="demo wind farm",
            retired=_day_after(of[-1].until),
            beneficiary=BENEFICIARY,
            document=f"retirement {name}",
        )
        yield PlantedEntry(body=made)
        if name == list(over)[-1]:
            again = Certificates(
                first=f"GEC-{first + count - 50}",
                last=made.last,
                since=of[0].since,
                until=of[-1].until,
                technology="wind",
                project="demo wind farm",
                retired=made.retired,
                beneficiary=BENEFICIARY,
                document=f"retirement {name}, sent again",
            )
            yield PlantedEntry(body=again)
        first += count


def _day_after(until: int) -> date:
    """Return a day some two weeks after an instant, while the year lasts: certificates are retired then."""
    return datetime.fromtimestamp(until / 1000 + 15 * 86_400, UTC).date()


def _explanations(months: Sequence[TrueMonth]) -> Iterator[PlantedEntry]:
    for month in months:
        if month.name == next(iter(OFF)):
            yield PlantedEntry(
                body=Explained(
                    carrier=Carrier.GAS,
                    since=month.since,
                    until=month.until,
                    against="invoices",
                    reason="read on 2 July instead of 30 June; the next invoice makes up for it",
                )
            )
