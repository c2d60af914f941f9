"""What the tasks work with, built from settings and connections."""

from __future__ import annotations

import pytest

from vectora_airflow import wiring
from vectora_core.settings import load_settings


def test_without_a_connection_the_usual_aws_chain_signs() -> None:
    """No provider: obstore looks where the AWS tools look."""
    assert wiring.aws_credentials(load_settings()) is None


def test_a_connection_signs_for_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """VECTORA_AWS_CONN_ID names an Airflow connection; its keys are what storage signs with."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_NEWS", '{"conn_type": "aws", "login": "AKIDEXAMPLE", "password": "not-a-secret"}')
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    provider = wiring.aws_credentials(load_settings(aws_conn_id="aws_news"))
    assert provider is not None
    assert provider() == {
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": "not-a-secret",
        "token": None,
        "expires_at": None,
    }
