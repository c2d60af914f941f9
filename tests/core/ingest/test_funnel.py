"""The funnel of a client: every stage is the one before it without what the rules dropped in between."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.docs.pages import ROOT
from tests.fakes.captures import captured, followed
from tests.fakes.news_site import Article, rss
from vectora_core.config.models import ClientConfig, ContentFilters
from vectora_core.config.resolved import BrokenSource, ProfileRules, ResolvedClient, ResolvedSource, TermGroup, Terms
from vectora_core.errors import FetchError
from vectora_core.ingest import manifest, pipeline
from vectora_core.ingest.client import judge
from vectora_core.ingest.funnel import STAGES, Stage, funnel, rule_in_words
from vectora_core.ingest.items import Rules
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.types import ClientResult, Request, Snapshot, Window
from vectora_core.ingest.window import plan_manual_run

NOW = datetime(2026, 4, 30, 6, tzinfo=UTC)
PLAN = plan_manual_run("r", run_after=NOW, parameters=parse_parameters({}), now=NOW)
PROFILE = ProfileRules(
    profile_id="press",
    mode="require_signals",
    exclusions=(Terms(scope="exclusion_scopes.hr", terms=("hiring",)),),
    groups=(
        TermGroup(group_id="a", scopes=(Terms(scope="s.a", terms=("acme",)),), min_matches=1, weight=0.2),
        TermGroup(group_id="b", scopes=(Terms(scope="s.b", terms=("gel",)),), min_matches=1, weight=0.9),
    ),
    combination_logic=None,
    minimum_total_weight=0.5,
)
CONFIG = ClientConfig.model_validate(
    {
        "client_profile": {"name": "C", "client_id": "c", "active": True},
        "source_config": {"sources_extra_enabled": ["example"]},
    }
)


class Captures:
    """The capture of a source is what the test says; without one the source cannot be fetched."""

    requests = 1
    bytes = 1

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot

    def of(self, source_key: str) -> Captures:
        return self

    async def get(self, request: Request) -> Snapshot:
        if self._snapshot is None:
            raise FetchError("answered 500", failure_class="http_500", transient=True)
        return self._snapshot


def ingested(
    lists: Sequence[Sequence[Article] | None], *, mode: str = "balanced", late: bool = False, least: int = 0
) -> dict[str, Any]:
    """The manifest of a client with one source a list; None is a source that cannot be fetched."""
    sources: list[ResolvedSource | BrokenSource] = [BrokenSource(source_key="broken", message="no such mode")]
    results: list[pipeline.SourceResult] = []
    for articles in lists:
        source = followed("rss")
        source = ResolvedSource(**{**vars(source), "profile": PROFILE})
        snapshot = None if articles is None else captured(rss(articles), content_type="application/rss+xml", late=late)
        client = ResolvedClient(
            config=CONFIG,
            sources=(source, *sources),
            disabled=(),
            content_filters=ContentFilters(min_word_count=least, exclude_patterns=("rumou?r",)),
            strict_profile=PROFILE,
            config_hash="x",
        )
        window = Window(start=NOW - timedelta(days=7), end=NOW)
        rules = Rules(window=window, mode=mode, client=client, max_detail_pages=5, environ={})  # type: ignore[arg-type]
        results += asyncio.run(pipeline.ingest_sources(Captures(snapshot), rules, ()))
    outcomes = tuple(result.outcome for result in results)
    status, error = judge(outcomes, fail_on_partial=False)
    items = tuple(item for result in results for item in result.items)
    result = ClientResult(client_id="c", status=status, error=error, outcomes=outcomes, items=items)
    return manifest.build(result, PLAN, manifest.Writer(task_id="t"), items_file=None)


def article(title: str, number: int = 1, *, days: float | None = 1, text: str = "Acme shows a gel") -> Article:
    published = None if days is None else NOW - timedelta(days=days)
    return Article(title=title, link=f"https://news.example.com/{number}", published=published, text=text)


def numbers(stages: Sequence[Stage]) -> dict[str, tuple[int, Mapping[str, int]]]:
    return {stage.name: (stage.count, stage.drops) for stage in stages}


def test_every_drop_stands_where_it_was_decided() -> None:
    """Unusable before parsed, duplicates before unique, the window after them, then filters and profile."""
    lists = [
        [
            article("Acme gel", 1),
            article("Acme gel once more", 1),
            article("", 2),
            article("Old acme gel", 3, days=30),
            article("New acme gel", 4, days=-3),
            article("A rumor of acme gel", 5),
            article("Acme is hiring gel makers", 6),
            article("Nothing", 7, text="of interest here"),
            article("Light", 8, text="acme alone"),
        ]
    ]
    assert numbers(funnel(ingested(lists))) == {
        "found": (9, {}),
        "parsed": (8, {"no_title": 1}),
        "unique": (7, {"duplicate": 1}),
        "in_window": (5, {"window:too_new": 1, "window:too_old": 1}),
        "kept": (
            1,
            {
                "content:exclude_patterns": 1,
                "profile:press:exclusion:exclusion_scopes.hr": 1,
                "profile:press:minimum_total_weight": 1,
                "profile:press:required_signal_groups": 1,
            },
        ),
        "written": (1, {}),
    }


def test_a_client_none_of_whose_sources_came_has_an_empty_funnel() -> None:
    """A failed source lists nothing; nothing is missing either."""
    stages = funnel(ingested([None, None]))
    assert [(stage.name, stage.count, stage.unaccounted) for stage in stages] == [(name, 0, 0) for name in STAGES]


ARTICLES = st.builds(
    article,
    st.sampled_from(["Acme gel", "gel", "", " ", "rumour of gel", "hiring", "x"]),
    st.integers(1, 4),
    days=st.sampled_from([None, 1, 6.9, 7.1, 30, -1]),
    text=st.sampled_from(["", "acme", "acme and gel", "one two three four"]),
)


@settings(deadline=None)
@given(
    lists=st.lists(st.none() | st.lists(ARTICLES, max_size=8), min_size=1, max_size=3),
    mode=st.sampled_from(["broad", "balanced", "strict"]),
    late=st.booleans(),
    least=st.integers(0, 3),
)
def test_every_stage_is_the_one_before_without_its_drops(
    lists: list[list[Article] | None], mode: str, late: bool, least: int
) -> None:
    """For manifests of the real pipeline nothing is unaccounted for, and no drop is lost."""
    document = ingested(lists, mode=mode, late=late, least=least)
    stages = funnel(document)
    assert [stage.name for stage in stages] == list(STAGES)
    assert [stage.unaccounted for stage in stages] == [0] * len(STAGES)
    for before, after in pairwise(stages):
        assert after.count == before.count - sum(after.drops.values())
    assert sum(sum(stage.drops.values()) for stage in stages) == sum(document["totals"]["drops"].values())
    assert {stage.name: stage.count for stage in stages if stage.name in document["totals"]["counts"]}.items() <= (
        document["totals"]["counts"].items()
    )


def test_a_manifest_that_contradicts_itself_is_shown_as_it_is() -> None:
    """What no rule accounts for is a number of its own, above or below zero, at the stage where it goes missing."""
    document = ingested([[article("Acme gel")]])
    document["totals"]["counts"]["unique"] = 5
    document["items"] = 0
    assert [stage.unaccounted for stage in funnel(document)] == [0, 0, -4, 4, 0, 1]


def test_a_rule_nobody_knows_counts_before_what_is_kept() -> None:
    """A newer Vectora may drop by more rules."""
    document = {
        "items": 1,
        "totals": {"counts": {"parsed": 3, "unique": 3, "in_window": 3, "kept": 1}, "drops": {"new:rule": 2}},
    }
    assert [stage.unaccounted for stage in funnel(document)] == [0] * 6
    assert funnel(document)[4].drops == {"new:rule": 2}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"items": 1, "totals": None},
        {"items": "1", "totals": {"counts": {}, "drops": {}}},
        {"items": 1, "totals": {"counts": {"parsed": -1}, "drops": {}}},
        {"items": 1, "totals": {"counts": {}, "drops": {"x": "1"}}},
        {"items": 10**400, "totals": {"counts": {}, "drops": {}}},
    ],
)
def test_values_of_a_wrong_type_are_refused(document: dict[str, Any]) -> None:
    """Never a crash."""
    with pytest.raises(ValueError, match=r"is no (count|object)"):
        funnel(document)


def rules_in_code() -> set[str]:
    """Every rule the ingest can name; what is put in while it runs is ``*``."""
    found: set[str] = set()
    for path in (ROOT / "vectora_core/ingest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "rule":
                found.add(_text(node.value))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_profile_drop":
                found.add(f"profile:*:{_text(node.args[1])}")
    entries = (ROOT / "vectora_core/ingest/parsers/entries.py").read_text()
    return found - {"*", "profile:*:*"} | set(re.findall(r'return "(\w+)"', entries))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "*"


def test_every_rule_of_the_code_has_its_words() -> None:
    """Each its own, with the profile and the scope it was; those of the filters and those of the parsers."""
    rules = sorted(rules_in_code())
    assert {"duplicate", "no_title", "window:too_old", "profile:*:exclusion:*", "profile:*:minimum_total_weight"} <= set(
        rules
    )
    words = [rule_in_words(rule.replace("*", "press", 1).replace("*", "exclusion_scopes.hr")) for rule in rules]
    assert len(set(words)) == len(rules) == 14
    assert not [one for one in words if "does not know" in one]
    for rule, one in zip(rules, words, strict=True):
        assert ("profile press: " in one) == rule.startswith("profile:")
        assert ("exclusion_scopes.hr" in one) == (rule == "profile:*:exclusion:*")


@pytest.mark.parametrize("rule", ["", "new", "profile:", "profile:a:b", "profile", "window:sideways"])
def test_a_rule_nobody_knows_is_told_as_such(rule: str) -> None:
    """By its name."""
    assert f"the rule {rule} decided" in rule_in_words(rule)
