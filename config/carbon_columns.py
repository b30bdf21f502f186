"""What can be declared for the carbon inventory: a table a kind, its columns, how each is written.

The same columns are read from a file, typed as name=value, and filled into a form of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.carbon_entries import BaseYearReason, ScrapMethod
from domain.factors import FUELS, USES


class Value(StrEnum):
    """How a cell is written."""

    TEXT = "text"
    ID = "id"
    """Text that other rows and figures name it by."""
    NUMBER = "number"
    SHARE = "share"
    """0.25, or 25 %."""
    YEAR = "year"
    DAY = "day"
    INSTANT = "instant"
    """2026-03-01T08:00, or the day; plant time."""
    SPAN = "span"
    """2026-03-01, 2026-W09, 2026-03 or 2026: all of it."""
    UNIT = "unit"
    CHOICE = "choice"
    FLAG = "flag"
    """yes or no."""
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    value: Value = Value.TEXT
    zh: tuple[str, ...]
    """Chinese names; the first is the usual one."""
    en: tuple[str, ...] = ()
    """Other English names."""
    is_needed: bool = False
    low: float = 0.0
    """Of a number; outside is another unit or a slip."""
    high: float = 1e9
    is_above_low: bool = False
    """`low` itself is none."""
    choices: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    """Of one row; "" where the example has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One kind of declaration."""

    kind: str
    """As the ledger names it."""
    word: str
    """As `enter` names it."""
    plural: str
    """As `import` names it."""
    title: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> Mapping[str, str]:
        """Return every way to write a column, in small letters -> the column."""
        return {
            other.lower(): each.name for each in self.columns for other in (each.name, *each.en, *each.zh)
        } | {"note": "note", "notes": "note", "remark": "note", "备注": "note"}

    @property
    def has_span(self) -> bool:
        """Say whether its rows are about a span: `date`, or `since` and `until`."""
        return any(each.name == "date" for each in self.columns)

    @property
    def example(self) -> Mapping[str, str]:
        """Return a row: column -> text."""
        return {each.name: each.example for each in self.columns if each.example}

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(each for each in self.columns if each.name == name)


def _span(help_: str, example: str, *more: str) -> tuple[Column, ...]:
    return (
        Column(
            name="date", value=Value.SPAN, zh=("日期", "月份", "期间"), en=("month", "period", *more),
            help=help_, example=example,
        ),
        Column(
            name="since", value=Value.INSTANT, zh=("开始", "开始时间", "起"), en=("from", "start"),
            help="begin, instead of date",
        ),
        Column(
            name="until", value=Value.INSTANT, zh=("结束", "结束时间", "止"), en=("to", "end"),
            help="end, not included",
        ),
    )  # fmt: skip


def _document(help_: str, example: str) -> Column:
    zh, en = ("单据", "发票号", "文件"), ("document no", "invoice", "log")
    return Column(name="document", zh=zh, en=en, is_needed=True, help=help_, example=example)


FACTOR = Table(
    kind="emission_factor",
    word="factor",
    plural="factors",
    title="emission factors, dated, each with its source",
    columns=(
        Column(name="id", value=Value.ID, zh=("编号", "因子编号"), is_needed=True,
               help="names it for ever; the same id again corrects it", example="grid.cn-gd.2023"),
        Column(name="use", value=Value.CHOICE, zh=("用途",), is_needed=True, choices=tuple(USES),
               help="what it is for", example="grid.location"),
        Column(name="value", value=Value.NUMBER, zh=("数值", "因子", "因子值"), en=("factor",),
               is_needed=True, help="in the unit beside it", example="0.4419"),
        Column(name="unit", value=Value.UNIT, zh=("单位",), is_needed=True,
               help="that of the use; others that are exactly so many of it are converted",
               example="kgCO2/kWh"),
        Column(name="region", zh=("区域", "地区", "电网"), en=("grid",),
               help="of grid.* only: CN, CN-GD, CN-SOUTH", example="CN-GD"),
        Column(name="year", value=Value.YEAR, zh=("数据年份", "年份"), en=("data year",),
               help="of the data behind it", example="2023"),
        Column(name="valid_from", value=Value.DAY, zh=("生效日期", "有效期起"), en=("from",), is_needed=True,
               help="first day that it holds", example="2023-01-01"),
        Column(name="valid_until", value=Value.DAY, zh=("失效日期", "有效期止"), en=("until",),
               help="last day; empty: until a later one"),
        Column(name="reference", value=Value.CHOICE, zh=("参比条件", "基准状态"), choices=("0C",),
               help="of gas.ncv, which is per Nm3"),
        Column(name="source", zh=("来源", "出处"), is_needed=True,
               help="who publishes it, which document", example="annex of the ministry 2025-12"),
        Column(name="page", zh=("页码", "页"), help="where in it", example="table 2"),
        Column(name="file_sha256", value=Value.SHA256, zh=("文件哈希", "哈希"), en=("sha256",),
               help="of the document, 64 hex digits"),
        Column(name="is_verified", value=Value.FLAG, zh=("已核实", "是否核实"), en=("verified",),
               help="somebody held it against that document", example="no"),
        Column(name="approver", zh=("批准人", "审批人"), en=("approved by",), help="who approved it",
               example="Wang Li"),
        Column(name="uncertainty", value=Value.SHARE, zh=("不确定度",), high=1.0, is_above_low=True,
               help="relative, one standard deviation", example="0.05"),
    ),
)  # fmt: skip

FUEL = Table(
    kind="fuel_use",
    word="fuel",
    plural="fuels",
    title="diesel, petrol and LPG that was burnt, by invoice or log",
    columns=(
        Column(name="fuel", value=Value.CHOICE, zh=("燃料", "品种"), is_needed=True, choices=FUELS,
               help="what was burnt", example="diesel"),
        *_span("when it was burnt", "2026-02"),
        Column(name="quantity", value=Value.NUMBER, zh=("数量", "用量"), en=("amount",), is_needed=True,
               help="how much; 0 says that none was burnt", example="1200"),
        Column(name="unit", value=Value.UNIT, zh=("单位",), is_needed=True, help="t, kg or L", example="L"),
        Column(name="density_kg_per_l", value=Value.NUMBER, zh=("密度",), en=("density",), low=0.4, high=1.1,
               help="of litres: kg per litre", example="0.84"),
        Column(name="what", zh=("用于", "用途", "设备"), en=("use",), help="who burnt it",
               example="forklifts"),
        _document("number of the invoice, or name of the log", "INV-2026-0211"),
    ),
)  # fmt: skip

INVOICE = Table(
    kind="invoice",
    word="invoice",
    plural="invoices",
    title="what suppliers billed of gas and electricity, to hold against the meters",
    columns=(
        Column(name="carrier", value=Value.CHOICE, zh=("能源", "能源品种"), en=("energy",), is_needed=True,
               choices=("gas", "electricity"), help="what was billed", example="gas"),
        *_span("what it is billed for", "2026-02"),
        Column(name="quantity", value=Value.NUMBER, zh=("数量", "用量"), en=("amount",), is_needed=True,
               help="how much", example="182340"),
        Column(name="unit", value=Value.UNIT, zh=("单位",), is_needed=True,
               help="m3, Nm3 (at 0 C) or 10^4m3; kWh, MWh or 10^4kWh", example="m3"),
        Column(name="reference", value=Value.CHOICE, zh=("参比条件", "基准状态"),
               choices=("0C", "15C", "20C"), help="conditions of a m3: 20C is usual in China",
               example="20C"),
        Column(name="number", value=Value.ID, zh=("发票号", "单号"), en=("invoice", "document"),
               is_needed=True, help="number of the invoice", example="GAS-2026-02"),
        Column(name="supplier", zh=("供应商",), help="who billed it", example="Jiangmen Gas"),
    ),
)  # fmt: skip

CERTIFICATES = Table(
    kind="certificates",
    word="certificates",
    plural="certificates",
    title="green electricity certificates with consecutive ids, 1 MWh each",
    columns=(
        Column(name="first", value=Value.ID, zh=("起始编号", "起始证书号"), en=("first id",), is_needed=True,
               help="id of the first; ends in digits", example="GEC-26-000101"),
        Column(name="last", value=Value.ID, zh=("截止编号", "截止证书号"), en=("last id",), is_needed=True,
               help="id of the last", example="GEC-26-000220"),
        Column(name="count", value=Value.NUMBER, zh=("张数", "数量"), en=("mwh",), low=1, high=1e6,
               help="how many, to be held against the ids", example="120"),
        *_span("when it was generated (vintage)", "2026-01", "vintage"),
        Column(name="technology", zh=("技术类型", "类型"), help="wind, solar ...", example="wind"),
        Column(name="project", zh=("项目", "电站"), help="where it was generated",
               example="Yangjiang offshore 2"),
        Column(name="retired", value=Value.DAY, zh=("注销日期", "核销日期"), en=("cancelled", "retired on"),
               help="day of retirement; empty: not yet, they cover nothing", example="2026-03-10"),
        Column(name="beneficiary", zh=("受益人", "受益方"), en=("retired for",),
               help="whom they were retired for", example="the works"),
        Column(name="is_own_pv", value=Value.FLAG, zh=("自有光伏",), en=("own pv",),
               help="issued for the plant's own PV"),
        Column(name="is_sold", value=Value.FLAG, zh=("已售出", "已出售"), en=("sold",),
               help="own ones that somebody else has now"),
        Column(name="contract", zh=("合同编号", "合同"), help="id of the contract whose energy they prove"),
        _document("statement or receipt", "GEC account 2026-03"),
    ),
)  # fmt: skip

CONTRACT = Table(
    kind="green_contract",
    word="contract",
    plural="contracts",
    title="green power that was bought and settled",
    columns=(
        Column(name="id", value=Value.ID, zh=("合同编号", "编号"), en=("contract",), is_needed=True,
               help="number of the contract and month; the same id again corrects it",
               example="GP-7/2026-01"),
        Column(name="supplier", zh=("供应商", "售电公司"), is_needed=True, help="who sold it",
               example="Guangdong Power Exchange"),
        *_span("what is settled", "2026-01"),
        Column(name="quantity", value=Value.NUMBER, zh=("电量", "结算电量", "数量"), en=("energy",),
               is_needed=True, is_above_low=True, help="settled energy", example="350"),
        Column(name="unit", value=Value.UNIT, zh=("单位",), is_needed=True, help="kWh, MWh or 10^4kWh",
               example="MWh"),
        Column(name="factor_kg_per_kwh", value=Value.NUMBER, zh=("因子", "排放因子"), en=("factor",),
               high=2.0, help="kgCO2 per kWh; empty: 0"),
        _document("settlement sheet", "settlement 2026-01"),
    ),
)  # fmt: skip

LOT = Table(
    kind="aluminium_lot",
    word="lot",
    plural="lots",
    title="aluminium that was bought, with what the supplier says of it",
    columns=(
        Column(name="id", value=Value.ID, zh=("批号", "编号", "批次"), en=("lot",), is_needed=True,
               help="of the lot; the same id again corrects it", example="2026-0117"),
        Column(name="supplier", zh=("供应商",), is_needed=True, help="who sold it", example="Nanshan"),
        Column(name="at", value=Value.INSTANT, zh=("到货日期", "日期"), en=("date", "day"), is_needed=True,
               help="when it came in: the month it counts in", example="2026-02-17"),
        Column(name="mass", value=Value.NUMBER, zh=("重量", "质量"), en=("quantity",), is_needed=True,
               is_above_low=True, help="how much", example="24.6"),
        Column(name="unit", value=Value.UNIT, zh=("单位",), is_needed=True, help="t or kg", example="t"),
        Column(name="primary", value=Value.SHARE, zh=("原铝比例", "原铝"), high=1.0,
               help="share of primary metal; the three add up to 1, or are all empty: not known",
               example="0.75"),
        Column(name="pre_consumer", value=Value.SHARE, zh=("消费前废料比例", "消费前废料"), high=1.0,
               help="share of scrap from makers", example="0.15"),
        Column(name="post_consumer", value=Value.SHARE, zh=("消费后废料比例", "消费后废料"), high=1.0,
               help="share of scrap from users", example="0.1"),
        Column(name="green_power", value=Value.SHARE, zh=("绿电铝比例", "绿电铝"), high=1.0,
               help="share of the primary metal smelted by green power", example="0.4"),
        Column(name="scrap_method", value=Value.CHOICE, zh=("废料分配方法", "废料方法"),
               choices=tuple(ScrapMethod), help="what scrap from makers carries; empty: cut_off"),
        Column(name="factor_t_per_t", value=Value.NUMBER, zh=("供应商因子", "因子"), en=("factor",),
               high=40.0, help="the supplier's own, tCO2e per t; it goes before shares", example="9.8"),
        Column(name="boundary", zh=("边界", "系统边界"), help="of that factor",
               example="cradle-to-gate"),
        Column(name="year", value=Value.YEAR, zh=("数据年份", "年份"), help="of its data", example="2025"),
        Column(name="verifier", zh=("核查机构", "核查方"), help="who verified it", example="TUV"),
        _document("certificate, declaration or invoice", "EPD 4711"),
    ),
)  # fmt: skip

BASE_YEAR = Table(
    kind="base_year",
    word="base-year",
    plural="base-years",
    title="the base year, or its recalculation with reason and approver",
    columns=(
        Column(name="year", value=Value.YEAR, zh=("基准年", "年份"), is_needed=True, help="the base year",
               example="2024"),
        Column(name="scope_1_2_t", value=Value.NUMBER, zh=("范围一二排放",), en=("scope 1+2",),
               help="tCO2e, market-based; empty: not stated", example="4120"),
        Column(name="scope_3_1_t", value=Value.NUMBER, zh=("范围三类别一排放",), en=("scope 3.1",),
               help="tCO2e; empty: not stated"),
        Column(name="output", value=Value.NUMBER, zh=("产量",), is_above_low=True,
               help="of that year", example="40392"),
        Column(name="output_unit", value=Value.CHOICE, zh=("产量单位",), choices=("t", "m2"),
               help="t or m2; empty: t", example="t"),
        Column(name="intensity_1_2", value=Value.NUMBER, zh=("范围一二强度",), high=1000.0,
               help="tCO2e per unit of output, as stated", example="0.102"),
        Column(name="intensity_3_1", value=Value.NUMBER, zh=("范围三类别一强度",), high=1000.0,
               help="tCO2e per unit of output, as stated", example="14.982"),
        Column(name="reason", value=Value.CHOICE, zh=("原因", "重算原因"), is_needed=True,
               choices=tuple(BaseYearReason), help="organic growth is none", example="structural"),
        Column(name="what", zh=("说明", "变化说明"), en=("change",), help="what has changed",
               example="second coating line taken over"),
        Column(name="threshold", value=Value.SHARE, zh=("显著性阈值", "阈值"), high=0.5, is_above_low=True,
               help="relative change from which it is recalculated; empty: that of the plant file",
               example="0.05"),
        Column(name="approver", zh=("批准人", "审批人"), en=("approved by",), is_needed=True,
               help="who approved it", example="Wang Li"),
        Column(name="document", zh=("文件", "单据"), help="where it is decided", example="plan of 2025-03"),
    ),
)  # fmt: skip

EXPLAINED = Table(
    kind="explained",
    word="explained",
    plural="explanations",
    title="why meters and invoices, or main meter and sub-meters, of a span differ",
    columns=(
        Column(name="carrier", value=Value.CHOICE, zh=("能源", "能源品种"), en=("energy",), is_needed=True,
               choices=("gas", "electricity", "pv", "heat"), help="of what", example="gas"),
        *_span("the month, as a rule", "2026-02"),
        Column(name="against", value=Value.CHOICE, zh=("对照",), is_needed=True,
               choices=("invoices", "subs"), help="what the main meters are held against",
               example="invoices"),
        Column(name="reason", zh=("原因",), is_needed=True, help="why they differ",
               example="invoice runs from the 26th to the 25th"),
    ),
)  # fmt: skip

KINDS: Mapping[str, Table] = {
    table.kind: table for table in (FACTOR, FUEL, INVOICE, CERTIFICATES, CONTRACT, LOT, BASE_YEAR, EXPLAINED)
}
"""Kind as the ledger names it -> its table."""
