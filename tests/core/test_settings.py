"""The settings: each variable is read, and what cannot be used is refused by name."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from vectora_core.errors import SettingsError
from vectora_core.settings import Settings, load_settings, required_root

GOOD: dict[str, tuple[str, Any]] = {
    "config_root": ("s3://bucket/prefix", "s3://bucket/prefix"),
    "data_root": ("file:///data", "file:///data"),
    "aws_conn_id": ("aws_prod", "aws_prod"),
    "allow_private_networks": (" 10.0.0.0/8, fd00::/8 ,", ("10.0.0.0/8", "fd00::/8")),
    "user_agent": ("Acme/1.0 (+https://acme.example)", "Acme/1.0 (+https://acme.example)"),
    "fetch_timeout_seconds": ("2.5", 2.5),
    "fetch_attempts": ("1", 1),
    "fetch_max_bytes": ("1000", 1000),
    "fetch_concurrency": ("256", 256),
    "fetch_concurrency_per_host": ("1", 1),
    "max_detail_pages": ("0", 0),
    "raw_retention_days": ("30", 30),
    "ingest_heavy_queue": (" large ", "large"),
    "ingest_heavy_pool": ("large_pool", "large_pool"),
    "notify": ("log,sns", ("log", "sns")),
    "notify_when": ("problems", "problems"),
    "notify_sns_topic_arn": ("arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:1:t"),
    "jobs_table": ("Jobs.v2", "Jobs.v2"),
    "jobs_queues": (" high , low@arn:aws:iam::1:role/r,", ("high", "low@arn:aws:iam::1:role/r")),
    "jobs_retention_days": ("15", 15),
    "jobs_gone_after_minutes": ("0", 0),
    "jobs_stale_after_minutes": ("30", 30),
    "jobs_batch_calls_per_second": ("0.5", 0.5),
}
BAD = {
    "allow_private_networks": "10.0.0.1/8",
    "user_agent": "two\nlines",
    "fetch_timeout_seconds": "0",
    "fetch_attempts": "many",
    "fetch_max_bytes": "-1",
    "fetch_concurrency": "0",
    "fetch_concurrency_per_host": "65",
    "max_detail_pages": "-1",
    "raw_retention_days": "1.5",
    "notify": "log,pigeon",
    "notify_when": "never",
    "jobs_table": "no/table",
    "jobs_retention_days": "14",
    "jobs_gone_after_minutes": "-1",
    "jobs_stale_after_minutes": "0",
    "jobs_batch_calls_per_second": "0",
}


def test_every_setting_is_tested_here() -> None:
    """A new one has a value that is read, and if it has limits one that is refused."""
    assert set(GOOD) == set(Settings.model_fields)


@pytest.mark.parametrize("name", GOOD)
def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """VECTORA_ and the name of the field in capitals."""
    text, value = GOOD[name]
    monkeypatch.setenv(f"VECTORA_{name.upper()}", text)
    assert getattr(load_settings(), name) == value


@pytest.mark.parametrize("name", BAD)
def test_a_value_that_cannot_be_used_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The message names the variable and where to read on."""
    monkeypatch.setenv(f"VECTORA_{name.upper()}", BAD[name])
    with pytest.raises(SettingsError, match=rf"^VECTORA_{name.upper()}: .*; see docs/configuration.md$"):
        load_settings()


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to be told one by one."""
    for name, text in BAD.items():
        monkeypatch.setenv(f"VECTORA_{name.upper()}", text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert all(f"VECTORA_{name.upper()}: " in str(caught.value) for name in BAD)


def test_without_an_environment_everything_has_its_default() -> None:
    """And no private network may be reached."""
    settings = load_settings()
    assert (settings.config_root, settings.private_networks, settings.notify) == ("", (), ("log",))
    assert settings.fetch_concurrency_per_host <= settings.fetch_concurrency


def test_what_is_given_wins_over_the_environment_and_none_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line that leaves an option out leaves the environment's value."""
    monkeypatch.setenv("VECTORA_DATA_ROOT", "file:///from/environment")
    assert load_settings(data_root="file:///given").data_root == "file:///given"
    assert load_settings(data_root=None).data_root == "file:///from/environment"


def test_settings_do_not_change_and_ignore_other_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to the DAGs (VECTORA_INGEST_…) is read elsewhere."""
    monkeypatch.setenv("VECTORA_INGEST_SCHEDULE", "off")
    settings = load_settings(allow_private_networks="127.0.0.0/8")
    assert settings.private_networks == (ip_network("127.0.0.0/8"),)
    with pytest.raises(ValueError, match="frozen"):
        settings.data_root = "file:///other"


def test_a_root_that_is_needed_must_be_set() -> None:
    """The message names the variable and the two forms it takes."""
    settings = load_settings(config_root="s3://bucket")
    assert required_root(settings, "config_root") == "s3://bucket"
    with pytest.raises(SettingsError, match=r"VECTORA_DATA_ROOT is not set: give file:///folder or s3://bucket/prefix"):
        required_root(settings, "data_root")
