"""The pictures of an archive: each is looked at before it is kept, and kept as it is, to the byte.

Pictures that people send are drawn anew, which leaves behind whatever else a file carries. One in an archive has been
through that; it is kept only if it still holds nothing but a picture.
"""

import re
import struct
import tempfile
from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from trenddojo.domain.terms import MediaType
from trenddojo.services import attachments, pictures
from trenddojo.services.archive.bad import BadArchive
from trenddojo.services.archive.reading import Archive
from trenddojo.store import archive as stored
from trenddojo.store.attachment_files import Folder
from trenddojo.store.models import Attachment

_NAME = re.compile(r"pictures/([0-9a-f-]{36})\.(png|webp)")
_LARGEST = 200_000_000
"""Bytes of a picture: 40 million pixels of four bytes, and room."""
_PNG, _PNG_CHUNK = b"\x89PNG\r\n\x1a\n", struct.Struct(">L4s")
_PNG_PARTS = {b"IHDR", b"IDAT", b"IEND"}
_WEBP_HEAD, _WEBP_CHUNK = struct.Struct("<4sL4s"), struct.Struct("<4sL")
_WEBP_PARTS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}

Row = Mapping[str, Any]


class Placed:
    """The files that were put into the folder of pictures; they go again unless the archive is kept."""

    def __init__(self) -> None:
        self._ids: list[UUID] = []
        self._folder = attachments.folder()

    def place(self, archive: Archive, rows: Mapping[UUID, Row]) -> None:
        """Keep the pictures of an archive, which `rows` tell of by their ids. Raises BadArchive."""
        names = archive.pictures()
        if not names:
            return
        if self._folder is None:
            raise BadArchive(
                "The archive has pictures, and this server no place for them: its operator has to set ATTACHMENTS_PATH."
            )
        wanted = {name: _row_of(name, rows) for name in names}
        if stored.known(
            Attachment.metadata.tables[Attachment.__tablename__], [(row["id"],) for row in wanted.values()]
        ):
            raise BadArchive("A picture of the archive is here already.")
        for name, row in wanted.items():
            self._keep(archive, name, row, self._folder)

    def take_back(self) -> None:
        """Remove the files that were placed."""
        for picture_id in self._ids:
            if self._folder:
                self._folder.remove(picture_id)

    def _keep(self, archive: Archive, name: str, row: Row, folder: Folder) -> None:
        if archive.size_of(name) != row["size"] or row["size"] > _LARGEST:
            raise BadArchive(f"{name} has another size than its row says.")
        with tempfile.TemporaryFile() as file:
            archive.copy(name, file)
            _check_parts(name, file, row["media_type"])
            file.seek(0)
            try:
                with pictures.opened(file) as picture:
                    if (picture.drawn.width, picture.drawn.height) != (row["width"], row["height"]):
                        raise BadArchive(f"{name} has another width or height than its row says.")
                    self._ids.append(row["id"])
                    written = folder.write(row["id"], lambda into: _copy(file, into), picture.write_small)
            except pictures.Unfit as unfit:
                raise BadArchive(f"{name}: {unfit}") from None
        if written.sha256 != row["sha256"]:
            raise BadArchive(f"{name} has another SHA-256 than its row says.")


def _row_of(name: str, rows: Mapping[UUID, Row]) -> Row:
    found = _NAME.fullmatch(name)
    row = rows.get(UUID(found[1])) if found else None
    if found is None or row is None or row["media_type"] is not MediaType(f"image/{found[2]}"):
        raise BadArchive(f"{name} is no picture that the archive tells of.")
    return row


def _copy(file: IO[bytes], into: IO[bytes]) -> None:
    file.seek(0)
    while block := file.read(1 << 16):
        into.write(block)


# ---- what a file may be made of


def _check_parts(name: str, file: IO[bytes], kind: MediaType) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    is_plain = _is_plain_png(file, size) if kind is MediaType.PNG else _is_plain_webp(file, size)
    if not is_plain:
        raise BadArchive(f"{name} holds more than a picture, or less: it was changed since.")


def _is_plain_png(file: IO[bytes], size: int) -> bool:
    """Whether a PNG has its head, its pixels and its end alone. Source: W3C, PNG (Third Edition), 5.3."""
    part, place = b"", len(_PNG)
    if file.read(place) != _PNG:
        return False
    while part != b"IEND":
        head = file.read(_PNG_CHUNK.size)
        if len(head) < _PNG_CHUNK.size:
            return False
        length, part = _PNG_CHUNK.unpack(head)
        if part not in _PNG_PARTS:
            return False
        place += _PNG_CHUNK.size + length + 4
        file.seek(place)
    return place == size


def _is_plain_webp(file: IO[bytes], size: int) -> bool:
    """Whether a WebP has pixels alone, without profile, place or animation. Source: RFC 9649, 2.3 to 2.7."""
    head = file.read(_WEBP_HEAD.size)
    if len(head) < _WEBP_HEAD.size or _WEBP_HEAD.unpack(head) != (b"RIFF", size - 8, b"WEBP"):
        return False
    place = _WEBP_HEAD.size
    while place < size:
        head = file.read(_WEBP_CHUNK.size)
        if len(head) < _WEBP_CHUNK.size:
            return False
        part, length = _WEBP_CHUNK.unpack(head)
        if part not in _WEBP_PARTS:
            return False
        place += _WEBP_CHUNK.size + length + length % 2
        file.seek(place)
    return place == size
