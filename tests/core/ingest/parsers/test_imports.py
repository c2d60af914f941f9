"""What reading a feed imports: every mapped instance is a process and pays for it."""

from __future__ import annotations

import subprocess
import sys

READ_A_FEED = """
import sys
from datetime import UTC, datetime
from vectora_core.ingest.dates import find as dates
from vectora_core.ingest.parsers.registry import parser_for
from vectora_core.ingest.types import Snapshot

class Catalog: content_enrichment = "full_article"; date_extraction_patterns = ()
class Source: source = Catalog

body = b'''<rss version="2.0"><channel><title>t</title><item><title>A &amp; b</title><link>https://example.com/a</link>
<pubDate>Mon, 20 Apr 2026 06:45:00 GMT</pubDate><description>&lt;p&gt;x&lt;/p&gt;</description></item>
<item><title>b</title><link>https://example.com/b</link><pubDate>20. April 2026</pubDate></item></channel></rss>'''
url = "https://example.com/feed"
snapshot = Snapshot(source_key="s", url=url, final_url=url, status=200, headers={}, body=body, captured_at=datetime.now(UTC),
                    late=False, path="raw/s")
page = parser_for("rss")(snapshot, Source)
for entry in page.entries:
    found = dates.find_date(entry.dates, timezone=None, language="de", date_format=None, now=entry.captured_at)
    assert found.value.day == 20
print(" ".join(sorted(sys.modules)))
"""
HEAVY = {
    "bs4",
    "lxml",
    "dateparser",
    "trafilatura",
    "htmldate",
    "pypdf",
    "py3langid",
    "jmespath",
    "httpx",
    "pydantic",
    "w3lib",
}


def test_a_feed_needs_feedparser_only() -> None:
    """Reading a normal feed and its dates imports none of the libraries that pages, PDFs and rare dates need."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", READ_A_FEED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "feedparser" in loaded
    assert loaded & HEAVY == set()
