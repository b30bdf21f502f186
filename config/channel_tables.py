"""`[[channels]]` of a plant file: who is told of alerts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from config.tables import Table
from config.values import Text, TimeSpan


class ChannelTable(Table):
    """`[[channels]]`: one group chat, mailbox or webhook; its URL is a secret."""

    required: ClassVar[tuple[str, ...]] = ("name",)
    name: Text | None = None
    url: SecretStr | None = None
    url_file: Text | None = None
    min_severity: Literal["info", "warning", "error"] = "warning"
    language: Literal["zh", "en"] = "zh"
    quiet_hours: TimeSpan | None = None
    quiet_except: Literal["info", "warning", "error"] | None = None
    repeat_h: Annotated[float, Field(ge=0.25, le=8784, allow_inf_nan=False)] = 24.0
    max_per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
