"""What a file of prices is of."""

from collections.abc import Mapping

from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.services.inputs import types
from trenddojo.services.inputs.base import Input


class BarsInput(Input):
    """The instrument and the length of a file's bars. `is_raw`: as traded on the day, not adjusted for later splits."""

    symbol: types.Symbol
    asset_type: AssetType = AssetType.STOCK
    currency: types.Currency = "USD"
    exchange: types.Exchange = ""
    timeframe: Timeframe = Timeframe.DAY
    is_raw: types.Checked = False

    def problems(self) -> Mapping[str, str]:
        """What files are not taken of."""
        found = {}
        if self.asset_type in (AssetType.OPTION, AssetType.FUTURE):
            found["asset_type"] = "Files are taken of shares, funds, cryptocurrencies and currencies."
        if self.timeframe is Timeframe.MINUTE:
            found["timeframe"] = "Choose days or hours."
        return found
