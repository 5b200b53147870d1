"""What people and programs may send: one pydantic model per act, used by the forms and the JSON API alike."""

from trenddojo.services.inputs.base import Input, parse

__all__ = ["Input", "parse"]
