"""`python -m trenddojo.services.calendar`: write the file of `domain.nyse` anew from exchange_calendars."""

from datetime import date, datetime

from trenddojo.domain.nyse import CLOSE, EXACT_HOURS, FILE, FIRST, LAST, NEW_YORK, weekdays


def text() -> str:
    """What the file has to hold, asked of exchange_calendars: slow."""
    closes = _closes()
    return "".join(line for day in weekdays(FIRST, LAST) if (line := _line(day, closes.get(day))))


def _line(day: date, close: datetime | None) -> str:
    if close is None:
        return f"{day}\n"
    local = close.astimezone(NEW_YORK).time()
    return f"{day} {local:%H:%M}\n" if local != CLOSE and day >= EXACT_HOURS else ""


def _closes() -> dict[date, datetime]:
    from exchange_calendars import get_calendar  # noqa: PLC0415 - imports a data-frame library

    table = get_calendar("XNYS", start=str(FIRST), end=str(LAST)).schedule
    return {label.date(): close.to_pydatetime() for label, close in zip(table.index, table["close"], strict=True)}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="ascii")
