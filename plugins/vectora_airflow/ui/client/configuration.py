"""The configuration of a client as it resolves now: which source comes from where, and everything its file says wrong.

Values of headers never get here: they may be secrets, or name them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, Field

from vectora_core.config.placement import Asked, Place, is_heavy, place_of
from vectora_core.config.resolved import BrokenSource, ResolvedClient, ResolvedSource
from vectora_core.errors import Problem
from vectora_core.ingest.window import DEFAULT_PERIOD_DAYS

_VALUE_OF_HEADER = re.compile(r"(\bheaders\.[^:\s]+: must be text)(?:; YAML reads .*? in quotes|, not the [^;]*)", re.DOTALL)


class FileProblem(BaseModel):
    """One mistake in a file of the configuration."""

    place: str = Field(description="file:line below the config root; without a line when the file as a whole is meant")
    key: str = Field(description="Dotted path of the key; empty for the whole file")
    message: str = Field(description="What is wrong and what to do about it")


class ConfiguredSource(BaseModel):
    """A source the client follows, with what holds for it."""

    source_key: str = Field(description="Key in the source catalog")
    broken: str | None = Field(description="Why its catalog entry cannot be used; null when it can")
    bouquets: list[str] = Field(description="Bouquets it came by; empty: one of the client's extra sources")
    mode: str | None = Field(description="rss, html or api")
    url: str | None = Field(description="What is fetched")
    source_type: str | None = Field(description="As the catalog gives it")
    profile: str | None = Field(description="Ingestion profile that judges its items; null: none")
    profile_mode: str | None = Field(description="What kind of judge that is: exclude_only, require_signals, …")
    extractor: str | None = Field(description="For html: own, when the source has selectors of its own, else general")
    timezone: str | None = Field(description="Zone of dates without one; null: UTC")
    language: str | None = Field(description="Language of its items; null: found out from the text")
    enrichment: str | None = Field(description="basic, summary_enhanced or full_article (reads the page of each entry)")
    header_names: list[str] = Field(description="Names of the extra request headers; their values are never shown")


class Configuration(BaseModel):
    """A client's file joined with the catalogs, as a run that starts now would see it."""

    file: str = Field(description="The client's file, below the config root")
    active: bool = Field(description="Whether the scheduled run includes the client")
    critical: bool = Field(description="Whether its failure fails the run, whatever is tolerated")
    fail_on_partial: bool = Field(description="Whether it counts as failed when only some of its sources fail")
    mode: str = Field(description="Its own ingestion mode: strict, balanced or broad")
    period_days: int = Field(description="How many days back it looks unless a run says otherwise")
    min_word_count: int = Field(description="Items with fewer words are dropped; 0: none are")
    exclude_patterns: list[str] = Field(description="Items that match one of these regular expressions are dropped")
    strict_profile: str | None = Field(description="Profile that judges in strict runs; null: strict runs cannot be had")
    strict_profile_missing: str | None = Field(description="Why strict runs cannot be had; null when they can")
    heavy: bool = Field(description="Whether it runs in the task of the heavy clients, ingest_heavy_client")
    queue: str = Field(description="Queue it runs in, where the executor has queues")
    pool: str = Field(description="Pool it runs in")
    config_hash: str = Field(description="Changes when anything that decides the client's items changes, and only then")
    sources: list[ConfiguredSource] = Field(description="The sources it follows, as its file names them")
    disabled: list[str] = Field(description="Sources it follows that are switched off in the catalog")


def build_configuration(client: ResolvedClient, heavy: Place) -> Configuration:
    """Return a resolved client as the page shows it.

    :param heavy: queue and pool of the heavy clients
    """
    config = client.config
    asked = Asked(queue=config.ingest.queue, pool=config.ingest.pool)
    place = place_of(asked, heavy)
    return Configuration(
        file=f"clients/{config.client_id}.yaml",
        active=config.is_active,
        critical=config.ingest.critical,
        fail_on_partial=config.ingest.fail_on_partial,
        mode=config.ingest.ingestion_mode or "balanced",
        period_days=config.pipeline.default_period_days or DEFAULT_PERIOD_DAYS,
        min_word_count=client.content_filters.min_word_count,
        exclude_patterns=list(client.content_filters.exclude_patterns),
        strict_profile=client.strict_profile.profile_id if client.strict_profile else None,
        strict_profile_missing=client.strict_profile_error,
        heavy=is_heavy(asked, heavy),
        queue=place.queue,
        pool=place.pool,
        config_hash=client.config_hash,
        sources=[_broken(one) if isinstance(one, BrokenSource) else _source(one) for one in client.sources],
        disabled=list(client.disabled),
    )


def build_problems(problems: Sequence[Problem]) -> list[FileProblem]:
    """Return problems as the page lists them."""
    return [
        FileProblem(
            place=f"{one.file}:{one.line}" if one.line else one.file,
            key=one.key,
            message=_without_key(one),
        )
        for one in problems
    ]


def without_header_values(message: str) -> str:
    """Return a message of the configuration without the value of a header that is no text, which it quotes."""
    return _VALUE_OF_HEADER.sub(r"\1", message)


def _without_key(problem: Problem) -> str:
    """The pattern looks for the key before the message, where a whole problem has it."""
    return without_header_values(f"{problem.key}: {problem.message}").removeprefix(f"{problem.key}: ")


def _source(resolved: ResolvedSource) -> ConfiguredSource:
    source, profile = resolved.source, resolved.profile
    return ConfiguredSource(
        source_key=source.source_key,
        broken=None,
        bouquets=list(resolved.bouquets),
        mode=source.ingestion_mode,
        url=source.url,
        source_type=source.source_type,
        profile=profile.profile_id if profile else None,
        profile_mode=profile.mode if profile else None,
        extractor=("own" if resolved.extractor else "general") if source.ingestion_mode == "html" else None,
        timezone=source.timezone,
        language=source.default_language,
        enrichment=source.content_enrichment,
        header_names=sorted(source.headers),
    )


def _broken(source: BrokenSource) -> ConfiguredSource:
    nothing = dict.fromkeys(set(ConfiguredSource.model_fields) - {"source_key", "broken", "bouquets", "header_names"})
    return ConfiguredSource(
        **nothing,
        source_key=source.source_key,
        broken=without_header_values(source.message),
        bouquets=[],
        header_names=[],
    )
