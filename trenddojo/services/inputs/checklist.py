"""An item of an account's checklist as it is written."""

from typing import Annotated

from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Checked, OptionalKey


class ItemInput(Input):
    """What a plan has to answer. A required item must be ticked before a plan is saved."""

    text: Annotated[str, kinds.text(1, 160)]
    required: Checked = False


class NewItemInput(ItemInput):
    """A new item; `key` makes that a repeated request adds it once."""

    key: OptionalKey = None
