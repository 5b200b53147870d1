"""Statements on their way in: straight onto the disk that they stay on, however many megabytes they have."""

from typing import IO

from flask import Request, request

from trenddojo.services.imports.uploads import folder
from trenddojo.store.import_files import Incoming
from trenddojo.web import deps

FORM = "imports.upload"
"""The endpoint of the form that statements are sent by."""
CALL = "api.bring_statement"
"""The endpoint of the API that takes one."""
_BLOCK = 1 << 20


class StatementRequest(Request):
    """A request whose statements are written to their folder as they come."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint == FORM and filename and deps.config().imports_path is not None:
            return folder().incoming()  # type: ignore[return-value]  # as much of a file as the parser asks for
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def body() -> Incoming:
    """The body of this request as a file that came in. Raises Invalid where statements have no place."""
    sent = folder().incoming()
    while block := request.stream.read(_BLOCK):
        sent.write(block)
    return sent
