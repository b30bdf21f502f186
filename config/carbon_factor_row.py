"""A row with an emission factor -> the entry's body. Pure."""

from __future__ import annotations

from fractions import Fraction

from config.carbon_regions import near_names, region_named
from config.carbon_row import Row
from config.carbon_units import BOUNDS, amount_of, plain_unit, units_of
from config.codes import shown, suggest
from domain.carbon_entries import EmissionFactor
from domain.factors import BY_REGION, USES
from domain.registers import Reference


def factor_of(row: Row) -> EmissionFactor:
    """Return the factor of a row, in the unit of its use; wrong where the row has faults."""
    use = row.choice("use", {}, code="factor.unknown_use")
    value, stated = _value(row, use)
    valid_from, valid_until = row.day("valid_from"), row.day("valid_until")
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        problem = f"valid_until {valid_until} is before valid_from {valid_from}"
        row.fault(
            "valid_until", "factor.validity", problem, "it is the last day; leave it empty if none is known"
        )
    source = row.text("source")
    return EmissionFactor(
        id=row.text("id"),
        use=use,
        value=value,
        unit=USES.get(use, ""),
        region=_region(row, use),
        year=row.year("year"),
        valid_from=valid_from or row.rules.today,
        valid_until=valid_until,
        reference=_reference(row, use),
        source=f"{source}; stated as {stated}" if stated else source,
        page=row.text("page"),
        file_sha256=row.sha256("file_sha256"),
        is_verified=row.flag("is_verified"),
        approver=row.text("approver"),
        uncertainty=row.share("uncertainty"),
    )


def _value(row: Row, use: str) -> tuple[float, str]:
    """Return the value in the unit of the use, and as it was stated where that was another unit."""
    exact, text = row.exact("value"), row.given("unit")
    if not use:
        return 0.0, ""
    unit = USES[use]
    factor = amount_of(text, units_of(use))
    if factor is None:
        if text:
            _refuse_unit(row, use)
        return 0.0, ""
    if exact is None:
        return 0.0, ""
    value = Fraction(exact) * factor
    low, high = BOUNDS[use]
    if not low <= float(value) <= high:
        as_written = f"{row.given('value')} {text}"
        is_ = as_written if factor == 1 else f"{as_written}, which is {float(value):.6g} {unit},"
        problem = f"{is_} is no {use}: they are {low:g} to {high:g} {unit}"
        row.fault("value", "entry.implausible", problem, "correct the number or its unit")
        return 0.0, ""
    return float(value), "" if factor == 1 else f"{row.given('value')} {text}"


def _refuse_unit(row: Row, use: str) -> None:
    text, known = row.given("unit"), units_of(use)
    as_normal = plain_unit(text).replace("m3", "Nm3")
    if use == "gas.ncv" and amount_of(as_normal, known) is not None:
        problem = f"unit {shown(text)} does not say at which temperature the m3 is"
        remedy = "write Nm3 if it is at 0 C; a value per m3 at 20 C is first divided by 0.9317755"
        row.fault("unit", "factor.no_reference", problem, remedy)
        return
    problem = f"unit {shown(text)} is none of {use}, which is in {USES[use]}"
    row.fault("unit", "factor.wrong_unit", problem, f"give it in {' or '.join(list(known)[:6])}")


def _region(row: Row, use: str) -> str:
    text = row.given("region")
    if use and use not in BY_REGION:
        if text:
            problem = f"{use} holds everywhere, not in {shown(text)}"
            row.fault(
                "region", "factor.region", problem, f"leave region out; {' and '.join(BY_REGION)} have one"
            )
        return ""
    if not text:
        if use:
            problem = f"a factor of {use} holds in one grid, and region is empty"
            row.fault("region", "factor.no_region", problem, "write CN, CN-GD, CN-SOUTH ...")
        return ""
    found = region_named(text, row.rules.regions)
    if found is None:
        remedy = suggest(text, near_names(row.rules.regions))
        row.fault("region", "entry.unknown_region", f"{shown(text)} is no grid", remedy)
    return found or ""


def _reference(row: Row, use: str) -> Reference | None:
    """Return the conditions of a factor per volume: a Nm3 is at 0 C."""
    is_per_volume = use == "gas.ncv"
    text = row.given("reference")
    if text and use and not is_per_volume:
        problem = f"{use} is not per volume of gas"
        row.fault("reference", "factor.wrong_reference", problem, "leave reference out")
    elif text and is_per_volume and plain_unit(text).strip("°").upper() not in ("0C", "0°C", "0℃"):
        problem = f"reference {shown(text)} of a factor per Nm3, and a Nm3 is at 0 C"
        remedy = "leave it out; a value per m3 at 20 C is first divided by 0.9317755"
        row.fault("reference", "factor.wrong_reference", problem, remedy)
    return Reference.AT_0C if is_per_volume else None
