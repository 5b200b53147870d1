"""What every format of statements is to the rest of the house."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from trenddojo.statements.lines import Said


class DateOrder(StrEnum):
    """How a file writes dates such as 03/04/2024, where its format leaves that open."""

    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"
    YEAR_FIRST = "ymd"


class Need(StrEnum):
    """What a format cannot know of itself, and a person has to say before its file is read."""

    ZONE = "zone"
    DATE_ORDER = "date_order"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read.

    `zone` is that of the file's clock times, where they name none, and `account_zone` that in which a date without a
    time is placed at noon. `columns` maps our fields to the header's names, for files that nothing recognises.
    `currency` counts where the file tells none.
    """

    account_zone: ZoneInfo
    zone: ZoneInfo
    currency: str
    date_order: DateOrder | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, from which it is recognised: its first lines as text, and as cells of a table."""

    text: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    `name` is its key in keys of fills, the API and the database, `title` what a person calls it, `family` the broker
    whose names of fills its keys are (two formats of a family tell the same fill by the same key). `recognises` looks
    at the head only. `read` yields what each line turns out to be, in the file's order, in bounded memory; it raises
    Unreadable for a file that is not of this format at all, and Unsettled where that file, and not every one of its
    kind, leaves open what a person has to say.
    """

    name: str
    title: str
    family: str
    recognises: Callable[[Head], bool]
    read: Callable[[Path, Options], Iterator[Said]]
    needs: frozenset[Need] = frozenset()


class Unreadable(ValueError):
    """The file as a whole cannot be read; the sentence says why, and names a missing column."""


class Unsettled(Unreadable):
    """The file can be read once a person has said what it leaves open: `need`."""

    def __init__(self, need: Need, sentence: str) -> None:
        super().__init__(sentence)
        self.need = need
