"""Grids whose electricity China's ministries publish one residual mix for, of the whole country."""

from __future__ import annotations

COUNTRY = "CN"
MAINLAND = frozenset(
    (
        "CN-NORTH", "CN-NORTHEAST", "CN-EAST", "CN-CENTRAL", "CN-NORTHWEST", "CN-SOUTH",
        "CN-SOUTHWEST", "CN-AH", "CN-BJ", "CN-CQ", "CN-FJ", "CN-GD", "CN-GS", "CN-GX", "CN-GZ",
        "CN-HA", "CN-HB", "CN-HE", "CN-HI", "CN-HL", "CN-HN", "CN-JL", "CN-JS", "CN-JX", "CN-LN",
        "CN-NM", "CN-NX", "CN-QH", "CN-SC", "CN-SD", "CN-SH", "CN-SN", "CN-SX", "CN-TJ", "CN-XJ",
        "CN-XZ", "CN-YN", "CN-ZJ",
    )
)  # fmt: skip
"""Regional grids and provinces of mainland China. Hong Kong, Macao and Taiwan publish their own."""
