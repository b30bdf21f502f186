"""Forms of what is declared for carbon: a field for each column of the kind (docs/carbon-entries.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.views.option import Option
from dashboard.words import Words
from domain.factors import USES


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field."""

    name: str
    label: str
    type: str = "text"
    """text, number, date, datetime-local or choice."""
    is_needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    """(value, name)."""
    hint: str = ""

    @property
    def options(self) -> tuple[Option, ...]:
        """Return the choices as a select offers them."""
        return tuple(Option(value, name) for value, name in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonForm:
    """One kind of declaration."""

    kind: str
    """As the ledger names it."""
    title: str
    note: str
    fields: tuple[Field, ...]

    @property
    def role(self) -> str:
        """Return who may send it."""
        return role_of(self.kind)


KINDS = (
    "fuel_use",
    "invoice",
    "certificates",
    "green_contract",
    "aluminium_lot",
    "explained",
    "emission_factor",
    "base_year",
)
"""In the order in which they are offered."""
_OF_ADMINS = ("emission_factor", "base_year")


def role_of(kind: str) -> str:
    """Return who may declare a kind."""
    return "admin" if kind in _OF_ADMINS else "operator"


def forms(words: Words) -> Mapping[str, CarbonForm]:
    """Return every form, in the order in which they are offered."""
    found = (
        _fuel(words),
        _invoice(words),
        _certificates(words),
        _contract(words),
        _lot(words),
        _explained(words),
        _factor(words),
        _base_year(words),
    )
    return {each.kind: each for each in found}


def _span(words: Words) -> Field:
    hint = words("2026-03 for a month, 2026 for a year, 2026-03-01 for a day")
    return Field(name="date", label=words("Period"), is_needed=True, hint=hint)


def _document(words: Words) -> Field:
    return Field(
        name="document", label=words("Document"), is_needed=True, hint=words("Number of the invoice or file")
    )


def _share(name: str, label: str) -> Field:
    return Field(name=name, label=label, type="number", hint="0.25")


def _yes(words: Words, name: str, label: str) -> Field:
    return Field(name=name, label=label, type="choice", choices=(("no", words("no")), ("yes", words("yes"))))


def _fuel(words: Words) -> CarbonForm:
    fuels = (("diesel", words("diesel")), ("gasoline", words("petrol")), ("lpg", words("LPG")))
    return CarbonForm(
        kind="fuel_use", title=words("Fuel"),
        note=words("Diesel, petrol and LPG that no meter counts, by invoice or log: Scope 1."),
        fields=(
            Field(name="fuel", label=words("Fuel"), type="choice", is_needed=True, choices=fuels),
            _span(words),
            Field(name="quantity", label=words("Quantity"), type="number", is_needed=True),
            Field(
                name="unit", label=words("Unit"), type="choice", is_needed=True,
                choices=(("t", "t"), ("kg", "kg"), ("L", "L")),
            ),
            Field(
                name="density_kg_per_l", label=words("Density, kg/L"), type="number",
                hint=words("Only with litres, from the delivery note: 0.84"),
            ),
            Field(name="what", label=words("Used for"), hint=words("Forklifts, cars, canteen")),
            _document(words),
        ),
    )  # fmt: skip


def _invoice(words: Words) -> CarbonForm:
    return CarbonForm(
        kind="invoice", title=words("Invoice of gas or electricity"),
        note=words("Held against the meters each month; it never takes their place."),
        fields=(
            Field(
                name="carrier", label=words("Energy"), type="choice", is_needed=True,
                choices=(("gas", words("gas")), ("electricity", words("electricity"))),
            ),
            _span(words),
            Field(name="quantity", label=words("Quantity"), type="number", is_needed=True),
            Field(
                name="unit", label=words("Unit"), type="choice", is_needed=True,
                choices=(("m3", "m³"), ("Nm3", "Nm³"), ("kWh", "kWh"), ("MWh", "MWh")),
            ),
            Field(
                name="reference", label=words("Reference conditions of the m³"), type="choice",
                choices=(("", "–"), ("20C", "20 °C"), ("15C", "15 °C"), ("0C", "0 °C")),
                hint=words("Of gas in m³: 20 °C is usual in trade. Without it nothing can be compared."),
            ),
            Field(name="number", label=words("Number of the invoice"), is_needed=True),
            Field(name="supplier", label=words("Supplier")),
        ),
    )  # fmt: skip


def _certificates(words: Words) -> CarbonForm:
    return CarbonForm(
        kind="certificates", title=words("Green certificates"),
        note=words("1 MWh each, with consecutive ids. Each covers once, when retired for the plant."),
        fields=(
            Field(name="first", label=words("First id"), is_needed=True),
            Field(name="last", label=words("Last id"), is_needed=True),
            Field(
                name="count", label=words("How many"), type="number",
                hint=words("Held against the ids"),
            ),
            Field(
                name="date", label=words("Month of generation"), is_needed=True,
                hint=words("2026-03 for a month, 2026 for a year, 2026-03-01 for a day"),
            ),
            Field(name="technology", label=words("Technology"), hint=words("Wind, solar")),
            Field(name="project", label=words("Project")),
            Field(
                name="retired", label=words("Retired on"), type="date",
                hint=words("Empty: not yet, and they cover nothing"),
            ),
            Field(name="beneficiary", label=words("Beneficiary")),
            _yes(words, "is_own_pv", words("Issued for our own PV")),
            _yes(words, "is_sold", words("Sold to somebody else")),
            Field(
                name="contract", label=words("Came with contract"),
                hint=words("Id of the green power contract whose energy they prove"),
            ),
            _document(words),
        ),
    )  # fmt: skip


def _contract(words: Words) -> CarbonForm:
    return CarbonForm(
        kind="green_contract", title=words("Green power contract"),
        note=words("What was settled of green power bought directly."),
        fields=(
            Field(name="id", label=words("Id"), is_needed=True, hint=words("The same id again corrects it")),
            Field(name="supplier", label=words("Supplier"), is_needed=True),
            _span(words),
            Field(name="quantity", label=words("Settled energy"), type="number", is_needed=True),
            Field(
                name="unit", label=words("Unit"), type="choice", is_needed=True,
                choices=(("kWh", "kWh"), ("MWh", "MWh")),
            ),
            Field(
                name="factor_kg_per_kwh", label=words("Factor, kgCO₂/kWh"), type="number",
                hint=words("Empty: 0"),
            ),
            _document(words),
        ),
    )  # fmt: skip


def _lot(words: Words) -> CarbonForm:
    methods = (("cut_off", words("cut-off")), ("co_product", words("co-product")))
    return CarbonForm(
        kind="aluminium_lot", title=words("Aluminium lot"),
        note=words(
            "The supplier's own factor goes before shares, shares before the average of primary metal."
        ),
        fields=(
            Field(name="id", label=words("Id"), is_needed=True, hint=words("The same id again corrects it")),
            Field(name="supplier", label=words("Supplier"), is_needed=True),
            Field(name="at", label=words("Came in on"), type="date", is_needed=True),
            Field(name="mass", label=words("Mass"), type="number", is_needed=True),
            Field(
                name="unit", label=words("Unit"), type="choice", is_needed=True,
                choices=(("t", "t"), ("kg", "kg")),
            ),
            _share("primary", words("Share of primary metal")),
            _share("pre_consumer", words("Share of pre-consumer scrap")),
            _share("post_consumer", words("Share of post-consumer scrap")),
            _share("green_power", words("Share of the primary metal by green power")),
            Field(name="scrap_method", label=words("Scrap method"), type="choice", choices=methods),
            Field(name="factor_t_per_t", label=words("The supplier's factor, tCO₂e/t"), type="number"),
            Field(name="boundary", label=words("Its boundary"), hint=words("cradle-to-gate")),
            Field(name="year", label=words("Year of its data"), type="number"),
            Field(name="verifier", label=words("Verified by")),
            _document(words),
        ),
    )  # fmt: skip


def _explained(words: Words) -> CarbonForm:
    return CarbonForm(
        kind="explained", title=words("Reason of a difference"),
        note=words("Why meters and invoices, or main meter and sub-meters, of a month differ."),
        fields=(
            Field(
                name="carrier", label=words("Energy"), type="choice", is_needed=True,
                choices=(
                    ("gas", words("gas")), ("electricity", words("electricity")),
                    ("pv", words("solar power")), ("heat", words("heat")),
                ),
            ),
            _span(words),
            Field(
                name="against", label=words("Main meters against"), type="choice", is_needed=True,
                choices=(("invoices", words("invoices")), ("subs", words("sub-meters"))),
            ),
            Field(name="reason", label=words("Reason"), is_needed=True),
        ),
    )  # fmt: skip


def _factor(words: Words) -> CarbonForm:
    return CarbonForm(
        kind="emission_factor", title=words("Emission factor"),
        note=words("A later factor never changes a closed month: restate shows what it would."),
        fields=(
            Field(name="id", label=words("Id"), is_needed=True, hint=words("The same id again corrects it")),
            Field(
                name="use", label=words("Use"), type="choice", is_needed=True,
                choices=tuple((use, f"{use} ({unit})") for use, unit in USES.items()),
            ),
            Field(name="value", label=words("Value"), type="number", is_needed=True),
            Field(name="unit", label=words("Unit"), is_needed=True),
            Field(name="region", label=words("Region"), hint=words("Of grid factors: CN, CN-GD, CN-SOUTH")),
            Field(name="year", label=words("Year of its data"), type="number"),
            Field(name="valid_from", label=words("Valid from"), type="date", is_needed=True),
            Field(name="valid_until", label=words("Valid until"), type="date"),
            Field(
                name="reference", label=words("Reference conditions"), type="choice",
                choices=(("", "–"), ("0C", "0 °C")),
            ),
            Field(name="source", label=words("Source"), is_needed=True),
            Field(name="page", label=words("Page")),
            Field(name="file_sha256", label=words("SHA-256 of the document")),
            _yes(words, "is_verified", words("Held against its source")),
            Field(name="approver", label=words("Approved by")),
            Field(
                name="uncertainty", label=words("Uncertainty"), type="number",
                hint=words("Relative, one standard deviation: 0.05"),
            ),
        ),
    )  # fmt: skip


def _base_year(words: Words) -> CarbonForm:
    reasons = (
        ("first", words("first")), ("structural", words("structural change")), ("method", words("method")),
        ("factor", words("factor")), ("error", words("error")),
    )  # fmt: skip
    return CarbonForm(
        kind="base_year", title=words("Base year"),
        note=words("Set, or recalculated for a reason above the threshold; growth is none."),
        fields=(
            Field(name="year", label=words("Base year"), type="number", is_needed=True),
            Field(name="scope_1_2_t", label=words("Scope 1 and 2, tCO₂e"), type="number"),
            Field(name="scope_3_1_t", label=words("Scope 3 category 1, tCO₂e"), type="number"),
            Field(name="output", label=words("Output"), type="number"),
            Field(
                name="output_unit", label=words("Unit of output"), type="choice",
                choices=(("t", "t"), ("m2", "m²")),
            ),
            Field(name="intensity_1_2", label=words("Scope 1 and 2, tCO₂e per unit"), type="number"),
            Field(name="intensity_3_1", label=words("Scope 3 category 1, tCO₂e per unit"), type="number"),
            Field(name="reason", label=words("Reason"), type="choice", is_needed=True, choices=reasons),
            Field(name="what", label=words("What has changed")),
            _share("threshold", words("Threshold")),
            Field(name="approver", label=words("Approved by"), is_needed=True),
            Field(name="document", label=words("Document")),
        ),
    )  # fmt: skip
