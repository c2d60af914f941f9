"""The settings of the local Airflow: names that Airflow knows, secrets that stay, and nobody else's settings."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManagerRole

from stack import airflow
from stack.errors import StackError
from stack.options import StackOptions, stack_environment
from stack.ports import free_ports


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    options = StackOptions(folder=tmp_path, environment={"VECTORA_INGEST_RETRIES": "3"})
    return stack_environment(options, free_ports(), airflow.load_secrets(tmp_path / "airflow"))


def known_options() -> set[str]:
    found = importlib.util.find_spec("airflow")
    assert found
    assert found.submodule_search_locations
    templates = Path(next(iter(found.submodule_search_locations))) / "config_templates"
    sections = yaml.safe_load((templates / "config.yml").read_text())
    return {f"AIRFLOW__{section}__{option}".upper() for section in sections for option in sections[section]["options"]}


def test_every_option_is_one_that_airflow_knows(environment: dict[str, str]) -> None:
    """A misspelt one would be ignored without a word."""
    given = {name for name in environment if name.startswith("AIRFLOW__")}
    assert len(given) > 20
    assert given <= known_options()


def test_nothing_but_127_0_0_1_is_named(environment: dict[str, str]) -> None:
    """And the log servers, which listen on all addresses, are not started."""
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "0.0.0.0" not in " ".join(environment.values())
    assert "--skip-serve-logs" in airflow.COMPONENTS["scheduler"]
    assert "--skip-serve-logs" in airflow.COMPONENTS["triggerer"]


def test_what_the_caller_gives_wins(environment: dict[str, str]) -> None:
    """Tests and benchmarks set what they need."""
    assert environment["VECTORA_INGEST_RETRIES"] == "3"
    assert environment["VECTORA_INGEST_SCHEDULE"] == "off"


def test_settings_of_another_account_or_airflow_are_not_inherited() -> None:
    """A developer's credentials never reach the demo."""
    given = {"AWS_PROFILE": "prod", "AIRFLOW__CORE__FERNET_KEY": "x", "VECTORA_DATA_ROOT": "s3://prod", "HOME": "/h"}
    inherited = airflow.inherited_environment(given)
    assert inherited.keys() & given.keys() == {"HOME"}
    assert inherited["NO_PROXY"] == "127.0.0.1,localhost"


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Sessions and the password survive a restart."""
    first = airflow.load_secrets(tmp_path)
    assert airflow.load_secrets(tmp_path) == first
    for name in ("secrets.json", "passwords.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    passwords = json.loads((tmp_path / "passwords.json").read_text())
    assert passwords == {"admin": first.password, "editor": first.editor_password, "viewer": first.viewer_password}
    assert len(set(passwords.values())) == 3


def test_a_home_from_before_a_secret_was_thought_of_keeps_the_others(tmp_path: Path) -> None:
    """Who was let in still is; what is missing is made once. A secret of a later version is left alone."""
    now = airflow.load_secrets(tmp_path)
    old = {name: getattr(now, name) for name in ("jwt", "cookies", "fernet", "password")}
    (tmp_path / "secrets.json").write_text(json.dumps({**old, "of_later": "x"}))
    upgraded = airflow.load_secrets(tmp_path)
    assert {name: getattr(upgraded, name) for name in old} == old
    assert upgraded.viewer_password != now.viewer_password
    assert airflow.load_secrets(tmp_path) == upgraded
    assert json.loads((tmp_path / "secrets.json").read_text())["of_later"] == "x"
    assert json.loads((tmp_path / "passwords.json").read_text()).keys() == {"admin", "editor", "viewer"}


def test_the_users_have_roles_that_airflow_knows(environment: dict[str, str]) -> None:
    """One that may everything, one that may trigger, one that may look."""
    given = dict(one.split(":") for one in environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(","))
    assert given == {"admin": "admin", "editor": "user", "viewer": "viewer"}
    assert {role.upper() for role in given.values()} <= set(SimpleAuthManagerRole.__members__)


def test_behind_a_reverse_proxy_browsers_use_its_address_and_tasks_the_api_servers(tmp_path: Path) -> None:
    """Both with the path: Airflow does not find the applications mounted in it without."""
    options, ports = StackOptions(folder=tmp_path, path_prefix="/some/airflow"), free_ports()
    given = stack_environment(options, ports, airflow.load_secrets(tmp_path / "airflow"))
    assert given["AIRFLOW__API__BASE_URL"] == f"http://127.0.0.1:{ports.proxy}/some/airflow"
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"http://127.0.0.1:{ports.ui}/some/airflow/execution/"


def test_without_one_both_are_the_same(environment: dict[str, str]) -> None:
    """The API server's own."""
    url = environment["AIRFLOW__API__BASE_URL"]
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"{url}/execution/"


@pytest.mark.parametrize("prefix", ["airflow", "/", "/airflow/", "/a b", "/;}", "//x"])
def test_a_path_prefix_that_is_none_is_refused(tmp_path: Path, prefix: str) -> None:
    """It would become part of a configuration of nginx."""
    with pytest.raises(StackError, match=r"^path_prefix '.+' is not a path: give one such as /airflow"):
        StackOptions(folder=tmp_path, path_prefix=prefix)


def test_two_stacks_have_different_secrets(tmp_path: Path) -> None:
    """A token of one opens no other."""
    assert airflow.load_secrets(tmp_path / "a") != airflow.load_secrets(tmp_path / "b")


def test_a_migrated_database_is_kept_whole_and_taken_again(tmp_path: Path) -> None:
    """Also what is still in its write-ahead log."""
    home, other, cache = tmp_path / "home", tmp_path / "other", tmp_path / "cache"
    home.mkdir()
    other.mkdir()
    assert not airflow.take_migrated(other, cache)
    with closing(sqlite3.connect(airflow.database_of(home))) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE proof (answer)")
        database.commit()
        airflow.keep_migrated(home, cache)
    assert airflow.take_migrated(other, cache)
    assert airflow.database_is_current(other)
    with closing(sqlite3.connect(airflow.database_of(other))) as database:
        assert database.execute("SELECT count(*) FROM proof").fetchone() == (0,)


def test_a_database_of_another_airflow_is_not_current(tmp_path: Path) -> None:
    """It is migrated again."""
    airflow.database_of(tmp_path).touch()
    assert not airflow.database_is_current(tmp_path)
    airflow.mark_migrated(tmp_path)
    assert airflow.database_is_current(tmp_path)
    (tmp_path / "airflow.db.version").write_text("2.0.0")
    assert not airflow.database_is_current(tmp_path)


def test_forgetting_a_database_takes_its_log_along(tmp_path: Path) -> None:
    """An old log beside a new database would damage it."""
    for name in ("airflow.db", "airflow.db-wal", "airflow.db-shm", "airflow.db.version", "secrets.json"):
        (tmp_path / name).touch()
    airflow.forget_database(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
