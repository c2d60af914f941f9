"""The canonical files of a config root: read together, parsed when first needed, judged entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vectora_core.config.canonical_file import CanonicalFile, Section, Unusable
from vectora_core.config.document import Path
from vectora_core.config.entry_checks import check_profile, check_source, mapping, signal
from vectora_core.config.models import (
    Bouquet,
    Extractor,
    ExtractorDefaults,
    ExtractorsFile,
    Profile,
    ProfileDefaults,
    ProfilesFile,
    Source,
    SourceCatalogFile,
)
from vectora_core.config.scopes import ScopeIndex
from vectora_core.config.validation import did_you_mean
from vectora_core.errors import ObjectNotFoundError, Problem, StorageError
from vectora_core.storage import Storage

SOURCES = "canonical/sources/source_catalog.yaml"
EXTRACTORS = "canonical/sources/html_extractors.yaml"
PROFILES = "canonical/ingestion/ingestion_profiles.yaml"
SCOPES = "canonical/scopes"


def load_catalog(storage: Storage) -> Catalog:
    """Read the canonical files of a config root, in parallel; what cannot be read or parsed is known by what needs it.

    :raises StorageError: when the scopes cannot even be listed
    """
    scopes = [entry.path for entry in storage.list_objects(SCOPES) if _is_scope_file(entry.path)]
    return Catalog(storage.get_many([SOURCES, EXTRACTORS, PROFILES, *scopes]))


def _is_scope_file(path: str) -> bool:
    return path.endswith(".yaml") and path.count("/") == SCOPES.count("/") + 1


@dataclass(frozen=True, kw_only=True)
class JudgingProfile:
    """A profile with the terms of every scope it names."""

    profile_id: str
    profile: Profile
    terms: Mapping[str, tuple[str, ...]]


class Catalog:
    """All that the canonical files say.

    :param contents: the bytes of each file by path, or why they could not be read
    """

    def __init__(self, contents: Mapping[str, bytes | StorageError]) -> None:
        nothing = ObjectNotFoundError("does not exist")
        sources = CanonicalFile(SOURCES, contents.get(SOURCES, nothing), SourceCatalogFile)
        extractors = CanonicalFile(EXTRACTORS, contents.get(EXTRACTORS, nothing), ExtractorsFile, optional=True)
        profiles = CanonicalFile(PROFILES, contents.get(PROFILES, nothing), ProfilesFile)
        self.sources = Section(sources, "sources", Source, own_key="source_key", checks=check_source)
        self.bouquets = Section(sources, "bouquets", Bouquet, own_key="bouquet_id")
        self.extractors = Section(extractors, "extractors", Extractor)
        self.profiles = Section(profiles, "profiles", Profile, checks=check_profile)
        scope_paths = sorted(path for path in contents if path.startswith(f"{SCOPES}/"))
        self.scopes = ScopeIndex([CanonicalFile(path, contents[path]) for path in scope_paths])
        self._profiles: dict[str, JudgingProfile | Unusable | None] = {}

    @property
    def source_keys(self) -> tuple[str, ...]:
        """The keys of all sources of the catalog; none when it cannot be read."""
        return self.sources.keys

    @property
    def extractor_defaults(self) -> ExtractorDefaults | Unusable:
        """What holds for every HTML source whose extractor says nothing."""
        return self.extractors.file.settings("global_settings", ExtractorDefaults)

    @property
    def profile_defaults(self) -> ProfileDefaults | Unusable:
        """What holds for all profiles."""
        return self.profiles.file.settings("global_config", ProfileDefaults)

    def is_disabled(self, source_key: str) -> bool:
        """Whether a source is switched off in the catalog, or kept there without being read."""
        raw = self.sources.raw(source_key)
        return raw.get("enabled") is False or raw.get("ingestion_mode") == "none"

    def bouquet_sources(self, bouquet_id: str) -> list[str]:
        """Return the source keys of a bouquet as far as they can be told, known or not."""
        raw = self.bouquets.raw(bouquet_id).get("source_keys")
        return [key for key in raw if isinstance(key, str)] if isinstance(raw, list) else []

    def unknown_in_bouquet(self, bouquet_id: str, source_key: str) -> Problem:
        """Say that a bouquet names a source the catalog does not have."""
        raw = self.bouquets.raw(bouquet_id)["source_keys"]
        message = f"there is no source {source_key!r}{did_you_mean(source_key, self.sources.keys) or ' in the catalog'}"
        return self.bouquets.problem(bouquet_id, ("source_keys", raw.index(source_key)), message)

    def unknown_profile(self, source_key: str, profile_id: str) -> Problem:
        """Say that a source names a profile that does not exist."""
        message = f"there is no profile {profile_id!r}{did_you_mean(profile_id, self.profiles.keys) or f' in {PROFILES}'}"
        return self.sources.problem(source_key, ("ingestion_profile",), message)

    def judging_profile(self, profile_id: str) -> JudgingProfile | Unusable | None:
        """Return a profile with its terms, why it cannot be used, or None when there is none."""
        if profile_id not in self._profiles:
            profile = self.profiles.get(profile_id)
            self._profiles[profile_id] = self._with_terms(profile_id, profile) if isinstance(profile, Profile) else profile
        return self._profiles[profile_id]

    def _with_terms(self, profile_id: str, profile: Profile) -> JudgingProfile | Unusable:
        terms: dict[str, tuple[str, ...]] = {}
        broken: list[Unusable] = []
        for path, scope in self._scopes_named_by(profile_id):
            found = self.scopes.resolve(scope)
            if isinstance(found, tuple):
                terms[scope] = found
            elif isinstance(found, Unusable):
                broken.append(found)
            else:
                broken.append(Unusable(problems=(self.profiles.file.document.problem(path, found),)))
        if not broken:
            broken = [Unusable(problems=(one,)) for one in self._unreachable(profile_id, terms)]
        if broken:
            problems = dict.fromkeys(problem for one in broken for problem in one.problems)
            return Unusable(problems=tuple(problems), whole_file=any(one.whole_file for one in broken))
        return JudgingProfile(profile_id=profile_id, profile=profile, terms=terms)

    def _scopes_named_by(self, profile_id: str) -> Iterator[tuple[Path, str]]:
        base, raw = ("profiles", profile_id), self.profiles.raw(profile_id)
        path, named = signal(base, raw, "exclusion_scopes")
        yield from (((*path, index), scope) for index, scope in enumerate(named or ()))
        path, groups = signal(base, raw, "required_signal_groups")
        for index, group in enumerate(groups or ()):
            yield from (((*path, index, "scopes", place), scope) for place, scope in enumerate(group["scopes"]))

    def _unreachable(self, profile_id: str, terms: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
        """Groups that ask for more terms than their scopes have."""
        path, groups = signal(("profiles", profile_id), self.profiles.raw(profile_id), "required_signal_groups")
        for index, group in enumerate(groups or ()):
            available = len({term for scope in group["scopes"] for term in terms[scope]})
            least = group.get("min_matches", 1)
            if available < least:
                message = f"is {least}, and the scopes of the group have {available} terms; lower it or add terms"
                yield self.profiles.file.document.problem((*path, index, "min_matches"), message)

    def problems(self) -> list[Problem]:
        """Return every problem of every canonical file, sorted."""
        found = [*self.sources.problems(), *self.bouquets.problems(), *self.extractors.problems(), *self.scopes.problems()]
        found += [one for part in (self._references(), self._profile_problems()) for one in part]
        for file in (self.sources.file, self.extractors.file, self.profiles.file):
            found += [*file.unknown_keys(), *file.document.problems(file.document.flaws)]
        return sorted(set(found))

    def _references(self) -> Iterator[Problem]:
        if self.sources.unusable:
            return
        for bouquet_id in self.bouquets.keys:
            unknown = dict.fromkeys(key for key in self.bouquet_sources(bouquet_id) if key not in self.sources.keys)
            yield from (self.unknown_in_bouquet(bouquet_id, key) for key in unknown)
        for source_key in self.sources.keys:
            profile_id = self.sources.raw(source_key).get("ingestion_profile")
            if isinstance(profile_id, str) and self.judging_profile(profile_id) is None:
                yield self.unknown_profile(source_key, profile_id)
        for source_key in self.extractors.keys:
            mode = mapping(self.sources.raw(source_key)).get("ingestion_mode")
            if source_key not in self.sources.keys:
                hint = did_you_mean(source_key, self.sources.keys) or "; extractors go by the key of their source"
                yield self.extractors.problem(source_key, (), f"there is no source {source_key!r}{hint}")
            elif mode in ("rss", "api"):
                yield self.extractors.problem(source_key, (), f"is not used: the source is read as {mode}; remove it")

    def _profile_problems(self) -> Iterator[Problem]:
        for settings in (self.extractor_defaults, self.profile_defaults):
            if isinstance(settings, Unusable):
                yield from settings.problems
        asked = any(self.sources.raw(key).get("ingestion_profile") for key in self.sources.keys)
        if self.profiles.file.missing and not asked:
            return
        yield from self.profiles.problems()
        for profile_id in self.profiles.keys:
            found = self.judging_profile(profile_id)
            if isinstance(found, Unusable):
                yield from found.problems
        yield from self._strict_profile_problem()

    def _strict_profile_problem(self) -> Iterator[Problem]:
        defaults = self.profile_defaults
        if isinstance(defaults, Unusable) or "strict_profile" not in defaults.model_fields_set:
            return
        if self.judging_profile(defaults.strict_profile) is None:
            hint = did_you_mean(defaults.strict_profile, self.profiles.keys) or ", name one that exists"
            message = f"there is no profile {defaults.strict_profile!r}{hint}"
            yield self.profiles.file.document.problem(("global_config", "strict_profile"), message)
