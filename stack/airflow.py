"""How the local stack runs Airflow: every setting of it, its components one by one, and its migrated database.

One component is one process: `airflow standalone` listens on all addresses, and so do the log servers of the scheduler and
the triggerer (hence ``--skip-serve-logs``; the API server reads the log files itself).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path

from stack.places import command
from stack.ports import LOCALHOST
from stack.settings import EVERYWHERE

ADMIN, EDITOR, VIEWER = "admin", "editor", "viewer"
USERS = {ADMIN: "admin", EDITOR: "user", VIEWER: "viewer"}
"""Who may log in, with their roles in the simple auth manager: a viewer reads, a user also triggers and clears."""
_NOT_INHERITED = ("AIRFLOW", "VECTORA_", "AWS_", "PYTEST_", "COVERAGE_")

COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server", "--host", LOCALHOST),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What one Airflow keeps to itself: the keys of its tokens, cookies and connections, and the password of each user.

    :param password: of `ADMIN`
    """

    jwt: str
    cookies: str
    fernet: str
    password: str
    editor_password: str
    viewer_password: str

    def password_of(self, user: str) -> str:
        """Return the password of one of `USERS`.

        :raises KeyError: when there is no such user
        """
        return {ADMIN: self.password, EDITOR: self.editor_password, VIEWER: self.viewer_password}[user]


_SECRETS = tuple(field.name for field in fields(Secrets))


@dataclass(frozen=True, kw_only=True)
class AirflowSettings:
    """What differs between one local Airflow and the next.

    :param home: folder of its database, logs and passwords
    :param port: of the API server and the UI
    :param parallelism: task instances running at once; each is a process
    :param all_admins: nobody is asked for a password
    :param path_prefix: below which a reverse proxy serves it, such as ``/airflow``
    :param public_url: where browsers find it then
    :param quick: look for work and for changed DAG files at once, instead of sparing the machine
    """

    home: Path
    port: int
    dags: Path
    plugins: Path
    secrets: Secrets
    parallelism: int = 4
    all_admins: bool = True
    path_prefix: str = ""
    public_url: str | None = None
    quick: bool = True


def airflow_environment(settings: AirflowSettings) -> dict[str, str]:
    """Return the environment of every component: the one place where the local Airflow is configured (`stack.settings`).

    Tasks speak to the API server itself, yet with the prefix: without it Airflow does not find the apps mounted in it.
    """
    home = settings.home
    url = f"http://{LOCALHOST}:{settings.port}{settings.path_prefix}"
    return {
        "AIRFLOW_HOME": str(home),
        **EVERYWHERE,
        **_database(home, wait_seconds=30),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.parallelism),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.plugins),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": settings.secrets.fernet,
        "AIRFLOW__API__HOST": LOCALHOST,
        "AIRFLOW__API__PORT": str(settings.port),
        "AIRFLOW__API__BASE_URL": settings.public_url or url,
        "AIRFLOW__API__SECRET_KEY": settings.secrets.cookies,
        "AIRFLOW__API__INSTANCE_NAME": "Vectora (local)",
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secrets.jwt,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",  # another server; the API's health page knows the same
        **_login(settings),
        **(_QUICK if settings.quick else {}),
    }


def component_environment(component: str, home: Path) -> dict[str, str]:
    """Return what a component needs beside the common environment.

    The API server waits for SQLite's one writer in its event loop, and now and then that writer is a request of its own
    which needs the loop to finish: it must give up soon, and its clients ask again. The others wait until it has.
    """
    return _database(home, wait_seconds=2) if component == "api-server" else {}


def command_environment() -> dict[str, str]:
    """Return what an ``airflow`` command beside the running components needs beside the common environment."""
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "stack.sqlite.CONNECT_ARGS"}


def _database(home: Path, *, wait_seconds: int) -> dict[str, str]:
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database_of(home)}?timeout={wait_seconds}"}


_QUICK = {
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "1",
}


def _login(settings: AirflowSettings) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": str(settings.all_admins),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords_of(settings.home)),
    }


def inherited_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what the stack takes over from the terminal: all but settings of another Airflow, Vectora or AWS account."""
    kept = {name: value for name, value in environment.items() if not name.startswith(_NOT_INHERITED)}
    local = f"{LOCALHOST},localhost"
    return {**kept, "NO_PROXY": local, "no_proxy": local, "PYTHONUNBUFFERED": "1"}


def component_command(component: str) -> list[str]:
    """Return the command line of a component (a key of ``COMPONENTS``)."""
    return [command("airflow"), *COMPONENTS[component]]


def migrate_command() -> list[str]:
    """Return the command line that makes the database or brings it up to date."""
    return [command("airflow"), "db", "migrate"]


def database_of(home: Path) -> Path:
    """Return the file of the database."""
    return home / "airflow.db"


def load_secrets(home: Path) -> Secrets:
    """Return the secrets kept in a home, those it lacks made new; the files are readable by their owner only."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / "secrets.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    known = replace(_new_secrets(), **{name: kept[name] for name in _SECRETS if name in kept})
    if any(name not in kept for name in _SECRETS):
        _write_private(file, json.dumps(kept | asdict(known)))
    _write_private(_passwords_of(home), json.dumps({user: known.password_of(user) for user in USERS}))
    (home / "airflow.cfg").write_text("# the local stack gives every setting by the environment: see stack/airflow.py\n")
    return known


def database_is_current(home: Path) -> bool:
    """Return whether the database of a home was migrated by the installed Airflow."""
    return (
        database_of(home).exists() and _version_file(home).exists() and _version_file(home).read_text() == _airflow_version()
    )


def forget_database(home: Path) -> None:
    """Remove the database of a home, with its write-ahead log."""
    for path in home.glob(f"{database_of(home).name}*"):
        path.unlink()


def take_migrated(home: Path, cache: Path) -> bool:
    """Copy a migrated, empty database from the cache; migrating takes 10 s of processor time.

    :return: False when the cache has none of the installed Airflow
    """
    template = _template(cache)
    if not template.exists():
        return False
    shutil.copyfile(template, database_of(home))
    mark_migrated(home)
    return True


def keep_migrated(home: Path, cache: Path) -> None:
    """Keep a database that was just migrated, and that nobody uses yet, in the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = cache / f"{secrets.token_hex(8)}.tmp"
    with closing(sqlite3.connect(database_of(home))) as migrated, closing(sqlite3.connect(unfinished)) as copy:
        migrated.backup(copy)  # with what is still in its write-ahead log
    unfinished.replace(_template(cache))


def mark_migrated(home: Path) -> None:
    """Note which Airflow migrated the database."""
    _version_file(home).write_text(_airflow_version())


def _template(cache: Path) -> Path:
    return cache / f"airflow-{_airflow_version()}.db"


def _version_file(home: Path) -> Path:
    return home / "airflow.db.version"


def _airflow_version() -> str:
    return version("apache-airflow-core")


def _passwords_of(home: Path) -> Path:
    return home / "passwords.json"


def _new_secrets() -> Secrets:
    return Secrets(
        jwt=secrets.token_urlsafe(48),
        cookies=secrets.token_urlsafe(32),
        fernet=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        password=secrets.token_urlsafe(9),
        editor_password=secrets.token_urlsafe(9),
        viewer_password=secrets.token_urlsafe(9),
    )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(text)
