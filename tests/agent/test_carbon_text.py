"""Entries for the inventory in one line each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.ledger import Desk
from agent.ledger_text import summary
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    BaseYearReason,
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
from domain.plant import Carrier
from domain.registers import Reference
from tests.agent.figured import FIRST, NOW, Figured

SPAN: dict[str, Any] = {"since": FIRST, "until": NOW}
DAYS = "2026-09-15 00:00 to 2026-12-01 10:07"
GEC: dict[str, Any] = {**SPAN, "first": "G1", "last": "G9", "document": "c"}
RECORD: dict[str, Any] = {
    **SPAN, "period": "2026-10", "inventory": "{}", "sha256": "0123456789abcdef", "known": 3, "software": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            EmissionFactor(
                id="grid-gd", use="grid.location", value=0.4419, unit="kgCO2/kWh", region="CN-GD",
                valid_from=date(2023, 1, 1), source="the ministry", page="annex 1",
            ),
            "factor grid-gd: grid.location in CN-GD 0.4419 kgCO2/kWh, from 2023-01-01 "
            "(the ministry, annex 1), not verified",
        ),
        (
            EmissionFactor(
                id="ox", use="gas.oxidation", value=0.99, unit="1", valid_from=date(2021, 1, 1),
                valid_until=date(2021, 12, 31), source="a standard", is_verified=True,
            ),
            "factor ox: gas.oxidation 0.99, from 2021-01-01 to 2021-12-31 (a standard)",
        ),
        (
            FuelUse(
                fuel="diesel", mass_t=0.84, stated=1000, stated_unit="L", density_kg_per_l=0.84,
                what="forklifts", document="F1", **SPAN,
            ),
            f"0.84 t of diesel (1000 L), forklifts, {DAYS}, F1",
        ),
        (
            Invoice(
                carrier=Carrier.GAS, quantity=1234.5, unit="m3", reference=Reference.AT_20C, number="7",
                supplier="the works", **SPAN,
            ),
            f"invoice 7 of the works: 1,234.5 m3 at 20C of gas, {DAYS}",
        ),
        (
            Certificates(**GEC, retired=date(2026, 11, 1), beneficiary="us"),
            f"certificates G1 to G9, {DAYS}, retired 2026-11-01 for us",
        ),
        (
            Certificates(**GEC, is_own_pv=True, is_sold=True),
            f"certificates G1 to G9 of own PV, {DAYS}, sold",
        ),
        (Certificates(**GEC), f"certificates G1 to G9, {DAYS}, not retired"),
        (
            GreenContract(id="C1", supplier="wind", kwh=5e5, document="c", **SPAN),
            f"contract C1, wind: 500,000 kWh, {DAYS}",
        ),
        (
            AluminiumLot(id="L1", supplier="mill", at=FIRST, mass_t=24, factor_t_per_t=9.5, document="d"),
            "lot L1, mill: 24 t of aluminium at 9.5 t/t, 2026-09-15",
        ),
        (
            BaseYear(year=2024, reason=BaseYearReason.METHOD, what="from 2023", approver="Chen"),
            "base year 2024: method, from 2023, approved by Chen",
        ),
        (
            Explained(carrier=Carrier.GAS, against="invoices", reason="read on the 25th", **SPAN),
            f"gas against invoices, {DAYS}, differs: read on the 25th",
        ),
        (Closed(approver="Chen", **RECORD), "closes 2026-10, approved by Chen, figures 0123456789ab"),
        (
            Restated(approver="Chen", before=4, **RECORD),
            "restates entry 4 for 2026-10, approved by Chen, figures 0123456789ab",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)  # fmt: skip
def test_an_entry_reads_as_one_line(body: CarbonBody, said: str, fresh: Figured) -> None:
    assert summary(body, Desk.open(fresh.loaded)) == said
