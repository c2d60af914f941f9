"""A client joined with the catalogs: what holds for each source, and whose failure a mistake is."""

from __future__ import annotations

import pytest

from vectora_core.config.catalog_files import EXTRACTORS, PROFILES, SOURCES
from vectora_core.config.resolved import BrokenSource, ResolvedClient, ResolvedSource
from vectora_core.errors import ConfigError

EXCLUSIONS = "canonical/scopes/exclusions.yaml"


def source(client: ResolvedClient, key: str) -> ResolvedSource:
    found = next(one for one in client.sources if one.source_key == key)
    assert isinstance(found, ResolvedSource)
    return found


def broken(client: ResolvedClient) -> dict[str, str]:
    return {one.source_key: one.message for one in client.sources if isinstance(one, BrokenSource)}


def test_sources_come_with_all_that_holds_for_them(tree) -> None:
    """Bouquets first, then extra sources; profile with terms, extractor, general selectors where it says nothing."""
    client = tree.load("reader")
    assert [one.source_key for one in client.sources] == ["wire_rss", "acme_news", "news_api"]
    wire, acme = source(client, "wire_rss"), source(client, "acme_news")
    assert wire.bouquets == ("press",)
    assert wire.profile is not None
    assert [group.group_id for group in wire.profile.groups] == ["technology", "company"]
    assert wire.profile.groups[0].scopes[0].terms == ("long-acting injectable", "LAI")
    assert wire.profile.minimum_total_weight == 1.5
    assert acme.profile is not None
    assert acme.profile.exclusions[0].terms == ("job opening", "we are hiring", "appoints.*chief")
    assert acme.extractor is not None
    assert (acme.fallback_selectors.item, acme.fallback_selectors.date) == ("li", ("time", ".date"))
    assert (acme.max_items, acme.ssl_verify) == (None, True)
    assert source(client, "news_api").profile is None
    assert client.strict_profile is not None
    assert client.strict_profile.profile_id == "focused"


def test_signals_may_stand_in_the_profile_or_under_its_requirements(tree) -> None:
    """Both places mean the same."""
    before = tree.load("reader")
    tree.replace(
        PROFILES,
        "mode: exclude_only}\n    exclusion_scopes: [hr_content]",
        "mode: exclude_only, exclusion_scopes: [hr_content]}",
    )
    assert tree.load("reader") == before


def test_an_override_replaces_the_profile_of_a_bouquets_sources(tree) -> None:
    """Also of sources that are followed in another way as well."""
    tree.client(
        "other", "{source_bouquets_enabled: [press, wires], bouquet_ingestion_overrides: {press: {profile: everything}}}"
    )
    client = tree.load("other")
    assert source(client, "wire_rss").bouquets == ("press", "wires")
    assert {one.profile.profile_id for one in client.sources} == {"everything"}
    assert client.disabled == ("closed_rss",)


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        (SOURCES, "rss_url: https://wire.example/rss", "notes: none", "wire_rss"),
        (SOURCES, "ingestion_profile: focused", "ingestion_profile: focussed", "wire_rss"),
        (SOURCES, "html_url: https", "html_url: ftp", "acme_news"),
        (SOURCES, "[wire_rss, acme_news]", "[wire_rss, acme_news, acme_old]", "acme_old"),
        (SOURCES, "bouquet_id: press", "bouquet_id: press\n    colour: red", "press"),
        (EXTRACTORS, "item: article", "item: '!'", "acme_news"),
        (EXTRACTORS, "item: li", "item: '!'", "acme_news"),
        (PROFILES, "minimum_total_weight: 1.5", "minimum_total_weight: 99", "wire_rss"),
        (PROFILES, "[exclusions.hr_content]", "[exclusions.hr]", "wire_rss"),
        (PROFILES, "no_noise:", "no_noise: {}\n  no_noise:", "acme_news"),
        ("canonical/scopes/technologies.yaml", "- LAI", "- no", "wire_rss"),
    ],
)
def test_a_mistake_in_one_entry_fails_that_source_alone(tree, path: str, old: str, new: str, key: str) -> None:
    """The client goes on with its other sources, and the message has file and line."""
    tree.replace(path, old, new)
    client = tree.load("reader")
    assert list(broken(client)) == [key]
    assert broken(client)[key].startswith(f"{path}:")
    assert len(client.sources) - 1 >= 2


def test_a_client_that_does_not_follow_the_source_is_not_touched(tree) -> None:
    """Not even its hash changes."""
    tree.client("other", "{source_bouquets_enabled: [wires]}")
    before = tree.load("other")
    tree.replace(EXTRACTORS, "item: article", "item: '!'")
    assert tree.load("other") == before


@pytest.mark.parametrize(
    ("path", "fails"),
    [
        (SOURCES, {"reader", "feeds", "plain"}),
        (PROFILES, {"reader", "feeds"}),
        (EXTRACTORS, {"reader"}),
        (EXCLUSIONS, {"reader", "feeds"}),
    ],
)
def test_an_unreadable_file_fails_every_client_that_needs_it(tree, path: str, fails: set[str]) -> None:
    """And no other; the error names the file."""
    tree.client("feeds", "{sources_extra_enabled: [wire_rss]}")
    tree.client("plain", "{sources_extra_enabled: [news_api]}")
    tree.write(path, "broken: [")
    told = {client_id: _files_told(tree, client_id) for client_id in ("reader", "feeds", "plain")}
    assert {client_id for client_id, files in told.items() if files} == fails
    assert all(files in (set(), {path}) for files in told.values())


def _files_told(tree, client_id: str) -> set[str]:
    try:
        tree.load(client_id)
    except ConfigError as error:
        return {problem.file for problem in error.problems}
    return set()


def test_a_missing_file_is_named_too(tree) -> None:
    """Extractors may be left out; sources and profiles that are asked for may not."""
    (tree.folder / EXTRACTORS).unlink()
    assert not broken(tree.load("reader"))
    (tree.folder / PROFILES).unlink()
    with pytest.raises(ConfigError, match=r"ingestion_profiles\.yaml: does not exist; add the file"):
        tree.load("reader")


def test_strict_runs_say_what_they_miss(tree) -> None:
    """Without its profile a client is loaded all the same; why strict runs cannot be had is told."""
    tree.replace(PROFILES, "strict_profile: focused", "strict_profile: gone")
    client = tree.load("reader")
    assert client.strict_profile is None
    assert client.strict_profile_error == "there is no profile 'gone', which strict runs judge by; add it"


def test_all_problems_of_a_client_come_at_once(tree) -> None:
    """Those of its values and those of what it names, in line order."""
    tree.client("other", "{source_bouquets_enabled: [pres]}", "pipeline: {default_period_days: 0}\nwatch: []")
    with pytest.raises(ConfigError) as caught:
        tree.load("other")
    assert [(one.line, one.key) for one in caught.value.problems] == [
        (2, "source_config.source_bouquets_enabled[0]"),
        (3, "pipeline.default_period_days"),
        (4, "watch"),
    ]


@pytest.mark.parametrize("client_id", ["reade", "../clients/reader", "", "x" * 5000])
def test_no_such_client(tree, client_id: str) -> None:
    """The error says so and suggests the nearest; strange ids reach no storage."""
    with pytest.raises(ConfigError, match="no such client"):
        tree.load(client_id)


def test_no_such_client_but_a_yml(tree) -> None:
    """The wrong ending is the usual reason."""
    tree.write("clients/late.yml", "client_profile: {}")
    with pytest.raises(ConfigError, match=r"rename clients/late\.yml to late\.yaml"):
        tree.load("late")


def test_a_template_is_never_a_client(tree) -> None:
    """Not even when asked for by its id."""
    tree.client("weekly_template")
    with pytest.raises(ConfigError, match="is a template"):
        tree.load("weekly_template")
