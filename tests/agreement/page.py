"""A page as text: its labels with their figures, its tables, and how figures are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from html.parser import HTMLParser

from tests.oracle import round_to

_EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_UNREAD = {"svg", "script", "style", "small"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Node:
    """An element. Its text leaves out drawings, small print, chips, explanations, and what only screen readers hear."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        classes = self.attributes.get("class", "").split()
        if self.tag in _UNREAD or "vh" in classes or "chip" in classes or self.attributes.get("role") == "tooltip":
            return
        if self.tag == "input" and self.attributes.get("type") != "hidden":
            yield self.attributes.get("value", "")
        for child in self.children:
            yield from [child] if isinstance(child, str) else child._texts()
        if self.tag in ("dd", "dt", "span", "td", "li"):
            yield " " if self.tag != "span" else ""

    def all(self, *tags: str, **attributes: str) -> list[Node]:
        """The elements of a kind below this one, in order."""
        return [one for one in self._below if one.tag in tags and attributes.items() <= one.attributes.items()]

    @cached_property
    def _below(self) -> list[Node]:
        """Every element below this one, in order; asked of pages that are read to their end."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                found += [child, *child._below]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.path[-1].children.append(node)
        if tag not in _EMPTY:
            self.path.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.path[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            assert self.path[-1].tag == tag, f"</{tag}> closes <{self.path[-1].tag}>"
            self.path.pop()

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)


class Page:
    """What a page says."""

    def __init__(self, html: str) -> None:
        reader = _Reader()
        reader.feed(html)
        self.root = reader.path[0]

    def figures(self, section: str = "") -> list[tuple[str, list[str]]]:
        """Every label with what stands beside it, of the section with that heading or of the whole page."""
        found: list[tuple[str, list[str]]] = []
        for group in (self.section(section) if section else self.root).all("dl"):
            for node in group.all("dt", "dd"):
                if node.tag == "dt":
                    found.append((node.text, []))
                else:
                    found[-1][1].append(node.text)
        return found

    def figure(self, label: str, section: str = "") -> list[str]:
        """What stands beside the first such label; nothing where there is none."""
        return next((beside for name, beside in self.figures(section) if name == label), [])

    def section(self, heading: str) -> Node:
        """The section under the heading with this id."""
        return next(iter(self.root.all("section", **{"aria-labelledby": heading})), Node("", {}))

    def foot(self, heading: str) -> str:
        """What stands at the foot of a section."""
        feet = [node for node in self.section(heading).all("div") if "panel-foot" in node.attributes.get("class", "")]
        return " ".join(foot.text for foot in feet)

    def rows(self, heading: str, part: str = "tbody") -> list[dict[str, str]]:
        """The rows of the tables in a section, each by the names of its columns."""
        found = []
        for table in self.section(heading).all("table"):
            names = [cell.text.strip(" ↓↑") for cell in table.all("thead")[0].all("th")]
            for body in table.all(part):
                found += [_row(names, row) for row in body.all("tr")]
        return found


def _row(names: list[str], row: Node) -> dict[str, str]:
    cells: list[str] = []
    for cell in row.all("td", "th"):
        cells += [cell.text] * int(cell.attributes.get("colspan", "1"))
    return dict(zip(names, cells, strict=True))


# ---- how figures are written


def money(value: Decimal | Fraction | None, places: int = 2) -> str:
    """1,234.50, or −1,234.50; nothing where nothing is known."""
    if value is None:
        return ""
    text = f"{round_to(Fraction(value), places):,.{places}f}"
    return text.replace("-", "−") if text.strip("-0.,") else text.removeprefix("-")


def signed(value: Decimal | Fraction | None, places: int = 2) -> str:
    """+1,234.50, −1,234.50, or 0.00."""
    text = money(value, places)
    return f"+{text}" if text.strip("0.,") and "−" not in text else text


def r(value: Decimal | Fraction | None, places: int = 2) -> str:
    return "" if value is None else f"{signed(value, places)}R"


def percent(fraction: Decimal | Fraction | None, places: int = 2) -> str:
    return "" if fraction is None else f"{money(100 * Fraction(fraction), places)}%"


def signed_percent(fraction: Decimal | Fraction | None, places: int = 2) -> str:
    return "" if fraction is None else f"{signed(100 * Fraction(fraction), places)}%"


def quantity(value: Decimal) -> str:
    """1,200 or 0.05: as it is."""
    whole, _, decimals = f"{value:,f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def price(value: Decimal | None) -> str:
    """As typed: two decimals at least, four below 1."""
    if value is None:
        return ""
    whole, _, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(4 if abs(value) < 1 else 2, '0')}"


def average(value: Decimal | None) -> str:
    """As computed: two decimals, four below 1."""
    return "" if value is None else money(value, 4 if abs(value) < 1 else 2)


def day(value: date, today: date | None = None) -> str:
    return "today" if value == today else f"{value.day} {_MONTHS[value.month - 1]}"
