"""Alembic's entry: runs revisions on the connection that `schema.migrate` hands over.

There is no alembic.ini: the URL comes from the caller, never from a file.
"""

from __future__ import annotations

from alembic import context

from schema.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},  # else each % is printed twice
        literal_binds=True,
        target_metadata=metadata,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
