"""The database of a stack's Airflow at its start: kept, copied from the cache, or migrated while the other parts start."""

from __future__ import annotations

from stack import airflow
from stack.options import StackOptions, home_of
from stack.processes import Children

_NAME = "db-migrate"
_SECONDS = 120.0


def start_migration(options: StackOptions, children: Children) -> bool:
    """Bring the database up to date.

    :return: whether that goes on, as a child process; `finish_migration` waits for it
    """
    home = home_of(options)
    if options.keep and airflow.database_is_current(home):
        return False
    if not options.keep:
        airflow.forget_database(home)
    is_new = not airflow.database_of(home).exists()
    if is_new and options.cache and airflow.take_migrated(home, options.cache):
        return False
    children.start(_NAME, airflow.migrate_command(), ends=True)
    return True


def finish_migration(options: StackOptions, children: Children) -> None:
    """Wait for the migration, and keep what came of it in the cache.

    :raises StackError: when it failed
    """
    home = home_of(options)
    children.finish(_NAME, timeout=_SECONDS)
    airflow.mark_migrated(home)
    if options.cache and not options.keep:
        airflow.keep_migrated(home, options.cache)
