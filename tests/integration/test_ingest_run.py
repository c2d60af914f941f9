"""Whole runs of the core, without Airflow: real HTTP, real files, the clock given."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import Answer, Article, NewsSite, rss
from vectora_core.errors import ParametersError
from vectora_core.ingest.client import IngestResources
from vectora_core.ingest.discover import Moment, plan_run
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.run import Run, run_ingest
from vectora_core.settings import load_settings
from vectora_core.storage import open_storage

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
DAY = "2026/03/10"


def articles(site: NewsSite, name: str, *ages: float) -> list[Article]:
    return [
        Article(title=f"{name} number {n}", link=f"{site.url}/{name}/{n}", published=NOW - timedelta(days=age))
        for n, age in enumerate(ages)
    ]


class Runner:
    """Runs the ingest of one configuration into one data root, at a moment that is given."""

    def __init__(self, configs: ConfigTree, data: Path) -> None:
        self.data = data
        settings = load_settings(
            allow_private_networks="127.0.0.0/8", fetch_attempts=1, fetch_timeout_seconds=5, data_root=data.as_uri()
        )
        self.now = NOW
        self.resources = IngestResources(
            config=open_storage(configs.url), data=open_storage(data.as_uri()), settings=settings, clock=lambda: self.now
        )

    def __call__(self, run_id: str = "r1", **parameters: Any) -> Run:
        moment = Moment(run_after=self.now, data_interval=None, now=self.now)
        plan = plan_run(run_id, parse_parameters(parameters), moment, self.resources.data)
        return run_ingest(plan, self.resources, writer=Writer(task_id="test"))

    def json(self, path: str) -> Any:
        return json.loads((self.data / path).read_bytes())

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.data)): path.read_bytes() for path in self.data.rglob("*") if path.is_file()}


@pytest.fixture
def ingest(configs: ConfigTree, data: Path) -> Runner:
    return Runner(configs, data)


def test_one_bad_client_hurts_nobody_else(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """A broken file, an unknown source and a dead source each fail their own client, with the message that helps."""
    site.pages["/good.xml"] = Answer(rss(articles(site, "good", 1, 2)))
    site.pages["/dead.xml"] = Answer(b"", status=500)
    configs.source("good", f"{site.url}/good.xml")
    configs.source("dead", f"{site.url}/dead.xml")
    configs.client("fine", ["good"])
    configs.client("lost", ["goood"])
    configs.client("dark", ["dead"])
    configs.text("clients/torn.yaml", "client_profile:\n  name: Torn\n  client_id: [torn\n")
    report = ingest().report
    assert report["failed_client_ids"] == ["dark", "lost", "torn"]
    assert report["client_results"]["fine"]["items"] == 2
    messages = {key: result["error"]["message"] for key, result in report["client_results"].items() if result["error"]}
    assert messages["lost"].startswith("clients/lost.yaml:") and "did you mean good?" in messages["lost"]
    assert messages["torn"].startswith("clients/torn.yaml:")
    assert "500" in messages["dark"]
    manifest = ingest.json(f"ingested/torn/{DAY}/manifest.json")
    assert (manifest["status"], manifest["items_file"]) == ("failed", None)


def test_the_same_interval_twice_gives_the_same_bytes(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """What was captured is parsed again, whatever the source says by then, and it is asked once."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1, 2, 3)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    configs.client("two", ["a"])
    ingest("r1")
    before = ingest.files()
    site.pages["/a.xml"] = Answer(rss(articles(site, "other", 1)))
    ingest.now = NOW + timedelta(minutes=10)
    ingest("r2", to_date="2026-03-10", client_ids=["one"])
    after = ingest.files()
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {f"ingested/one/{DAY}/manifest.json", "runs/r2/report.json", "runs/r2/summary.json"}
    assert site.asked["/a.xml"] <= 2  # two clients at once may both find no capture; the first one's is kept


def test_item_ids_are_the_same_for_every_client_and_day(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """An id follows from source and canonical URL alone; the second day knows what is not new."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1, 2)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    configs.client("two", ["a"])
    ingest("r1")
    ingest.now = NOW + timedelta(days=1)
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1, 2, 0)))
    second = ingest("r2").report["client_results"]
    files = [f"ingested/{client}/2026/03/{day}/items.json" for client in ("one", "two") for day in ("10", "11")]
    ids = [{item["item_id"] for item in ingest.json(path)} for path in files]
    assert ids[0] == ids[2] and ids[1] == ids[3] and ids[0] < ids[1]
    assert [(result["items"], result["items_new"]) for result in second.values()] == [(3, 1), (3, 1)]


def test_the_window_takes_its_days_and_counts_the_rest(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """Older and newer articles are dropped by rule; undated ones are kept without a date of ours."""
    dated = articles(site, "a", 0.5, 2.9, 3.1, -0.5)
    site.pages["/a.xml"] = Answer(rss([*dated, Article(title="No date", link=f"{site.url}/x", published=None)]))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    ingest(period_days=3)
    items = ingest.json(f"ingested/one/{DAY}/items.json")
    assert [item["published_at"] for item in items] == ["2026-03-10T03:42:00+00:00", "2026-03-07T18:06:00+00:00", None]
    assert [item["date_source"] for item in items] == ["feed", "feed", "none"]
    source = ingest.json(f"ingested/one/{DAY}/manifest.json")["sources"]["a"]
    assert source["drops"] == {"window:too_new": 1, "window:too_old": 1}
    assert source["counts"] == {"parsed": 5, "unique": 5, "in_window": 3, "kept": 3}


def test_a_dry_run_writes_nothing_at_all(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """No items, no manifest, no report and no capture; the items are in the result."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    run = ingest(dry_run=True)
    assert ingest.files() == {}
    assert [len(result.items) for result in run.results] == [1]
    assert run.report["client_results"]["one"]["output"] is None


def test_a_source_that_is_down_makes_a_client_partial(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """The other sources' items are there, and the failure is said with its class."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    configs.source("a", f"{site.url}/a.xml")
    configs.source("gone", f"{site.url}/gone.xml")
    configs.client("one", ["a", "gone"])
    configs.client("strict", ["a", "gone"], ingest={"fail_on_partial": True})
    report = ingest().report
    results = report["client_results"]
    assert (results["one"]["status"], results["one"]["sources_ok"], results["one"]["sources_failed"]) == ("partial", 1, 1)
    assert results["one"]["sources"]["gone"]["failure_class"] == "http_404"
    assert report["failed_client_ids"] == ["strict"]
    assert results["strict"]["items"] == 1


def test_a_failed_rerun_leaves_the_items_and_the_manifest_says_whose_they_are(
    ingest: Runner, configs: ConfigTree, site: NewsSite
) -> None:
    """Nothing stored is lost by a failure; the manifest tells this run's failure and the file of the earlier run."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    ingest("good")
    items = (ingest.data / f"ingested/one/{DAY}/items.json").read_bytes()
    site.pages["/a.xml"] = Answer(b"", status=503)
    ingest("bad", force_refresh=True)
    manifest = ingest.json(f"ingested/one/{DAY}/manifest.json")
    assert (ingest.data / f"ingested/one/{DAY}/items.json").read_bytes() == items
    assert (manifest["status"], manifest["run_id"], manifest["items"]) == ("failed", "bad", 0)
    assert manifest["items_file"] == {"sha256": hashlib.sha256(items).hexdigest(), "run_id": "good"}


def test_force_refresh_fetches_again_and_can_itself_be_repeated(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """A refreshed capture is another generation: both stay, and the newest is what later runs of the interval read."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    ingest("r1")
    site.pages["/a.xml"] = Answer(rss(articles(site, "b", 1, 2)))
    assert ingest("r2").report["total_items_ingested"] == 1
    assert ingest("r3", force_refresh=True).report["total_items_ingested"] == 2
    assert ingest("r4").report["total_items_ingested"] == 2
    assert len([path for path in ingest.files() if path.startswith("raw/a/")]) == 2
    assert site.asked["/a.xml"] == 2


def test_a_run_narrowed_by_sources_never_shrinks_the_days_file(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """Its outputs go to the run's own folder, and clients that follow none of them are not run."""
    for key in ("a", "b"):
        site.pages[f"/{key}.xml"] = Answer(rss(articles(site, key, 1)))
        configs.source(key, f"{site.url}/{key}.xml")
    configs.client("both", ["a", "b"])
    configs.client("other", ["b"])
    ingest("r1")
    before = (ingest.data / f"ingested/both/{DAY}/items.json").read_bytes()
    report = ingest("r2", sources=["a"]).report
    assert list(report["client_results"]) == ["both"]
    assert report["client_results"]["both"]["output"] == "runs/r2/both/items.json"
    assert (ingest.data / f"ingested/both/{DAY}/items.json").read_bytes() == before
    with pytest.raises(ParametersError, match=r"sources: 'aa' is not in the source catalog"):
        ingest("r3", sources=["aa"])


def test_only_the_failed_of_a_run_are_run_again(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """The re-run takes clients, interval and window from the earlier report."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    site.pages["/b.xml"] = Answer(b"", status=500)
    configs.source("a", f"{site.url}/a.xml")
    configs.source("b", f"{site.url}/b.xml")
    configs.client("good", ["a"])
    configs.client("bad", ["b"])
    ingest("r1")
    site.pages["/b.xml"] = Answer(rss(articles(site, "b", 1, 2)))
    ingest.now = NOW + timedelta(hours=5)
    report = ingest("r2", only_failed_of_run="r1").report
    assert list(report["client_results"]) == ["bad"]
    assert report["plan"]["window_end"] == NOW.isoformat()
    assert len(ingest.json(f"ingested/bad/{DAY}/items.json")) == 2
    with pytest.raises(ParametersError, match="no failed clients"):
        ingest("r3", only_failed_of_run="r2")
    with pytest.raises(ParametersError, match="has no report"):
        ingest("r4", only_failed_of_run="nope")


def test_named_clients_run_even_if_inactive_and_unknown_ones_fail(
    ingest: Runner, configs: ConfigTree, site: NewsSite
) -> None:
    """Asking by name is asking for that client; a typing error is a failed client, never everybody."""
    site.pages["/a.xml"] = Answer(rss(articles(site, "a", 1)))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("sleeper", ["a"], active=False)
    configs.client("daily", ["a"])
    report = ingest(client_ids=["sleeper", "sleepr"]).report
    assert {key: result["status"] for key, result in report["client_results"].items()} == {
        "sleeper": "succeeded",
        "sleepr": "failed",
    }
    assert "did you mean sleeper" in report["client_results"]["sleepr"]["error"]["message"]


def test_nobody_active_is_no_success(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """A run over nobody says so."""
    configs.source("a", f"{site.url}/a.xml")
    configs.client("sleeper", ["a"], active=False)
    report = ingest().report
    assert (report["status"], report["clients_discovered"], report["clients_active"]) == ("no_active_clients", 1, 0)


def test_late_captures_are_kept_but_their_undated_items_are_not(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """What is fetched days after its interval is never passed off as the past."""
    undated = Article(title="No date", link=f"{site.url}/x", published=None)
    site.pages["/a.xml"] = Answer(rss([*articles(site, "a", 1), undated]))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    resources, start = ingest.resources, NOW.replace(hour=0, minute=0)
    later = NOW + timedelta(days=3)
    ingest.now = later
    moment = Moment(run_after=later, data_interval=(start, start + timedelta(days=1)), now=later)
    plan = plan_run("backfill", parse_parameters({}), moment, resources.data)
    run_ingest(plan, resources, writer=Writer(task_id="test"))
    manifest = ingest.json(f"ingested/one/{DAY}/manifest.json")
    assert manifest["sources"]["a"]["late"] is True
    assert manifest["sources"]["a"]["drops"] == {"late_undated": 1}
    assert manifest["items"] == 1


def test_modes_judge_by_their_rules(ingest: Runner, configs: ConfigTree, site: NewsSite) -> None:
    """broad: no profile; balanced: the source's own; strict: the strict profile too, and nothing undated."""
    moment = NOW - timedelta(days=1)
    texts = {"New microspheres for LAI": "a", "A job opening in Basel": "b", "The claim of the day": "c"}
    feed = [Article(title=title, link=f"{site.url}/{path}", published=moment) for title, path in texts.items()]
    feed.append(Article(title="Hydrogel news", link=f"{site.url}/d", published=None))
    site.pages["/a.xml"] = Answer(rss(feed))
    configs.source("a", f"{site.url}/a.xml", ingestion_profile="exclude_jobs")
    configs.client("one", ["a"])
    kept = {}
    for mode in ("broad", "balanced", "strict"):
        (result,) = ingest(ingestion_mode=mode, dry_run=True).results
        kept[mode] = sorted(item.url.rsplit("/", 1)[1] for item in result.items)
    assert kept == {"broad": ["a", "b", "c", "d"], "balanced": ["a", "c", "d"], "strict": ["a"]}
