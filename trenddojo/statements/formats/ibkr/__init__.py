"""Interactive Brokers: Flex queries as CSV and XML, and the activity statement."""

from trenddojo.statements.formats.ibkr.activity import ACTIVITY
from trenddojo.statements.formats.ibkr.flex_csv import FLEX_CSV
from trenddojo.statements.formats.ibkr.flex_xml import FLEX_XML

__all__ = ["ACTIVITY", "FLEX_CSV", "FLEX_XML"]
