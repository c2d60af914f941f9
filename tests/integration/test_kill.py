"""A process killed with -9 at any moment of an ingest leaves the old output or the new one, never a torn one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import Answer, Article, NewsSite, rss

pytestmark = pytest.mark.slow
KILLS = 12


def start(configs: ConfigTree, data: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "VECTORA_CONFIG_ROOT": configs.url,
        "VECTORA_DATA_ROOT": data.as_uri(),
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
    }
    days = ["--from-date", "2026-03-01", "--to-date", "2026-03-10"]
    command = [sys.executable, "-m", "vectora_core", "ingest", "--force-refresh", "--json", *days]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_kill_leaves_the_old_output_or_the_new_one(site: NewsSite, configs: ConfigTree, data: Path) -> None:
    """Two versions of a feed by turns, a kill ever later in the run: items and manifest are always whole."""
    published = datetime(2026, 3, 5, tzinfo=UTC)
    versions = [
        [
            Article(title=f"{name} {n}", link=f"{site.url}/{name}/{n}", published=published, text="word " * 400)
            for n in range(200)
        ]
        for name in ("old", "new")
    ]
    site.pages["/a.xml"] = Answer(rss(versions[0]))
    configs.source("a", f"{site.url}/a.xml")
    configs.client("one", ["a"])
    begun = time.monotonic()
    assert start(configs, data).wait(60) == 0
    whole = time.monotonic() - begun
    for turn in range(1, KILLS + 1):
        site.pages["/a.xml"] = Answer(rss(versions[turn % 2]))
        process = start(configs, data)
        try:
            process.wait(whole * turn / KILLS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        items, manifest = (data / f"ingested/one/2026/03/10/{name}.json" for name in ("items", "manifest"))
        titles = {item["title"] for item in json.loads(items.read_bytes())}
        assert titles in [{article.title for article in version} for version in versions]
        assert json.loads(manifest.read_bytes())["status"] == "succeeded"
