"""Opens an archive that somebody sent: nothing that it says of itself is believed, and no file of it is held in memory.

Its files are read as streams, with bounds on their number, their size, the size that they unpack to, and the length of
a line; each is compared with its digest once it is read.
"""

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from trenddojo.services.archive import directory, manifest
from trenddojo.services.archive.bad import BadArchive, BadRow
from trenddojo.services.archive.contents import contents
from trenddojo.services.archive.fields import Field, decoder
from trenddojo.services.archive.manifest import File, Manifest, csv_name, json_name

LARGEST = 2 << 30
"""Bytes of an archive at most; a million executions take about 300 MB."""
MOST_UNPACKED = 16 << 30
MOST_RATIO = 60
"""How many times its size an archive may unpack to; tables come to 5 or 10."""
_FREE = 10 << 20
"""Bytes that may be unpacked whatever the ratio."""
LONGEST_LINE = 1 << 20
_BLOCK = 1 << 16
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What Python's reader raises over files that are broken, by accident or on purpose."""
_DAMAGED = "The file is damaged: it does not unpack. Make the archive anew, or copy it again."


class Archive:
    """An archive that is open. Its methods raise BadArchive for whatever is wrong with it."""

    def __init__(self, packed: zipfile.ZipFile, size: int) -> None:
        self._zip = packed
        self._infos = {info.filename: info for info in packed.infolist()}
        _check_list(packed.infolist(), size)
        self.manifest = self._manifest()
        _check_names(self._infos.keys(), self.manifest)

    def rows(self, table: str) -> Iterator[tuple[int, msgspec.Struct]]:
        """The rows of a table with the numbers of their lines; none where the archive is older than the table."""
        name = json_name(table)
        if name not in self.manifest.files:
            return
        told, count = self.manifest.files[name], 0
        read = _Reader(name, contents()[table].fields)
        for count, line in enumerate(self._lines(name, told), 1):
            yield count, read(count, line)
        if count != told.rows:
            raise BadArchive(f"{name} has {count:,} rows, and {manifest.NAME} says that it has {told.rows or 0:,}.")

    @property
    def row_count(self) -> int:
        """How many rows it says that its tables have."""
        return sum(file.rows or 0 for name, file in self.manifest.files.items() if name.startswith("json/"))

    def pictures(self) -> list[str]:
        """The names of the files of pictures."""
        return [name for name in self.manifest.files if name.startswith("pictures/")]

    def size_of(self, name: str) -> int:
        """The bytes of a file, unpacked."""
        return self.manifest.files[name].bytes

    def copy(self, name: str, into: IO[bytes]) -> None:
        """Unpack a file."""
        for block in self._blocks(name, self.manifest.files[name]):
            into.write(block)

    def _manifest(self) -> Manifest:
        info = self._infos.get(manifest.NAME)
        if info is None or info.file_size > manifest.LARGEST:
            raise BadArchive(f"This is no archive of TrendDojo: it has no {manifest.NAME}.")
        try:
            with self._zip.open(info) as file:
                told = msgspec.json.decode(file.read(manifest.LARGEST), type=Manifest)
        except (msgspec.MsgspecError, RecursionError):
            raise BadArchive(f"{manifest.NAME} is not one of TrendDojo's.") from None
        except _BROKEN:
            raise BadArchive(_DAMAGED) from None
        if told.format != manifest.FORMAT:
            raise BadArchive(f"{manifest.NAME} is not one of TrendDojo's.")
        if told.version != manifest.VERSION:
            raise BadArchive(f"The archive is of version {told.version}; this TrendDojo reads {manifest.VERSION}.")
        return told

    def _lines(self, name: str, told: File) -> Iterator[bytes]:
        rest, number = b"", 0
        for block in self._blocks(name, told):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                number += 1
                if len(line) > LONGEST_LINE:
                    raise BadRow(name, number, f"It is longer than {LONGEST_LINE:,} bytes.")
                yield line
            if len(rest) > LONGEST_LINE:
                raise BadRow(name, number + 1, f"It is longer than {LONGEST_LINE:,} bytes.")
        if rest:
            raise BadRow(name, number + 1, "It does not end.")

    def _blocks(self, name: str, told: File) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(self._infos[name]) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    yield block
        except BadArchive:
            raise
        except _BROKEN:
            raise BadArchive(f"{name}: {_DAMAGED}") from None
        if size != told.bytes or digest.hexdigest() != told.sha256:
            raise BadArchive(f"{name} is not the file that {manifest.NAME} tells of: it was changed since.")


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Archive]:
    """An archive while it is looked at. Raises BadArchive."""
    size = file.seek(0, 2)
    if size > LARGEST:
        raise BadArchive(f"An archive may have {LARGEST >> 20:,} MB at most.")
    directory.check(file)
    try:
        packed = zipfile.ZipFile(file)
    except _BROKEN:
        raise BadArchive(_DAMAGED) from None
    with packed:
        yield Archive(packed, size)


def _check_list(infos: list[zipfile.ZipInfo], packed: int) -> None:
    """What the ZIP says of its files: names, sizes, and how they are packed."""
    [(name, times)] = Counter(info.filename for info in infos).most_common(1) or [("", 1)]
    if times > 1:
        raise BadArchive(f"The ZIP file has {_shown(name)} {times} times.")
    for info in infos:
        if info.filename.startswith("/") or ".." in info.filename.split("/") or "\\" in info.orig_filename:
            raise BadArchive(f"The ZIP file has {_shown(info.filename)}, a name that leads out of it.")
        if info.flag_bits & _ENCRYPTED:
            raise BadArchive("The ZIP file is locked by a password. Unlock it first.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadArchive("The ZIP file is packed in a way that archives are not.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > min(MOST_UNPACKED, MOST_RATIO * packed + _FREE):
        raise BadArchive(
            f"The ZIP file unpacks to {unpacked >> 20:,} MB from {packed >> 20:,} MB, which no archive does."
        )


def _check_names(names: Collection[str], told: Manifest) -> None:
    """The ZIP file holds what its table of contents lists, no less and no more."""
    listed = {manifest.NAME, *told.files}
    if missing := sorted(listed - set(names)):
        raise BadArchive(f"{_shown(missing[0])} is missing from the ZIP file.")
    tables = {name for table in contents() for name in (json_name(table), csv_name(table))}
    for name in sorted(names):
        if name not in listed:
            raise BadArchive(f"{_shown(name)} is in the ZIP file, and {manifest.NAME} does not tell of it.")
        if name != manifest.NAME and name not in tables and not name.startswith("pictures/"):
            raise BadArchive(f"{_shown(name)} is nothing that this TrendDojo knows: the archive may be of a newer one.")


def _shown(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:80]


class _Reader:
    """Reads lines as rows of a table."""

    def __init__(self, file: str, fields: tuple[Field, ...]) -> None:
        self._file = file
        self._decoder = decoder(file.rpartition("/")[2].partition(".")[0], fields)

    def __call__(self, number: int, line: bytes) -> msgspec.Struct:
        try:
            return self._decoder.decode(line)
        except RecursionError:
            raise BadRow(self._file, number, "It is nested too deeply.") from None
        except msgspec.ValidationError as error:
            why, _, place = str(error).partition(" - at `$.")
            raise BadRow(self._file, number, f"{why}.", place.rstrip("`")) from None
        except msgspec.DecodeError:
            raise BadRow(self._file, number, "This is no JSON.") from None
