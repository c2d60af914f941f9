"""Which entries a client keeps: the window, its content filters and the profiles of its sources, each drop with its rule.

It looks at titles and contents as they are given, reads no file and knows no clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from vectora_core.config.logic import Expression, parse_logic
from vectora_core.ingest.patterns import safe_pattern
from vectora_core.ingest.terms import IDEOGRAPHS, compile_terms, normal_form
from vectora_core.ingest.types import Drop, Entry, Window

if TYPE_CHECKING:  # pydantic costs half a second, and these are only looked at
    from vectora_core.config.models import ContentFilters, RunMode
    from vectora_core.config.resolved import ProfileRules, TermGroup, Terms

Field = Literal["title", "content"]

WEIGHT_TOLERANCE = 1e-9
"""Weights are written in decimals: 0.1 and 0.7 must reach 0.8."""

_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_UNSELECTIVE = ("exclude_only", "ingest_all")


@dataclass(frozen=True, kw_only=True)
class TermMatch:
    """A term that occurs: where, in which scope, and in which signal group (None: it is an exclusion)."""

    term: str
    field: Field
    scope: str
    group_id: str | None

    def __str__(self) -> str:
        return f"{self.term!r} in {self.field}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a profile says about an entry.

    :param drop: the rule that decided against it, None when it is kept
    :param matches: the terms that were found: the exclusion that decided, or every term of the signal groups
    """

    kept: bool
    drop: Drop | None = None
    matches: tuple[TermMatch, ...] = ()


def in_window(published_at: datetime | None, window: Window) -> Drop | None:
    """Drop what was published outside the window ``[start, end)``; what has no date passes.

    :param published_at: with a time zone
    """
    if published_at is None or published_at in window:
        return None
    if published_at < window.start:
        return Drop(rule="window:too_old", detail=f"{published_at.isoformat()} is before {window.start.isoformat()}")
    return Drop(rule="window:too_new", detail=f"{published_at.isoformat()} is not before {window.end.isoformat()}")


def word_count(text: str) -> int:
    """Count words as a word processor does: what stands between blanks and has a letter or digit in it; each Han or kana
    character is one.
    """
    ideographs = len(_IDEOGRAPH.findall(text))
    rest = _IDEOGRAPH.sub(" ", text) if ideographs else text
    return ideographs + sum(any(map(str.isalnum, token)) for token in rest.split())


def content_drop(title: str, content: str, content_filters: ContentFilters) -> Drop | None:
    """Apply a client's content filters, which hold in every mode.

    ``min_word_count`` counts the content without the title, the number items carry as ``metadata.word_count``.
    ``exclude_patterns`` are searched in the title, then in the content, in the order they are written.

    :raises PatternFailedError: when a pattern is not a regular expression or takes longer than a second
    """
    words, least = word_count(content) if content_filters.min_word_count else 0, content_filters.min_word_count
    if words < least:
        return Drop(rule="content:min_word_count", detail=f"{words} words, fewer than {least}")
    for source in content_filters.exclude_patterns:
        pattern = safe_pattern(source)
        for field, text in (("title", title), ("content", content)):
            found = pattern.search(text)
            if found is not None:
                return Drop(rule="content:exclude_patterns", detail=f"{source!r} matches {found[:80]!r} in {field}")
    return None


def select(
    entry: Entry,
    *,
    run_mode: RunMode,
    profile: ProfileRules | None,
    strict_profile: ProfileRules | None,
    content_filters: ContentFilters,
    dated: bool,
    late: bool,
) -> Drop | None:
    """Decide whether an entry inside the window is kept.

    ``broad`` applies the content filters alone, ``balanced`` the profile of the source too. ``strict`` drops what has no
    date, and judges the sources whose profile selects nothing (it only excludes, takes all, or is missing) by the strict
    profile as well. An undated entry of a late capture is dropped in every mode: nobody can say it was there in time.

    :param profile: that of the source
    :param dated: whether a date was found for the entry
    :param late: whether the entry was captured more than 24 h after the end of its interval
    :return: the first rule that decided against it, None when it is kept
    :raises PatternFailedError: when a regular expression is not one or takes longer than a second
    """
    if late and not dated:
        return Drop(rule="late_undated", detail="captured too late to know that it was there in time, and without a date")
    if run_mode == "strict" and not dated:
        return Drop(rule="undated", detail="strict mode takes dated entries only")
    drop = content_drop(entry.title, entry.content, content_filters)
    judges = iter(_judges(run_mode, profile, strict_profile))
    while drop is None and (judge_by := next(judges, None)) is not None:
        drop = judge(judge_by, entry.title, entry.content).drop
    return drop


def _judges(run_mode: RunMode, profile: ProfileRules | None, strict_profile: ProfileRules | None) -> Iterator[ProfileRules]:
    if run_mode == "broad":
        return
    if profile is not None:
        yield profile
    if run_mode == "strict" and strict_profile is not None and (profile is None or profile.mode in _UNSELECTIVE):
        yield strict_profile


def judge(profile: ProfileRules, title: str, content: str) -> Verdict:
    """Judge a text by a profile.

    ``ingest_all`` keeps everything, exclusions or not. Otherwise an exclusion drops. ``exclude_only`` asks no more.
    ``require_signals`` and ``require_multi_signals`` keep what makes ``combination_logic`` true (without one: any group for
    the first, all groups for the second) and whose holding groups weigh at least ``minimum_total_weight``.

    :raises PatternFailedError: when a term is not a regular expression or takes longer than a second
    """
    if profile.mode == "ingest_all":
        return Verdict(kept=True)
    excluded = next(_matches(profile.exclusions, title, content, None), None)
    if excluded is not None:
        drop = Drop(rule=f"profile:{profile.profile_id}:exclusion:{excluded.scope}", detail=str(excluded))
        return Verdict(kept=False, drop=drop, matches=(excluded,))
    if profile.mode == "exclude_only":
        return Verdict(kept=True)
    return _judge_signals(profile, title, content)


def _judge_signals(profile: ProfileRules, title: str, content: str) -> Verdict:
    by_group = {group: tuple(_matches(group.scopes, title, content, group.group_id)) for group in profile.groups}
    held = [group for group, matches in by_group.items() if _distinct(matches) >= group.min_matches]
    found = "; ".join(_account(group, matches, group in held) for group, matches in by_group.items())
    drop = _logic_drop(profile, held, found) or _weight_drop(profile, held, found)
    return Verdict(kept=drop is None, drop=drop, matches=tuple(match for matches in by_group.values() for match in matches))


def _matches(scopes: Iterable[Terms], title: str, content: str, group_id: str | None) -> Iterator[TermMatch]:
    fields: tuple[tuple[Field, str], ...] = (("title", title), ("content", content))
    for scope in scopes:
        matcher = compile_terms(scope.terms)
        for field, text in fields:
            for term in matcher.find(text):
                yield TermMatch(term=term, field=field, scope=scope.scope, group_id=group_id)


def _distinct(matches: Iterable[TermMatch]) -> int:
    """A term counts once, however often, wherever and in whatever spelling it occurs."""
    return len({normal_form(match.term) for match in matches})


def _logic_drop(profile: ProfileRules, held: Sequence[TermGroup], found: str) -> Drop | None:
    ids = {group.group_id for group in held}
    if profile.combination_logic is not None:
        if _expression(profile.combination_logic).evaluate(ids):
            return None
        return _profile_drop(profile, "combination_logic", f"{profile.combination_logic} is not true", found)
    enough = bool(held) if profile.mode == "require_signals" else len(held) == len(profile.groups)
    wanted = "no signal group holds" if profile.mode == "require_signals" else "not every signal group holds"
    return None if enough else _profile_drop(profile, "required_signal_groups", wanted, found)


def _weight_drop(profile: ProfileRules, held: Sequence[TermGroup], found: str) -> Drop | None:
    weight = math.fsum(group.weight for group in held)
    if weight >= profile.minimum_total_weight - WEIGHT_TOLERANCE:
        return None
    return _profile_drop(profile, "minimum_total_weight", f"{weight:g} is below {profile.minimum_total_weight:g}", found)


def _profile_drop(profile: ProfileRules, rule: str, reason: str, found: str) -> Drop:
    return Drop(rule=f"profile:{profile.profile_id}:{rule}", detail=f"{reason} ({found})" if found else reason)


def _account(group: TermGroup, matches: Sequence[TermMatch], holds: bool) -> str:
    named = ", ".join(map(str, matches[:5])) or "nothing"
    more = f" and {len(matches) - 5} more" if len(matches) > 5 else ""
    return f"{group.group_id} {'holds' if holds else 'fails'}: {named}{more}"


@lru_cache(maxsize=256)
def _expression(logic: str) -> Expression:
    return parse_logic(logic)
