"""Rows with files beside the database go for good."""

from collections.abc import Callable, Sequence
from uuid import UUID

from trenddojo.store.database import db
from trenddojo.store.models import Attachment, Import


def forget(batch: Callable[[], Sequence[Attachment | Import]], remove: Callable[[UUID], object]) -> int:
    """Delete what `batch` finds until it finds nothing more, then its files by `remove`; how many rows went.

    A transaction a batch. The rows go first: a file that stays behind is found later by those who look for such.
    """
    gone = 0
    while rows := batch():
        ids = [row.id for row in rows]
        for row in rows:
            db.session.delete(row)
        db.session.commit()
        for one in ids:
            remove(one)
        gone += len(ids)
    return gone
