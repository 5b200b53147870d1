"""Pictures of trades as the API tells them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from trenddojo.domain.terms import MediaType
from trenddojo.web.api.outputs.base import Output


class AttachmentOut(Output):
    """A picture of a trade, or of a day of an account.

    `size` is in bytes and `sha256` their digest in hex. A browser that is signed in finds the picture itself under
    `/attachments/<id>`.
    """

    id: UUID
    account_id: UUID
    trade_id: UUID | None
    on: date | None
    name: str
    media_type: MediaType
    size: int
    width: int
    height: int
    sha256: str
    at: datetime = Field(validation_alias="created_at")


class AttachmentList(Output):
    """The pictures of a trade, the first first."""

    items: list[AttachmentOut]
