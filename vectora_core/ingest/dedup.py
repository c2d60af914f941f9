"""Which entries are one article: canonical URLs, ids and content hashes, and the merge of what a list shows twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url, url_query_cleaner

from vectora_core.ingest.types import DroppedEntry, Entry

MAX_URL_LENGTH = 8_000
"""No server takes a longer one (RFC 9110 4.1 asks for 8,000); it is compared as it stands."""

TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_", "__hs", "oly_", "elq")
"""utm_: Google Analytics and everybody since; mtm_: Matomo; hsa_, __hs: HubSpot; oly_: Omeda (trade press); elq: Eloqua."""

TRACKING_PARAMETERS = frozenset(
    {
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "_ga", "_gl", "srsltid"),  # Google Ads, Analytics, Merchant
        *("fbclid", "igshid", "igsh"),  # Facebook, Instagram
        *(
            "msclkid",
            "ocid",
            "yclid",
            "twclid",
            "ttclid",
            "li_fat_id",
            "epik",
        ),  # Bing, Yandex, X, TikTok, LinkedIn, Pinterest
        *("mc_cid", "mc_eid", "mkt_tok", "vero_id", "ml_subscriber_hash"),  # Mailchimp, Marketo, Vero, MailerLite
        *("_hsenc", "_hsmi", "hsctatracking"),  # HubSpot
        *("cmpid", "s_cid", "s_kwcid", "ef_id", "icid", "ncid"),  # Adobe, and the campaign ids of news sites
        *("pk_campaign", "pk_kwd", "pk_source", "pk_medium", "piwik_campaign", "piwik_kwd"),  # Matomo when it was Piwik
        *("wt_mc", "wt_zmc"),  # Webtrekk
        *("guccounter", "guce_referrer", "guce_referrer_sig"),  # the consent page of Yahoo's sites
        *("feedref",),  # Business Wire: the feed the link stood in
        *("phpsessid", "jsessionid", "aspsessionid"),  # sessions: another value for every visitor
    }
)
"""Parameters that say how a reader came, never which page is meant; in lower case.

``ref``, ``source``, ``id``, ``f`` and their like are not among them: on some sites they choose the page.
"""

_SURROGATE = re.compile("[\ud800-\udfff]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_ROUTE = ("!", "/")
_DEFAULT_PORTS = ("80", "443")

_LABELS = (
    "more|read more|read on|learn more|see more|find out more|view more|discover more|more information"
    "|read the (?:full )?(?:story|release|article)|lire la suite|en savoir plus|weiterlesen|mehr erfahren|mehr lesen"
    "|leer más|leia mais|leggi tutto"
)
_LABEL = re.compile(rf"(?:(?<!\w)(?i:{_LABELS})|READ MORE|Read [Mm]ore)[^\w)\]'\"]*$")
_LABEL_LENGTH = 60
_LONG_TITLE = 300


@dataclass(frozen=True, kw_only=True)
class UniqueEntry:
    """An article of a source, once: its canonical URL and everything the source said about it."""

    canonical_url: str
    entry: Entry


def canonical_url(url: str) -> str:
    """Return the one form of all URLs that lead to the same article.

    http becomes https; host in lower case and IDNA, without user name, default port and final dot (``www.`` stays: it may be
    another site); dot segments resolved, no trailing slash but the root's; query sorted, without tracking parameters;
    percent-encoding unified; no fragment, unless it is a route (``#!/news/1``, ``#/news/1``: the page of a one-page site).
    It names the article and is not meant to be fetched. Applied to its own result it changes nothing.

    :param url: an absolute http(s) URL
    :return: the canonical URL; what cannot be taken apart (no host or an impossible one, another scheme, over 8,000
        characters) comes back as it is, without blanks around it, so that no entry is lost for its address
    """
    text = _SURROGATE.sub("\ufffd", url).strip()
    if len(text) > MAX_URL_LENGTH or not text[:8].casefold().startswith(("http://", "https://")):
        return text
    try:
        return _canonical(_STRAY_PERCENT.sub("%25", text)) or text
    except ValueError:
        return text


def _canonical(url: str) -> str | None:
    parts = urlsplit(canonicalize_url(url, keep_fragments=True))
    host = _host(parts.netloc)
    if not host or not host.isascii():  # w3lib leaves a host as it is when IDNA does not know it
        return None
    path = _SESSION.sub("", parts.path).rstrip("/;")
    if path != parts.path and ";" in parts.path:
        # What follows a ";" in the last segment is written by other rules, and another segment may be the last one now.
        return _canonical(urlunsplit(parts._replace(path=path)))
    names = (pair.partition("=")[0] for pair in parts.query.split("&"))
    query = url_query_cleaner(f"?{parts.query}", [name for name in names if _is_tracking(name)], remove=True, unique=False)
    fragment = parts.fragment if parts.fragment.startswith(_ROUTE) and parts.fragment.strip("!/") else ""
    return urlunsplit(("https", host, path or "/", query.removeprefix("?"), fragment))


def _host(netloc: str) -> str:
    """Return the host without user name, final dot and default port; http and https are one, and so are their ports."""
    host = netloc.rpartition("@")[2]
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name, port = host, ""
    port = str(int(port)) if port else ""
    name = name.rstrip(".")
    return f"{name}:{port}" if name and port and port not in _DEFAULT_PORTS else name


def _is_tracking(name: str) -> bool:
    # Feeds that escape twice leave "amp;" before every name but the first.
    name = name.lower().removeprefix("amp%3b")
    return name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES)


def item_id(source_key: str, canonical_url: str) -> str:
    """Return the id of an article: the same on every day, in every run and for every client that follows the source."""
    return f"{source_key}__{_digest(canonical_url)[:16]}"


def content_hash(title: str, content: str) -> str:
    """Return the hexadecimal SHA-256 of an article's text, whatever its blanks and its Unicode composition.

    It tells that a text changed; it never says which article it is.
    """
    return _digest("\n".join(" ".join(unicodedata.normalize("NFC", text).split()) for text in (title, content)))


def _digest(text: str) -> str:
    # JSON may carry half a surrogate pair, which UTF-8 cannot.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def unique(entries: Iterable[Entry]) -> tuple[tuple[UniqueEntry, ...], tuple[DroppedEntry, ...]]:
    """Make one entry of all entries of a source that are one article.

    The first stays where it stood; what it lacks (title, content, author, language) is filled from the next that has it, and
    dates and tags are put together, so that a card with a picture and its line in the list make one whole entry.

    :return: each article once, in the order of the source, and the entries that were merged away
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(canonical_url(entry.url), []).append(entry)
    articles = tuple(UniqueEntry(canonical_url=url, entry=_merged(group)) for url, group in groups.items())
    return articles, tuple(_duplicate(entry, url) for url, group in groups.items() for entry in group[1:])


def _duplicate(entry: Entry, url: str) -> DroppedEntry:
    return DroppedEntry(title=entry.title, url=entry.url, rule="duplicate", detail=f"the same article as {url}")


def _merged(group: Sequence[Entry]) -> Entry:
    if len(group) == 1:
        return group[0]
    return replace(
        group[0],
        title=_title([entry.title for entry in group]),
        content=next((entry.content for entry in group if entry.content.strip()), group[0].content),
        dates=tuple(dict.fromkeys(chain.from_iterable(entry.dates for entry in group))),
        author=next((entry.author for entry in group if entry.author), None),
        tags=tuple(dict.fromkeys(chain.from_iterable(entry.tags for entry in group))),
        language=next((entry.language for entry in group if entry.language), None),
    )


def _title(titles: Sequence[str]) -> str:
    """Choose among the titles as they were written; none is made up."""
    chosen = titles[0]
    for title in dict.fromkeys(titles):
        if _is_better(title, chosen):
            chosen = title
    return chosen


def _is_better(title: str, chosen: str) -> bool:
    """Say whether a title tells more: longer, but not by a label ("read more") or by what a card says after its title."""
    new, old = _without_label(title).casefold(), _without_label(chosen).casefold()
    if new == old:
        return len(title) < len(chosen)
    if len(new) <= len(old) or len(new) > _LONG_TITLE:
        return False
    return len(old.split()) < 3 or not new.startswith(old)


def _without_label(title: str) -> str:
    head, tail = title[:-_LABEL_LENGTH], title[-_LABEL_LENGTH:]
    return (head + _LABEL.sub("", tail)).strip()
