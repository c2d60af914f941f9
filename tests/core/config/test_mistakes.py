"""Golden pairs: a file with a mistake, and exactly what `vectora config check` says of it.

Adding a case is adding `cases/<kind>/<name>.yaml` and `<name>.expected.txt`; the kind says which file it stands for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from vectora_core.config.check import check_all

CASES = Path(__file__).parent / "cases"
FILES = {
    "client": "clients/{}.yaml",
    "source_catalog": "canonical/sources/source_catalog.yaml",
    "html_extractors": "canonical/sources/html_extractors.yaml",
    "ingestion_profiles": "canonical/ingestion/ingestion_profiles.yaml",
    "scopes": "canonical/scopes/technologies.yaml",
    "extraction_rules": "canonical/jobs/extraction_rules.yaml",
}


def cases() -> list[Path]:
    return sorted(CASES.glob("*/*.yaml"))


@pytest.mark.parametrize("case", cases(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_mistake_is_told_with_place_and_remedy(tree, case: Path) -> None:
    """Every problem is one line: file, line, key, what is wrong and what to do; nothing else is reported."""
    tree.write(FILES[case.parent.name].format(case.stem), case.read_bytes())
    said = "".join(f"{problem}\n" for problem in check_all(tree.storage))
    assert said == case.with_suffix(".expected.txt").read_text()


def test_there_are_at_least_25_distinct_mistakes() -> None:
    """Every case has its expected text, and no two say the same."""
    texts = {path.with_suffix(".expected.txt").read_text().partition(": ")[2] for path in cases()}
    assert len(texts) >= 25


def test_a_configuration_without_mistakes_is_told_nothing(tree) -> None:
    """The tree that the cases break is itself free of problems."""
    assert check_all(tree.storage) == []
