"""What people of a made plant declared for carbon: factors, fuel, invoices, certificates, lots, closings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256

from domain.carbon_book import Booked, Calibrated, CarbonBook, Closing, Declaration
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    BaseYearReason,
    Certificates,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
)
from domain.factors import USES
from domain.findings import Finding, Severity
from domain.periods import DAY_MS
from domain.plant import Carrier
from domain.registers import Reference
from domain.seals import Seal
from tests.dashboard.making.hours import NOW, PROCESSES, Hours, at, day_name

SUPPLIERS = (("Nanshan", 0.55), ("Mingtai", 0.30), ("Yunnan green", 0.15))
"""Supplier -> share of the metal bought."""
YIELD = 1.03
"""Metal bought for a tonne of product."""
_LEVEL = {2024: 14.64573, 2025: 13.265, 2026: 11.853}
"""tCO2e/t that the first supplier states."""
_RETIRED = {2024: date(2025, 2, 1), 2025: date(2026, 2, 1), 2026: date(2026, 9, 20)}
COVERED_UNTIL = at("2026-09-01")
TWICE = Finding(
    code="certificate.twice",
    key="GEC0000114700..GEC0000114899",
    problem="100 of these certificates were entered before",
    remedy="void the entry, or correct its ids",
    severity=Severity.WARNING,
    since=at("2026-07-01"),
    until=at("2026-09-01"),
)
_FUEL_T = {"diesel": 1.25, "gasoline": 0.31}
_STANDARD = "GB/T 32151.34-2024"
_MINISTRY = "ministry of ecology, emission factors of electricity"
_FACTORS: tuple[tuple[str, str, float, str, int | None, str, bool, float | None], ...] = (
    # id, use, value, source, year of the data, region, verified, uncertainty
    ("gbt32151.34-gas-ncv", "gas.ncv", 38.931, _STANDARD, None, "", True, 0.03),
    ("gbt32151.34-gas-carbon", "gas.carbon", 15.3, _STANDARD, None, "", True, 0.01),
    ("gbt32151.34-gas-oxidation", "gas.oxidation", 0.99, _STANDARD, None, "", True, None),
    ("ipcc2006-gas-ch4", "gas.ch4", 1.0, "IPCC 2006, volume 2", None, "", False, 0.5),
    ("ipcc2006-gas-n2o", "gas.n2o", 0.1, "IPCC 2006, volume 2", None, "", False, 0.5),
    ("ar6-gwp-ch4", "gwp.ch4", 27.0, "IPCC AR6", None, "", True, None),
    ("ar6-gwp-n2o", "gwp.n2o", 273.0, "IPCC AR6", None, "", True, None),
    ("gbt32151.34-diesel-ncv", "diesel.ncv", 42.652, _STANDARD, None, "", False, 0.01),
    ("gbt32151.34-diesel-carbon", "diesel.carbon", 20.2, _STANDARD, None, "", False, 0.01),
    ("gbt32151.34-diesel-oxidation", "diesel.oxidation", 0.98, _STANDARD, None, "", False, None),
    ("gbt32151.34-gasoline-ncv", "gasoline.ncv", 43.07, _STANDARD, None, "", False, 0.01),
    ("gbt32151.34-gasoline-carbon", "gasoline.carbon", 18.9, _STANDARD, None, "", False, 0.01),
    ("gbt32151.34-gasoline-oxidation", "gasoline.oxidation", 0.98, _STANDARD, None, "", False, None),
    ("grid-cn-gd-2022", "grid.location", 0.4403, _MINISTRY, 2022, "CN-GD", False, 0.05),
    ("grid-cn-gd-2023", "grid.location", 0.4419, _MINISTRY, 2023, "CN-GD", False, 0.05),
    ("grid-cn-residual-2023", "grid.residual", 0.6096, _MINISTRY, 2023, "CN", False, 0.05),
    ("iai-primary-2022", "aluminium.primary", 15.1, "IAI, world average", 2022, "", False, 0.1),
    ("iai-recycled-2022", "aluminium.recycled", 0.6, "IAI", 2022, "", False, 0.2),
)  # fmt: skip
_SINCE = {"grid-cn-gd-2023": date(2025, 1, 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month, whole."""

    name: str
    since: int
    until: int

    @property
    def year(self) -> int:
        return int(self.name[:4])


@cache
def months() -> tuple[Month, ...]:
    """Return the months from the first to the running one."""
    found = []
    for year in (2024, 2025, 2026):
        for month in range(1, 13):
            since, until = at(f"{year}-{month:02d}-01"), at(f"{year + month // 12}-{month % 12 + 1:02d}-01")
            if since < NOW:
                found.append(Month(name=f"{year}-{month:02d}", since=since, until=until))
    return tuple(found)


# what was entered


def _factors() -> Iterator[EmissionFactor]:
    for id_, use, value, source, year, region, is_verified, uncertainty in _FACTORS:
        yield EmissionFactor(
            id=id_, use=use, value=value, unit=USES[use], source=source, page="table C.1", year=year,
            region=region, valid_from=_SINCE.get(id_, date(2000, 1, 1)), is_verified=is_verified,
            uncertainty=uncertainty, reference=Reference.AT_0C if use == "gas.ncv" else None,
            file_sha256=sha256(source.encode()).hexdigest(), approver="Chen Wei",
        )  # fmt: skip


def _lot(month: Month, place: int, hours: Hours) -> AluminiumLot:
    supplier, share = SUPPLIERS[place]
    output = sum(float(hours.output[each][hours.span(month.since, month.until)].sum()) for each in PROCESSES)
    own = (_LEVEL[month.year], None, None)[place]
    shares = ((None, None, None), (0.93, 0.03, 0.04), (None, None, None))[place]
    return AluminiumLot(
        id=f"AL-{month.name}-{place + 1}",
        supplier=supplier,
        at=month.since + 3 * DAY_MS,
        mass_t=round(output * YIELD * share, 1),
        primary=shares[0],
        pre_consumer=shares[1],
        post_consumer=shares[2],
        factor_t_per_t=own,
        boundary="cradle-to-gate" if own else "",
        year=month.year - 1 if own else None,
        verifier="SGS" if own else "",
        document=f"PO-{month.name}-{place + 1}",
        source=f"lots-{month.year}.csv:{place + 2}",
    )


def _of_month(month: Month, hours: Hours) -> Iterator[Declaration]:
    span = hours.span(month.since, month.until)
    for fuel, mass in _FUEL_T.items():
        yield FuelUse(
            fuel=fuel, since=month.since, until=month.until, mass_t=mass, stated=1000.0 * mass,
            stated_unit="kg", what="forklifts" if fuel == "diesel" else "cars",
            document=f"F-{month.name}-{fuel}",
        )  # fmt: skip
    if month.until <= NOW:
        bought, gas = float(hours.imported[span].sum()), float(hours.gas["main"][span].sum())
        off = {"2026-05": 1.031, "2026-10": 0.966}.get(month.name, 1.004)
        yield Invoice(
            carrier=Carrier.GAS, since=month.since, until=month.until, quantity=round(gas / 0.9317755 * off),
            unit="m3", reference=Reference.AT_20C, number=f"G-{month.name}", supplier="Jiangmen Gas",
        )  # fmt: skip
        yield Invoice(
            carrier=Carrier.ELECTRICITY, since=month.since, until=month.until, quantity=round(bought * 0.998),
            unit="kWh", number=f"E-{month.name}", supplier="CSG",
        )  # fmt: skip
    yield from (_lot(month, place, hours) for place in range(len(SUPPLIERS)))


def _instruments() -> Iterator[Declaration]:
    first = 100_000
    for year in (2024, 2025, 2026):
        until = min(at(f"{year + 1}-01-01"), COVERED_UNTIL)
        count = 6_000 if year < 2026 else 2_800
        yield Certificates(
            first=f"GEC{first:010d}", last=f"GEC{first + count - 1:010d}", since=at(f"{year}-01-01"),
            until=until, technology="wind", project="Yangjiang Shapa", retired=_RETIRED[year],
            beneficiary="Jiangmen Coating", document=f"GEC-{year}",
        )  # fmt: skip
        first += count
    yield Certificates(
        first=f"GEC{first - 100:010d}", last=f"GEC{first + 99:010d}", since=at("2026-07-01"),
        until=at("2026-09-01"), technology="wind", retired=date(2026, 9, 21), beneficiary="Jiangmen Coating",
        document="GEC-2026-2",
    )  # fmt: skip
    yield GreenContract(
        id="GPC-2026-1", supplier="CSG", since=at("2026-03-01"), until=at("2026-09-01"), kwh=900_000.0,
        document="settlement 2026-1",
    )  # fmt: skip


def _base_years() -> Iterator[Declaration]:
    yield BaseYear(
        year=2023, scope_1_2_t=4180.0, scope_3_1_t=601_200.0, output=39_800.0, reason=BaseYearReason.FIRST,
        approver="Chen Wei", document="reduction plan 2023",
    )  # fmt: skip
    yield BaseYear(
        year=2024, scope_1_2_t=4284.0, scope_3_1_t=629_244.0, output=42_000.0, intensity_1_2=0.102,
        intensity_3_1=14.982, reason=BaseYearReason.STRUCTURAL, what="second sheet line taken over",
        approver="Chen Wei", document="reduction plan 2024, review of March 2025",
    )  # fmt: skip
    yield Explained(
        carrier=Carrier.GAS, since=at("2026-05-01"), until=at("2026-06-01"), against="invoices",
        reason="the supplier read its meter on 2 June",
    )  # fmt: skip


_KINDS = {
    EmissionFactor: "emission_factor",
    FuelUse: "fuel_use",
    Invoice: "invoice",
    Certificates: "certificates",
    GreenContract: "green_contract",
    AluminiumLot: "aluminium_lot",
    BaseYear: "base_year",
    Explained: "explained",
}
DECLARED = tuple(_KINDS.values())
FIRST_ENTRY = 101


def booked(hours: Hours) -> tuple[Booked, ...]:
    """Return the standing entries, numbered on from `FIRST_ENTRY`."""
    bodies: list[tuple[int, Declaration]] = [(at("2024-01-02"), each) for each in _factors()]
    bodies += [(at("2025-03-10"), each) for each in _base_years()]
    bodies += [(at("2026-09-21"), each) for each in _instruments()]
    bodies += [(month.since + 4 * DAY_MS, each) for month in months() for each in _of_month(month, hours)]
    return tuple(
        Booked(
            number=FIRST_ENTRY + place,
            at=min(when, NOW - 1),
            who="energy-agent" if isinstance(body, EmissionFactor) else "Li Na",
            why="shipped" if isinstance(body, EmissionFactor) else "entered by its document",
            kind=_KINDS[type(body)],
            body=body,
        )
        for place, (when, body) in enumerate(bodies)
    )


# closings and seals

_FIRST_CLOSING = 901
RESTATED = "2026-02"
_CLOSED_UNTIL = "2026-08"


def _closing(number: int, period: str, when: int, *, before: int | None = None) -> Closing:
    return Closing(
        number=number,
        at=when,
        who="Li Na",
        why="month end" if before is None else "a late invoice of diesel",
        approver="Chen Wei",
        period=period,
        is_restatement=before is not None,
        before=before,
        sha256=sha256(f"{period}/{number}".encode()).hexdigest(),
        known=number - 1,
        software="0.5.0",
    )


@cache
def closings() -> tuple[Closing, ...]:
    """Return 2024 and 2025 with their months, January to August of 2026, and one restatement."""
    found: list[Closing] = []
    for month in months():
        if month.name > _CLOSED_UNTIL:
            break
        found.append(_closing(_FIRST_CLOSING + len(found), month.name, month.until + 9 * DAY_MS))
        if month.name.endswith("-12"):
            year = _closing(_FIRST_CLOSING + len(found), month.name[:4], month.until + 20 * DAY_MS)
            found.append(year)
    before = next(each.number for each in found if each.period == RESTATED)
    number = _FIRST_CLOSING + len(found)
    return (*found, _closing(number, RESTATED, at("2026-09-25T10:00"), before=before))


@cache
def seals() -> tuple[Seal, ...]:
    """Return the last ten sealed days; yesterday is the newest."""
    found: list[Seal] = []
    root = sha256(b"begin").hexdigest()
    for back in range(10, 0, -1):
        day = day_name(NOW - back * DAY_MS)
        previous, root = root, sha256(f"{root}/{day}".encode()).hexdigest()
        found.append(
            Seal(
                day=day, sealed=NOW - (back - 1) * DAY_MS, readings=412_000 + back, points=96,
                first_entry=940, last_entry=939, root=root, previous=previous,
            )
        )  # fmt: skip
    return tuple(found)


CALIBRATIONS = (
    Calibrated(
        number=60, point="gas_main.volume_reference", at=at("2023-05-10"), valid_until=date(2025, 5, 9),
        certificate="JL-2023-0417",
    ),
    Calibrated(
        number=950, point="gas_main.volume_reference", at=at("2026-09-12"), valid_until=date(2028, 9, 11),
        certificate="JL-2026-0982",
    ),
)  # fmt: skip
"""Of the gas meter alone: out of date from May 2025 to September 2026."""


def carbon_book(hours: Hours) -> CarbonBook:
    """Return everything declared, newest last."""
    return CarbonBook(
        booked=booked(hours), closings=closings(), seals=seals(), findings=(TWICE,), calibrations=CALIBRATIONS
    )
