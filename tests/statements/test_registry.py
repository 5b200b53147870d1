"""Every format has a name, and each is asked in its turn."""

from __future__ import annotations

import pytest

from trenddojo.statements import registry


def test_a_format_is_found_by_its_name() -> None:
    for one in registry.FORMATS:
        assert registry.named(one.name) is one
        assert one.title
        assert one.family


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        registry.named("nobody")
