"""What the forms of an import offer, and how they are read."""

from collections.abc import Mapping, Sequence
from typing import Any

from trenddojo.services.imports import broker
from trenddojo.services.inputs.imports import StopKind
from trenddojo.statements import registry
from trenddojo.statements.formats.mapped import MAPPED
from trenddojo.store.models import Import
from trenddojo.web.forms import typed

COLUMN = "column:"
"""What the names of the fields for columns begin with; our name of the field follows."""
NO_RULE = "none"
STOPS = (
    (NO_RULE, "None: no R"),
    (StopKind.PERCENT.value, "Percent of the entry"),
    (StopKind.ATR.value, "Average true ranges"),
    (StopKind.FIXED_RISK.value, "A fixed amount at risk"),
)
_SHOWN = 6


def formats() -> list[tuple[str, str]]:
    """The formats that can be chosen, by title; that of named columns comes last."""
    known = sorted(((one.name, one.title) for one in registry.FORMATS if one.name != MAPPED.name), key=_title)
    return [*known, (MAPPED.name, "None of these: I name the columns")]


def _title(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def why(row: Import, columns: Sequence[str]) -> str:
    """Why it is taken for what it is, in a sentence."""
    if row.format == broker.FORMAT.name:
        return "Told by the broker itself."
    if not row.format:
        return "Its columns are those of no format that is known here."
    if row.format == MAPPED.name:
        return "You named its columns."
    named = [cell for cell in columns if cell][:_SHOWN]
    return f"Recognised by its columns: {', '.join(named)}." if len(named) > 1 else "Recognised by how it begins."


def answers() -> tuple[str, dict[str, Any]]:
    """The format and the options that were sent."""
    sent = typed()
    names = ("zone", "date_order", "currency", "account")
    options: dict[str, Any] = {name: sent.get(name, "") for name in names}
    columns = {name.removeprefix(COLUMN): value for name, value in sent.items() if name.startswith(COLUMN)}
    return str(sent.get("format", "")), {**options, "columns": columns} if columns else options


def assumed() -> dict[str, Any]:
    """The stop and the expiries to assume, as they were sent."""
    return {"stop_rule": stop_rule(), "expire_options": bool(typed().get("expire_options"))}


def stop_rule() -> dict[str, Any] | None:
    """The rule for stops that was sent; None for none."""
    sent = typed()
    kind = sent.get("stop_kind", NO_RULE)
    return None if kind == NO_RULE else {"kind": kind, "value": sent.get("stop_value", "")}


def rule_words(rule: Mapping[str, Any] | None, currency: str) -> str:
    """A rule for stops as an import keeps it, in a few words; empty for none."""
    if rule is None:
        return ""
    units = {StopKind.PERCENT: "% of the entry", StopKind.ATR: " ATR", StopKind.FIXED_RISK: f" {currency} at risk"}
    return f"{rule['value']}{units[StopKind(rule['kind'])]}"
