"""A client as the ingest sees it: its sources with the profile, extractor and settings that hold for each of them."""

from __future__ import annotations

from dataclasses import dataclass

from vectora_core.config.models import ClientConfig, ContentFilters, Extractor, Selectors, SignalMode, Source


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one scope: ``scope`` is the name it was asked by (``exclusion_scopes.hr_content``)."""

    scope: str
    terms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TermGroup:
    """A required signal group with its scopes resolved to terms."""

    group_id: str
    scopes: tuple[Terms, ...]
    min_matches: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class ProfileRules:
    """An ingestion profile with its scopes resolved: all that judging an item needs.

    ``combination_logic`` is a boolean expression over group ids (``a AND (b OR c)``), or None: every group must hold.
    """

    profile_id: str
    mode: SignalMode
    exclusions: tuple[Terms, ...]
    groups: tuple[TermGroup, ...]
    combination_logic: str | None
    minimum_total_weight: float


@dataclass(frozen=True, kw_only=True)
class ResolvedSource:
    """One source a client follows, ready to be fetched, parsed and judged.

    ``bouquets`` says through which bouquets it came (empty: it is one of the client's extra sources).
    ``selectors`` are the extractor's, ``fallback_selectors`` those to try when they are not given.
    """

    source: Source
    bouquets: tuple[str, ...]
    profile: ProfileRules | None
    extractor: Extractor | None
    fallback_selectors: Selectors
    max_items: int | None
    ssl_verify: bool

    @property
    def source_key(self) -> str:
        """The key of the source in the catalog."""
        return self.source.source_key


@dataclass(frozen=True, kw_only=True)
class BrokenSource:
    """A source a client follows whose catalog entry cannot be used; it fails alone, with this message."""

    source_key: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ResolvedClient:
    """A client with everything the catalogs say about its sources.

    ``disabled`` lists the sources it names that are switched off in the catalog or have ``ingestion_mode: none``.
    ``strict_profile`` is None when there is none; ``strict_profile_error`` then says why, and strict runs cannot be had.
    ``config_hash`` (16 hexadecimal digits) changes when anything that decides the client's items changes, and only then.
    """

    config: ClientConfig
    sources: tuple[ResolvedSource | BrokenSource, ...]
    disabled: tuple[str, ...]
    content_filters: ContentFilters
    strict_profile: ProfileRules | None
    config_hash: str
    strict_profile_error: str | None = None
