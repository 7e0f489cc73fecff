"""Alembic's entry: the connection comes from `migrating.migrate`, already in a transaction."""

from alembic import context

from server.store.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
