"""Every entry that is not kept is dropped by a rule that can be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vectora_core.config.models import ContentFilters, RunMode, SignalMode
from vectora_core.config.resolved import ProfileRules, TermGroup, Terms
from vectora_core.errors import PatternFailedError
from vectora_core.ingest.filters import TermMatch, content_drop, in_window, judge, select, word_count
from vectora_core.ingest.types import Entry, Window

CASES = sorted(Path(__file__).parents[2].joinpath("data/filters/profiles").glob("*.yaml"))
NOTHING = ContentFilters()


def terms(scopes: Mapping[str, list[str]]) -> tuple[Terms, ...]:
    return tuple(Terms(scope=scope, terms=tuple(names)) for scope, names in scopes.items())


def rules(
    mode: SignalMode,
    *,
    profile_id: str = "p",
    exclusions: Mapping[str, list[str]] | None = None,
    groups: list[dict[str, Any]] | None = None,
    combination_logic: str | None = None,
    minimum_total_weight: float = 0.0,
) -> ProfileRules:
    return ProfileRules(
        profile_id=profile_id,
        mode=mode,
        exclusions=terms(exclusions or {}),
        groups=tuple(
            TermGroup(**({"min_matches": 1, "weight": 1.0} | group | {"scopes": terms(group["scopes"])}))
            for group in groups or []
        ),
        combination_logic=combination_logic,
        minimum_total_weight=minimum_total_weight,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    """Each file of tests/data/filters/profiles is a rule, a profile, and which texts it drops by what."""
    golden: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    profile = rules(**golden["profile"])
    for case in golden["cases"]:
        verdict = judge(profile, case["title"], case["content"])
        assert (verdict.drop.rule if verdict.drop else None) == case["rule"], (golden["rule"], case)
        assert verdict.kept == (verdict.drop is None)
        if "detail" in case:
            assert verdict.drop is not None
            assert verdict.drop.detail == case["detail"]


def test_a_verdict_says_which_term_in_which_field() -> None:
    """Every term that counted is named with its field, scope and group, for those who ask why an item was kept."""
    profile = rules(
        "require_signals", groups=[{"group_id": "g", "scopes": {"tech": ["LAI", "depot"], "companies": ["Acme"]}}]
    )
    assert judge(profile, "Acme LAI", "An LAI depot").matches == (
        TermMatch(term="LAI", field="title", scope="tech", group_id="g"),
        TermMatch(term="LAI", field="content", scope="tech", group_id="g"),
        TermMatch(term="depot", field="content", scope="tech", group_id="g"),
        TermMatch(term="Acme", field="title", scope="companies", group_id="g"),
    )


Logic = tuple[str, Callable[[set[str]], bool]]
NAMES = ["a", "b", "c"]
LOGIC: st.SearchStrategy[Logic] = st.recursive(
    st.sampled_from(NAMES).map(lambda name: (name, lambda held: name in held)),
    lambda inner: st.one_of(
        inner.map(lambda one: (f"NOT ({one[0]})", lambda held: not one[1](held))),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]}) and ({two[1][0]})", lambda h: two[0][1](h) and two[1][1](h))
        ),
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]}) OR ({two[1][0]})", lambda h: two[0][1](h) or two[1][1](h))),
    ),
    max_leaves=5,
)
TENTHS = st.integers(0, 20)


@settings(max_examples=250, deadline=None)
@given(
    mode=st.sampled_from(["exclude_only", "require_signals", "require_multi_signals", "ingest_all"]),
    logic=st.none() | LOGIC,
    weights=st.tuples(TENTHS, TENTHS, TENTHS),
    least=TENTHS,
    needed=st.tuples(*[st.integers(1, 2)] * 3),
    title=st.sets(st.sampled_from(["a1", "a2", "b1", "b2", "c1", "c2", "noise", "other"])),
    content=st.sets(st.sampled_from(["a1", "a2", "b1", "b2", "c1", "c2", "noise", "other"])),
)
def test_profile_logic_against_an_oracle(
    mode: SignalMode,
    logic: Logic | None,
    weights: tuple[int, ...],
    least: int,
    needed: tuple[int, ...],
    title: set[str],
    content: set[str],
) -> None:
    """A profile keeps what the plain reading of its rules keeps: AND, OR, NOT, counts, and weights in exact tenths."""
    profile = rules(
        mode,
        exclusions={"bad": ["noise"]},
        groups=[
            {"group_id": name, "scopes": {"s": [f"{name}1"], "t": [f"{name}2"]}, "min_matches": count, "weight": weight / 10}
            for name, count, weight in zip(NAMES, needed, weights, strict=True)
        ],
        combination_logic=logic[0] if logic else None,
        minimum_total_weight=least / 10,
    )
    words = title | content
    held = {name for name, count in zip(NAMES, needed, strict=True) if len(words & {f"{name}1", f"{name}2"}) >= count}
    heavy = sum(weight for name, weight in zip(NAMES, weights, strict=True) if name in held) >= least
    combined = logic[1](held) if logic else bool(held) if mode == "require_signals" else len(held) == 3
    signals = mode == "exclude_only" or (combined and heavy)
    kept = mode == "ingest_all" or ("noise" not in words and signals)
    assert judge(profile, " ".join(sorted(title)), " ".join(sorted(content))).kept == kept


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("one", 1),
        ("long-acting, 3.5 mg & more - or\u00a0less\nhere", 7),
        ("- — … ®", 0),
        ("東京でLAI承認", 6),
    ],
)
def test_word_count(text: str, count: int) -> None:
    """A word is what stands between blanks and has a letter or digit; a Han or kana character is a word."""
    assert word_count(text) == count


def test_min_word_count_counts_the_content() -> None:
    """The title is not counted; as many words as asked for are enough."""
    least = ContentFilters(min_word_count=3)
    drop = content_drop("a title of many words", "two words", least)
    assert drop is not None
    assert (drop.rule, drop.detail) == ("content:min_word_count", "2 words, fewer than 3")
    assert content_drop("", "now three words", least) is None
    assert content_drop("", "", NOTHING) is None


def test_exclude_patterns_look_at_title_and_content() -> None:
    """Patterns are case-insensitive searches in both fields; the drop names pattern, match and field."""
    patterns = ContentFilters(exclude_patterns=(r"\bwebinars?\b", "^sponsored"))
    drops = [content_drop(*fields, patterns) for fields in [("Our WEBINAR", ""), ("", "two webinars"), ("Sponsored: x", "")]]
    assert [drop and (drop.rule, drop.detail) for drop in drops] == [
        ("content:exclude_patterns", r"'\\bwebinars?\\b' matches 'WEBINAR' in title"),
        ("content:exclude_patterns", r"'\\bwebinars?\\b' matches 'webinars' in content"),
        ("content:exclude_patterns", "'^sponsored' matches 'Sponsored' in title"),
    ]
    assert content_drop("Not sponsored", "webinarist", patterns) is None


def test_an_exclude_pattern_that_runs_away_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text of strangers cannot keep a task busy by a pattern of the configuration."""
    monkeypatch.setattr("vectora_core.ingest.patterns.LIMIT_SECONDS", 0.05)
    with pytest.raises(PatternFailedError, match=r"took more than 0\.05 s on a text of 5,000 characters; give each"):
        content_drop("", "a" * 4998 + " !", ContentFilters(exclude_patterns=(r"\w+\w+\w+\w+!",)))


def entry(title: str = "A depot of Acme", content: str = "three words here") -> Entry:
    return Entry(
        title=title,
        url="https://example.com/",
        content=content,
        parser="feed",
        snapshot="",
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def rule_of(one: Entry, run_mode: RunMode, profile: ProfileRules | None, **given: Any) -> str | None:
    usual = {"strict_profile": STRICT, "content_filters": NOTHING, "dated": True, "late": False}
    drop = select(one, run_mode=run_mode, profile=profile, **(usual | given))
    return drop.rule if drop else None


STRICT = rules("require_signals", profile_id="strict", groups=[{"group_id": "g", "scopes": {"s": ["depot"]}}])
SIGNALS = rules("require_signals", profile_id="own", groups=[{"group_id": "g", "scopes": {"s": ["Acme"]}}])
EXCLUDES = rules("exclude_only", profile_id="own", exclusions={"hr": ["careers"]})
ALL = rules("ingest_all", profile_id="own")


@pytest.mark.parametrize(
    ("run_mode", "profile", "title", "rule"),
    [
        ("broad", SIGNALS, "Careers", None),
        ("broad", EXCLUDES, "Careers", None),
        ("balanced", SIGNALS, "Careers", "profile:own:required_signal_groups"),
        ("balanced", SIGNALS, "Acme", None),
        ("balanced", EXCLUDES, "Careers", "profile:own:exclusion:hr"),
        ("balanced", EXCLUDES, "News", None),
        ("balanced", ALL, "Careers", None),
        ("balanced", None, "Careers", None),
        ("strict", SIGNALS, "Acme", None),
        ("strict", EXCLUDES, "Careers depot", "profile:own:exclusion:hr"),
        ("strict", EXCLUDES, "News", "profile:strict:required_signal_groups"),
        ("strict", EXCLUDES, "A depot", None),
        ("strict", ALL, "News", "profile:strict:required_signal_groups"),
        ("strict", None, "News", "profile:strict:required_signal_groups"),
        ("strict", None, "A depot", None),
    ],
)
def test_modes(run_mode: RunMode, profile: ProfileRules | None, title: str, rule: str | None) -> None:
    """broad asks no profile, balanced the source's, strict the strict one too where the source's selects nothing."""
    assert rule_of(entry(title), run_mode, profile) == rule


@pytest.mark.parametrize("run_mode", ["broad", "balanced", "strict"])
def test_content_filters_hold_in_every_mode(run_mode: RunMode) -> None:
    """They are asked before the profiles."""
    filters = ContentFilters(min_word_count=4)
    assert rule_of(entry("Careers"), run_mode, EXCLUDES, content_filters=filters) == "content:min_word_count"


@pytest.mark.parametrize(
    ("run_mode", "dated", "late", "rule"),
    [
        ("broad", False, False, None),
        ("balanced", False, False, None),
        ("strict", False, False, "undated"),
        ("strict", True, False, None),
        ("broad", False, True, "late_undated"),
        ("balanced", False, True, "late_undated"),
        ("strict", False, True, "late_undated"),
        ("broad", True, True, None),
    ],
)
def test_undated_entries(run_mode: RunMode, dated: bool, late: bool, rule: str | None) -> None:
    """strict drops what has no date, a late capture drops it in every mode."""
    assert rule_of(entry(), run_mode, None, dated=dated, late=late) == rule


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=200, deadline=None)
@given(start=MOMENTS, end=MOMENTS, offset=st.integers(-2, 2), at_end=st.booleans())
def test_window_edges(start: datetime, end: datetime, offset: int, at_end: bool) -> None:
    """The start is inside, the end is not; to the microsecond."""
    assume(start < end)
    moment = (end if at_end else start) + timedelta(microseconds=offset)
    drop = in_window(moment, Window(start=start, end=end))
    expected = "window:too_old" if moment < start else "window:too_new" if moment >= end else None
    assert (drop.rule if drop else None) == expected


def test_undated_passes_the_window() -> None:
    """Whether undated entries are kept is the mode's to say."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    assert in_window(None, Window(start=day, end=day + timedelta(days=1))) is None


TEXT = st.text(st.characters(codec=None), max_size=40)


@settings(max_examples=150, deadline=None)
@given(title=TEXT, content=TEXT, names=st.lists(TEXT, max_size=3), dated=st.booleans())
def test_no_text_makes_it_raise(title: str, content: str, names: list[str], dated: bool) -> None:
    """Any Unicode, half surrogate pairs too, is judged."""
    plain = [name for name in names if ".*" not in name]
    profile = rules("require_multi_signals", exclusions={"x": plain}, groups=[{"group_id": "g", "scopes": {"y": plain}}])
    filters = ContentFilters(min_word_count=1, exclude_patterns=(r"\bx\b",))
    rule_of(entry(title, content), "strict", profile, content_filters=filters, dated=dated)
