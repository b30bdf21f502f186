"""Tables for carbon, for tests: one row of each kind, and bodies written back as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from config.carbon_columns import KINDS
from config.carbon_tables import CarbonRules, ParsedCarbon, parse_table
from domain.carbon_book import Declaration
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
from domain.periods import PlantCalendar, WorkingCalendar
from domain.plant import Carrier
from domain.registers import Reference

NOW = 1_775_000_000_000
"""2026-04-01 07:33 in Shanghai."""
MARCH_1 = 1_772_294_400_000
"""2026-03-01 00:00 in Shanghai."""
CALENDAR = PlantCalendar(ZoneInfo("Asia/Shanghai"), (WorkingCalendar(),))
RULES = CarbonRules(calendar=CALENDAR, now=NOW)


DAY = 86_400_000
FEBRUARY = MARCH_1 - 28 * DAY
JANUARY = FEBRUARY - 31 * DAY

EXAMPLES: dict[str, Declaration] = {
    "emission_factor": EmissionFactor(
        id="grid.cn-gd.2023", use="grid.location", value=0.4419, unit="kgCO2/kWh", region="CN-GD", year=2023,
        valid_from=date(2023, 1, 1), source="annex of the ministry 2025-12", page="table 2",
        approver="Wang Li", uncertainty=0.05,
    ),
    "fuel_use": FuelUse(
        fuel="diesel", since=FEBRUARY, until=MARCH_1,
        mass_t=1.008, stated=1200.0, stated_unit="L", density_kg_per_l=0.84,
        what="forklifts", document="INV-2026-0211",
    ),
    "invoice": Invoice(
        carrier=Carrier.GAS, since=FEBRUARY, until=MARCH_1,
        quantity=182340.0, unit="m3", reference=Reference.AT_20C,
        number="GAS-2026-02", supplier="Jiangmen Gas",
    ),
    "certificates": Certificates(
        first="GEC-26-000101", last="GEC-26-000220", since=JANUARY, until=FEBRUARY,
        technology="wind",
        project="Yangjiang offshore 2", retired=date(2026, 3, 10), beneficiary="the works",
        document="GEC account 2026-03",
    ),
    "green_contract": GreenContract(
        id="GP-7/2026-01", supplier="Guangdong Power Exchange", since=JANUARY, until=FEBRUARY,
        kwh=350_000.0,
        document="settlement 2026-01",
    ),
    "aluminium_lot": AluminiumLot(
        id="2026-0117", supplier="Nanshan", at=MARCH_1 - 12 * DAY, mass_t=24.6, primary=0.75,
        pre_consumer=0.15, post_consumer=0.1, green_power=0.4, factor_t_per_t=9.8,
        boundary="cradle-to-gate", year=2025, verifier="TUV", document="EPD 4711",
    ),
    "base_year": BaseYear(
        year=2024, scope_1_2_t=4120.0, output=40392.0, intensity_1_2=0.102, intensity_3_1=14.982,
        reason=BaseYearReason.STRUCTURAL, what="second coating line taken over", approver="Wang Li",
        document="plan of 2025-03",
    ),
    "explained": Explained(
        carrier=Carrier.GAS, since=FEBRUARY, until=MARCH_1,
        against="invoices", reason="invoice runs from the 26th to the 25th"
    ),
}  # fmt: skip


def table(kind: str, *changes: Mapping[str, str]) -> str:
    """Return the kind's example as a table, a row for each change of it; `{}` is the example itself."""
    example = {"note": "", **KINDS[kind].example}
    rows = [{**example, **change} for change in changes or ({},)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([names, *([row.get(name, "") for name in names] for row in rows)])
    return text.getvalue()


def parsed(kind: str, *changes: Mapping[str, str]) -> ParsedCarbon:
    """Return what the example says with each of the changes."""
    return parse_table(table(kind, *changes).encode(), "a.csv", kind, RULES)


def one(kind: str, **change: str) -> Declaration:
    """Return the body of the example with a change."""
    found = parsed(kind, change)
    assert not found.findings, found.findings
    return found.read[0].body


def written(kind: str, bodies: Sequence[Declaration]) -> str:
    """Return a table that says the bodies."""
    names = [each.name for each in KINDS[kind].columns if each.name not in ("date", "count")]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([names, *([_cell(body, name) for name in names] for body in bodies)])
    return text.getvalue()


def _cell(body: Declaration, name: str) -> str:
    if isinstance(body, FuelUse) and name in ("quantity", "unit"):
        return repr(body.stated) if name == "quantity" else body.stated_unit
    if isinstance(body, GreenContract) and name in ("quantity", "unit"):
        return repr(body.kwh) if name == "quantity" else "kWh"
    if isinstance(body, AluminiumLot) and name in ("mass", "unit"):
        return repr(body.mass_t) if name == "mass" else "t"
    value = getattr(body, name)
    if name in ("since", "until", "at"):
        at = datetime.fromtimestamp(value / 1000, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def ids(first: str, last: str) -> Certificates:
    """Return certificates of March 2026 with these ids."""
    found = one("certificates", first=first, last=last, count="")
    assert isinstance(found, Certificates)
    return found
