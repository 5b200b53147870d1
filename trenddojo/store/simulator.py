"""The simulated exchange's memory: texts by key, for each connection."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select

from trenddojo.store.database import db
from trenddojo.store.models import SimulatorRecord
from trenddojo.store.upserts import put


def load(connection_id: UUID) -> dict[str, str]:
    """Everything that was saved for a connection."""
    query = select(SimulatorRecord.key, SimulatorRecord.value).where(SimulatorRecord.connection_id == connection_id)
    return dict(db.session.execute(query).all())


def save(connection_id: UUID, changed: Mapping[str, str]) -> None:
    """Keep these texts in place of those under their keys."""
    rows = [{"connection_id": connection_id, "key": key, "value": value} for key, value in sorted(changed.items())]
    put(SimulatorRecord, ("connection_id", "key"), rows)


def clear(connection_id: UUID) -> None:
    """Forget everything of a connection."""
    db.session.execute(delete(SimulatorRecord).where(SimulatorRecord.connection_id == connection_id))
