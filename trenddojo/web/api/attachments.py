"""Pictures of trades and days: looked at and deleted. They are sent by the form of the trade's or day's page only."""

from uuid import UUID

from trenddojo.services import attachments
from trenddojo.store.attachments import of_trade
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.attachments import AttachmentList, AttachmentOut

group = Group("Attachments")


@group.get("/trades/<uuid:trade_id>/attachments")
def list_attachments(trade_id: UUID) -> AttachmentList:
    """List the pictures of a trade."""
    seat, trade = finding.trade(trade_id)
    found = of_trade(seat.account.id, trade.id)
    return AttachmentList(items=[AttachmentOut.model_validate(picture) for picture, _ in found])


@group.get("/attachments/<uuid:attachment_id>")
def get_attachment(attachment_id: UUID) -> AttachmentOut:
    """Look at what is known of a picture."""
    return AttachmentOut.model_validate(attachments.attachment_of(deps.seats(), attachment_id)[1])


@group.delete("/attachments/<uuid:attachment_id>")
def delete_attachment(attachment_id: UUID) -> None:
    """Delete a picture.

    One of a day is deleted by whoever attached it and by the account's owner. The file goes a week later.
    """
    seat, attachment = attachments.attachment_of(deps.seats(), attachment_id)
    attachments.delete(seat, attachment, deps.now())
