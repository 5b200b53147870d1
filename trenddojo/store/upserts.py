"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps apart."""

from sqlalchemy.dialects import postgresql, sqlite

from trenddojo.store.database import Base, db

Insert = sqlite.Insert | postgresql.Insert


def insert(table: type[Base]) -> Insert:
    """An INSERT of the database in use, whose conflicts can be told what to do."""
    return sqlite.insert(table) if db.engine.dialect.name == "sqlite" else postgresql.insert(table)
