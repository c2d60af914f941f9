"""What is said of the pages is what the application has."""

from __future__ import annotations

from tests.docs.pages import first_column, section
from vectora_airflow.ui.app import create_app


def test_every_address_for_programs_is_in_the_table() -> None:
    """And no other."""
    paths = {path.removeprefix("/api/") for path in create_app().openapi()["paths"] if path.startswith("/api/")}
    assert set(first_column(section("docs/ui.md", "## The same for programs"))) - {"/vectora/api"} == paths
