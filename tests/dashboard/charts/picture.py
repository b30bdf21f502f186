"""A chart taken apart: its elements, its texts with the room they take."""

from __future__ import annotations

import re
from itertools import combinations
from unicodedata import east_asian_width
from xml.etree import ElementTree

from dashboard.charts.labels import Box

SIZES = {"t": 12.0, "a": 11.0}


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def subpaths(data: str) -> int:
    return data.count("M")


def spans(root: ElementTree.Element) -> list[tuple[str, Box]]:
    """Return every text with the box it takes: a full em for Chinese, 0.6 em for anything else."""
    moved = {child for each in root.iter("g") if each.get("transform") for child in each.iter("text")}
    grouped = {child: each.get("class", "") for each in root.iter("g") for child in each.iter("text")}
    found = []
    for each in root.iter("text"):
        classes = (each.get("class") or grouped[each]).split()
        size = SIZES[classes[0]]
        words = each.text or ""
        wide = sum(size * (1.0 if east_asian_width(letter) in "WF" else 0.6) for letter in words)
        left = float(each.get("x", "")) - (wide if "e" in classes else wide / 2 if "m" in classes else 0.0)
        y = float(each.get("y", "")) + (4 if each in moved else 0)
        found.append((words, Box(left=left, top=y - 0.75 * size, right=left + wide, bottom=y + 0.2 * size)))
    return found


def view(root: ElementTree.Element) -> Box:
    left, top, width, height = (float(part) for part in root.get("viewBox", "").split())
    return Box(left=left, top=top, right=left + width, bottom=top + height)


def cut(root: ElementTree.Element) -> list[str]:
    """Return the texts that reach over the picture's edge."""
    outer = view(root)
    return [
        words
        for words, box in spans(root)
        if box.left < outer.left - 0.1
        or box.right > outer.right + 0.1
        or box.top < outer.top
        or box.bottom > outer.bottom
    ]


def upon_each_other(root: ElementTree.Element) -> list[tuple[str, str]]:
    return [(a, b) for (a, box), (b, other) in combinations(spans(root), 2) if box.overlaps(other)]


def ids(svg: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', svg)


def references(svg: str) -> set[str]:
    return set(re.findall(r'(?:url\(#|href="#|labelledby=")([^)"]+)', svg))
