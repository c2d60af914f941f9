"""The stack as it runs: where it listens, what is in it, and how it is started, found and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from stack.local import OURS, Stack
from stack.options import StackOptions
from stack.ports import LOCALHOST, Ports, free_ports
from tests.stack.commands import listening_addresses, processes_of, said_by

pytestmark = pytest.mark.slow


def test_nothing_listens_beyond_127_0_0_1(running_stack: Stack) -> None:
    """No process of it, on no port, neither TCP nor UDP; and the four servers do listen."""
    addresses = listening_addresses(running_stack.processes())
    ports = running_stack.ports
    assert {(LOCALHOST, port) for port in (ports.ui, ports.aws, ports.site, ports.batch)} <= addresses
    assert {ip for ip, _ in addresses} == {LOCALHOST}


def test_every_component_reports_in_and_can_be_started_again(running_stack: Stack) -> None:
    """Scheduler, DAG processor and triggerer, as the API server sees them."""
    parts = {"scheduler", "dag_processor", "triggerer"}
    running_stack.children.wait_until(lambda: not running_stack.api.unhealthy(parts), what="health", timeout=60)
    before = running_stack.children.process_of("triggerer").pid
    running_stack.restart("triggerer")
    assert running_stack.children.process_of("triggerer").pid != before
    assert not psutil.pid_exists(before)


def test_an_airflow_command_runs_in_it(running_stack: Stack) -> None:
    """On the same database."""
    listed = running_stack.airflow("dags", "list", "--output", "json")
    assert listed.returncode == 0, listed.stderr
    assert "vectora_ingest" in listed.stdout


class TestConfigBucket:
    """A stack without Airflow: the embedded AWS and the folder it is filled from."""

    @pytest.fixture
    def configs(self, tmp_path: Path) -> Path:
        (tmp_path / "configs" / "clients").mkdir(parents=True)
        (tmp_path / "configs" / "clients" / "acme.yaml").write_text("url: http://127.0.0.1:8600/rss/biotech.xml\n")
        (tmp_path / "configs" / ".draft.yaml.swp").write_text("half")
        return tmp_path / "configs"

    @pytest.fixture
    def stack(self, tmp_path: Path, configs: Path) -> Iterator[Stack]:
        options = StackOptions(folder=tmp_path / "stack", configs=configs, components=(), site=False)
        with Stack(options) as stack:
            yield stack

    def test_it_has_the_files_with_the_origin_of_the_site(self, stack: Stack) -> None:
        """Hidden files stay out."""
        assert [entry.path for entry in stack.config.list_objects("")] == ["clients/acme.yaml"]
        assert stack.config.get("clients/acme.yaml").decode() == f"url: {stack.site_url}/rss/biotech.xml\n"

    def test_it_follows_the_folder(self, stack: Stack, configs: Path) -> None:
        """A new file comes, a changed one changes, a deleted one goes."""
        (configs / "clients" / "beta.yaml").write_text("new")
        (configs / "clients" / "acme.yaml").write_text("changed")
        stack.mirror_changes()
        assert stack.config.get("clients/beta.yaml") == b"new"
        assert stack.config.get("clients/acme.yaml") == b"changed"
        (configs / "clients" / "acme.yaml").unlink()
        stack.mirror_changes()
        assert [entry.path for entry in stack.config.list_objects("")] == ["clients/beta.yaml"]

    def test_outputs_are_kept_where_that_is_asked_for(self, tmp_path: Path, configs: Path) -> None:
        """As `make up` does; what is no longer in the folder is gone from the config bucket."""
        options = StackOptions(folder=tmp_path / "kept", configs=configs, components=(), site=False, keep=True)
        with Stack(options) as stack:
            stack.data.put("ingested/acme/items.json", b"[]")
            stack.config.put("clients/gone.yaml", b"")
        with Stack(options) as stack:
            assert stack.data.get("ingested/acme/items.json") == b"[]"
            assert [entry.path for entry in stack.config.list_objects("")] == ["clients/acme.yaml"]


class TestUp:
    """`make up`, `make status`, `make down` on ports of the environment."""

    @pytest.fixture
    def environment(self) -> dict[str, str]:
        ports = free_ports()
        return {
            "VECTORA_UI_PORT": str(ports.ui),
            "VECTORA_AWS_PORT": str(ports.aws),
            "VECTORA_SITE_PORT": str(ports.site),
            "VECTORA_BATCH_PORT": str(ports.batch),
        }

    def test_up_status_up_again_and_down(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """Only the printed password opens the UI; no DAG is paused; a second up changes nothing; down leaves nothing."""
        code, said = said_by("up", tmp_path, environment)
        assert code == 0, said
        url = f"http://127.0.0.1:{environment['VECTORA_UI_PORT']}"
        assert f"Airflow  {url}  user admin, password " in said
        login = {"username": "admin", "password": said.partition("password ")[2].split()[0]}
        token = httpx.post(f"{url}/auth/token", json=login, trust_env=False).json()["access_token"]
        dags = httpx.get(f"{url}/api/v2/dags", headers={"Authorization": f"Bearer {token}"}, trust_env=False).json()["dags"]
        assert {dag["dag_id"]: dag["is_paused"] for dag in dags} == dict.fromkeys(OURS, False)
        assert not httpx.post(f"{url}/auth/token", json={**login, "password": "guess"}, trust_env=False).is_success
        assert not httpx.get(f"{url}/api/v2/dags", trust_env=False).is_success
        assert {ip for ip, _ in listening_addresses(processes_of(tmp_path))} == {LOCALHOST}

        before = {process.pid for process in processes_of(tmp_path)}
        assert said_by("up", tmp_path, environment)[1].startswith("already running\n")
        assert said_by("status", tmp_path, environment)[0] == 0
        assert before <= {process.pid for process in processes_of(tmp_path)}

        assert said_by("down", tmp_path, environment) == (0, "stopped\n")
        assert processes_of(tmp_path) == []
        assert said_by("down", tmp_path, environment) == (0, "nothing is running\n")

    def test_a_crash_leaves_nothing_running(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """Not even for `make down` to find; and the next up works."""
        assert said_by("up", tmp_path, environment)[0] == 0
        left = processes_of(tmp_path)
        os.kill(json.loads((tmp_path / "state.json").read_text())["pid"], signal.SIGKILL)
        assert psutil.wait_procs(left, timeout=20)[1] == []
        assert said_by("status", tmp_path, environment)[0] == 3
        assert said_by("down", tmp_path, environment)[0] == 0

    def test_a_port_in_use_is_told_before_anything_starts(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """One sentence, exit code 1."""
        with socket.create_server((LOCALHOST, int(environment["VECTORA_UI_PORT"]))):
            code, said = said_by("up", tmp_path, environment)
        assert code == 1
        assert said.startswith(f"make up: port {environment['VECTORA_UI_PORT']} (the Airflow UI) is in use by ")
        assert said.count("\n") == 1
        assert processes_of(tmp_path) == []


def test_ports_are_as_told(running_stack: Stack) -> None:
    """The UI and the site answer where the stack says."""
    assert isinstance(running_stack.ports, Ports)
    assert httpx.get(running_stack.url, trust_env=False, follow_redirects=True).is_success
    assert httpx.get(running_stack.site_url, trust_env=False).is_success
