"""Rows about aluminium lots, base years and explained differences -> bodies of entries. Pure."""

from __future__ import annotations

import math

from config.carbon_energy_rows import CARRIER_WORDS
from config.carbon_row import Row
from config.carbon_units import MASSES
from config.codes import shown
from domain.carbon_entries import AluminiumLot, BaseYear, BaseYearReason, Explained, ScrapMethod
from domain.plant import Carrier

_SHARES = ("primary", "pre_consumer", "post_consumer")
_SUM_TOLERANCE = 1e-9
_MOST_T = 10_000.0
"""Of one lot; more is kg."""
_SCRAP_WORDS = {
    **dict.fromkeys(("cut-off", "cutoff", "截断法", "截断"), "cut_off"),
    **dict.fromkeys(("co-product", "coproduct", "副产品法", "共生产品法", "副产品"), "co_product"),
}
_REASON_WORDS = {
    **dict.fromkeys(("首次", "初始"), "first"),
    **dict.fromkeys(("结构变化", "结构性变化", "结构"), "structural"),
    **dict.fromkeys(("方法", "方法变化", "方法变更"), "method"),
    **dict.fromkeys(("因子", "因子变化", "因子变更"), "factor"),
    **dict.fromkeys(("错误", "差错", "更正"), "error"),
}
_GROWTH = (
    "growth", "organic", "organic growth", "organic_growth", "production", "output", "more output",
    "增长", "有机增长", "内生增长", "产量", "产量增长", "业务增长", "自然增长",
)  # fmt: skip
_AGAINST_WORDS = {
    **dict.fromkeys(("invoice", "发票", "账单"), "invoices"),
    **dict.fromkeys(("sub", "sub-meters", "分表"), "subs"),
}


def lot_of(row: Row) -> AluminiumLot:
    """Return the lot of a row; wrong where the row has faults."""
    mass_t = row.amount("mass", row.unit(MASSES, "a mass"), "t")
    if mass_t is not None and mass_t > _MOST_T:
        problem = f"mass of {mass_t:,.10g} t is more than {_MOST_T:,.0f} t"
        row.fault("mass", "entry.implausible", problem, "correct the number or its unit")
    primary, pre_consumer, post_consumer = _shares(row)
    green_power = row.share("green_power") or 0.0
    if green_power and not primary and "primary" not in {fault.field for fault in row.faults}:
        problem = "green_power is a share of the primary metal, and there is none"
        row.fault(
            "green_power", "lot.green_power", problem, "give the share of primary metal, or leave it out"
        )
    return AluminiumLot(
        id=row.text("id"),
        supplier=row.text("supplier"),
        at=row.instant("at"),
        mass_t=mass_t or 0.0,
        primary=primary,
        pre_consumer=pre_consumer,
        post_consumer=post_consumer,
        green_power=green_power,
        scrap_method=ScrapMethod(row.choice("scrap_method", _SCRAP_WORDS) or ScrapMethod.CUT_OFF),
        factor_t_per_t=row.number("factor_t_per_t"),
        boundary=row.text("boundary"),
        year=row.year("year"),
        verifier=row.text("verifier"),
        document=row.text("document"),
    )


def _shares(row: Row) -> tuple[float | None, float | None, float | None]:
    """Return what the metal was made of; a share that is left out of a whole is 0."""
    before = len(row.faults)
    shares = [row.share(name) for name in _SHARES]
    if len(row.faults) > before or all(share is None for share in shares):
        return None, None, None
    total = math.fsum(share for share in shares if share is not None)
    if abs(total - 1.0) > _SUM_TOLERANCE:
        stated = ", ".join(f"{name} {row.given(name) or 'empty'}" for name in _SHARES)
        problem = f"the shares add up to {total:.6g}, not 1: {stated}"
        first = next(name for name, share in zip(_SHARES, shares, strict=True) if share is not None)
        row.fault(
            first, "lot.shares", problem, "complete them, or leave all three empty: then it is not known"
        )
    primary, pre, post = (share or 0.0 for share in shares)
    return primary, pre, post


def base_year_of(row: Row) -> BaseYear:
    """Return the base year of a row; wrong where the row has faults."""
    reason = _reason(row)
    what = row.text("what")
    if reason not in (None, BaseYearReason.FIRST) and not what:
        problem = "a recalculation has to say what has changed, and what is empty"
        row.fault("what", "base_year.what", problem, "fill in what: line bought, factor corrected ...")
    threshold = row.share("threshold")
    return BaseYear(
        year=row.year("year") or 0,
        scope_1_2_t=row.number("scope_1_2_t"),
        scope_3_1_t=row.number("scope_3_1_t"),
        output=row.number("output"),
        output_unit=row.choice("output_unit", {"吨": "t", "平方米": "m2", "㎡": "m2", "m²": "m2"}) or "t",
        intensity_1_2=row.number("intensity_1_2"),
        intensity_3_1=row.number("intensity_3_1"),
        reason=reason or BaseYearReason.FIRST,
        what=what,
        threshold=row.rules.threshold if threshold is None else threshold,
        approver=row.text("approver"),
        document=row.text("document"),
    )


def _reason(row: Row) -> BaseYearReason | None:
    text = row.given("reason")
    if text.casefold() in _GROWTH:
        problem = f"reason {shown(text)}: a base year is never recalculated for organic growth"
        remedy = (
            "structural change, a change of method or factor, or an error above the significance threshold "
            "(5 % by default) are reasons: structural, method, factor, error"
        )
        row.fault("reason", "base_year.growth", problem, remedy)
        return None
    found = row.choice("reason", _REASON_WORDS)
    return BaseYearReason(found) if found else None


def explained_of(row: Row) -> Explained:
    """Return the reason of a difference; wrong where the row has faults."""
    since, until = row.span()
    return Explained(
        carrier=Carrier(row.choice("carrier", CARRIER_WORDS) or "gas"),
        since=since,
        until=until,
        against=row.choice("against", _AGAINST_WORDS),
        reason=row.text("reason"),
    )
