"""Rows about fuel, invoices, certificates and green power -> bodies of entries. Pure."""

from __future__ import annotations

from fractions import Fraction

from config.carbon_row import Row
from config.carbon_units import ENERGIES, LITRES, MASSES, NORMAL_VOLUMES, VOLUMES, amount_of, plain_unit
from config.codes import shown
from domain.carbon_entries import LONGEST_VINTAGE_MS, Certificates, FuelUse, GreenContract, Invoice
from domain.certificate_ids import MOST_DIGITS, ends_in_digits, id_range
from domain.plant import Carrier
from domain.registers import Reference

_FUEL_WORDS = {
    **dict.fromkeys(("柴油", "0号柴油", "0#柴油"), "diesel"),
    **dict.fromkeys(("petrol", "汽油"), "gasoline"),
    **dict.fromkeys(("液化石油气", "液化气", "liquefied petroleum gas"), "lpg"),
}
CARRIER_WORDS = {
    **dict.fromkeys(("天然气", "燃气", "natural gas"), "gas"),
    **dict.fromkeys(("电", "电力", "电能", "power"), "electricity"),
    **dict.fromkeys(("光伏", "photovoltaic"), "pv"),
    **dict.fromkeys(("热", "热力", "余热"), "heat"),
}
_REFERENCE_WORDS = {
    f"{degrees}{sign}": f"{degrees}C"
    for degrees in (0, 15, 20)
    for sign in ("°c", "℃", " c", " °c", " ℃", "度")
}
_MOST_T = 10_000.0
"""Of one row; more is kg."""
_MOST_CERTIFICATES = 1_000_000


def fuel_of(row: Row) -> FuelUse:
    """Return the fuel of a row; wrong where the row has faults."""
    since, until = row.span()
    density = row.number("density_kg_per_l")
    exact = row.exact("quantity")
    is_litres = plain_unit(row.given("unit")).casefold() in LITRES
    factor: Fraction | None
    if is_litres:
        unit = "L"
        # As written, for what is made of it is exact: litres * kg/L.
        stated = row.exact("density_kg_per_l") if density is not None else None
        factor = None if stated is None else Fraction(stated) / 1000
        if not row.given("density_kg_per_l"):
            remedy = "add it: diesel has about 0.84, petrol 0.74, LPG 0.54; or give the mass"
            row.fault("density_kg_per_l", "fuel.density", "litres need density_kg_per_l", remedy)
    else:
        factor = row.unit(MASSES, "fuel", others=("L",))
        unit = "t" if factor == 1 else "kg"
        if density is not None and factor is not None:
            problem = f"density_kg_per_l is given with {unit}"
            row.fault("density_kg_per_l", "fuel.density", problem, "leave it out; it is for litres")
    mass_t = row.amount("quantity", factor, "t")
    if mass_t is not None and mass_t > _MOST_T:
        problem = f"quantity of {mass_t:,.10g} t is more than {_MOST_T:,.0f} t"
        row.fault("quantity", "entry.implausible", problem, "correct the number or its unit")
    return FuelUse(
        fuel=row.choice("fuel", _FUEL_WORDS),
        since=since,
        until=until,
        mass_t=mass_t or 0.0,
        stated=float(exact or 0),
        stated_unit=unit,
        density_kg_per_l=density,
        what=row.text("what"),
        document=row.text("document"),
    )


def invoice_of(row: Row) -> Invoice:
    """Return the invoice of a row; wrong where the row has faults."""
    carrier = row.choice("carrier", CARRIER_WORDS)
    since, until = row.span()
    factor, reference = (None, None) if not carrier else _metered(row, carrier)
    unit = "kWh" if carrier == "electricity" else "m3"
    return Invoice(
        carrier=Carrier(carrier or "gas"),
        since=since,
        until=until,
        quantity=row.amount("quantity", factor, unit) or 0.0,
        unit=unit,
        reference=reference,
        number=row.text("number"),
        supplier=row.text("supplier"),
    )


def _metered(row: Row, carrier: str) -> tuple[Fraction | None, Reference | None]:
    """Return how many kWh or m3 one of the unit is, and the conditions of the latter."""
    text = row.choice("reference", _REFERENCE_WORDS)
    if carrier == "electricity":
        if text:
            row.fault(
                "reference",
                "invoice.wrong_reference",
                "electricity has no reference conditions",
                "leave it out",
            )
        return row.unit(ENERGIES, "electricity", code="invoice.wrong_unit"), None
    normal = amount_of(row.given("unit"), NORMAL_VOLUMES)
    if normal is not None:
        if text not in ("", "0C"):
            problem = f"reference {text} of a Nm3, and a Nm3 is at 0 C"
            row.fault(
                "reference", "invoice.wrong_reference", problem, f"write m3 if the invoice is at {text}"
            )
        return normal, Reference.AT_0C
    factor = row.unit(VOLUMES, "gas", others=("Nm3",), code="invoice.wrong_unit")
    if factor is not None and not row.given("reference"):
        problem = "the invoice does not say at which conditions a m3 is"
        remedy = "give reference: 20C is usual in China, 0C is a Nm3; mixing them up is 7.3 %"
        row.fault("reference", "invoice.no_reference", problem, remedy)
    return factor, Reference(text) if text else None


def certificates_of(row: Row) -> Certificates:
    """Return the certificates of a row; wrong where the row has faults."""
    since, until = row.span()
    first, last = row.text("first"), row.text("last")
    _check_ids(row, first, last)
    found = Certificates(
        first=first,
        last=last,
        since=since,
        until=until,
        technology=row.text("technology"),
        project=row.text("project"),
        retired=row.day("retired"),
        beneficiary=row.text("beneficiary"),
        is_own_pv=row.flag("is_own_pv"),
        is_sold=row.flag("is_sold"),
        contract=row.text("contract"),
        document=row.text("document"),
    )
    if until - since > LONGEST_VINTAGE_MS:
        words = f"{row.rules.local(since)} to {row.rules.local(until)}"
        field = "until" if row.given("since") or row.given("until") else "date"
        remedy = "use a row for each month or year of generation, as on the certificates"
        row.fault(field, "certificate.long_vintage", f"a vintage of {words} is longer than a year", remedy)
    _check_retired(row, found)
    if found.is_sold and not found.is_own_pv:
        problem = "is_sold is of certificates for own PV, and is_own_pv is not yes"
        row.fault("is_sold", "certificate.sold", problem, "write is_own_pv yes, or leave is_sold out")
    return found


def _check_ids(row: Row, first: str, last: str) -> None:
    """Note what is wrong with first and last id, and with their count."""
    stated = row.number("count")
    ends = [name for name, text in (("first", first), ("last", last)) if text and not ends_in_digits(text)]
    for name in ends:
        problem = f"{name} {shown(row.given(name))} does not end in digits"
        row.fault(name, "certificate.bad_ids", problem, "write the whole id, GEC-26-000101")
    if ends or not first or not last:
        return
    ids = id_range(first, last)
    if ids is None:
        problem = f"{shown(first)} to {shown(last)} are no consecutive ids"
        remedy = (
            "both have the same letters before the number, which has at most "
            f"{MOST_DIGITS} digits, and last is not before first; else use two rows"
        )
        row.fault("last", "certificate.bad_ids", problem, remedy)
    elif ids.count > _MOST_CERTIFICATES:
        problem = f"{shown(first)} to {shown(last)} are {ids.count:,} certificates, 1 MWh each"
        row.fault("last", "certificate.too_many", problem, "correct the ids")
    elif stated is not None and stated != ids.count:
        problem = f"{shown(first)} to {shown(last)} are {ids.count:,}, and count says {stated:,.10g}"
        row.fault("count", "certificate.count", problem, "correct the ids or the count")


def _check_retired(row: Row, found: Certificates) -> None:
    if found.retired is None:
        return
    if found.retired > row.rules.today:
        problem = f"retired {found.retired} is in the future (it is {row.rules.today})"
        row.fault("retired", "entry.future", problem, "leave it empty until they are retired")
    elif found.since and found.retired < row.rules.calendar.local(found.since).date():
        begin = row.rules.calendar.local(found.since).date()
        problem = f"retired {found.retired} is before the generation began, {begin}"
        row.fault("retired", "certificate.retired_early", problem, "correct the day or the vintage")
    if not found.beneficiary:
        problem = "retired for nobody: beneficiary is empty"
        row.fault(
            "beneficiary", "certificate.wrong_beneficiary", problem, "name whom the registry retired them for"
        )


def contract_of(row: Row) -> GreenContract:
    """Return the green power of a row; wrong where the row has faults."""
    since, until = row.span()
    return GreenContract(
        id=row.text("id"),
        supplier=row.text("supplier"),
        since=since,
        until=until,
        kwh=row.amount("quantity", row.unit(ENERGIES, "electricity"), "kWh") or 0.0,
        factor_kg_per_kwh=row.number("factor_kg_per_kwh") or 0.0,
        document=row.text("document"),
    )
