"""A client as the ingest sees it: its sources with the profile, extractor and settings that hold for each of them.

It reads no file: it joins what was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from vectora_core.config.canonical_file import Unusable
from vectora_core.config.catalog_files import Catalog, JudgingProfile
from vectora_core.config.document import Document
from vectora_core.config.fingerprint import fingerprint
from vectora_core.config.following import check_references, follow
from vectora_core.config.models import (
    ClientConfig,
    Extractor,
    ExtractorDefaults,
    ProfileDefaults,
    Selectors,
    Source,
)
from vectora_core.config.resolved import BrokenSource, ProfileRules, ResolvedClient, ResolvedSource, TermGroup, Terms
from vectora_core.errors import ConfigError, Problem


def resolve_client(config: ClientConfig, document: Document, catalog: Catalog) -> ResolvedClient:
    """Join a client with the catalogs.

    :param document: the client's file, for the lines of its problems
    :raises ConfigError: when the client names what does not exist, or a canonical file it needs cannot be read
    """
    problems = check_references(document, catalog)
    if problems:
        raise ConfigError(sorted(set(problems)))
    section = config.source_config
    followed = follow(section.source_bouquets_enabled, section.sources_extra_enabled, catalog)
    disabled = tuple(key for key in followed if catalog.is_disabled(key))
    sources: list[ResolvedSource | BrokenSource] = [
        _resolve_source(key, bouquets, config, catalog) for key, bouquets in followed.items() if key not in disabled
    ]
    sources += _broken_bouquets(config, catalog)
    strict, strict_error = _strict_profile(catalog)
    return ResolvedClient(
        config=config,
        sources=tuple(sources),
        disabled=disabled,
        content_filters=section.content_filters,
        strict_profile=strict,
        config_hash=_config_hash(config, sources, strict),
        strict_profile_error=strict_error,
    )


def _resolve_source(
    source_key: str, bouquets: tuple[str, ...], config: ClientConfig, catalog: Catalog
) -> ResolvedSource | BrokenSource:
    source = catalog.sources.get(source_key)
    if source is None:
        return _broken(source_key, catalog.unknown_in_bouquet(bouquets[0], source_key))
    if isinstance(source, Unusable):
        return _unusable(source_key, source)
    profile = _profile_of(source, bouquets, config, catalog)
    if isinstance(profile, Problem):
        return _broken(source_key, profile)
    extractor = catalog.extractors.get(source_key) if source.ingestion_mode == "html" else None
    defaults = catalog.extractor_defaults if source.ingestion_mode == "html" else ExtractorDefaults()
    for part in (profile, extractor, defaults):
        if isinstance(part, Unusable):
            return _unusable(source_key, part)
    assert not isinstance(profile, Unusable)
    assert not isinstance(extractor, Unusable)
    assert not isinstance(defaults, Unusable)
    return _with_extractor(source, bouquets, profile, extractor, defaults)


def _with_extractor(
    source: Source,
    bouquets: tuple[str, ...],
    profile: ProfileRules | None,
    extractor: Extractor | None,
    defaults: ExtractorDefaults,
) -> ResolvedSource:
    own = extractor or Extractor()
    verify = own.ssl_verify if own.ssl_verify is not None else defaults.ssl_verify
    return ResolvedSource(
        source=source,
        bouquets=bouquets,
        profile=profile,
        extractor=extractor,
        fallback_selectors=_either(own.fallback_selectors, defaults.fallback_selectors),
        max_items=own.max_items or defaults.max_items,
        ssl_verify=True if verify is None else verify,
    )


def _either(own: Selectors | None, general: Selectors | None) -> Selectors:
    """Join two sets of selectors; a part that the first does not give is the second's."""
    given = own.model_dump(exclude_none=True) if own else {}
    return (general or Selectors()).model_copy(update=given)


def _profile_of(
    source: Source, bouquets: tuple[str, ...], config: ClientConfig, catalog: Catalog
) -> ProfileRules | Unusable | Problem | None:
    overrides = config.source_config.bouquet_ingestion_overrides
    chosen = next((overrides[bouquet].profile for bouquet in bouquets if bouquet in overrides), None)
    profile_id = chosen or source.ingestion_profile
    if profile_id is None:
        return None
    found = catalog.judging_profile(profile_id)
    if found is None:
        return catalog.unknown_profile(source.source_key, profile_id)
    return found if isinstance(found, Unusable) else _rules(found)


def _rules(judging: JudgingProfile) -> ProfileRules:
    profile, inner = judging.profile, judging.profile.signal_requirements
    groups = profile.required_signal_groups or inner.required_signal_groups
    return ProfileRules(
        profile_id=judging.profile_id,
        mode=inner.mode,
        exclusions=_terms(profile.exclusion_scopes or inner.exclusion_scopes, judging),
        groups=tuple(
            TermGroup(
                group_id=one.group_id, scopes=_terms(one.scopes, judging), min_matches=one.min_matches, weight=one.weight
            )
            for one in groups
        ),
        combination_logic=profile.combination_logic or inner.combination_logic,
        minimum_total_weight=profile.minimum_total_weight or inner.minimum_total_weight,
    )


def _terms(scopes: tuple[str, ...], judging: JudgingProfile) -> tuple[Terms, ...]:
    return tuple(Terms(scope=scope, terms=judging.terms[scope]) for scope in scopes)


def _strict_profile(catalog: Catalog) -> tuple[ProfileRules | None, str | None]:
    defaults = catalog.profile_defaults
    if isinstance(defaults, Unusable):
        return None, str(defaults)
    assert isinstance(defaults, ProfileDefaults)
    found = catalog.judging_profile(defaults.strict_profile)
    if found is None:
        return None, f"there is no profile {defaults.strict_profile!r}, which strict runs judge by; add it"
    return (None, str(found)) if isinstance(found, Unusable) else (_rules(found), None)


def _broken_bouquets(config: ClientConfig, catalog: Catalog) -> Iterator[BrokenSource]:
    """A bouquet with a mistake fails under its own name; the sources it does name are followed all the same."""
    for bouquet in dict.fromkeys(config.source_config.source_bouquets_enabled):
        found = catalog.bouquets.get(bouquet)
        if isinstance(found, Unusable):
            yield BrokenSource(source_key=bouquet, message=str(found))


def _broken(source_key: str, problem: Problem) -> BrokenSource:
    return BrokenSource(source_key=source_key, message=str(problem))


def _unusable(source_key: str, why: Unusable) -> BrokenSource:
    if why.whole_file:
        raise ConfigError(why.problems)
    return BrokenSource(source_key=source_key, message=str(why))


def _config_hash(config: ClientConfig, sources: list[ResolvedSource | BrokenSource], strict: ProfileRules | None) -> str:
    resolved = [one for one in sources if isinstance(one, ResolvedSource)]
    broken = [one.source_key for one in sources if isinstance(one, BrokenSource)]
    return fingerprint(config, resolved, broken, strict)
