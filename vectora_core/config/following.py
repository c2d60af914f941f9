"""Which sources a client follows, and whether what its file names exists in the catalogs.

It looks at raw data: a client's file may be wrong in other places, and all its mistakes are to be told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vectora_core.config.catalog_files import PROFILES, Catalog
from vectora_core.config.document import Document
from vectora_core.config.entry_checks import mapping
from vectora_core.config.models import SourceSection
from vectora_core.config.validation import did_you_mean
from vectora_core.errors import Problem

_ENABLED = ("source_config", "source_bouquets_enabled")
_EXTRA = ("source_config", "sources_extra_enabled")
_OVERRIDES = ("source_config", "bouquet_ingestion_overrides")


def names(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, each once; nothing when it is no list."""
    return tuple(dict.fromkeys(one for one in value if isinstance(one, str))) if isinstance(value, list) else ()


def follow(bouquets: Sequence[str], extra: Sequence[str], catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Return the source keys that bouquets and extra sources come to, in that order, and the bouquets each came by."""
    followed: dict[str, tuple[str, ...]] = {}
    for bouquet in bouquets:
        for source_key in dict.fromkeys(catalog.bouquet_sources(bouquet)):
            followed[source_key] = (*followed.get(source_key, ()), bouquet)
    for source_key in extra:
        followed.setdefault(source_key, ())
    return followed


def check_references(document: Document, catalog: Catalog) -> list[Problem]:
    """Check what a client's file names against the catalogs.

    :return: the problems of the client's file; when the source catalog cannot be read, those of that file
    """
    for section in (catalog.sources, catalog.bouquets):
        if section.unusable:
            return list(section.unusable.problems)
    section_data = mapping(document.data.get("source_config"))
    bouquets, extra = names(section_data.get(_ENABLED[1])), names(section_data.get(_EXTRA[1]))
    found = [*_unknown(document, section_data, catalog), *_overrides(document, section_data, catalog)]
    if not found and _is_whole(document.data.get("source_config")):
        found += _nothing_followed(document, bouquets, extra, catalog)
    return found


def _is_whole(section: Any) -> bool:
    """Whether the section has no mistake that would explain why it names nothing."""
    known = set(SourceSection.model_fields)
    lists = (_ENABLED[1], _EXTRA[1])
    return isinstance(section, dict) and known >= set(section) and all(_is_list(section.get(key)) for key in lists)


def _is_list(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _unknown(document: Document, section: Mapping[str, Any], catalog: Catalog) -> Iterator[Problem]:
    for path, known, kind in ((_ENABLED, catalog.bouquets.keys, "bouquet"), (_EXTRA, catalog.sources.keys, "source")):
        listed = section.get(path[1])
        for index, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str) and name not in known:
                hint = did_you_mean(name, known) or f" in {catalog.sources.file.path}"
                yield document.problem((*path, index), f"there is no {kind} {name!r}{hint}")


def _overrides(document: Document, section: Mapping[str, Any], catalog: Catalog) -> Iterator[Problem]:
    enabled = names(section.get(_ENABLED[1]))
    profiles: dict[str, str] = {}
    for bouquet, override in mapping(section.get(_OVERRIDES[1])).items():
        if bouquet not in enabled:
            near = "" if bouquet in catalog.bouquets.keys else did_you_mean(bouquet, enabled)
            hint = near or "; add it there, or remove the override"
            yield document.problem((*_OVERRIDES, bouquet), f"is not in source_bouquets_enabled{hint}")
        profile = mapping(override).get("profile")
        if not isinstance(profile, str):
            continue
        profiles[bouquet] = profile
        if not catalog.profiles.unusable and profile not in catalog.profiles.keys:
            hint = did_you_mean(profile, catalog.profiles.keys) or f" in {PROFILES}"
            yield document.problem((*_OVERRIDES, bouquet, "profile"), f"there is no profile {profile!r}{hint}")
    yield from _conflicts(document, enabled, profiles, catalog)


def _conflicts(
    document: Document, enabled: Sequence[str], profiles: Mapping[str, str], catalog: Catalog
) -> Iterator[Problem]:
    """Sources that two bouquets override with different profiles: nobody could say which one holds."""
    for source_key, bouquets in follow(enabled, (), catalog).items():
        overriding = [bouquet for bouquet in bouquets if bouquet in profiles]
        if len({profiles[bouquet] for bouquet in overriding}) > 1:
            said = " and ".join(f"{profiles[bouquet]} by {bouquet}" for bouquet in overriding)
            message = f"the source {source_key!r} gets two profiles, {said}; give both bouquets the same"
            yield document.problem((*_OVERRIDES, overriding[-1]), message)


def _nothing_followed(
    document: Document, bouquets: Sequence[str], extra: Sequence[str], catalog: Catalog
) -> Iterator[Problem]:
    followed = follow(bouquets, extra, catalog)
    broken_bouquet = any(catalog.bouquets.get(bouquet) for bouquet in bouquets if not catalog.bouquet_sources(bouquet))
    if not bouquets and not extra:
        message = "follows no source; name bouquets in source_bouquets_enabled or sources in sources_extra_enabled"
        yield document.problem(("source_config",), message)
    elif not broken_bouquet and all(catalog.is_disabled(source_key) for source_key in followed):
        off = f"every source it follows is switched off in the catalog ({', '.join(followed)})"
        message = f"{off if followed else 'its bouquets name no source'}; enable one, or follow another"
        yield document.problem(("source_config",), message)
