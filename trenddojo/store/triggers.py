"""What the database itself refuses, whoever asks: changes of what is append-only, and of a mode after birth."""

from collections.abc import Mapping

FIXED: Mapping[str, tuple[str, ...]] = {
    "accounts": ("broker", "mode", "account_type"),
    "broker_connections": ("user_id", "broker", "mode", "is_paper"),
    "orders": ("account_id", "mode"),
}
"""Columns that keep the value they were born with."""

APPEND_ONLY = ("audit_log", "order_events")
"""Tables whose rows are neither changed nor deleted."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def statements(dialect: str, table: str) -> list[str]:
    """The statements that make a table's triggers on a database of this dialect; none for a table without."""
    if table in APPEND_ONLY:
        return _append_only(dialect, table)
    return _fixed(dialect, table, FIXED[table]) if table in FIXED else []


def removal(dialect: str, table: str) -> list[str]:
    """The statements that take them away again."""
    on = "" if dialect == "sqlite" else f" ON {table}"
    return [f"DROP TRIGGER {name}{on}" for name in _names(dialect, table)]


def _names(dialect: str, table: str) -> list[str]:
    if table in FIXED:
        return [f"{table}_fixed"]
    return [f"{table}_no_update", f"{table}_no_delete"] + ([f"{table}_no_truncate"] if dialect != "sqlite" else [])


def _append_only(dialect: str, table: str) -> list[str]:
    told = "rows are never changed or deleted"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {told}'); END"
            for act in ("update", "delete")
        ]
    return [
        _FUNCTION,
        *(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} FOR EACH {each} "
            f"EXECUTE FUNCTION refuse_change('{told}')"
            for act, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
        ),
    ]


def _fixed(dialect: str, table: str, columns: tuple[str, ...]) -> list[str]:
    told = f"{', '.join(columns)} are fixed from birth"
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    when = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
    head = f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW WHEN "
    if dialect == "sqlite":
        return [f"{head}{when} BEGIN SELECT RAISE(ABORT, '{table}: {told}'); END"]
    return [_FUNCTION, f"{head}({when}) EXECUTE FUNCTION refuse_change('{told}')"]
