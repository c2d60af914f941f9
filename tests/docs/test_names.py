"""What the documentation names exists under that name, and what there is to know is in the documentation."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from airflow.configuration import conf

from stack.ports import FIXED
from tests.docs.pages import PAGES, ROOT, everywhere_in_code, first_column, section
from tests.fakes.command_line import NOW
from vectora_airflow import defaults
from vectora_core.config.models import ClientConfig
from vectora_core.errors import VectoraError
from vectora_core.ingest import manifest, report
from vectora_core.ingest.parameters import RunParameters
from vectora_core.ingest.types import ClientResult, Interval, Item, Outcome, SourceOutcome
from vectora_core.ingest.window import RunPlan
from vectora_core.settings import Settings

CODE = {
    path: path.read_text()
    for folder in ("vectora_core", "plugins", "dags", "stack")
    for path in (ROOT / folder).rglob("*.py")
}
DAG_FILES = {path: ast.parse(text) for path, text in CODE.items() if path.parent.name == "dags"}
SETTINGS = {f"VECTORA_{name.upper()}" for name in Settings.model_fields}
PARSE_TIME = dict(re.findall(r'whole_number\(\s*"(VECTORA_\w+)", (\d+)', "\n".join(CODE.values()))) | {
    "VECTORA_INGEST_SCHEDULE": "0 0 * * *",
    "VECTORA_JOBS_SCHEDULE": "*/15 * * * *",
}
JOB_LAMBDA = {"VECTORA_JOBS_CHILDREN", "VECTORA_JOBS_RULES"}
PORTS = {one.variable: str(one.default) for one in FIXED.values()}
BUCKETS = {"CONFIG_BUCKET", "DATA_BUCKET"}
INTERNAL = {"VECTORA_STACK_MARK", "VECTORA_INSTALL_LOCKED", "VECTORA_CONTAINER"}
COMPOSE = set(re.findall(r"^#?(VECTORA_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def rows(text: str) -> dict[str, str]:
    """Return the second column of tables by the word in code of the first."""
    return dict(re.findall(r"^ *\| `([A-Z_]+)` \| (.*?) \|", text, re.MULTILINE))


def string_keywords(tree: ast.AST, keyword: str) -> set[str]:
    """Return every constant text that is passed, assigned or written as an item under a name."""
    found: list[tuple[str, ast.expr | None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            found.append((node.arg or "", node.value))
        elif isinstance(node, ast.Assign):
            target = node.targets[0]
            found.append((getattr(target, "id", getattr(target, "attr", "")), node.value))
        elif isinstance(node, ast.AnnAssign):
            found.append((getattr(node.target, "id", ""), node.value))
        elif isinstance(node, ast.Dict):
            found += [(str(getattr(key, "value", "")), value) for key, value in zip(node.keys, node.values, strict=True)]
    return {str(value.value) for name, value in found if name == keyword and isinstance(value, ast.Constant) and value.value}


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """Settings of the core, of the DAG files, of the Lambdas and of the local stack; nothing else is in the tables."""
    documented = rows(section("docs/configuration.md", "## Settings"))
    assert set(documented) == SETTINGS | set(PARSE_TIME) | set(PORTS) | BUCKETS | JOB_LAMBDA
    for name, default in (PARSE_TIME | PORTS).items():
        assert documented[name] == f"`{default}`", name
    for name, field in Settings.model_fields.items():
        said = documented[f"VECTORA_{name.upper()}"]
        value = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
        assert said in (f"`{value}`", "none" if value == "" else "") or "<version>" in said, name


def test_every_variable_the_code_reads_is_a_setting() -> None:
    """None is read in passing."""
    read = {name for text in CODE.values() for name in re.findall(r"\bVECTORA_[A-Z_]*[A-Z]\b", text)}
    assert read <= SETTINGS | set(PARSE_TIME) | set(PORTS) | JOB_LAMBDA | INTERNAL | {"VECTORA_INGEST"}


def test_every_variable_named_exists() -> None:
    """Vectora's own, and those of Airflow."""
    known = SETTINGS | set(PARSE_TIME) | set(PORTS) | JOB_LAMBDA | COMPOSE
    for page, text in PAGES.items():
        assert set(re.findall(r"\bVECTORA_[A-Z_]*[A-Z]\b", text)) <= known, page
        for section_name, option in re.findall(r"\bAIRFLOW__([A-Z]+)__([A-Z_]+)\b", text):
            assert conf.has_option(section_name.lower(), option.lower()), f"{page}: {option}"


def test_every_dag_and_task_is_documented_and_every_one_named_exists() -> None:
    """docs/operations.md is about them; elsewhere they are at least spelt right."""
    dags = set().union(*(string_keywords(tree, "dag_id") for tree in DAG_FILES.values()))
    tasks = {node.name for tree in DAG_FILES.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert dags
    for name in dags | tasks:
        assert name in PAGES["docs/operations.md"], name
    others = {"vectora_core", "vectora_airflow", "vectora_client_output"}
    for page, text in PAGES.items():
        assert set(re.findall(r"\bvectora_[a-z_]+\b", text)) <= dags | others, page
    for name in re.findall(r"--dag-id (\S+)", "\n".join(PAGES.values())):
        assert name in dags


def test_every_parameter_of_the_form_is_documented_and_no_other() -> None:
    """The table of the trigger form is the form."""
    documented = first_column(section("docs/operations.md", "## The trigger form"))
    assert documented == list(defaults.ingest_params())
    assert set(documented) == set(RunParameters.model_fields)


def test_every_failure_class_is_documented_and_every_one_documented_exists() -> None:
    """Whatever a report may say, somebody can look up."""
    raised = {name for text in CODE.values() for name in string_keywords(ast.parse(text), "failure_class")}
    documented = set(first_column(section("docs/operations.md", "## Failure classes")))
    assert {name for name in documented if not name.startswith("http_")} == raised
    assert any(name.startswith("http_") for name in documented)


def test_transience_is_documented_as_it_is() -> None:
    """Of the errors that have one class and one answer."""
    text = section("docs/operations.md", "## Failure classes")
    said = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", text, re.MULTILINE))
    errors = [VectoraError]
    for error in errors:
        errors += error.__subclasses__()
    for error in errors:
        if error.failure_class in said:
            assert (said[error.failure_class] == "yes") == error.transient, error


def a_result() -> ClientResult:
    outcome = SourceOutcome(source_key="a", ingestion_mode="rss", outcome="failed", failure_class="dns", error="x")
    return ClientResult(client_id="c", status="failed", outcomes=(outcome,))


def a_plan() -> RunPlan:
    return RunPlan(
        run_id="r", interval=Interval(start=NOW, end=NOW), window_end=NOW, refresh=None, parameters=RunParameters()
    )


def documented_fields(heading: str) -> set[str]:
    return set(first_column(section("docs/architecture.md", heading)))


def test_every_field_of_an_item_is_documented() -> None:
    """The table of items.json is the item."""
    assert documented_fields("### items.json") == {field.name for field in fields(Item)}


def test_every_field_of_a_manifest_is_documented() -> None:
    """Those of the manifest, of a source in it, every outcome; nothing that is not there."""
    built = manifest.build(a_result(), a_plan(), manifest.Writer(task_id="t"), items_file=None)
    named = documented_fields("### manifest.json")
    expected = set(built) | set(built["sources"]["a"]) | set(get_args(Outcome))
    assert named - {name for name in named if ":" in name} - drop_rules() == expected


def test_every_rule_of_a_drop_is_documented() -> None:
    """What `drops` counts: the rules of the filters, and the reasons why an entry is unusable."""
    assert drop_rules() <= documented_fields("### manifest.json")


def drop_rules() -> set[str]:
    rules = {rule for text in CODE.values() for rule in string_keywords(ast.parse(text), "rule")}
    entries = (ROOT / "vectora_core/ingest/parsers/entries.py").read_text()
    return {rule for rule in rules if rule} | set(re.findall(r'"((?:no|bad)_\w+)"', entries))


def test_every_field_of_a_report_is_documented() -> None:
    """Those of the report, and of a client in it."""
    result = a_result()
    found = report.Found(client_ids=("c",), discovered=1, active=1)
    built = report.build(a_plan(), found, {"c": manifest.summary(result)}, run_id="r", execution_time_seconds=1)
    text = section("docs/architecture.md", "### report.json")
    words = set(re.findall(r"`(\w+)`", text))
    assert set(built) | set(built["plan"]) | set(built["client_results"]["c"]) <= words
    assert set(get_args(report.RunStatus)) <= words


FOLDERS = ("configs", "docs", "dags", "plugins", "vectora_core", "stack", "tests", "benchmarks", "scripts")


def test_every_file_named_exists() -> None:
    """Paths that begin with a folder of this project; the client of the README's example is made by its reader."""
    for page, words in everywhere_in_code():
        for path in re.findall(rf"(?<![\w/.{{}}-])((?:{'|'.join(FOLDERS)})/[\w./-]*)", words):
            if "contoso" not in path:
                assert (ROOT / path.rstrip("./") if path.rstrip("./") else ROOT).exists(), f"{page}: {path}"


@pytest.mark.parametrize("page", PAGES)
def test_every_key_of_a_client_file_named_exists(page: str) -> None:
    """Dotted keys such as `ingest.critical`."""
    sections = "client_profile|pipeline|source_config|ingest"
    for dotted in re.findall(rf"`((?:{sections})\.[a-z_.]+)(?:: \w+)?`", PAGES[page]):
        model = ClientConfig
        for part in dotted.split("."):
            assert part in model.model_fields, f"{page}: {dotted}"
            model = model.model_fields[part].annotation


def test_modules_named_by_their_dotted_name_exist() -> None:
    """As in the Lambda's handler."""
    for page, text in PAGES.items():
        for dotted in re.findall(r"`(vectora_core(?:\.\w+)+)`", text):
            parts = dotted.split(".")
            paths = [Path(*parts[:count]) for count in range(len(parts), 0, -1)]
            found = next(path for path in paths if (ROOT / path).is_dir() or (ROOT / f"{path}.py").exists())
            rest = parts[len(found.parts) :]
            assert len(rest) <= 1, f"{page}: {dotted}"
            assert not rest or f"def {rest[0]}(" in (ROOT / f"{found}.py").read_text(), f"{page}: {dotted}"
