"""The document on adding a broker says what the code says."""

import re
from dataclasses import fields
from pathlib import Path

from trenddojo.brokers.errors import REMEDIES, Act
from trenddojo.brokers.spec import BrokerSpec

DOCUMENT = (Path(__file__).parents[2] / "docs/ADDING_A_BROKER.md").read_text(encoding="utf-8")


def test_the_table_of_remedies_is_the_codes() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \| (\d+) \| (.+) \|$", DOCUMENT, re.MULTILINE)
    told = [
        (code, ", ".join(act.name.lower() for act in Act if act in one.acts and act.name), f"{one.wait_seconds:g}",
         str(one.status), one.next_step)
        for code, one in REMEDIES.items()
    ]  # fmt: skip
    assert rows == told


def test_every_field_of_a_spec_is_explained() -> None:
    table = DOCUMENT.split("## 1. SPEC", 1)[1].split("## 2.", 1)[0]
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))))
    assert explained >= {one.name for one in fields(BrokerSpec)}
