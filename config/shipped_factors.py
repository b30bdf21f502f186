"""The emission factors that come with the agent: config/factors/shipped.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from config.tables import Table, given, missing_keys, validate
from config.toml_file import read_toml
from config.values import Day, Finite, Text
from domain.carbon_entries import EmissionFactor
from domain.errors import ConfigError
from domain.factors import USES
from domain.registers import Reference

SHIPPED = Path(__file__).parent / "factors" / "shipped.toml"


class FactorTable(Table):
    """`[[factors]]`: one factor; its use says the unit."""

    required: ClassVar[tuple[str, ...]] = ("id", "use", "value", "valid_from", "source")
    id: Text | None = None
    use: Text | None = None
    value: Finite | None = None
    region: str = ""
    year: int | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    reference: Literal["0C"] | None = None
    source: Text | None = None
    page: str = ""
    verified: bool = False
    uncertainty: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None


class _File(Table):
    factors: list[FactorTable] = Field(default_factory=list)


def shipped_factors(path: Path = SHIPPED) -> tuple[EmissionFactor, ...]:
    """Return them in the file's order; ConfigError where the file is damaged."""
    raw, findings = read_toml(path, path.name)
    file, faults, _ = validate(_File, raw or {})
    findings += (*faults, *missing_keys(file))
    if findings:
        raise ConfigError(str(path), findings)
    return tuple(_factor(table) for table in file.factors)


def _factor(table: FactorTable) -> EmissionFactor:
    return EmissionFactor(
        id=given(table.id),
        use=given(table.use),
        value=given(table.value),
        unit=USES[given(table.use)],
        region=table.region,
        year=table.year,
        valid_from=given(table.valid_from),
        valid_until=table.valid_until,
        reference=Reference(table.reference) if table.reference else None,
        source=given(table.source),
        page=table.page,
        is_verified=table.verified,
        uncertainty=table.uncertainty,
    )
