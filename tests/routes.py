"""Routes compiled once for all applications of a test process.

werkzeug compiles every route anew for every application, which is a third of what a test of the web takes; what it
compiles follows from the rule's text alone, as no rule of ours has defaults or converters of its own.
"""

from __future__ import annotations

from werkzeug.routing import Rule

_compile = Rule.compile
_known: dict[tuple[str, str | None, str | None, bool | None], Rule] = {}


def _compiled_once(rule: Rule) -> None:
    if rule.defaults:
        return _compile(rule)
    known = _known.setdefault((rule.rule, rule.host, rule.subdomain, rule.merge_slashes), rule)
    if known is rule:
        return _compile(rule)
    rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
    rule.arguments = set(known.arguments)
    rule._build = known._build.__func__.__get__(rule)
    rule._build_unknown = known._build_unknown.__func__.__get__(rule)
    return None


def install() -> None:
    """Let every application from now on share what was compiled."""
    Rule.compile = _compiled_once  # type: ignore[method-assign]
