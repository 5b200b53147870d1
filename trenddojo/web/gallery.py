"""The pictures of a trade or day as its page shows them, with the form that adds to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for

from trenddojo.services.attachments import folder, may_delete
from trenddojo.services.pictures import THUMBNAIL
from trenddojo.store import attachments
from trenddojo.store.models import Attachment
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.format import full_day

NO_PROBLEMS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture: its small one and its whole one by address. `width` and `height` are the small one's."""

    id: str
    name: str
    href: str
    small: str
    width: int
    height: int
    author: str
    at: datetime
    delete: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """The panel. `action` takes further pictures, empty where none are taken; `back` leads to the trade or day."""

    pictures: Sequence[Shown]
    action: str
    back: str
    about: str
    zone: ZoneInfo
    most_mb: int
    problems: Mapping[str, str]


def of_trade(seat: Seat, trade_id: UUID, symbol: str, problems: Mapping[str, str] = NO_PROBLEMS) -> Gallery:
    """The pictures of a trade."""
    action = url_for("attachments.attach_to_trade", trade_id=trade_id)
    back = url_for("trade.show", trade_id=trade_id)
    found = attachments.of_trade(seat.account.id, trade_id)
    return _gallery(seat, found, symbol, action=action, back=back, problems=problems)


def of_day(seat: Seat, on: date, problems: Mapping[str, str] = NO_PROBLEMS) -> Gallery:
    """The pictures of a day."""
    action = url_for("attachments.attach_to_day", on=on.isoformat())
    back = url_for("journal.day", on=on.isoformat())
    found = attachments.of_day(seat.account.id, on)
    return _gallery(seat, found, full_day(on), action=action, back=back, problems=problems)


def _gallery(
    seat: Seat,
    found: Sequence[tuple[Attachment, str]],
    about: str,
    *,
    action: str,
    back: str,
    problems: Mapping[str, str],
) -> Gallery:
    return Gallery(
        pictures=[shown(seat, attachment, author) for attachment, author in found],
        action=action if seat.may_trade and folder() is not None else "",
        back=back,
        about=about,
        zone=deps.zone(),
        most_mb=deps.config().attachment_bytes // 1_000_000,
        problems=problems,
    )


def shown(seat: Seat, attachment: Attachment, author: str) -> Shown:
    """One picture as the person at `seat` sees it."""
    width, height = small_size(attachment)
    address: dict[str, Any] = {"attachment_id": attachment.id}
    return Shown(
        id=str(attachment.id),
        name=attachment.name,
        href=url_for("attachments.show", **address),
        small=url_for("attachments.small", **address),
        width=width,
        height=height,
        author="" if attachment.created_by == deps.user().id else author,
        at=attachment.created_at,
        delete=url_for("attachments.delete", **address) if may_delete(seat, attachment) else "",
    )


def small_size(attachment: Attachment, room: tuple[int, int] = THUMBNAIL) -> tuple[int, int]:
    """How wide and high a picture's small one is shown: known before it is there, so that nothing moves."""
    scale = min(1.0, room[0] / attachment.width, room[1] / attachment.height)
    return max(1, round(attachment.width * scale)), max(1, round(attachment.height * scale))
