"""The columns of a file that nothing recognises: what they can be named as, and what they probably are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.statements.columns import folded
from trenddojo.statements.formats import mapped

_USUAL: Mapping[str, tuple[str, ...]] = {
    "date": (
        "date",
        "when",
        "date & time",
        "timestamp",
        "trade date",
        "datetime",
        "date/time",
        "executed at",
        "exec time",
        "time of trade",
        "filled time",
    ),
    "time": ("time", "trade time", "clock"),
    "symbol": ("symbol", "ticker", "instrument", "underlying", "isin"),
    "side": ("side", "buy/sell", "b/s", "action", "type", "direction"),
    "quantity": ("quantity", "qty", "shares", "size", "volume", "units", "filled qty"),
    "price": ("price", "fill price", "avg price", "execution price", "t. price", "rate"),
    "commission": ("commission", "commissions", "comm", "comm/fee", "commission fee"),
    "fees": ("fees", "fee", "other fees", "regulatory fees", "costs"),
    "effect": ("open/close", "effect", "pos effect", "position effect"),
    "currency": ("currency", "ccy", "cur"),
    "fx": ("fx", "fx rate", "exchange rate"),
    "asset_type": ("asset type", "asset class", "asset category", "security type", "kind"),
    "expiry": ("expiry", "expiration", "exp", "expiration date"),
    "strike": ("strike", "strike price"),
    "right": ("call/put", "put/call", "right", "option type"),
    "multiplier": ("multiplier", "contract size"),
    "account": ("account", "account number", "account id"),
    "key": ("trade id", "execution id", "exec id", "id", "transaction id", "order id"),
    "note": ("note", "notes", "comment", "comments", "description"),
    "tags": ("tags", "labels", "setup"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ours that a column can be named as; `is_needed` ones have to be."""

    name: str
    label: str
    is_needed: bool


def fields() -> tuple[Field, ...]:
    """The fields in the order in which they are asked for."""
    return tuple(Field(name, label, name in mapped.NEEDED) for name, label in mapped.FIELDS.items())


def proposed(columns: Iterable[str]) -> dict[str, str]:
    """For each field the column that goes by one of its usual names."""
    by_name = {folded(column): column for column in reversed(list(columns))}
    return dict(_proposed(by_name))


def _proposed(by_name: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, usual in _USUAL.items():
        found = next((by_name[folded(one)] for one in usual if folded(one) in by_name), None)
        if found is not None:
            yield name, found


def check(said: ImportOptions) -> None:
    """Raises Invalid by the fields that need a column and have none, or are none of ours."""
    lacking = {f"columns.{name}": "Choose its column." for name in mapped.NEEDED if name not in said.columns}
    strange = {f"columns.{name}": "There is no such field." for name in said.columns if name not in mapped.FIELDS}
    if lacking or strange:
        raise Invalid({**lacking, **strange})
