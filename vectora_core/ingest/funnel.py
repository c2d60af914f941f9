"""From what a client's sources listed to what was written: how many passed each stage, and which rule dropped the others.

It does no I/O: a manifest comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vectora_core.ingest import stored_json

STAGES = ("found", "parsed", "unique", "in_window", "kept", "written")
"""found: the lists held so many; written: the items file holds so many."""

_WORDS: Mapping[str, str] = {
    "no_title": "it has no title",
    "no_url": "it has no link",
    "bad_url": "its link cannot be used",
    "duplicate": "the same article stood in the list before",
    "window:too_old": "its date is before the window",
    "window:too_new": "its date is after the window",
    "undated": "it has no date, and a strict run takes dated ones only",
    "late_undated": "it has no date, and was captured too late to know that it was there in time",
    "content:min_word_count": "it has fewer words than the client's content filters ask for",
    "content:exclude_patterns": "one of the client's exclude_patterns matches it",
}
_PROFILE_WORDS: Mapping[str, str] = {
    "exclusion": "a term of the exclusion scope occurs",
    "combination_logic": "its signals do not make the combination logic true",
    "required_signal_groups": "the signal groups it must have do not hold",
    "minimum_total_weight": "its signals weigh too little",
}
_STAGE_OF_RULE: Mapping[str, str] = {
    **dict.fromkeys(("no_title", "no_url", "bad_url"), "parsed"),
    "duplicate": "unique",
    **dict.fromkeys(("window:too_old", "window:too_new"), "in_window"),
}
"""Every other rule decides between the window and what is kept."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of the ingest of a client.

    :param count: how many passed it
    :param drops: how many did not, by the rule that decided
    :param unaccounted: how many are missing though no rule dropped them; 0 unless the manifest contradicts itself
    """

    name: str
    count: int
    drops: Mapping[str, int]
    unaccounted: int


def funnel(manifest: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the stages of a client's ingest, over all its sources; a source that failed lists nothing.

    :raises ValueError: when the manifest has values of a wrong type
    """
    totals = stored_json.mapping(manifest.get("totals"), "totals")
    written = stored_json.count(manifest.get("items"), "items")
    return _stages(
        stored_json.counts(totals.get("counts"), "counts"), stored_json.counts(totals.get("drops"), "drops"), written
    )


def _stages(counts: Mapping[str, int], drops: Mapping[str, int], written: int) -> tuple[Stage, ...]:
    by_stage: dict[str, dict[str, int]] = {name: {} for name in STAGES}
    for rule, number in sorted(drops.items()):
        by_stage[_STAGE_OF_RULE.get(rule, "kept")][rule] = number
    found = counts.get("parsed", 0) + sum(by_stage["parsed"].values())
    stages: list[Stage] = []
    before = found
    for name in STAGES:
        count = {"found": found, "written": written}.get(name, counts.get(name, 0))
        dropped = by_stage[name]
        stages.append(Stage(name=name, count=count, drops=dropped, unaccounted=before - sum(dropped.values()) - count))
        before = count
    return tuple(stages)


def rule_in_words(rule: str) -> str:
    """Return why a rule drops an entry; a rule nobody knows is told as such."""
    if rule in _WORDS:
        return _WORDS[rule]
    family, _, rest = rule.partition(":")
    profile, _, rest = rest.partition(":")
    kind, _, scope = rest.partition(":")
    if family == "profile" and kind in _PROFILE_WORDS:
        return f"profile {profile}: {_PROFILE_WORDS[kind]}{f' ({scope})' if scope else ''}"
    return f"the rule {rule} decided, which this version of Vectora does not know"
