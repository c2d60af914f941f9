"""The language is what the source says, else what the text shows, else nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.ingest.language import detect, of, primary
from vectora_core.ingest.types import Entry

ENGLISH = (
    "The company announced today that the agency has approved its new long-acting treatment for adults, and that it will be "
    "available in pharmacies before the end of the year."
)
GERMAN = (
    "Das Unternehmen gab heute bekannt, dass die Behörde die neue Behandlung für Erwachsene zugelassen hat und dass sie "
    "noch vor dem Ende des Jahres in den Apotheken erhältlich sein wird."
)


def entry(content: str, language: str | None = None) -> Entry:
    captured = datetime(2026, 1, 1, tzinfo=UTC)
    return Entry(
        title="",
        url="https://example.com/",
        content=content,
        language=language,
        parser="feed",
        snapshot="",
        captured_at=captured,
    )


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-US", "en"),
        ("EN", "en"),
        ("pt_BR", "pt"),
        (" de ", "de"),
        ("zh-Hant-TW", "zh"),
        ("gsw-CH", "gsw"),
        ("english", None),
        ("x-default", None),
        ("und", None),
        ("", None),
        (None, None),
        ("en" * 100_000, None),
    ],
)
def test_primary_subtag(tag: str | None, language: str | None) -> None:
    """A tag is its primary subtag in lower case; what names no language is none."""
    assert primary(tag) == language


def test_the_entry_is_asked_before_its_source_and_the_source_before_the_text() -> None:
    """What was said wins over what was guessed; a tag that names no language was not said."""
    assert of(entry(ENGLISH, "fr-CA"), "de") == "fr"
    assert of(entry(ENGLISH, "und"), "de-AT") == "de"
    assert of(entry(GERMAN), None) == "de"
    assert of(entry("Kurz."), None) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (ENGLISH[:60], None),
        ("12.5 mg 2026 Q1 AB-12 CD-34 100 200 300 " * 10, None),
        ("!" * 500, None),
        (" " * 500, None),
    ],
)
def test_detection_answers_when_it_is_sure(text: str, language: str | None) -> None:
    """Short text, figures and signs have no language."""
    assert detect(text) == language


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    """Any Unicode, half surrogate pairs too, is looked at."""
    detect(text)


def test_the_model_is_loaded_only_when_it_is_needed() -> None:
    """Importing the module, and asking with a default language, loads neither the model nor numpy."""
    code = (
        "import sys, datetime; from vectora_core.ingest import language, types; "
        "e = types.Entry(title='', url='', content='x ' * 200, parser='', snapshot='', captured_at=datetime.datetime.min); "
        "assert language.of(e, 'en') == 'en'; "
        "print([name for name in ('py3langid', 'numpy', 'pydantic', 'regex') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
