"""Contracts as a comparison keeps them, and those that our own books name."""

from typing import Any

from pydantic import TypeAdapter

from trenddojo.statements.lines import Contract
from trenddojo.store.models import Instrument

_CONTRACT = TypeAdapter(Contract)


def contract_as_json(one: Contract) -> dict[str, Any]:
    """A contract as JSON, amounts and dates as text."""
    kept: dict[str, Any] = _CONTRACT.dump_python(one, mode="json")
    return kept


def contract_from_json(kept: dict[str, Any]) -> Contract:
    """A contract that `contract_as_json` kept."""
    return _CONTRACT.validate_python(kept)


def contract_of(one: Instrument) -> Contract:
    """The contract of an instrument of the books."""
    return Contract(
        one.symbol, one.asset_type, one.currency, one.exchange, one.multiplier, one.expiry, one.strike, one.right
    )
