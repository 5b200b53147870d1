"""Files that nobody knows, whose columns a person has named."""

from trenddojo.statements.formats.mapped.fields import FIELDS, NEEDED
from trenddojo.statements.formats.mapped.reader import MAPPED

__all__ = ["FIELDS", "MAPPED", "NEEDED"]
