"""A piece of a text around the words that were looked for, with the words marked."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

_BEFORE, _LONG = 80, 260


def excerpt(text: str, words: Sequence[str]) -> Markup:
    """One line of the text as typed, from a little before its first word on; escaped before anything is marked."""
    line = " ".join(text.split())
    pattern = _pattern(words)
    first = pattern.search(line) if pattern else None
    start = _edge(line, first.start() - _BEFORE) if first and first.start() > _BEFORE else 0
    shown = line[start : start + _LONG]
    marked = _marked(shown, pattern)
    end = "…" if start + _LONG < len(line) else ""
    return Markup("{}{}{}").format("…" if start else "", marked, end)


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Any of the words, the longest first, because one may be the beginning of another."""
    spelt = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(spelt, re.IGNORECASE) if spelt else None


def _edge(line: str, at: int) -> int:
    """The beginning of the next word from a place on."""
    space = line.find(" ", at, at + _BEFORE)
    return at if space < 0 else space + 1


def _marked(text: str, pattern: re.Pattern[str] | None) -> Markup:
    if pattern is None:
        return escape(text)
    parts, done = [], 0
    for match in pattern.finditer(text):
        parts += [escape(text[done : match.start()]), Markup("<mark>{}</mark>").format(match[0])]
        done = match.end()
    return Markup("").join([*parts, escape(text[done:])])
