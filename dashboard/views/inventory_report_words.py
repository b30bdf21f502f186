"""How an inventory report names categories, states, reasons and formulas."""

from __future__ import annotations

from dashboard.page import Asked


def scope_name(scope: str, asked: Asked) -> str:
    """Return a scope with its category of ISO 14064-1."""
    words = asked.words
    return {
        "1": words("Category 1: direct emissions (Scope 1)"),
        "2_location": words("Category 2: imported energy, location-based (Scope 2)"),
        "2_market": words("Category 2: imported energy, market-based (Scope 2)"),
        "3_1": words("Category 4: purchased aluminium (Scope 3, category 1)"),
    }[scope]


def state_name(state: str, asked: Asked) -> str:
    """Return the state of a period."""
    words = asked.words
    return {
        "open": words("not closed: these figures may still change"),
        "closed": words("closed: these figures stand"),
        "restated": words("restated: these figures stand in place of earlier ones"),
    }.get(state, state)


def against_name(against: str, asked: Asked) -> str:
    """Return what main meters are held against."""
    words = asked.words
    return {"invoices": words("Invoices"), "subs": words("Sub-meters")}.get(against, against)


def reason_name(reason: str, asked: Asked) -> str:
    """Return why a base year was set."""
    words = asked.words
    return {
        "first": words("first base year"),
        "structural": words("structural change"),
        "method": words("change of method"),
        "factor": words("change of a factor"),
        "error": words("correction of an error"),
    }.get(reason, reason)


def formula_text(formula: str, asked: Asked) -> str:
    """Return what a formula says."""
    words = asked.words
    return {
        "gas.1": words(
            "Nm³ × net calorific value × (carbon content × oxidised share × 44/12 + CH₄ × its potential"
            " + N₂O × its potential)"
        ),
        "fuel.1": words(
            "t × net calorific value × (carbon content × oxidised share × 44/12 + CH₄ × its potential"
            " + N₂O × its potential)"
        ),
        "grid.1": words("kWh bought × factor of the grid"),
        "market.1": words(
            "kWh bought and not covered × residual mix + kWh under contract × the contract's factor"
            " + own solar power whose certificates were sold × residual mix"
        ),
        "lot.supplier.1": words("t × the supplier's factor"),
        "lot.hybrid.1": words(
            "t × (shares of primary metal, primary metal by green power and scrap, each × its factor)"
        ),
        "lot.average.1": words("t × average factor of primary metal"),
    }.get(formula, formula)
