"""`vectora preview`: what a file would ingest now, what each rule would drop and why, and that nothing is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import NOW, Vectora, files, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import Answer, Article, NewsSite, rss

TITLES = {"New microspheres": 1, "We are hiring in Basel": 2, "A special dividend": 2, "An old story": 30}


@pytest.fixture
def newsroom(configs: ConfigTree, site: NewsSite) -> ConfigTree:
    """A source whose articles each meet another rule, and one that is down."""
    articles = [
        Article(title=title, link=f"{site.url}/{days}-{number}", published=NOW - timedelta(days=days))
        for number, (title, days) in enumerate(TITLES.items())
    ]
    site.pages["/news.xml"] = Answer(rss(articles))
    configs.source("news", f"{site.url}/news.xml", ingestion_profile="exclude_jobs")
    configs.source("gone", f"{site.url}/gone.xml")
    configs.client("acme", ["news", "gone"], source_config={"content_filters": {"exclude_patterns": ["special +dividend"]}})
    return configs


def path_of(configs: ConfigTree, client_id: str) -> Path:
    return configs.folder / f"clients/{client_id}.yaml"


def test_it_says_what_is_kept_what_is_dropped_and_by_which_rule(vectora: Vectora, newsroom: ConfigTree) -> None:
    """The term and the field that decided are named; each source has its outcome and its error."""
    found = vectora("preview", path_of(newsroom, "acme"), "--json")
    assert (found.code, found.json["status"]) == (0, "partial")
    assert [item["title"] for item in found.json["would_write"]] == ["New microspheres"]
    drops = {one["title"]: (one["rule"], one["detail"]) for one in found.json["dropped"]}
    assert drops["An old story"][0] == "window:too_old"
    assert "we are hiring" in drops["We are hiring in Basel"][1].lower()
    assert "title" in drops["We are hiring in Basel"][1]
    assert "special +dividend" in " ".join(drops["A special dividend"])
    sources = found.json["sources"]
    assert sources["news"]["counts"] == {"parsed": 4, "unique": 4, "in_window": 3, "kept": 1}
    assert (sources["gone"]["outcome"], sources["gone"]["failure_class"]) == ("failed", "http_404")


def test_people_get_it_as_tables(vectora: Vectora, newsroom: ConfigTree) -> None:
    """The same, with long titles in full."""
    found = vectora("preview", path_of(newsroom, "acme"))
    assert found.code == 0
    for words in ("acme: partial, published 2026-03-03 15:42 to 2026-03-10 15:42 UTC", "404", *TITLES):
        assert words in found.out
    assert "Would write 1 items" in found.out
    assert "Would drop 3 entries" in found.out
    assert "preview: nothing was written" in found.err
    cut = vectora("preview", path_of(newsroom, "acme"), "--limit", 1).out
    assert "Would drop 3 entries, the first 1 of them (--limit)" in cut
    assert "An old story" not in cut


def test_nothing_is_written(vectora: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """No items, no manifest, no capture: the data root and the configuration stay as they were."""
    before = files(newsroom.folder)
    vectora("preview", path_of(newsroom, "acme"))
    assert files(data) == {}
    assert list(data.iterdir()) == []
    assert files(newsroom.folder) == before


def test_the_window_and_the_mode_can_be_tried(vectora: Vectora, newsroom: ConfigTree) -> None:
    """The parameters of a run hold for a preview."""
    path = path_of(newsroom, "acme")
    assert len(vectora("preview", path, "--json", "--period-days", 60).json["would_write"]) == 2
    broad = vectora("preview", path, "--json", "--ingestion-mode", "broad").json
    assert [item["title"] for item in broad["would_write"]] == ["New microspheres", "We are hiring in Basel"]
    narrowed = vectora("preview", path, "--json", "--source", "news").json
    assert (narrowed["status"], narrowed["sources"]["gone"]["outcome"]) == ("succeeded", "skipped")


def test_an_inactive_client_is_previewed_like_any_other(vectora: Vectora, newsroom: ConfigTree) -> None:
    """It is said that daily runs leave it out."""
    newsroom.client("rest", ["news"], active=False)
    found = vectora("preview", path_of(newsroom, "rest"), "--json")
    assert (found.code, len(found.json["would_write"])) == (0, 2)
    assert "rest is inactive" in found.err


def test_a_draft_may_lie_anywhere_under_any_name(vectora: Vectora, newsroom: ConfigTree, tmp_path: Path) -> None:
    """Its name need not be its client id yet; it is said what it has to be."""
    draft = tmp_path / "draft of monday.yaml"
    draft.write_bytes(path_of(newsroom, "acme").read_bytes())
    found = vectora("preview", draft, "--json")
    assert (found.code, found.json["client_id"], len(found.json["would_write"])) == (0, "acme", 1)
    assert "it has to be named acme.yaml" in found.err


def test_a_template_shows_what_its_copies_would_ingest(vectora: Vectora, newsroom: ConfigTree) -> None:
    """Its blanks for name and id are no problem of it."""
    text = path_of(newsroom, "acme").read_text().replace("Acme", "'{{NAME}}'").replace("acme", "'{{CLIENT_ID}}'")
    template = newsroom.text("clients/new_template.yaml", text)
    found = vectora("preview", template, "--json")
    assert (found.code, len(found.json["would_write"])) == (0, 1)
    assert "is a template: no run includes it" in found.err


def test_a_broken_file_lists_all_its_problems(vectora: Vectora, newsroom: ConfigTree, tmp_path: Path) -> None:
    """Each with its line, whether it is wrong in itself or names what is not there; exit code 1."""
    text = (
        "client_profile: {name: A, client_id: a, active: 'yes'}\n"
        "source_config:\n"
        "  source_bouqets_enabled: []\n"
        "  sources_extra_enabled: [newz]\n"
    )
    broken = newsroom.text("a.yaml", text)
    found = vectora("preview", broken)
    assert (found.code, found.out) == (1, "")
    assert [line.removeprefix(f"{broken}:").split(":")[0] for line in found.err.splitlines()] == ["1", "3", "4"]
    problems = vectora("preview", broken, "--json").json["problems"]
    assert [one["key"] for one in problems] == [
        "client_profile.active",
        "source_config.source_bouqets_enabled",
        "source_config.sources_extra_enabled[0]",
    ]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"a: &a [*a]\n", b"- 1\n", b"\x00"])
def test_whatever_is_in_the_file_it_is_a_problem_with_a_place(
    vectora: Vectora, newsroom: ConfigTree, content: bytes, tmp_path: Path
) -> None:
    """No traceback for a file that is no YAML, or not of this kind."""
    (tmp_path / "x.yaml").write_bytes(content)
    found = vectora("preview", tmp_path / "x.yaml", "--json")
    assert found.code == 1
    assert found.json["problems"]
    assert "Traceback" not in found.err


def test_a_client_all_of_whose_sources_fail_is_exit_code_1(vectora: Vectora, newsroom: ConfigTree) -> None:
    """With the account of what failed as the answer all the same."""
    newsroom.client("dark", ["gone"])
    found = vectora("preview", path_of(newsroom, "dark"), "--json")
    answer: dict[str, Any] = found.json
    assert (found.code, answer["status"], answer["would_write"]) == (1, "failed", [])
    assert "every source failed: gone: " in found.err


def test_what_was_captured_this_hour_is_what_is_shown(vectora: Vectora, newsroom: ConfigTree, site: NewsSite) -> None:
    """As an ingest now would: a source is fetched once per interval."""
    vectora("ingest")
    publish(site, "/news.xml", "Something else")
    shown = vectora("preview", path_of(newsroom, "acme"), "--json").json["would_write"]
    assert [item["title"] for item in shown] == ["New microspheres"]
