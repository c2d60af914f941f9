"""YAML bytes: plain data with lines, bounded, and never an exception."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.config.yaml_document import MAX_BYTES, parse_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=6), VALUES, min_size=1, max_size=5))
def test_what_yaml_writes_is_read_back(data) -> None:
    """Reading agrees with PyYAML's own on everything it can write."""
    text = yaml.safe_dump(data, allow_unicode=True)
    document, problems = parse_yaml("x.yaml", text.encode())
    assert problems == []
    assert document is not None
    assert document.data == yaml.safe_load(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="ab:-?*&!<>|{}[]'\"%@#, \n\t0", max_size=60).map(str.encode))
def test_any_bytes_are_a_document_or_problems(data: bytes) -> None:
    """Whatever the bytes are, there is a mapping, or one problem that says why not."""
    document, problems = parse_yaml("x.yaml", data)
    assert (document is None) <= (len(problems) == 1)
    assert all(problem.message and problem.file == "x.yaml" for problem in problems)


def test_every_key_and_element_has_its_line() -> None:
    """Keys have the line they stand on, list elements the line they begin on; what is missing, that of its surroundings."""
    document, _ = parse_yaml("x.yaml", b"# first\na:\n  b: 1\n  c:\n    - x\n    - d: y\n      e: z\n")
    assert document is not None
    paths = [("a",), ("a", "b"), ("a", "c"), ("a", "c", 0), ("a", "c", 1), ("a", "c", 1, "e"), ("a", "nothing"), ("zzz",)]
    assert [document.line(path) for path in paths] == [2, 3, 4, 5, 6, 7, 2, 1]
    assert document.written(("a", "b")) == "1"


def test_aliases_and_merge_keys_are_filled_in() -> None:
    """`*name` stands for its anchor, `<<` adds what is not given; lines of merged keys are those of the merge."""
    document, problems = parse_yaml("x.yaml", b"base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nsame: *b\n")
    assert document is not None
    assert problems == []
    assert document.data == {"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 3}, "same": {"x": 1, "y": 2}}
    assert document.line(("use", "x")) == 3
    assert document.line(("same", "x")) == 1


def test_keys_are_text_as_written() -> None:
    """`no:` and `2024:` are keys like any other, not a truth value and a number."""
    document, _ = parse_yaml("x.yaml", b"no: 1\n2024: 2\n")
    assert document is not None
    assert list(document.data) == ["no", "2024"]


def test_a_huge_file_is_refused_unread() -> None:
    """Size is looked at before anything else."""
    document, problems = parse_yaml("x.yaml", b"a: b\n" * (MAX_BYTES // 5 + 1))
    assert document is None
    assert problems[0].message.startswith("is larger than 2,000,000 bytes")


def test_a_byte_order_mark_is_no_text() -> None:
    """Windows editors put one in front."""
    document, _ = parse_yaml("x.yaml", b"\xef\xbb\xbfa: 1\n")
    assert document is not None
    assert document.data == {"a": 1}
