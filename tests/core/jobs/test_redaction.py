"""Redaction: secrets go wherever they stand, the rest stays readable, and the text always fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.redaction import (
    MAX_DEPTH,
    MAX_EVENT_BYTES,
    REDACTED,
    full_event_text,
    looks_secret,
    redacted,
    redacted_text,
)

SECRET = "hunter2"
ENVIRONMENT = [{"name": "DB_PASSWORD", "value": SECRET}, {"name": "STAGE", "value": SECRET}]
HIDDEN = [{"name": REDACTED, "value": REDACTED}, {"name": "STAGE", "value": REDACTED}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"container": {"environment": ENVIRONMENT}}, {"container": {"environment": HIDDEN}}),
        ({"containerOverrides": {"Environment": ENVIRONMENT}}, {"containerOverrides": {"Environment": HIDDEN}}),
        ({"env": [{"name": "A", "valueFrom": {"ref": SECRET}}]}, {"env": [{"name": "A", "valueFrom": {"ref": REDACTED}}]}),
        ({"environment": {"DB_PASSWORD": SECRET, "A": 1}}, {"environment": {REDACTED: REDACTED, "A": REDACTED}}),
        ({"parameters": {"p": {"deep": [SECRET, 5, None]}}}, {"parameters": {"p": {"deep": [REDACTED, REDACTED, None]}}}),
        ({"parameters": {"aToken": 1, "bToken": 2}}, {"parameters": {REDACTED: REDACTED, f"{REDACTED} 2": REDACTED}}),
        ({"command": "run it"}, {"command": REDACTED}),
        ({"command": ["run", "it"], "entryPoint": ["sh"]}, {"command": [REDACTED] * 2, "entryPoint": [REDACTED]}),
        ({"healthCheck": {"command": [["CMD"]]}}, {"healthCheck": {"command": [[REDACTED]]}}),
        ({"args": (SECRET,)}, {"args": [REDACTED]}),
        ({"secrets": [{"name": "A", "valueFrom": "arn"}]}, {"secrets": [{"name": "A", "valueFrom": REDACTED}]}),
        ({"later": {"dbPassword": {"a": [SECRET]}}}, {"later": {"dbPassword": {"a": [REDACTED]}}}),
        ({"later": [{"Key": "API_KEY", "Value": SECRET}]}, {"later": [{"Key": REDACTED, "Value": REDACTED}]}),
        ({"later": [{"name": [SECRET], "value": "1"}]}, {"later": [{"name": REDACTED, "value": "1"}]}),
        (
            {"repositoryCredentials": {"credentialsParameter": "a"}},
            {"repositoryCredentials": {"credentialsParameter": REDACTED}},
        ),
        ({"statusReason": "password: x y"}, {"statusReason": f"password: {REDACTED} y"}),
        ({"reason": f"at https://me:{SECRET}@host"}, {"reason": f"at https://{REDACTED}@host"}),
    ],
)
def test_what_may_be_a_secret_is_hidden(value: dict[str, Any], expected: dict[str, Any]) -> None:
    """The value goes, its place and its harmless name stay."""
    assert redacted(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"jobQueue": "arn", "jobDefinition": "arn", "jobName": "token-service", "status": "FAILED"},
        {"retryStrategy": {"evaluateOnExit": [{"onReason": "*", "onExitCode": "1", "action": "EXIT"}]}},
        {"resourceRequirements": [{"type": "MEMORY", "value": "2000"}]},
        {"efs": {"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"}}},
        {"tags": {"env": "prod", "command": "x", "Name": "encode"}, "metadata": {"labels": {"env": "prod"}}},
        {
            "ulimits": [{"name": "nofile", "softLimit": 1}],
            "logConfiguration": {"options": {"awslogs-group": "g", "env": "A"}},
        },
        {"container": {"image": "i", "exitCode": 1, "logStreamName": "l", "reason": "Essential container exited"}},
    ],
)
def test_what_people_need_stays(value: dict[str, Any]) -> None:
    """Harmless keys are untouched."""
    assert redacted(value) == value


def test_the_original_is_left_alone() -> None:
    """The copy is deep: identifiers are read from the original afterwards."""
    value = {"container": {"environment": [{"name": "A", "value": "b"}]}}
    redacted(value)["container"]["environment"].clear()
    assert value == {"container": {"environment": [{"name": "A", "value": "b"}]}}


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "dbpasswd", "PGPASSWORD", "MYSQL_PWD", "apiKey", "SSHKEY", "splunk-token", "x.secret.y", "Cookie"],
)
def test_names_of_secrets_are_known(name: str) -> None:
    """As words, as parts of words, in every spelling."""
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["keyword", "keyed_by", "jobQueue", "author", "passage", "bypass_cache", "compass", ""])
def test_names_of_other_things_are_not(name: str) -> None:
    """A part of a word is not the word."""
    assert not looks_secret(name)


def test_a_command_that_could_not_start_is_hidden_in_the_reason() -> None:
    """The container runtime repeats it, quotes and all."""
    said = 'exec: "run \\"a\\" --x": executable file not found in $PATH'
    assert redacted_text(said) == f"exec: {REDACTED}: executable file not found in $PATH"


def nested(depth: int, value: Any = "x") -> Any:
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_depth_has_a_bound() -> None:
    """Beyond it the event is malformed, even where Python itself could not follow; so is one inside itself."""
    assert redacted({"a": nested(MAX_DEPTH - 1)})
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    for value in ({"a": nested(MAX_DEPTH)}, {"a": nested(100_000)}, loop):
        with pytest.raises(MalformedEventError, match="nested deeper"):
            redacted(value)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, b"x", 10**5_000], ids=["nan", "inf", "set", "bytes", "huge"]
)
def test_what_is_not_json_is_malformed(value: Any) -> None:
    """Python's own reader lets NaN through; the table must not."""
    with pytest.raises(MalformedEventError, match="not JSON"):
        full_event_text({"detail": {"x": value}})


def test_half_a_surrogate_pair_and_nul_are_no_trouble() -> None:
    """JSON may escape them; UTF-8 takes no half, so a replacement character stands there."""
    text, cut = full_event_text(json.loads('{"detail": {"a\\ud800": "\\udc00 \\u0000 \\ud83d\\ude00"}}'))
    assert text.encode()
    assert json.loads(text) == {"detail": {"a\ufffd": "\ufffd \x00 😀"}}
    assert not cut


@pytest.mark.parametrize(
    "detail",
    [
        {"jobName": "x" * 400_000},
        {"jobName": "\U0001f600" * 100_000},
        {"dependsOn": [{"jobId": f"{number:036}"} for number in range(20_000)]},
        {"tags": {f"tag{number}": "v" * 200 for number in range(5_000)}},
        {"x" * 400_000: 1},
        {"a": [["y" * 50] * 4_000] * 5},
        {"a": [[[[[[[[1] * 5] * 5] * 5] * 5] * 5] * 5] * 5] * 5},
        {"a": [[[[["zzzz"] * 9] * 9] * 9] * 9] * 9},
        {f"k{number}": {f"k{inner}": ["v" * 9] * 9 for inner in range(99)} for number in range(99)},
    ],
    ids=["text", "wide text", "list", "tags", "key", "lists", "deep and narrow", "deep", "objects"],
)
def test_large_events_are_cut_and_stay_json(detail: dict[str, Any]) -> None:
    """Below the limit in bytes, saying so, with what identifies the job still there."""
    text, cut = full_event_text({"time": "t", "detail": {"jobId": "j", **detail}})
    assert cut
    assert len(text.encode()) < MAX_EVENT_BYTES
    kept = json.loads(text)
    assert (kept["time"], kept["detail"]["jobId"]) == ("t", "j")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "x", "tags"]), inner),
    )
)
def test_nothing_below_a_hidden_key_survives(value: Any) -> None:
    """Whatever shape AWS may give it one day; only names of values stay, which this has none of."""
    hidden = redacted({"environment": {"x": value}})["environment"]["x"]
    leaves = [hidden]
    while leaves:
        one = leaves.pop()
        if isinstance(one, dict | list):
            leaves += one.values() if isinstance(one, dict) else one
        else:
            assert one is None or one == REDACTED
