"""The migrations make exactly the tables that the models describe, on both databases, and can be taken back."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import inspect, text

from tests.conftest import Clock, settings
from trenddojo.factory import create_app
from trenddojo.store.database import Base, db
from trenddojo.store.schema import MIGRATIONS, StaleSchema, require_current


@pytest.fixture
def empty(both_databases: str, clock: Clock) -> Iterator[Flask]:
    """An application whose database has no tables."""
    application = create_app(settings(both_databases), clock)
    Migrate(application, db, directory=str(MIGRATIONS))
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_up_makes_what_the_models_say_and_down_takes_it_back(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()
    require_current(db.engine)


def test_constraints_of_the_models_are_in_the_database(empty: Flask) -> None:
    upgrade()
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {constraint.name for constraint in table.constraints if constraint.name} - {table.primary_key.name}
        found = {
            item["name"]
            for read in (inspector.get_check_constraints, inspector.get_unique_constraints, inspector.get_foreign_keys)
            for item in read(table.name)
        }
        assert wanted <= found | {None}, table.name


def test_a_database_without_tables_is_refused_with_the_command_that_mends_it(empty: Flask) -> None:
    with pytest.raises(StaleSchema, match=r"has no tables yet.*Run: flask --app app db upgrade"):
        require_current(db.engine)


def test_a_database_of_another_version_is_refused(empty: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(StaleSchema, match=r"is at older; this version needs \w+\. Run: flask --app app db upgrade"):
        require_current(db.engine)
