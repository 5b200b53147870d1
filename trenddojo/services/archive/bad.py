"""What is wrong with an archive that somebody sent, as a sentence."""


class BadArchive(Exception):
    """The file is no archive that can be brought in; its text says why, and where."""


class BadRow(BadArchive):
    """A row that cannot be: which file, which line, which field, and what is wrong with it."""

    def __init__(self, file: str, line: int, why: str, field: str = "") -> None:
        super().__init__(f"{file}, line {line:,}{f', {field}' if field else ''}: {why}")
