"""What the tasks work with, built from settings and connections."""

from __future__ import annotations

import pytest

from vectora_airflow import wiring
from vectora_core.errors import SettingsError
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


def test_a_connection_that_is_not_there_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with the remedy; the hook alone would sign with whatever the environment holds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    provider = wiring.aws_credentials(load_settings(aws_conn_id="nobody_made_it"))
    assert provider is not None
    with pytest.raises(SettingsError, match="no connection 'nobody_made_it', which VECTORA_AWS_CONN_ID names; add it"):
        provider()
