"""The factors that come with the agent enter the ledger, each once: what holds is decided there."""

from __future__ import annotations

from agent.version import agent_version
from config.shipped_factors import shipped_factors
from domain.carbon_entries import EmissionFactor
from domain.ports import Ledger

WHY = "shipped factors"


def adopt(ledger: Ledger, *, at: int) -> int:
    """Enter those whose id the ledger never had, and return how many there were.

    One that somebody voided or corrected stays as it is. StoreError when the ledger cannot be written.
    """
    known = {entry.body.id for entry in ledger.entries() if isinstance(entry.body, EmissionFactor)}
    missing = [factor for factor in shipped_factors() if factor.id not in known]
    if missing:
        ledger.add(missing, who=f"energy-agent {agent_version()}", why=WHY, at=at)
    return len(missing)
