"""How figures and times are written: pure functions, each also a Jinja filter of the same name.

Unknown (None) is the empty string. Minus is U+2212. Zero carries no sign and no colour. Rounding is half to even and
for show only. A list renders hundreds of figures, so each function is one format call and a look at the first sign.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from markupsafe import Markup, escape

MINUS = "\u2212"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Number = Decimal | int | float

_PLAIN = tuple(f",.{places}f" for places in range(10))
_SIGNED = tuple(f"+,.{places}f" for places in range(10))


# ---- plain figures


def fixed(value: Number | None, places: int = 2) -> str:
    """Return `value` with exactly `places` decimals: `109,376.12`, `−1,302.17`."""
    if value is None:
        return ""
    text = format(value, _PLAIN[places])
    return _with_minus(text) if text[0] == "-" else text


def signed(value: Number | None, places: int = 2) -> str:
    """Return `value` with its sign: `+307.07`, `−222.59`, and `0.00` where nothing is left after rounding."""
    if value is None:
        return ""
    text = format(value, _SIGNED[places])
    if text[0] == "-":
        return _with_minus(text)
    return text if text.strip("+0.,") else text[1:]


def _with_minus(text: str) -> str:
    """Put the true minus for the hyphen, or nothing where only zeros follow."""
    return MINUS + text[1:] if text.strip("-0.,") else text[1:]


def money(value: Number | None) -> str:
    """Return an amount in its currency: two decimals, no `+`."""
    return fixed(value, 2)


def price(value: Decimal | None) -> str:
    """Return a price as typed or reported, never rounded: at least 2 decimals (4 below 1), more if it has them."""
    if value is None:
        return ""
    text = format(value, ",f")
    whole, _, decimals = text.partition(".")
    least = 4 if -1 < value < 1 else 2
    text = f"{whole}.{decimals.rstrip('0').ljust(least, '0')}"
    return _with_minus(text) if text[0] == "-" else text


def average(value: Decimal | None) -> str:
    """Return a computed price, which nobody typed: 2 decimals, 4 below 1 (rule 3 of docs/NUMBERS.md)."""
    if value is None:
        return ""
    return fixed(value, 4 if -1 < value < 1 else 2)


def quantity(value: Decimal | int | None) -> str:
    """Return a quantity as it is, thousands separated, no trailing zeros: `1,200`, `0.05`."""
    if value is None:
        return ""
    text = format(value, ",f") if isinstance(value, Decimal) else format(value, ",d")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _with_minus(text) if text[0] == "-" else text


def as_typed(value: Decimal | None) -> str:
    """Return a number as a field holds it, without separators: `2500`, `0.05`."""
    if value is None:
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed_quantity(value: Decimal | int | None) -> str:
    """Return a change of quantity: `+48`, `−24`."""
    text = quantity(value)
    return f"+{text}" if value is not None and value > 0 else text


def percent(fraction: Number | None, places: int = 2) -> str:
    """Return a fraction of one as percent: 0.0217 reads `2.17%`."""
    if fraction is None:
        return ""
    return f"{fixed(fraction * 100, places)}%"


def signed_percent(fraction: Number | None, places: int = 2) -> str:
    """Return a change given as a fraction of one: 0.0028 reads `+0.28%`."""
    if fraction is None:
        return ""
    return f"{signed(fraction * 100, places)}%"


def r(value: Number | None, places: int = 2) -> str:
    """Return a result in units of initial risk: `+2.09R`."""
    if value is None:
        return ""
    return f"{signed(value, places)}R"


def r_amount(value: Number | None, places: int = 2) -> str:
    """Return a distance or an amount at risk in R, which has no sign: `1.05R`."""
    if value is None:
        return ""
    return f"{fixed(value, places)}R"


_THOUSANDS: tuple[tuple[str, int], ...] = (("m", 1_000_000), ("k", 1_000))


def brief(value: Number | None) -> str:
    """Return a result where there is room for little: `+307`, `−1.2k`, `+0.4`; whoever wants more finds it beside."""
    if value is None:
        return ""
    size = abs(float(value))
    for unit, one in _THOUSANDS:
        if size >= one:
            return f"{signed(value / one, 1)}{unit}"
    return brief_r(value) if size < 10 else signed(value, 0)


def brief_r(value: Number | None) -> str:
    """Return a result in R where there is room for little, without its unit: `+2.1`, and `0` for nothing."""
    text = signed(value, 1)
    return "0" if text == "0.0" else text


# ---- figures with colour: green and red mean profit and loss, and nothing else


def tone(value: Number | None) -> str:
    """Return the class of a result: `gain`, `loss`, or none for zero and unknown."""
    if not value:
        return ""
    return "gain" if value > 0 else "loss"


_TONES: Mapping[str, str] = MappingProxyType({"+": '<span class="gain">', MINUS: '<span class="loss">'})


def _toned(text: str) -> Markup | str:
    opening = _TONES.get(text[:1])
    return Markup(f"{opening}{text}</span>") if opening else text  # noqa: S704 (digits and a sign)


def pnl(value: Number | None, places: int = 2) -> Markup | str:
    """Return a result in money with sign and colour."""
    return _toned(signed(value, places))


def pnl_r(value: Number | None, places: int = 2) -> Markup | str:
    """Return a result in R with sign and colour."""
    return _toned(r(value, places))


def pnl_percent(fraction: Number | None, places: int = 2) -> Markup | str:
    """Return a return (a fraction of one) in percent with sign and colour."""
    return _toned(signed_percent(fraction, places))


def in_currency(figure: Markup | str, code: str) -> Markup:
    """Put the currency after a figure that is already text, small: once a panel, never in a column."""
    return escape(figure) + Markup('<span class="cur">{}</span>').format(code) if figure else Markup("")


# ---- days


def day(value: date | None, today: date | None = None) -> str:
    """Return `19 Nov`; with `today` given, `today` on that day and the year where it is another one."""
    if value is None:
        return ""
    if value == today:
        return "today"
    text = f"{value.day} {MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if today is not None and value.year != today.year else text


def full_day(value: date | None) -> str:
    """Return `Thu 19 Nov 2026`."""
    if value is None:
        return ""
    return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"


def month(value: date | None) -> str:
    """Return `Nov 2026`."""
    return "" if value is None else f"{MONTHS[value.month - 1]} {value.year}"


# ---- moments: aware in, `<time>` out, the exact UTC in datetime and title


def clock(at: datetime | None, zone: tzinfo) -> Markup:
    """Return the time of day in `zone`: `14:42`."""
    return Markup("") if at is None else _time(at, f"{_local(at, zone):%H:%M}")


def moment(at: datetime | None, zone: tzinfo) -> Markup:
    """Return day and time in `zone`: `19 Nov 2026, 14:42`."""
    if at is None:
        return Markup("")
    local = _local(at, zone)
    return _time(at, f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M}")


def stamp(at: datetime | None, zone: tzinfo, now: datetime) -> Markup:
    """Return the time on the day of `now` and the day otherwise: `today 13:05`, `13 Nov`, `13 Nov 2025`."""
    if at is None:
        return Markup("")
    local, today = _local(at, zone), _local(now, zone).date()
    return _time(at, f"today {local:%H:%M}" if local.date() == today else day(local.date(), today))


def age(at: datetime | None, now: datetime) -> Markup:
    """Return how long ago `at` was: `12 s ago`; the page's script keeps it true."""
    return Markup("") if at is None else _time(at, _span(int((now - at).total_seconds())), " data-rel")


def _span(seconds: int) -> str:
    """Name a length of time by its largest unit; the same steps as ages in static/desk.js."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def precise(at: datetime | None, zone: tzinfo, now: datetime) -> Markup:
    """Return the time to the second on the day of `now`, day and time otherwise: `14:41:58`, `18 Nov, 15:58`."""
    if at is None:
        return Markup("")
    local, today = _local(at, zone), _local(now, zone).date()
    return _time(at, f"{local:%H:%M:%S}" if local.date() == today else f"{day(local.date(), today)}, {local:%H:%M}")


def left(at: datetime | None, now: datetime, before: str = "", over: str = "now") -> Markup:
    """Return how long it is until `at`: `12 min`, `40 s`; the page's script counts it down to the word `over`."""
    if at is None:
        return Markup("")
    seconds = int((at - now).total_seconds())
    text = f"{before}{seconds // 60} min" if seconds >= 60 else f"{before}{seconds} s"
    return _time(at, text if seconds > 0 else over, f' data-left="{before}" data-over="{over}"')


def local_input(at: datetime | None, zone: tzinfo) -> str:
    """Return the value of a datetime-local input: `2026-11-19T14:42`."""
    return "" if at is None else f"{_local(at, zone):%Y-%m-%dT%H:%M}"


def _local(at: datetime, zone: tzinfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment must be aware")
    return at.astimezone(zone)


def _time(at: datetime, text: str, attributes: str = "") -> Markup:
    exact = _local(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    title = f"{exact[:10]} {exact[11:19]} UTC"
    return Markup(f'<time datetime="{exact}" title="{title}"{attributes}>{text}</time>')  # noqa: S704 (digits)


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            *(fixed, signed, money, price, average, quantity, signed_quantity, percent, signed_percent, r, r_amount),
            *(brief, brief_r),
            *(tone, pnl, pnl_r, pnl_percent, in_currency),
            *(day, full_day, month, clock, moment, stamp, age, precise, left, local_input),
        )
    }
)
