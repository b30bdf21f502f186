"""The tables of a plant file, as pydantic-settings reads them from TOML, environment and secrets.

Every key is optional here: what must be there and what fits together is asked by the checks, which
want to see all that is right beside what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from config.channel_tables import ChannelTable
from config.method_tables import AnalyticsTable, CalendarTable, CarbonTable, GasTable, HeatTable, TargetTable
from config.tables import Table
from config.values import Finite, Label, Port, PortOrAny, Positive, Seconds, Text

ENV_PREFIX = "ENERGY_AGENT_"
ENV_DELIMITER = "__"
_LAYERS = "layers"


def _is_size(text: str) -> str:
    """Refuse what DuckDB does not take for a size."""
    if not re.fullmatch(r"[1-9][0-9]{0,6}(\.[0-9]{1,3})? ?[KMGT]i?B", text):
        raise ValueError('write a number and a unit, such as "512MB" or "2GB"')
    return text


class SiteTable(Table):
    """`[site]`: where the plant is and what it is called."""

    required: ClassVar[tuple[str, ...]] = ("id", "gateway", "time_zone")
    id: Text | None = None
    gateway: Text | None = None
    time_zone: Text | None = None
    label: Label = Field(default_factory=dict)
    demo: bool = False


class ProcessTable(Table):
    """`[[processes]]`: a production process."""

    required: ClassVar[tuple[str, ...]] = ("id",)
    id: Text | None = None
    label: Label = Field(default_factory=dict)
    output_unit: Literal["t", "m2"] = "t"
    m2_per_t: Annotated[float, Field(ge=5, le=20_000, allow_inf_nan=False)] | None = None
    """The bounds catch m2 per kg and thousands of m2; foil has some thousands, thick plate some tens."""
    interval: Literal["day", "week", "month"] = "day"
    variables: list[str] = Field(default_factory=lambda: ["output"])
    hot_above_c: Annotated[float, Field(ge=-50, le=2000, allow_inf_nan=False)] | None = None
    false_alarms_per_year: Annotated[float, Field(gt=0, le=366, allow_inf_nan=False)] = 1.0
    allowance: Annotated[float, Field(gt=0, le=3, allow_inf_nan=False)] = 0.5


class LinkTable(Table):
    """`[[links]]`: a Modbus connection."""

    required: ClassVar[tuple[str, ...]] = ("id", "kind")
    id: Text | None = None
    kind: Literal["tcp", "rtu_tcp", "serial"] | None = None
    host: Text | None = None
    port: Port = 502
    path: Text | None = None
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    data_bits: Literal[8] = 8
    """Modbus over Serial Line V1.02, 2.5.1: RTU needs 8."""
    timeout_s: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 1.0
    pause_s: Seconds = 0.0
    keep_open: bool = True
    tls: bool = False
    ca_file: Text | None = None
    cert_file: Text | None = None
    key_file: Text | None = None


class DeviceTable(Table):
    """`[[devices]]`: a meter on a link."""

    required: ClassVar[tuple[str, ...]] = ("id", "link", "unit_id", "profile")
    id: Text | None = None
    link: Text | None = None
    unit_id: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None
    profile: Text | None = None
    interval_s: Annotated[float, Field(le=86400, allow_inf_nan=False)] = 10.0
    registers: list[str] | None = None
    ct_ratio: Positive = 1.0
    pt_ratio: Positive = 1.0
    """Instrument transformers of a meter that counts on the secondary side: 800/5 A is 160."""
    label: Label = Field(default_factory=dict)


class PointTable(Table):
    """`[[points]]`: what a point means in this plant."""

    required: ClassVar[tuple[str, ...]] = ("point",)
    point: Text | None = None
    carrier: Literal["gas", "electricity", "pv", "heat", "production"] | None = None
    process: Text | None = None
    shares: dict[str, Finite] | None = None
    rated_max_per_hour: Positive | None = None
    minimum: Finite | None = None
    maximum: Finite | None = None
    modulus: Positive | None = None
    reference: Literal["actual", "20C", "15C", "0C"] | None = None
    role: Literal["sub", "main", "export"] = "sub"
    variable: Text | None = None
    temperature_point: Text | None = None
    pressure_point: Text | None = None
    supply_point: Text | None = None
    return_point: Text | None = None
    flow_side: Literal["cold", "hot"] = "cold"
    label: Label = Field(default_factory=dict)


class BrokerTable(Table):
    """`[broker]`: the MQTT broker that readings go through."""

    mode: Literal["embedded", "external"] = "embedded"
    host: Text = "127.0.0.1"
    port: PortOrAny = 1883
    tls: bool = False
    ca_file: Text | None = None
    cert_file: Text | None = None
    key_file: Text | None = None
    user: Text | None = None
    password: SecretStr | None = None
    password_file: Text | None = None
    protocol: Literal["3.1.1", "5"] = "3.1.1"


class StoreTable(Table):
    """`[store]`: where readings stay."""

    kind: Literal["duckdb", "influxdb"] = "duckdb"
    path: Text = "readings.duckdb"
    memory_limit: Annotated[str, AfterValidator(_is_size)] = "512MB"
    url: Text | None = None
    org: Text | None = None
    bucket: Text | None = None
    token: SecretStr | None = None
    token_file: Text | None = None


class JournalTable(Table):
    """`[journal]`: what waits on disk for the store."""

    max_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 2048


class HttpTable(Table):
    """`[http]`: the web page, health and metrics."""

    host: Text = "127.0.0.1"
    port: PortOrAny = 8080
    allowed_hosts: list[Text] = Field(default_factory=list)
    tls_cert_file: Text | None = None
    tls_key_file: Text | None = None


class AgentTable(Table):
    """`[agent]`: the agent itself."""

    state_dir: Text = "/var/lib/energy-agent"
    profile_dirs: list[Text] = Field(default_factory=list)


class Settings(BaseSettings):
    """The whole plant file."""

    model_config = SettingsConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        case_sensitive=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
    )
    site: SiteTable = Field(default_factory=SiteTable)
    processes: list[ProcessTable] = Field(default_factory=list)
    links: list[LinkTable] = Field(default_factory=list)
    devices: list[DeviceTable] = Field(default_factory=list)
    points: list[PointTable] = Field(default_factory=list)
    analytics: AnalyticsTable = Field(default_factory=AnalyticsTable)
    gas: GasTable = Field(default_factory=GasTable)
    target: TargetTable = Field(default_factory=TargetTable)
    carbon: CarbonTable = Field(default_factory=CarbonTable)
    heat: HeatTable = Field(default_factory=HeatTable)
    calendar: CalendarTable = Field(default_factory=CalendarTable)
    channels: list[ChannelTable] = Field(default_factory=list)
    broker: BrokerTable = Field(default_factory=BrokerTable)
    store: StoreTable = Field(default_factory=StoreTable)
    journal: JournalTable = Field(default_factory=JournalTable)
    http: HttpTable = Field(default_factory=HttpTable)
    agent: AgentTable = Field(default_factory=AgentTable)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the layers that `merge` hands in, and nothing of the process."""
        assert isinstance(init_settings, InitSettingsSource)
        return tuple(_Layer(settings_cls, layer) for layer in init_settings.init_kwargs.get(_LAYERS, ()))


class _Layer(PydanticBaseSettingsSource):
    """One source of settings that was read and checked already."""

    def __init__(self, settings_cls: type[BaseSettings], values: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._values = dict(values)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return one value as pydantic-settings asks for it."""
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all values."""
        return self._values


def merge(layers: Sequence[Mapping[str, Any]]) -> Settings:
    """Return the settings of several layers, the first one winning key by key.

    Nothing else is read: not the process's environment, no .env file. ValidationError when faulty.
    """
    handed: dict[str, Any] = {_LAYERS: layers}
    return Settings(**handed)
