"""What an alert says to a person, in Chinese or English, short enough for a group chat. Pure.

An alert code without a sentence of its own has the alert's own English one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.findings import Severity
from domain.notice import Item, Notice, NoticeKind
from domain.plant import Plant
from domain.results import Alert

MOST_ITEMS = 8
"""Of a digest; the others are counted."""
MOST_BYTES = 1900
"""A WeCom robot takes 2048 bytes of text, title included."""

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "drift.up": ("单位产量耗气上升", "gas per output has risen"),
    "drift.down": ("单位产量耗气下降", "gas per output has fallen"),
    "data.silent": ("设备无数据", "gives no good reading"),
    "data.stuck": ("读数停滞不变", "shows one value all the time"),
    "data.spike": ("读数突跳", "shows a spike"),
    "data.balance": ("总表与分表不平衡", "main meter and sub-meters do not agree"),
    "counter.reset_undeclared": (
        "计数器归零而未登记换表",
        "counter was reset and no meter event is declared",
    ),
    "counter.wraps_unknown": (
        "长时间无数据，表计归零次数无法判定",
        "nobody knows how often the counter started again",
    ),
    "counter.event_unfit": ("登记的换表读数与数据不符", "declared meter event does not fit the data"),
    "counter.conflict": ("同一时刻有两个不同读数", "two values for one instant"),
}
"""Alert code -> sentence after the name of the thing, zh and en."""
_REMEDIES: Mapping[str, str] = {
    "drift.up": "请检查烧嘴、炉压、排风和产品结构，处理后在系统中登记原因并关闭。",
    "drift.down": "请确认产量和仪表是否正确；如为改进所致，请登记原因并关闭。",
    "data.silent": "请检查电源、接线和网关；可用 energy-agent read 试读。",
    "data.stuck": "请检查仪表及其通信。",
    "data.spike": "请核对仪表读数和接线。",
    "data.balance": "请检查分表故障、未装表用户或泄漏。",
    "counter.reset_undeclared": "请用 energy-agent event 登记换表或归零。",
    "counter.wraps_unknown": "请登记该段时间的表计读数。",
    "counter.event_unfit": "请更正登记的旧表止数与新表起数。",
    "counter.conflict": "请检查是否有两个来源写入同一测点。",
}
_DRIFT = (
    ("shift_percent", "变化 {:+.1f} %"),
    ("shift_percent_low", "(90 % 区间 {:+.1f} %"),
    ("shift_percent_high", "至 {:+.1f} %)"),
    ("excess_nm3", "累计 {:+,.0f} Nm3"),
    ("excess_nm3_per_day", "每天 {:+,.0f} Nm3"),
    ("cost", "费用 {:+,.0f}"),
    ("currency", "{}"),
    ("excess_co2_kg", "CO2 {:+,.0f} kg"),
    ("probability", "概率 {:.1%}"),
)
_FACTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "drift.up": _DRIFT,
    "drift.down": _DRIFT,
    "drift.spike": (("shift_percent", "偏离 {:+.1f} %"), ("gas_nm3", "当期耗气 {:,.0f} Nm3")),
    "data.silent": (("silent_min", "已 {:.0f} 分钟无有效读数"),),
    "data.balance": (
        ("share_percent", "未分摊 {:.1f} %"),
        ("main", "总表 {:,.0f}"),
        ("unallocated", "差额 {:,.0f}"),
    ),
    "counter.calibration_expired": (("valid_until", "有效期至 {}"),),
    "gauge.calibration_expired": (("valid_until", "有效期至 {}"),),
}
"""Alert code -> (fact, how it reads in Chinese); the English sentence of an alert has its figures already."""
_SEVERITIES = {
    Severity.ERROR: ("严重", "error"),
    Severity.WARNING: ("警告", "warning"),
    Severity.INFO: ("提示", "info"),
}
_KINDS = {
    NoticeKind.NEW: ("新告警", "new"),
    NoticeKind.REPEAT: ("仍未处理", "still open"),
    NoticeKind.RECOVERED: ("已恢复", "recovered"),
    NoticeKind.WITHDRAWN: ("已解除", "cleared"),
}
_CARRIERS = {
    "gas": ("燃气", "gas"),
    "electricity": ("电", "electricity"),
    "heat": ("热", "heat"),
    "pv": ("光伏", "PV"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The language and the plant that a message is written for."""

    plant: Plant
    language: str
    """zh or en."""

    def message(self, notice: Notice) -> tuple[str, str]:
        """Return (title, body)."""
        if len(notice.items) == 1:
            (item,) = notice.items
            head = f"{self._pick(_KINDS[item.kind])}: {self._headline(item.alert)}"
            return _cut(self._signed(head), 120), _fit("\n".join(self._lines(item)))
        return self._digest(notice)

    def test_message(self, channel: str) -> tuple[str, str]:
        """Return (title, body) of a message that only shows that a channel works."""
        title = "测试消息" if self._is_zh else "test message"
        body = f"通知通道 {channel} 工作正常。" if self._is_zh else f"The channel {channel} works."
        return self._signed(title), body

    def _digest(self, notice: Notice) -> tuple[str, str]:
        count = len(notice.items)
        title = f"{count} 条告警" if self._is_zh else f"{count} alerts"
        lines = [
            f"{place}. [{self._pick(_KINDS[item.kind])}] {self._headline(item.alert)} "
            f"({self._time(item.alert.since)})"
            for place, item in enumerate(notice.items[:MOST_ITEMS], start=1)
        ]
        if count > MOST_ITEMS:
            rest = count - MOST_ITEMS
            lines.append(f"…另有 {rest} 条" if self._is_zh else f"... and {rest} more")
        return self._signed(title), _fit("\n".join(lines))

    def _lines(self, item: Item) -> list[str]:
        alert, is_zh = item.alert, self._is_zh
        lines = [f"{'始于' if is_zh else 'since'} {self._time(alert.since)}"]
        if item.kind is NoticeKind.RECOVERED and alert.until is not None:
            lines = [f"{lines[0]}, {'止于' if is_zh else 'until'} {self._time(alert.until)}"]
        severity = self._pick(_SEVERITIES[alert.severity])
        lines.append(f"{'级别' if is_zh else 'severity'}: {severity} · {alert.code}")
        if item.kind in (NoticeKind.RECOVERED, NoticeKind.WITHDRAWN):
            return lines
        said = _said(alert) if is_zh else ""
        lines.append(said or _cut(alert.problem, 300))
        if alert.suspects:
            names = ", ".join(
                f"{each.variable} {each.before:.4g} -> {each.after:.4g}" for each in alert.suspects[:3]
            )
            lines.append(f"{'同时变化' if is_zh else 'moved with it'}: {names}")
        remedy = _REMEDIES.get(alert.code, alert.remedy) if is_zh else alert.remedy
        if remedy:
            lines.append(f"{'处理' if is_zh else 'do'}: {remedy}")
        return lines

    def _headline(self, alert: Alert) -> str:
        sentence = _SENTENCES.get(alert.code)
        if sentence is None:
            return _cut(alert.problem, 90)
        return f"{self._subject(alert.subject)} {self._pick(sentence)}"

    def _subject(self, subject: str) -> str:
        """Return what people call the process, device, point or carrier."""
        if subject in _CARRIERS:
            return self._pick(_CARRIERS[subject])
        for process in self.plant.processes:
            if process.id == subject:
                return self._label(process.label, subject)
        device_id, _, name = subject.partition(".")
        for device in self.plant.devices:
            if device.id == device_id:
                label = self._label(device.label, device_id)
                return f"{label} ({name})" if name else label
        return subject

    def _signed(self, text: str) -> str:
        return f"[{self._label(self.plant.label, self.plant.site)}] {text}"

    def _time(self, at: int) -> str:
        zone = ZoneInfo(self.plant.time_zone)
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def _label(self, label: Mapping[str, str], otherwise: str) -> str:
        return label.get(self.language) or label.get("en") or otherwise

    def _pick(self, both: tuple[str, str]) -> str:
        return both[0] if self._is_zh else both[1]

    @property
    def _is_zh(self) -> bool:
        return self.language == "zh"


def _said(alert: Alert) -> str:
    """Return the figures of an alert in Chinese, "" where there are none to say."""
    parts = []
    for name, form in _FACTS.get(alert.code, ()):
        value = alert.facts.get(name)
        try:
            parts += [form.format(value)] if value is not None else []
        except ValueError:  # a figure that came as text
            parts.append(str(value))
    return " ".join(parts)


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _fit(text: str) -> str:
    """Return as much of a body as the narrowest channel takes beside a title."""
    room = MOST_BYTES - 500
    raw = text.encode()
    return text if len(raw) <= room else raw[: room - 3].decode("utf-8", "ignore") + "…"
