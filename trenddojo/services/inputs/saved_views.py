"""What is asked of a view that a person keeps."""

from typing import Annotated

from trenddojo.domain.terms import ViewRoom
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input


class ViewInput(Input):
    """A view of a room under a name: `query` is the part of its address after the question mark."""

    room: ViewRoom
    name: Annotated[str, kinds.text(1, 60)]
    query: Annotated[str, kinds.text(0, 1000)] = ""
