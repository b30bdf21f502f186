"""What people declare for the inventory, as a person reads it: one line an entry."""

from __future__ import annotations

from agent.ledger import Desk
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    CarbonBody,
    Certificates,
    Closed,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
    Restated,
)
from domain.factors import BY_REGION


def carbon_summary(body: CarbonBody, desk: Desk) -> str:
    """Return what an entry says, in one line."""
    if isinstance(body, EmissionFactor):
        return _factor(body)
    if isinstance(body, FuelUse):
        stated = "" if body.stated_unit == "t" else f" ({body.stated:.15g} {body.stated_unit})"
        what = f", {body.what}" if body.what else ""
        return f"{body.mass_t:,.15g} t of {body.fuel}{stated}{what}, {_span(body, desk)}, {body.document}"
    if isinstance(body, Invoice):
        at = f" at {body.reference.value}" if body.reference else ""
        amount = f"{body.quantity:,.15g} {body.unit}{at}"
        supplier = f" of {body.supplier}" if body.supplier else ""
        return f"invoice {body.number}{supplier}: {amount} of {body.carrier.value}, {_span(body, desk)}"
    if isinstance(body, Certificates):
        return _certificates(body, desk)
    if isinstance(body, GreenContract):
        factor = f" at {body.factor_kg_per_kwh:.15g} kg/kWh" if body.factor_kg_per_kwh else ""
        return f"contract {body.id}, {body.supplier}: {body.kwh:,.15g} kWh{factor}, {_span(body, desk)}"
    if isinstance(body, AluminiumLot):
        return _lot(body, desk)
    if isinstance(body, BaseYear):
        what = f", {body.what}" if body.what else ""
        return f"base year {body.year}: {body.reason.value}{what}, approved by {body.approver}"
    if isinstance(body, Explained):
        span = _span(body, desk)
        return f"{body.carrier.value} against {body.against}, {span}, differs: {body.reason}"
    return _closing(body)


def _factor(body: EmissionFactor) -> str:
    region = f" in {body.region}" if body.use in BY_REGION else ""
    until = f" to {body.valid_until}" if body.valid_until else ""
    unit = "" if body.unit == "1" else f" {body.unit}"
    checked = "" if body.is_verified else ", not verified"
    return (
        f"factor {body.id}: {body.use}{region} {body.value:.15g}{unit}, from {body.valid_from}{until} "
        f"({body.source}{f', {body.page}' if body.page else ''}){checked}"
    )


def _certificates(body: Certificates, desk: Desk) -> str:
    if body.is_sold:
        fate = "sold"
    elif body.retired is None:
        fate = "not retired"
    else:
        fate = f"retired {body.retired}" + (f" for {body.beneficiary}" if body.beneficiary else "")
    own = " of own PV" if body.is_own_pv else ""
    return f"certificates {body.first} to {body.last}{own}, {_span(body, desk)}, {fate}"


def _lot(body: AluminiumLot, desk: Desk) -> str:
    factor = "" if body.factor_t_per_t is None else f" at {body.factor_t_per_t:.15g} t/t"
    arrived = f"{desk.calendar.local(body.at):%Y-%m-%d}"
    return f"lot {body.id}, {body.supplier}: {body.mass_t:,.15g} t of aluminium{factor}, {arrived}"


def _closing(body: Closed | Restated) -> str:
    verb = f"restates entry {body.before} for" if isinstance(body, Restated) else "closes"
    return f"{verb} {body.period}, approved by {body.approver}, figures {body.sha256[:12]}"


def _span(body: FuelUse | Invoice | Certificates | GreenContract | Explained, desk: Desk) -> str:
    return f"{desk.local(body.since)} to {desk.local(body.until)}"
