"""`flask bars`: past prices from files."""

from pathlib import Path

import click
from flask.cli import AppGroup

from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.runtime import runtime
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.bars import BarsInput
from trenddojo.services.market import files

bars = AppGroup("bars", help="Past prices of instruments.")

_TYPES = [one.value for one in AssetType if one not in (AssetType.OPTION, AssetType.FUTURE)]
_TIMEFRAMES = [Timeframe.DAY.value, Timeframe.HOUR.value]


@bars.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--symbol", required=True, help="What the prices are of.")
@click.option("--timeframe", type=click.Choice(_TIMEFRAMES), default=Timeframe.DAY.value, show_default=True)
@click.option("--type", "asset_type", type=click.Choice(_TYPES), default=AssetType.STOCK.value, show_default=True)
@click.option("--currency", default="USD", show_default=True)
@click.option("--exchange", default="", help="Where there are several listings.")
@click.option("--raw", "is_raw", is_flag=True, help="As traded on the day: not adjusted for later splits.")
def import_file(file: Path, **entered: str | bool) -> None:
    """Keep the prices of FILE, a CSV whose first line names date, open, high, low, close and volume."""
    if file.stat().st_size > files.LARGEST:
        raise click.ClickException(f"{file.name} has more than {files.LARGEST >> 20} MB. Nothing was imported.")
    try:
        with file.open("rb") as opened:
            done = files.import_bars(opened, file.name, parse(BarsInput, entered), runtime().clock())
    except Invalid as error:
        raise click.ClickException(error.message) from None
    for one in done.lines:
        click.echo(f"Line {one.line}: {one.why}")
    if done.refused > len(done.lines):
        click.echo(f"And {done.refused - len(done.lines):,} more lines were refused.")
    click.echo(
        f"{done.kept:,} bars of {done.symbol} kept, {done.first} to {done.last}; {done.refused:,} lines refused."
    )
