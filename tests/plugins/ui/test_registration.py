"""What Airflow is told about the pages, and that telling it costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vectora_airflow.ui import registration
from vectora_airflow.ui.app import create_app
from vectora_airflow.ui.rendering import STATIC

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
SHOWN = "\nimport sys\nprint(*sys.modules)"


def loaded_by(statement: str, home: Path) -> set[str]:
    environment = {"PYTHONPATH": str(PLUGINS), "AIRFLOW_HOME": str(home), "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", statement + SHOWN], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_plugin_is_cheap_to_import(tmp_path: Path) -> None:
    """Every process of Airflow imports it, the forks of each task included: beyond what Airflow's own loader of plugins
    imports, it may bring its own few modules and nothing else."""
    more = loaded_by("import vectora_plugin", tmp_path) - loaded_by("import airflow.plugins_manager", tmp_path)
    assert "vectora_airflow.ui.registration" in more
    foreign = {name for name in more if name.partition(".")[0] not in ("vectora_plugin", "vectora_airflow")}
    assert foreign <= {"airflow.listeners", "airflow._shared.listeners"}
    assert "vectora_airflow.ui.app" not in more


def test_the_plugin_registers_the_pages() -> None:
    """Under the names Airflow looks for."""
    from vectora_plugin import VectoraPlugin

    assert VectoraPlugin.name == "vectora"
    (app,) = VectoraPlugin.fastapi_apps
    assert app["url_prefix"] == "/vectora"
    assert callable(app["app"])
    assert [view["destination"] for view in VectoraPlugin.external_views] == ["nav", "nav", "dag_run", "task_instance"]


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("http://localhost:8080", ""),
        ("http://localhost:8080/", ""),
        ("https://example.com/airflow", "/airflow"),
        ("https://example.com/a/b/", "/a/b"),
        ("", ""),
    ],
)
def test_every_address_begins_with_the_path_of_airflow(base_url: str, root: str) -> None:
    """Behind a proxy with a prefix too: pages and icons."""
    for view in registration.external_views(base_url):
        for name in ("href", "icon", "icon_dark_mode"):
            assert view[name].startswith(f"{root}/vectora/")


def test_every_view_leads_to_a_page_and_an_icon_that_are_there() -> None:
    """Names of views are unique: Airflow keeps one view a route."""
    views = registration.external_views("")
    pages = {getattr(route, "path", "") for route in create_app().routes}
    assert len({view["url_route"] for view in views}) == len(views)
    for view in views:
        assert view["href"].partition("?")[0].removeprefix("/vectora") in pages
        for name in ("icon", "icon_dark_mode"):
            assert (STATIC / view[name].removeprefix("/vectora/static/")).is_file()


def test_the_tabs_ask_for_what_airflow_fills_in() -> None:
    """Its placeholders, each as a parameter of the address."""
    run, instance = (view["href"].partition("?")[2] for view in registration.external_views("")[2:])
    assert run == "dag_id={DAG_ID}&run_id={RUN_ID}"
    assert instance == "dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}&map_index={MAP_INDEX}"
