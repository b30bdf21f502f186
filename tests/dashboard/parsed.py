"""A page of HTML as a tree of elements that tests can look through."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser


class Node:
    """One element with its text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.parts: list[str] = []
        self.children: list[Node] = []

    def all(self, chosen: Callable[[Node], bool]) -> list[Node]:
        """Return all elements inside that are chosen, in the page's order."""
        found = [self] if chosen(self) else []
        return found + [each for child in self.children for each in child.all(chosen)]

    def has(self, name: str) -> bool:
        """Say whether the element has a class."""
        return name in self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """Return all text inside, blanks folded but those that do not break."""
        return re.sub(r"[ \n]+", " ", "".join(self.parts)).strip()


class Tree(HTMLParser):
    """A page as a tree of nodes."""

    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in self.VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.parts.append(data)
