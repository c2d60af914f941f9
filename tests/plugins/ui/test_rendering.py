"""Pages made of templates: escaped, complete, and with addresses that hold the prefix of a proxy."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from fastapi import Request
from jinja2 import UndefinedError

from tests.plugins.ui.conftest import Pages
from vectora_airflow.ui import rendering
from vectora_airflow.ui.rendering import STATIC, links_of, page

TEMPLATES = sorted((STATIC.parent / "templates").glob("*.html"))
SAID = {"title": "t", "message": "m", "way_out": "w", "code": 404}


def request(path: str = "/airflow/vectora/clients", root_path: str = "/airflow/vectora") -> Request:
    return Request(
        {"type": "http", "path": path, "root_path": root_path, "headers": [], "query_string": b"", "method": "GET"}
    )


def text_of(**values: Any) -> str:
    return bytes(page(request(), "wrong.html", **SAID | values).body).decode()


def test_values_are_escaped() -> None:
    """In text and in attributes."""
    text = text_of(message="<script>'\"&")
    assert "&lt;script&gt;&#39;&#34;&amp;" in text


def test_a_name_that_is_missing_is_an_error() -> None:
    """Not a blank that nobody sees."""
    with pytest.raises(UndefinedError):
        page(request(), "wrong.html", title="t")


def test_half_a_character_becomes_a_question_mark() -> None:
    """Stored JSON can hold half of a surrogate pair; UTF-8 cannot, and the page must not fail for it."""
    assert "a?b" in text_of(message="a\ud800b")


@pytest.mark.parametrize(
    ("root_path", "path", "base", "airflow"),
    [
        ("/vectora", "/vectora/clients", "/vectora", ""),
        ("/airflow/vectora", "/airflow/vectora/clients", "/airflow/vectora", "/airflow"),
        ("/airflow/vectora", "/clients", "/airflow/vectora", "/airflow"),
    ],
)
def test_links_have_the_prefix(root_path: str, path: str, base: str, airflow: str) -> None:
    """Whether the server takes it off the path or not; the page one is on is marked."""
    asked = request(path, root_path)
    assert (links_of(asked).base, links_of(asked).airflow) == (base, airflow)
    soup = BeautifulSoup(bytes(page(asked, "wrong.html", **SAID).body), "lxml")
    assert [link["href"] for link in soup.select("[aria-current]")] == [f"{base}/clients"]
    for element in soup.select("link, script"):
        assert str(element.get("href") or element.get("src")).startswith(f"{base}/static/")


def test_the_page_for_a_file_that_is_not_there_has_the_same_links(pages: Pages) -> None:
    """The mount of the files is not the place of the pages."""
    soup = BeautifulSoup(pages.get("static/none.css").text, "lxml")
    assert [link["href"] for link in soup.select("nav a")] == ["/airflow/vectora/clients", "/airflow/vectora/jobs"]


def test_the_address_of_a_file_changes_with_its_content() -> None:
    """So that a browser may keep it."""
    soup = BeautifulSoup(text_of(), "lxml")
    for element in soup.select("link, script"):
        path, _, version = str(element.get("href") or element.get("src")).partition("?v=")
        content = (STATIC / path.removeprefix("/airflow/vectora/static/")).read_bytes()
        assert version == hashlib.sha256(content).hexdigest()[:12]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_does_what_the_pages_forbid(template: Path) -> None:
    """No value escapes its escaping, nothing is inline, every attribute is quoted; the first line says what it is."""
    text = template.read_text()
    assert text.startswith("{#")
    assert not re.search(r"\|\s*safe\b|\bautoescape\b|\bMarkup\b", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"=\{\{", text)


def test_templates_are_compiled_once(pages: Pages) -> None:
    """Neither files nor templates are read again for every view."""
    pages.get("run", dag_id="other", run_id="x")
    found = rendering._environment().get_template("run_other.html")
    pages.get("run", dag_id="other", run_id="x")
    assert rendering._environment().get_template("run_other.html") is found
