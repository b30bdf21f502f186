"""What a lot of aluminium is made of, as shares that each have a factor (METHOD 7)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.carbon_entries import AluminiumLot, ScrapMethod

PRIMARY, GREEN, RECYCLED = "aluminium.primary", "aluminium.primary_green", "aluminium.recycled"
CLOSE = 1e-6
"""Shares add up to 1 within this."""


def is_known(lot: AluminiumLot) -> bool:
    """Say whether anybody said what a lot is made of."""
    return any(each is not None for each in (lot.primary, lot.pre_consumer, lot.post_consumer))


def parts_of(lot: AluminiumLot) -> Mapping[str, float] | None:
    """Return use -> share of the mass, without those of 0; None where the shares cannot be.

    Pre-consumer scrap is remelted scrap (cut-off), or carries the burden of primary metal (co-product). One
    share that is not said is 0 where the others add up to 1.
    """
    primary, pre, post = lot.primary or 0.0, lot.pre_consumer or 0.0, lot.post_consumer or 0.0
    shares = (primary, pre, post, lot.green_power)
    if not all(0.0 <= each <= 1.0 for each in shares) or abs(primary + pre + post - 1.0) > CLOSE:
        return None
    found = {PRIMARY: primary * (1.0 - lot.green_power), GREEN: primary * lot.green_power, RECYCLED: post}
    found[PRIMARY if lot.scrap_method is ScrapMethod.CO_PRODUCT else RECYCLED] += pre
    return {use: share for use, share in found.items() if share > 0.0}
