"""Pictures that people send: read by what they are, not by what they are called, and drawn anew before they are kept.

Drawing anew leaves behind whatever else a file carries: places, cameras, comments, and what follows its end. What is
not whole, moves, or is too large is refused with a sentence.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import IO

from PIL import Image, ImageOps

from trenddojo.domain.terms import MediaType

MOST_PIXELS = 40_000_000
THUMBNAIL = (480, 320)
"""The room that a small picture has to fit into, in pixels."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_PHOTOS = ("JPEG", "MPO", "WEBP")
"""What is kept as WebP; drawings, such as screenshots of charts, stay free of loss as PNG. MPO is a camera's JPEG."""
_LONGEST_WEBP = 16_383
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, OverflowError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow raises over files that are broken, by accident or on purpose."""
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ONE = Lock()
"""One picture at a time is unpacked in memory, a few hundred MB at most, whatever is sent at once."""
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


class Unfit(Exception):
    """The file cannot be kept; its text is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew, with its small one, ready to be written."""

    drawn: Image.Image
    small: Image.Image
    media_type: MediaType

    def write(self, file: IO[bytes]) -> None:
        """Encode the whole picture."""
        _encode(self.drawn, file, self.media_type, quality=90)

    def write_small(self, file: IO[bytes]) -> None:
        """Encode the small one."""
        _encode(self.small, file, MediaType.WEBP, quality=80)


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Picture]:
    """A picture while it is in memory; others wait meanwhile. Raises Unfit."""
    with _ONE:
        yield _read(file)


def _read(file: IO[bytes]) -> Picture:
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _check(image)
            image.load()
            drawn = _plain(_upright(image))
            is_photo = image.format in _PHOTOS and max(drawn.size) <= _LONGEST_WEBP
    except _BOMBS:
        raise Unfit(_too_large()) from None
    except _BROKEN:
        raise Unfit("This is no whole PNG, JPEG, WebP or GIF picture.") from None
    fits = drawn.width <= THUMBNAIL[0] and drawn.height <= THUMBNAIL[1]
    small = drawn if fits else ImageOps.contain(drawn, THUMBNAIL)
    return Picture(drawn, small, MediaType.WEBP if is_photo else MediaType.PNG)


def _check(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise Unfit(_too_large())
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise Unfit("This picture moves. Send a still one.")


def _too_large() -> str:
    return f"This picture has more than {MOST_PIXELS // 1_000_000} million pixels. Send a smaller one."


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it was held when it was taken."""
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in eight bits of red, green and blue, with their transparency if they have any."""
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    plain.info.clear()  # what an encoder would take along
    return plain


def _encode(image: Image.Image, file: IO[bytes], media_type: MediaType, quality: int) -> None:
    if media_type is MediaType.PNG:
        image.save(file, "PNG")
    else:
        image.save(file, "WEBP", quality=quality, method=4)
