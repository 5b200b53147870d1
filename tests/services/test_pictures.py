"""Pictures are read by what they are, drawn anew, and refused with a sentence."""

from __future__ import annotations

import random
import struct
import warnings
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from tests.services.pictured import encoded, image
from trenddojo.domain.terms import MediaType
from trenddojo.services import pictures
from trenddojo.services.pictures import Unfit


def kept(content: bytes) -> tuple[bytes, MediaType]:
    with pictures.opened(BytesIO(content)) as picture:
        file = BytesIO()
        picture.write(file)
        return file.getvalue(), picture.media_type


def refused(content: bytes) -> str:
    with pytest.raises(Unfit) as caught, pictures.opened(BytesIO(content)):
        pass
    return str(caught.value)


@pytest.mark.parametrize(
    ("form", "mode", "media_type"),
    [
        *(("PNG", mode, MediaType.PNG) for mode in ("RGB", "RGBA", "P", "L", "LA", "1", "I;16")),
        *(("GIF", mode, MediaType.PNG) for mode in ("P", "L")),
        *(("JPEG", mode, MediaType.WEBP) for mode in ("RGB", "L", "CMYK")),
        *(("WEBP", mode, MediaType.WEBP) for mode in ("RGB", "RGBA")),
    ],
)
def test_each_kind_is_kept_in_its_size(form: str, mode: str, media_type: MediaType) -> None:
    of = Image.new("I;16", (60, 40), 40_000) if mode == "I;16" else image(mode=mode)
    written, kind = kept(encoded(form, of))
    assert kind is media_type
    with Image.open(BytesIO(written)) as drawn:
        assert (drawn.size, drawn.get_format_mimetype()) == ((60, 40), media_type.value)
        assert drawn.mode in ("RGB", "RGBA")


def test_transparency_stays() -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    for form in ("PNG", "WEBP"):
        with Image.open(BytesIO(kept(encoded(form, clear))[0])) as drawn:
            assert drawn.convert("RGBA").getpixel((5, 5))[3] == 0


def test_what_else_a_file_carries_is_left_behind() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "Canary Camera", {1: "N"}
    for content in (
        encoded("JPEG", exif=exif, comment=b"canary comment"),
        encoded("PNG", exif=exif) + b"<script>canary</script>",
        encoded("WEBP", exif=exif, xmp=b"<x>canary</x>"),
        encoded("GIF", comment=b"canary"),
    ):
        assert b"anary" in content
        written, _ = kept(content)
        assert b"anary" not in written
        assert b"Exif" not in written
        with Image.open(BytesIO(written)) as drawn:
            assert not drawn.getexif()


def test_a_picture_stands_as_it_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    with Image.open(BytesIO(kept(encoded("JPEG", exif=exif))[0])) as drawn:
        assert drawn.size == (40, 60)
        assert sum(drawn.convert("RGB").getpixel((37, 3))) < 60  # the black corner, once at the top left


def test_the_small_one_fits_its_room_and_is_never_blown_up() -> None:
    for size, expected in (((3000, 1000), (480, 160)), ((1000, 3000), (107, 320)), ((60, 40), (60, 40))):
        with pictures.opened(BytesIO(encoded("PNG", image(*size)))) as picture:
            assert picture.small.size == expected
            file = BytesIO()
            picture.write_small(file)
        with Image.open(file) as small:
            assert (small.format, small.size) == ("WEBP", expected)


def test_a_long_photograph_is_kept_as_png_because_webp_ends_before() -> None:
    assert kept(encoded("JPEG", image(20_000, 10)))[1] is MediaType.PNG


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_what_moves_is_refused(form: str) -> None:
    moving = encoded(form, save_all=True, append_images=[image(colour="red")], duration=100)
    assert refused(moving) == "This picture moves. Send a still one."


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_file_that_was_cut_off_is_refused(form: str) -> None:
    noise = Image.frombytes("RGB", (200, 100), random.Random(4).randbytes(60_000))
    whole = encoded(form, noise)
    assert "no whole" in refused(whole[: len(whole) // 2])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that would be so large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + _chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(40_001, 1000), (9_000, 9_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_size_alone(size: tuple[int, int]) -> None:
    assert refused(_bomb(*size)) == "This picture has more than 40 million pixels. Send a smaller one."


def test_a_text_that_would_unpack_to_gigabytes_is_refused() -> None:
    text = b"x\0\0" + zlib.compress(b"a" * 200_000_000, 9)
    content = encoded()
    assert "no whole" in refused(content[:33] + _chunk(b"zTXt", text) + content[33:])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"GIF89a<script>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x00\x00\x00\x00WEBP",
        encoded("BMP"),
        encoded("TIFF"),
        encoded("ICO"),
    ],
)
def test_anything_else_is_refused_by_its_content(content: bytes) -> None:
    assert "no whole" in refused(content)


def test_no_broken_file_does_more_than_be_refused() -> None:
    rng, seeds = random.Random(7), [encoded(form) for form in ("PNG", "JPEG", "WEBP", "GIF")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Pillow's, of broken notes about the camera
        for _ in range(800):
            content = bytearray(rng.choice(seeds))
            for _ in range(rng.choice((1, 3, 20))):
                content[rng.randrange(len(content))] = rng.randrange(256)
            with suppress(Unfit):
                assert kept(bytes(content))[0]
