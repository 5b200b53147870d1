"""How the gateway's own lines stand: to Interactive Brokers, and to the farms that market data comes from."""

import re

_LOST, _BACK_WITHOUT_DATA, _BACK, _LINK_BROKEN = 1100, 1101, 1102, 2110
_FARM_BROKEN = {2103, 2105, 2157}
_FARM_WELL = {2104, 2106, 2107, 2108, 2158}
_NAME = re.compile(r"(?::|upon demand\.)\s*(\S+)\s*$")


class Weather:
    """What the gateway said of its lines. Source: IBKR, "System message codes"."""

    def __init__(self) -> None:
        self.is_cut_off = False
        """Whether the gateway has lost Interactive Brokers: nothing can be sent, and what is asked may hang."""
        self.data_losses = 0
        """How often subscriptions to market data were lost with the line, and have to be made again."""
        self._broken: dict[str, str] = {}
        self._mends_silently = False

    @property
    def trouble(self) -> str | None:
        """What is wrong, as a sentence; None in fair weather."""
        if self.is_cut_off:
            return "The gateway has lost its connection to Interactive Brokers. It mends by itself; no order is sent."
        if self._broken:
            return f"Market data may be out of date: {', '.join(sorted(self._broken))} cannot be reached."
        return None

    def hear(self, code: int, text: str) -> bool:
        """Take a system message; answers whether the line is back, so that something may have been missed."""
        if code in (_LOST, _LINK_BROKEN):
            # what was said to be lost has to be said to be back
            self._mends_silently = code == _LINK_BROKEN and (self._mends_silently or not self.is_cut_off)
            self.is_cut_off = True
        elif code in (_BACK, _BACK_WITHOUT_DATA):
            self.is_cut_off = False
            self.data_losses += code == _BACK_WITHOUT_DATA
            return True
        elif code in _FARM_BROKEN:
            self._broken[_farm(text)] = text
        elif code in _FARM_WELL:
            self._broken.pop(_farm(text), None)
            is_back = self.is_cut_off and self._mends_silently
            self.is_cut_off = self.is_cut_off and not is_back
            return is_back
        return False


def _farm(text: str) -> str:
    found = _NAME.search(text)
    return found[1] if found else text
