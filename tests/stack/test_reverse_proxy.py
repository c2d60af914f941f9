"""The reverse proxy before the local Airflow: what is in its configuration, and Airflow as it answers through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.airflow import EDITOR, VIEWER
from stack.errors import StackError
from stack.local import Stack
from stack.options import StackOptions
from stack.ports import LOCALHOST, Ports
from stack.reverse_proxy import find_nginx, nginx_config
from tests.stack.commands import listening_addresses


def test_it_listens_on_127_0_0_1_and_writes_into_its_folder_alone(tmp_path: Path) -> None:
    """Every path of the configuration is below it."""
    config = nginx_config(tmp_path / "with space", port=20001, upstream_port=20002, path_prefix="/airflow")
    assert config.count("listen ") == 1
    assert "listen 127.0.0.1:20001;" in config
    assert "proxy_pass http://127.0.0.1:20002;\n" in config  # without a path, so that addresses pass as they came
    assert config.count(f'"{tmp_path}/with space/') == 6


def test_without_nginx_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for on the path, and where Debian has it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("stack.reverse_proxy._BESIDE_THE_PATH", ())
    with pytest.raises(StackError, match=r"^no nginx found: install it \(Debian: apt-get install nginx;"):
        find_nginx()
    (tmp_path / "nginx").touch(mode=0o755)
    assert find_nginx() == str(tmp_path / "nginx")


def test_fixed_ports_have_none_for_it(tmp_path: Path) -> None:
    """Whoever gives ports must give that one too."""
    ports = Ports(ui=20001, aws=20002, site=20003, batch=20004)
    stack = Stack(StackOptions(folder=tmp_path, ports=ports, path_prefix="/airflow"))
    with pytest.raises(StackError, match="give one as `proxy` of the ports"), stack:
        pass


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    options = StackOptions(
        folder=tmp_path_factory.mktemp("proxied"),
        components=("api-server",),
        path_prefix="/some/airflow",
        all_admins=False,
        aws=False,
        config_root="file:///nowhere",
        data_root="file:///nowhere",
        site=False,
    )
    with Stack(options) as stack:
        yield stack


@pytest.mark.slow
class TestAirflowBehindIt:
    """The API server alone, asked through the proxy."""

    def test_its_pages_and_its_api_answer_below_the_path(self, stack: Stack) -> None:
        """And name that path as their base; the path without its slash leads there, and other paths are nowhere."""
        assert stack.public_url == f"http://{LOCALHOST}:{stack.ports.proxy}/some/airflow"
        with httpx.Client(trust_env=False) as browser:
            moved = browser.get(stack.public_url)
            assert (moved.status_code, moved.headers["location"]) == (301, f"{stack.public_url}/")
            for page in ("/", "/dags", "/auth/login"):
                assert '<base href="/some/airflow/" />' in browser.get(stack.public_url + page).text
            asked = browser.get(f"{stack.public_url}/api/v2/auth/login")
            assert (asked.status_code, asked.headers["location"]) == (307, "/some/airflow/auth/login")
            assert browser.get(f"http://{LOCALHOST}:{stack.ports.proxy}/api/v2/monitor/health").status_code == 404

    def test_ids_pass_as_they_came(self, stack: Stack) -> None:
        """What is encoded in an address is not decoded on the way."""
        with httpx.Client(trust_env=False) as browser:
            asked = browser.get(f"{stack.public_url}/api/v2/dags/a%2Fb%23c+d/details", headers=self.token(stack))
        assert asked.status_code == 404
        assert "a%2Fb%23c+d" in str(asked.url)
        assert "API route not found" in asked.text or "a/b#c+d" in asked.text

    def test_each_user_is_known_to_it(self, stack: Stack) -> None:
        """The editor may trigger what there is, the viewer nothing."""
        refused = {}
        for user in (EDITOR, VIEWER):
            api = stack.api_of(user)
            with pytest.raises(StackError, match="airflow refused POST") as error:
                api.trigger("no_such_dag", {})
            refused[user] = str(error.value).partition(" with ")[2][:3]
            api.close()
        assert refused == {EDITOR: "404", VIEWER: "403"}

    def test_only_the_proxy_and_the_server_listen(self, stack: Stack) -> None:
        """On 127.0.0.1, and the proxy is one process that the stack finds by its mark."""
        assert listening_addresses(stack.processes()) == {(LOCALHOST, stack.ports.ui), (LOCALHOST, stack.ports.proxy)}
        assert [one.name() for one in stack.processes()].count("nginx") == 1

    @staticmethod
    def token(stack: Stack) -> dict[str, str]:
        user, password = stack.login_of(VIEWER) or ("", "")
        url = f"{stack.public_url}/auth/token"
        answer = httpx.post(url, json={"username": user, "password": password}, trust_env=False)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}
