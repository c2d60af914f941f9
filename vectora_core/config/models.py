"""What the YAML files of the configuration may say: pydantic models, one per file kind; every key is listed here or refused.

It checks one value at a time. What two keys say together is `entry_checks`, what two files say together `following`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

from vectora_core.config import values

IngestionMode = Literal["rss", "html", "api", "none"]
RunMode = Literal["strict", "balanced", "broad"]
ContentEnrichment = Literal["basic", "summary_enhanced", "full_article"]
SignalMode = Literal["exclude_only", "require_signals", "require_multi_signals", "ingest_all"]

KEY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"
GROUP_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"


class Model(BaseModel):
    """The manners all models share: unknown keys are refused, nothing is converted behind the editor's back."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Key = Annotated[StrictStr, Field(pattern=KEY_PATTERN)]
Text = StrictStr
Number = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Url = Annotated[AnyHttpUrl | None, BeforeValidator(values.empty_as_none), AfterValidator(values.http_url)]
Pattern = Annotated[StrictStr, AfterValidator(values.pattern)]
Version = Annotated[StrictStr, BeforeValidator(lambda value: str(value) if type(value) in (int, float) else value)]
Flag = Annotated[StrictBool | None, BeforeValidator(values.flag)]
"""True, false, or the key left out."""
EMPTY_LIST = BeforeValidator(values.empty_as_list)
EMPTY_MAPPING = BeforeValidator(values.empty_as_mapping)
Later = dict[str, Any] | list[Any] | None
"""A section of a later stage: kept, and checked only to be a mapping or a list."""


class ClientProfile(Model):
    """Who the client is."""

    name: Text
    client_id: Key
    version: Version | None = None
    active: Flag = None
    language: Text | None = None
    frequency: Literal["daily", "weekly", "bi-weekly", "monthly"] | None = None
    tone: Text | None = None
    voice: Text | None = None
    target_audience: Text | list[Text] | None = None


class PipelineSection(Model):
    """How far back the client looks unless the run says otherwise; the rest belongs to later stages."""

    default_period_days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None
    newsletter_mode: Text | None = None
    notes: Text | None = None


class BouquetOverride(Model):
    """Another profile for the sources of one bouquet."""

    profile: Key
    rationale: Text | None = None


class ContentFilters(Model):
    """What an item must look like, whatever its profile: at least so many words, none of these regular expressions."""

    min_word_count: Annotated[StrictInt, Field(ge=0)] = 0
    exclude_patterns: Annotated[tuple[Pattern, ...], EMPTY_LIST] = ()


class SourceSection(Model):
    """Which sources the client follows."""

    source_bouquets_enabled: Annotated[tuple[Key, ...], EMPTY_LIST] = ()
    sources_extra_enabled: Annotated[tuple[Key, ...], EMPTY_LIST] = ()
    bouquet_ingestion_overrides: Annotated[dict[Key, BouquetOverride], EMPTY_MAPPING] = Field(default_factory=dict)
    content_filters: Annotated[ContentFilters, EMPTY_MAPPING] = ContentFilters()


class IngestSection(Model):
    """How the client's ingest behaves in Airflow."""

    critical: StrictBool = False
    ingestion_mode: RunMode | None = None
    fail_on_partial: StrictBool = False
    queue: Text | None = None
    pool: Text | None = None


class ClientConfig(Model):
    """One file of ``clients/``."""

    client_profile: ClientProfile
    active: Flag = None
    template: StrictBool = False
    pipeline: Annotated[PipelineSection, EMPTY_MAPPING] = PipelineSection()
    source_config: SourceSection
    ingest: Annotated[IngestSection, EMPTY_MAPPING] = IngestSection()
    watch_domains: Later = None
    bedrock_config: Later = None
    matching_config: Later = None
    scoring_config: Later = None
    newsletter_selection: Later = None
    newsletter_layout: Later = None
    newsletter_delivery: Later = None
    metadata: Later = None

    @property
    def client_id(self) -> str:
        """The client's id, the stem of its file."""
        return self.client_profile.client_id

    @property
    def is_active(self) -> bool:
        """Whether the daily run includes the client; missing means no."""
        return bool(self.active or self.client_profile.active)


JmesPath = Annotated[StrictStr, AfterValidator(values.jmespath_expression)]


class ApiFields(Model):
    """JMESPath expressions: where the items of an API answer are, and the fields of one item."""

    items: JmesPath
    title: JmesPath
    content: JmesPath | None = None
    url: JmesPath
    date: JmesPath | None = None
    author: JmesPath | None = None


class Source(Model):
    """One entry of ``sources:`` in the source catalog."""

    source_key: Key
    source_type: Text | None = None
    ingestion_mode: IngestionMode
    rss_url: Url = None
    html_url: Url = None
    api_url: Url = None
    enabled: StrictBool = True
    company_id: Text | None = None
    homepage_url: Url = None
    notes: Text | None = None
    default_language: Annotated[StrictStr, Field(pattern=LANGUAGE_PATTERN)] | None = None
    timezone: Annotated[StrictStr, AfterValidator(values.timezone)] | None = None
    ingestion_profile: Key | None = None
    content_enrichment: ContentEnrichment = "basic"
    max_content_length: Annotated[StrictInt, Field(ge=1)] | None = None
    date_extraction_patterns: Annotated[tuple[Pattern, ...], EMPTY_LIST] = ()
    tags: Annotated[tuple[Text, ...], EMPTY_LIST] = ()
    timeout_seconds: Annotated[StrictInt, Field(ge=1, le=600)] | None = None
    min_request_interval_seconds: Annotated[Number, Field(le=3600)] = 0
    max_pages: Annotated[StrictInt, Field(ge=1, le=100)] = 1
    headers: Annotated[dict[Text, Text], EMPTY_MAPPING] = Field(default_factory=dict)
    fields: ApiFields | None = None

    @property
    def url(self) -> str | None:
        """The address of the source in its mode; None when the catalog gives none."""
        given = {"rss": self.rss_url, "html": self.html_url, "api": self.api_url}.get(self.ingestion_mode)
        return str(given) if given else None


class Bouquet(Model):
    """One entry of ``bouquets:``: sources that are followed together."""

    bouquet_id: Key
    description: Text | None = None
    source_keys: Annotated[tuple[Key, ...], EMPTY_LIST]


class SourceCatalogFile(Model):
    """``canonical/sources/source_catalog.yaml``; ``metadata`` is for people and not acted on, here as in other files."""

    sources: Annotated[tuple[Source, ...], EMPTY_LIST] = ()
    bouquets: Annotated[tuple[Bouquet, ...], EMPTY_LIST] = ()
    metadata: Later = None


Css = Annotated[StrictStr, AfterValidator(values.css_selector)]
Selector = Css | tuple[Css, ...]
"""A CSS selector, or several that are tried in order."""


class Selectors(Model):
    """CSS selectors: the list, one item in it, and the parts of an item."""

    container: Selector | None = None
    item: Selector | None = None
    title: Selector | None = None
    url: Selector | None = None
    date: Selector | None = None
    description: Selector | None = None


MaxItems = Annotated[StrictInt, Field(ge=1, le=10_000)]


class Extractor(Model):
    """One entry of ``extractors:``, under the key of its source."""

    selectors: Annotated[Selectors, EMPTY_MAPPING] = Selectors()
    fallback_selectors: Selectors | None = None
    date_format: Annotated[StrictStr, AfterValidator(values.date_format)] | None = None
    base_url: Url = None
    max_items: MaxItems | None = None
    ssl_verify: Flag = None


class ExtractorDefaults(Model):
    """``global_settings:`` of the extractors: what holds where an extractor says nothing."""

    fallback_selectors: Selectors | None = None
    max_items: MaxItems | None = None
    ssl_verify: Flag = None


class ExtractorsFile(Model):
    """``canonical/sources/html_extractors.yaml``."""

    extractors: Annotated[dict[Key, Extractor], EMPTY_MAPPING] = Field(default_factory=dict)
    global_settings: Annotated[ExtractorDefaults, EMPTY_MAPPING] = ExtractorDefaults()
    metadata: Later = None


class SignalGroup(Model):
    """A group of terms; it holds when at least ``min_matches`` of them occur."""

    group_id: Annotated[StrictStr, Field(pattern=GROUP_PATTERN), AfterValidator(values.group_id)]
    description: Text | None = None
    scopes: tuple[Text, ...]
    min_matches: Annotated[StrictInt, Field(ge=1)] = 1
    weight: Number = 1.0


Logic = Annotated[StrictStr, AfterValidator(values.logic)]


class Signals(Model):
    """What a profile excludes and asks for; it stands in the profile or under ``signal_requirements``, not in both."""

    exclusion_scopes: Annotated[tuple[Text, ...], EMPTY_LIST] = ()
    required_signal_groups: Annotated[tuple[SignalGroup, ...], EMPTY_LIST] = ()
    combination_logic: Logic | None = None
    minimum_total_weight: Number = 0.0


class SignalRequirements(Signals):
    """What kind of judge a profile is."""

    mode: SignalMode


class Profile(Signals):
    """One entry of ``profiles:``."""

    description: Text | None = None
    strategy: Text | None = None
    rationale: Text | None = None
    applicable_contexts: Later = None
    runtime_config: Later = None
    signal_requirements: SignalRequirements


class ProfileDefaults(Model):
    """``global_config:`` of the profiles."""

    strict_profile: Key = "press_technology_focused"


class ProfilesFile(Model):
    """``canonical/ingestion/ingestion_profiles.yaml``."""

    profiles: Annotated[dict[Key, Profile], EMPTY_MAPPING] = Field(default_factory=dict)
    global_config: Annotated[ProfileDefaults, EMPTY_MAPPING] = ProfileDefaults()
    metadata: Later = None
