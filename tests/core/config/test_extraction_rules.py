"""The extraction rules as a file; what is said of its mistakes is among the golden pairs of test_mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vectora_core.config.extraction_rules import RULES, load_extraction_rules, read_extraction_rules
from vectora_core.errors import ConfigError, StorageError
from vectora_core.jobs.extraction import COLUMNS, DEFAULT_RULES, PLACES, parse_rules
from vectora_core.storage import open_storage


def test_without_the_file_the_default_rules_hold(tmp_path: Path) -> None:
    """Nothing needs to be there."""
    assert parse_rules(load_extraction_rules(open_storage(tmp_path.as_uri()))) == DEFAULT_RULES


def test_the_rules_of_the_file_take_the_place_of_the_default(tree) -> None:
    """An empty list is none at all."""
    tree.write(RULES, "rules:\n- {column: task_id, place: tags, keys: [t]}\n")
    (rule,) = parse_rules(load_extraction_rules(tree.storage)).rules
    assert (rule.column, rule.place, rule.keys) == ("task_id", "tags", ("t",))
    tree.write(RULES, "rules: []")
    assert parse_rules(load_extraction_rules(tree.storage)).rules == ()


def test_a_file_with_mistakes_is_refused_with_all_of_them(tree) -> None:
    """Each with its line."""
    tree.write(RULES, "rules:\n- {column: x, place: tags, keys: [t]}\n- {column: task_id, place: tags}\n")
    with pytest.raises(ConfigError) as raised:
        load_extraction_rules(tree.storage)
    assert [problem.line for problem in raised.value.problems] == [2, 3]


def test_a_storage_that_fails_is_no_mistake_of_the_file(tree, monkeypatch) -> None:
    """Trying again may help, so it is told apart."""
    storage = tree.storage
    monkeypatch.setattr(storage, "get_many", lambda paths: {path: StorageError("out of reach") for path in paths})
    with pytest.raises(StorageError, match="out of reach"):
        load_extraction_rules(storage)
    assert [str(problem) for problem in read_extraction_rules(storage)[1]] == [f"{RULES}: cannot be read: out of reach"]


PATTERNS = st.sampled_from(["", "(", "a+b+", "a+b+c?", "(a)(b)", "(?:a|b)+", "[0-9a-f]{24}", "x" * 501]) | st.text(
    max_size=8
)
RULE = st.fixed_dictionaries(
    {"column": st.sampled_from([*COLUMNS, "media"]), "place": st.sampled_from([*PLACES, "tag"])},
    optional={
        "keys": st.none() | st.lists(st.sampled_from(["a", "", "b.c"]) | st.integers(), max_size=2) | st.text(max_size=2),
        "pattern": st.none() | st.integers() | PATTERNS,
        "extra": st.none(),
    },
)
FILES = st.fixed_dictionaries(
    {}, optional={"rules": st.none() | st.lists(RULE | st.none(), max_size=2), "metadata": st.just({})}
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES.filter(bool))
def test_what_the_check_accepts_the_jobs_accept(tmp_path: Path, data: dict[str, Any]) -> None:
    """Two readers, one verdict: the Lambda's refuses nothing that `vectora config check` lets through, and the reverse."""
    (tmp_path / RULES).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / RULES).write_text(yaml.safe_dump(data, allow_unicode=True))
    file, problems = read_extraction_rules(open_storage(tmp_path.as_uri()))
    try:
        parse_rules(file.document.data if not file.unusable else {"rules": 0})
    except ValueError:
        assert problems
    else:
        assert problems == []
