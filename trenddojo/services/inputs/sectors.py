"""The sector of a symbol as it is typed."""

from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Label, Symbol


class SectorInput(Input):
    """What sector a symbol is in; empty for none."""

    symbol: Symbol
    sector: Label = ""
