"""One hash over everything that decides a client's items, and nothing else.

Names, notes, comments, line numbers and the order of keys, sources and terms do not change it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vectora_core.config.logic import parse_logic

if TYPE_CHECKING:  # it serves the module these are defined in
    from vectora_core.config.models import ClientConfig
    from vectora_core.config.resolved import ProfileRules, ResolvedSource, Terms

_NOT_DECIDING = {
    "notes", "company_id", "homepage_url", "timeout_seconds", "min_request_interval_seconds", "enabled", "ingestion_profile"
}  # fmt: skip
"""Keys of a source that change no item; its profile counts with what it says, not by its name."""


def fingerprint(
    config: ClientConfig, sources: Sequence[ResolvedSource], broken: Sequence[str], strict: ProfileRules | None
) -> str:
    """Return 16 hexadecimal digits of SHA-256 over a canonical JSON text.

    :param broken: keys of the sources that cannot be used
    """
    decides = {
        "period_days": config.pipeline.default_period_days,
        "ingestion_mode": config.ingest.ingestion_mode,
        "content_filters": config.source_config.content_filters.model_dump(mode="json"),
        "sources": {one.source_key: _source(one) for one in sources},
        "broken": sorted(broken),
        "strict": _rules(strict),
    }
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _source(source: ResolvedSource) -> Mapping[str, Any]:
    return {
        "source": source.source.model_dump(mode="json", exclude=_NOT_DECIDING),
        "extractor": source.extractor.model_dump(mode="json") if source.extractor else None,
        "fallback": source.fallback_selectors.model_dump(mode="json"),
        "limits": [source.max_items, source.ssl_verify],
        "profile": _rules(source.profile),
    }


def _rules(rules: ProfileRules | None) -> Mapping[str, Any] | None:
    if rules is None:
        return None
    groups = {one.group_id: [one.min_matches, one.weight, _sorted_terms(one.scopes)] for one in rules.groups}
    logic = parse_logic(rules.combination_logic).postfix if rules.combination_logic else None
    return {
        "mode": rules.mode,
        "exclusions": _sorted_terms(rules.exclusions),
        "groups": groups,
        "logic": logic,
        "minimum": rules.minimum_total_weight,
    }


def _sorted_terms(scopes: tuple[Terms, ...]) -> list[str]:
    return sorted({term for scope in scopes for term in scope.terms})
