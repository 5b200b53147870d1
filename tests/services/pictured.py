"""Pictures as people send them, made here, and a short way to attach one."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.conftest import NOW
from trenddojo.services import attachments
from trenddojo.services.attachments import Target, Upload
from trenddojo.store.models import Attachment
from trenddojo.store.seats import Seat


def image(width: int = 60, height: int = 40, mode: str = "RGB", colour: Any = "teal") -> Image.Image:
    """A field of one colour with a black corner at the top left, so that its turns can be told apart."""
    made = Image.new("RGB", (width, height), colour)
    made.paste((0, 0, 0), (0, 0, width // 3, height // 3))
    return made.convert(mode)


def encoded(form: str = "PNG", of: Image.Image | None = None, **more: Any) -> bytes:
    file = BytesIO()
    (of or image()).save(file, form, **more)
    return file.getvalue()


def upload(content: bytes | None = None, name: str = "chart.png") -> Upload:
    return Upload(name, BytesIO(encoded() if content is None else content))


def attached(seat: Seat, target: Target, content: bytes | None = None, name: str = "chart.png") -> Attachment:
    (made,) = attachments.attach(seat, target, [upload(content, name)], NOW)
    return made
