"""How notes are read: CommonMark with tables and strikethrough, kept as typed and made safe where it is shown.

Two guards, of which each would do. markdown-it takes no HTML, no pictures and no addresses but of the web and of mail;
what it makes then passes nh3, which lets through the few tags named here. Line breaks stay, as in notes of plain text.
"""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup

_SCHEMES = {"http", "https", "mailto"}
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_HEADING = "md-h"
"""The class of a heading: in a note it is a line in bold, because the outline of a page is the page's own."""
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes={"p": {_HEADING}},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_NESTED = 20
"""Levels of lists, quotations and emphasis that are read; what is deeper stays as it was typed."""


def _flatten(state: StateCore) -> None:
    """Headings become lines in bold."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
            if token.nesting == 1:
                token.attrSet("class", _HEADING)


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": _NESTED})
    reader.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    reader.core.ruler.push("flatten", _flatten)
    reader.validateLink = lambda url: _ADDRESS.match(url) is not None  # type: ignore[method-assign]
    return reader


_READER = _reader()


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """A note as HTML that is safe to show."""
    return Markup(_CLEANER.clean(_READER.render(text)))  # noqa: S704 (cleaned)
