"""Extraction: declared places, in order; the default rules are those of the sample file."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.config.extraction_rules import load_extraction_rules
from vectora_core.jobs.extraction import COLUMNS, DEFAULT_RULES, MAX_IDENTIFIER, extract, parse_rules
from vectora_core.storage import open_storage

ROOT = Path(__file__).resolve().parents[3]
MEDIA = "694a9d57b88940a9e5cd3bee"


def found(detail: dict[str, Any], *rules: dict[str, Any]) -> dict[str, str]:
    """Return what the rules find, or the default rules when none are given."""
    identifiers = extract(detail, parse_rules({"rules": list(rules)} if rules else {}))
    return {column: value for column, value in asdict(identifiers).items() if value is not None}


def test_the_sample_file_holds_the_default_rules() -> None:
    """So editors see what holds, and copying the file changes nothing."""
    assert parse_rules(load_extraction_rules(open_storage((ROOT / "configs").as_uri()))) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("name", "media_id"),
    [
        (f"pre-{MEDIA}-1766497635776", MEDIA),
        (f"pre_{MEDIA.upper()}_x", MEDIA.upper()),
        (MEDIA, MEDIA),
        (f"{MEDIA}0-x", None),
        (f"x{MEDIA}", None),
        (MEDIA[1:], None),
        ("test-job", None),
        ("", None),
    ],
)
def test_the_media_id_of_a_job_name(name: str, media_id: str | None) -> None:
    """The first hexadecimal number of exactly 24 digits, between borders."""
    assert extract({"jobName": name}, DEFAULT_RULES).media_id == media_id


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"tags": {"media_id": "t"}, "parameters": {"media_id": "p"}, "jobName": MEDIA}, {"media_id": "t"}),
        ({"tags": {"mediaId": "t2"}, "parameters": {"media_id": "p"}}, {"media_id": "t2"}),
        ({"tags": {"mediaId": " "}, "parameters": {"mediaId": "p"}}, {"media_id": "p"}),
        ({"tags": {"mediaId": None}, "jobName": MEDIA}, {"media_id": MEDIA}),
        ({"tags": {"taskId": 17, "assembly_id": " a "}}, {"task_id": "17", "assembly_id": "a"}),
        ({"parameters": {"workspaceUid": "w", "workspace_uid": "v"}}, {"workspace_uid": "v"}),
        ({"tags": ["media_id"], "parameters": "media_id", "jobName": 5}, {}),
        ({"tags": {"task_id": True, "taskId": 1.5, "media_id": {"a": 1}, "mediaId": ["x"]}}, {}),
    ],
)
def test_tags_go_before_parameters_and_those_before_the_name(detail: dict[str, Any], expected: dict[str, str]) -> None:
    """The first that holds a text or a whole number."""
    assert found(detail) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["container.environment.MEDIA_ID"], "from-env"),
        (["container.environment.1.value"], "x"),
        (["container.command.1"], "s3://bucket/694a"),
        (["container.environment.9.value", "shareIdentifier"], "share"),
        (["container.environment.NONE", "container.image.tag", "nothing.at.all", "container"], None),
    ],
)
def test_paths_lead_through_objects_and_lists(keys: list[str], expected: str | None) -> None:
    """By key, by number, or by the name of an element, whose value counts."""
    container = {
        "environment": [{"name": "MEDIA_ID", "value": "from-env"}, {"name": "B", "value": "x"}],
        "command": ["run", "s3://bucket/694a"],
    }
    rule = {"column": "media_id", "place": "detail", "keys": keys}
    assert found({"container": container, "shareIdentifier": "share"}, rule).get("media_id") == expected


def test_a_pattern_takes_its_group_or_its_match() -> None:
    """And a rule whose pattern does not match leaves the column to the next one."""
    tail = {"column": "task_id", "place": "job_name", "pattern": "-([0-9]+)$"}
    whole = {"column": "media_id", "place": "job_name", "pattern": "[a-z]+"}
    other = {"column": "task_id", "place": "tags", "keys": ["t"], "pattern": "x(y)?"}
    assert found({"jobName": "abc-17", "tags": {"t": "x"}}, other, tail, whole) == {"media_id": "abc", "task_id": "17"}


def test_texts_and_values_are_cut() -> None:
    """A pattern cannot run away on 1,024 characters, and an identifier of more than 256 is none."""
    rule = {"column": "media_id", "place": "tags", "keys": ["m"]}
    late = {**rule, "pattern": "z+"}
    assert found({"tags": {"m": "x" * 5_000}}, rule) == {"media_id": "x" * MAX_IDENTIFIER}
    assert found({"tags": {"m": "x" * 1_024 + "z"}}, late) == {}
    assert found({"tags": {"m": 10**5_000}}, rule) == {}


def test_no_rules_find_nothing() -> None:
    """An empty list is not the default."""
    assert extract({"jobName": MEDIA}, parse_rules({"rules": []})) == extract({}, DEFAULT_RULES)
    assert parse_rules({"rules": None}).rules == ()


TAGS = {"column": "media_id", "place": "tags", "keys": ["m"]}


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ([], "must be a mapping"),
        ({"rulez": []}, "rulez is unknown; known here: rules, metadata"),
        ({"rules": {}}, "rules must be a list"),
        ({"rules": [TAGS] * 201}, "rules must be a list of at most 200 rules"),
        ({"rules": [TAGS, "x"]}, r"rules\[1\] must be a mapping"),
        ({"rules": [{**TAGS, "colum": 1}]}, r"rules\[0\]\.colum is unknown"),
        ({"rules": [{**TAGS, "column": "mediaid"}]}, r"rules\[0\]\.column must be one of media_id"),
        ({"rules": [{**TAGS, "column": ["x"]}]}, r"rules\[0\]\.column must be one of"),
        ({"rules": [{**TAGS, "place": None}]}, r"rules\[0\]\.place must be one of detail, tags"),
        ({"rules": [{**TAGS, "keys": ""}]}, r"rules\[0\]\.keys must be a list"),
        ({"rules": [{**TAGS, "keys": "m"}]}, r"rules\[0\]\.keys must be a list"),
        ({"rules": [{**TAGS, "keys": [1]}]}, r"rules\[0\]\.keys must be a list"),
        ({"rules": [{**TAGS, "keys": []}]}, r"rules\[0\]\.keys is needed"),
        ({"rules": [{**TAGS, "place": "job_name"}]}, r"rules\[0\]\.keys is needed, except with place: job_name"),
        ({"rules": [{**TAGS, "pattern": 5}]}, r"rules\[0\]\.pattern must be text"),
        ({"rules": [{**TAGS, "pattern": ""}]}, r"rules\[0\]\.pattern must have 1 to 500"),
        ({"rules": [{**TAGS, "pattern": "("}]}, r"rules\[0\]\.pattern is not a regular expression"),
        ({"rules": [{**TAGS, "pattern": "(a)(b)"}]}, r"rules\[0\]\.pattern has 2 groups"),
        ({"rules": [{**TAGS, "pattern": "(?:a+)+"}]}, r"rules\[0\]\.pattern could match in too many ways"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(mapping: Any, message: str) -> None:
    """The key, and what is wrong with it."""
    with pytest.raises(ValueError, match=f"^(the rules )?{message}"):
        parse_rules(mapping)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "value", "media_id", "0"]), inner),
    max_leaves=8,
)
DEEP = {"column": "media_id", "place": "detail", "keys": ["a.0.media_id.value", "a.name", "jobName"], "pattern": "."}


@given(st.fixed_dictionaries({}, optional={"tags": JSON, "parameters": JSON, "jobName": JSON, "a": JSON}))
def test_no_detail_makes_it_raise(detail: dict[str, Any]) -> None:
    """What it finds is text that can be stored."""
    for rules in (DEFAULT_RULES, parse_rules({"rules": [DEEP]})):
        values = asdict(extract(detail, rules))
        assert tuple(values) == COLUMNS
        assert all(value is None or re.fullmatch(r"\S(.*\S)?", value, re.DOTALL) for value in values.values())
        assert "".join(filter(None, values.values())).encode() is not None
