"""The zips of the Lambdas: the same bytes each time, what they need and nothing else; they run with boto3 beside them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import boto3
import pytest

from stack import embedded_aws, lambda_packages, lambda_wheels
from stack.errors import StackError
from stack.lambda_packages import MOST_UNZIPPED, build, compiled_rules, refuse_oversize, write_zip
from stack.places import REPOSITORY
from stack.ports import free_ports
from stack.processes import Children
from tests.fakes.lambda_events import hand_made
from vectora_core.jobs.extraction import parse_rules
from vectora_core.jobs.schema import create_table

SITE_PACKAGES = Path(boto3.__file__).parents[1]
IN_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
"""What Lambda's Python has, by the names below site-packages."""
HANDLE = """
import json
from vectora_core.lambdas.job_state import lambda_handler
for event in json.loads({events!r}):
    lambda_handler(event, None)
"""
IMPORT_ALL = """
import importlib, json, pkgutil, vectora_core
mine = [one.name for one in pkgutil.walk_packages(vectora_core.__path__, "vectora_core.")]
for name in [*mine, *json.loads({others!r})]:
    importlib.import_module(name)
print(len(mine), *{{name.partition(".")[0] for name in sys.modules}})
"""


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "stack", "lambda-packages", *map(str, arguments)]
    return subprocess.run(words, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def alone(script: str, *folders: Path, **environment: str) -> str:
    """Run Python with the standard library and some folders, and nothing else; return what it printed."""
    script = f"import sys; sys.path[:0] = sys.argv[1:]\n{script}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, *map(str, folders)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def unpacked(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as content:
        content.extractall(folder)
    return folder


def imports_in(folder: Path) -> set[str]:
    """Return every module that the sources below a folder import, inside functions too; none for type checkers alone."""
    found = set[str]()
    for path in folder.rglob("*.py"):
        nodes: list[ast.AST] = [ast.parse(path.read_text())]
        while nodes:
            node = nodes.pop()
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.module and not node.level
                found.add(node.module)
            elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
                nodes += ast.iter_child_nodes(node)
    return found


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with boto3 and what it needs, as Lambda's runtime has one."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in IN_RUNTIME:
        (folder / name).symlink_to(SITE_PACKAGES / name)
    return folder


@pytest.fixture
def aws_port(tmp_path: Path) -> Iterator[int]:
    folder, port = tmp_path / "aws", free_ports().aws
    folder.mkdir()
    with Children(environment={"PATH": os.environ["PATH"], "HOME": str(folder)}, logs=folder / "logs") as children:
        server = embedded_aws.aws_server_environment(port, folder, keep=False)
        children.start("aws", embedded_aws.aws_command(), extra=server)
        children.wait_until(lambda: embedded_aws.is_ready(port), what="an answer of the embedded AWS", timeout=120)
        yield port


@pytest.mark.slow
def test_the_job_state_zip_runs_alone(runtime: Path, aws_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With boto3 beside it and nothing else: two events of one second, one row, the later state."""
    said = command("--only", "job_state", "--out", tmp_path / "out", "--json")
    assert said.returncode == 0, said.stderr
    (package,) = json.loads(said.stdout)
    code = unpacked(Path(package["path"]), tmp_path / "task")
    address = embedded_aws.aws_client_environment(aws_port)
    for name, value in address.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("dynamodb")
    create_table(client, "Zipped")
    script = HANDLE.format(events=json.dumps([hand_made("RUNNING"), hand_made("SUCCEEDED")]))
    lines = alone(script, code, runtime, VECTORA_JOBS_TABLE="Zipped", **address).splitlines()
    (row,) = client.scan(TableName="Zipped")["Items"]
    client.close()
    assert [json.loads(line)["written"] for line in lines] == [1, 1]
    assert (row["jobId"]["S"], row["status"]["S"]) == ("test-job-001", "SUCCEEDED")


def copy_installed(pins: Path, folder: Path) -> None:
    """Copy the locked packages from where they are installed: the same versions, without the package index."""
    for line in pins.read_text().splitlines():
        for file in files(line.partition("==")[0]) or []:
            if ".." not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)


@pytest.mark.slow
def test_the_ingest_zip_imports_alone(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its modules and whatever they import, in functions too; no Airflow, and nothing of the command line."""
    monkeypatch.setattr(lambda_wheels, "install", copy_installed)
    package = build("ingest", tmp_path / "out")
    assert 50_000_000 < package.unzipped < MOST_UNZIPPED
    code = unpacked(package.path, tmp_path / "task")
    others = imports_in(code / "vectora_core") - {"vectora_core"}
    count, *loaded = alone(IMPORT_ALL.format(others=json.dumps(sorted(others))), code, runtime).split()
    assert int(count) > 50
    assert {"trafilatura", "py3langid", "dateparser", "obstore", "h2"} <= set(loaded)
    assert not {"airflow", "typer", "rich", "stack"} & set(loaded)
    assert not {"boto3", "botocore", "bin", "cli"} & {path.name for path in code.iterdir()}


def test_the_job_state_zip_has_what_its_modules_import(tmp_path: Path) -> None:
    """In functions too, which building it by importing it does not see; it is small, and has no caches."""
    package = build("job_state", tmp_path)
    code = unpacked(package.path, tmp_path / "task")
    assert package.unzipped < 500_000
    assert not list(code.rglob("*.pyc"))
    for name in imports_in(code):
        if name.startswith("vectora_core."):
            assert (code / f"{name.replace('.', '/')}.py").exists() or (code / name.replace(".", "/")).is_dir(), name


def test_the_same_sources_are_the_same_bytes(tmp_path: Path) -> None:
    """Whenever and wherever: a deployment shows whether anything changed."""
    first, again = build("job_state", tmp_path / "a"), build("job_state", tmp_path / "b")
    assert first.sha256 == again.sha256
    (tmp_path / "x").write_text("x")
    (tmp_path / "x").chmod(0o700)
    for name, order in (("1.zip", "ab"), ("2.zip", "ba")):
        write_zip(tmp_path / name, dict.fromkeys(order, tmp_path / "x") | {"c": b"x"})
        os.utime(tmp_path / "x", (1, 1))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as content:
        assert {one.external_attr >> 16 for one in content.infolist()} == {0o644}


def test_the_rules_of_the_configuration_are_in_the_zip(tmp_path: Path) -> None:
    """As JSON that the Lambda reads to the same rules; without the file there is none."""
    path = tmp_path / "extraction_rules.yaml"
    assert compiled_rules(path) == {}
    path.write_text('rules:\n- {column: task_id, place: job_name, pattern: "^t-([0-9]+)"}\n')
    (name, content), *_ = compiled_rules(path).items()
    assert name == "extraction_rules.json"
    assert isinstance(content, bytes)
    assert [rule.column for rule in parse_rules(json.loads(content)).rules] == ["task_id"]


@pytest.mark.parametrize("text", ["rules: [", "- 1\n", "rules: 7\n", "rules: []\nrules: []\n"])
def test_rules_that_cannot_be_used_are_not_packaged(text: str, tmp_path: Path) -> None:
    """The sentence names the file."""
    path = tmp_path / "extraction_rules.yaml"
    path.write_text(text)
    with pytest.raises(StackError, match=r"extraction_rules\.yaml"):
        compiled_rules(path)


def test_what_lambda_does_not_take_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the size; what was built before stays."""
    refuse_oversize("ingest", MOST_UNZIPPED)
    with pytest.raises(StackError, match=r"^ingest\.zip would have 262\.1 MB unzipped and Lambda takes 262\.1: leave"):
        refuse_oversize("ingest", MOST_UNZIPPED + 1)
    monkeypatch.setattr(lambda_packages, "MOST_UNZIPPED", 1)
    (tmp_path / "job_state.zip").write_text("before")
    with pytest.raises(StackError):
        build("job_state", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["job_state.zip"]
    assert (tmp_path / "job_state.zip").read_text() == "before"


def test_the_command_prints_a_table(tmp_path: Path) -> None:
    """With path, sizes, number of files and checksum."""
    said = command("--only", "job_state", "--out", tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    heading, row = said.stdout.splitlines()
    assert heading.split("  ")[0] == "package"
    assert row.startswith(str(tmp_path / "job_state.zip"))
    assert build("job_state", tmp_path).sha256 in row
