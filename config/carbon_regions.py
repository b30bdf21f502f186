"""Grids that a factor of bought electricity may be of: ids after ISO 3166-2, and names people write."""

from __future__ import annotations

import re
from collections.abc import Collection

_CHINA = {
    "CN": ("China", "national", "全国", "中国"),
    "CN-NORTH": ("North", "华北"),
    "CN-NORTHEAST": ("Northeast", "东北"),
    "CN-EAST": ("East", "华东"),
    "CN-CENTRAL": ("Central", "华中"),
    "CN-NORTHWEST": ("Northwest", "西北"),
    "CN-SOUTH": ("South", "南方"),
    "CN-SOUTHWEST": ("Southwest", "西南"),
    "CN-AH": ("Anhui", "安徽"),
    "CN-BJ": ("Beijing", "北京"),
    "CN-CQ": ("Chongqing", "重庆"),
    "CN-FJ": ("Fujian", "福建"),
    "CN-GD": ("Guangdong", "广东"),
    "CN-GS": ("Gansu", "甘肃"),
    "CN-GX": ("Guangxi", "广西"),
    "CN-GZ": ("Guizhou", "贵州"),
    "CN-HA": ("Henan", "河南"),
    "CN-HB": ("Hubei", "湖北"),
    "CN-HE": ("Hebei", "河北"),
    "CN-HI": ("Hainan", "海南"),
    "CN-HK": ("Hong Kong", "香港"),
    "CN-HL": ("Heilongjiang", "黑龙江"),
    "CN-HN": ("Hunan", "湖南"),
    "CN-JL": ("Jilin", "吉林"),
    "CN-JS": ("Jiangsu", "江苏"),
    "CN-JX": ("Jiangxi", "江西"),
    "CN-LN": ("Liaoning", "辽宁"),
    "CN-MO": ("Macao", "澳门"),
    "CN-NM": ("Inner Mongolia", "内蒙古"),
    "CN-NX": ("Ningxia", "宁夏"),
    "CN-QH": ("Qinghai", "青海"),
    "CN-SC": ("Sichuan", "四川"),
    "CN-SD": ("Shandong", "山东"),
    "CN-SH": ("Shanghai", "上海"),
    "CN-SN": ("Shaanxi", "陕西"),
    "CN-SX": ("Shanxi", "山西"),
    "CN-TJ": ("Tianjin", "天津"),
    "CN-TW": ("Taiwan", "台湾"),
    "CN-XJ": ("Xinjiang", "新疆"),
    "CN-XZ": ("Tibet", "西藏"),
    "CN-YN": ("Yunnan", "云南"),
    "CN-ZJ": ("Zhejiang", "浙江"),
}
_NAMES = {name.lower(): region for region, names in _CHINA.items() for name in (region, *names)}
_ELSEWHERE = re.compile(r"(?!CN)[A-Z]{2}(-[A-Z0-9]{2,12})?", re.ASCII)


def region_named(text: str, known: Collection[str]) -> str | None:
    """Return the id of a grid by its id or name, None when there is none; `known` are the plant's own ids."""
    found = _NAMES.get(text.lower())
    if found is not None:
        return found
    return text if text in known or _ELSEWHERE.fullmatch(text) else None


def near_names(known: Collection[str]) -> list[str]:
    """Return what an unknown name may have meant."""
    return [*_CHINA, *(names[0] for names in _CHINA.values()), *known]
