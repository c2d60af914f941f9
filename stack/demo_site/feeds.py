"""The feeds of the demo web site: RSS 2.0, Atom (RFC 4287) and RSS 1.0 (RDF), written as real sites write them."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from stack.demo_site.articles import Article

_TRACKING = "?utm_source=newsletter&utm_medium=email&utm_campaign=weekly"


def rss(title: str, home: str, articles: Sequence[Article], *, whole_text: bool) -> bytes:
    """Write an RSS 2.0 feed.

    :param home: URL of the channel; the articles are below it
    :param whole_text: whether ``content:encoded`` carries the text, or the summary must do
    """
    items = "".join(_rss_item(article, url, whole_text=whole_text) for article, url in listed(articles, home))
    return _document(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{escape(title)}</title><link>{escape(home)}</link>"
        f"<description>{escape(title)}, a feed of the Vectora demo</description><language>en</language>"
        f"{items}</channel></rss>"
    )


def atom(title: str, home: str, articles: Sequence[Article]) -> bytes:
    """Write an Atom feed with the whole text of its entries."""
    entries = "".join(_atom_entry(article, url) for article, url in listed(articles, home))
    return _document(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<id>{escape(home)}</id><title>{escape(title)}</title><link href={quoteattr(home)}/>"
        f"<updated>{articles[0].published.isoformat()}</updated>{entries}</feed>"
    )


def rdf(title: str, home: str, articles: Sequence[Article]) -> bytes:
    """Write an RSS 1.0 feed; its dates are Dublin Core."""
    items = "".join(_rdf_item(article, url) for article, url in listed(articles, home))
    order = "".join(f"<rdf:li rdf:resource={quoteattr(url)}/>" for _, url in listed(articles, home))
    return _document(
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel rdf:about={quoteattr(home)}><title>{escape(title)}</title><link>{escape(home)}</link>"
        f"<description>{escape(title)}</description><items><rdf:Seq>{order}</rdf:Seq></items></channel>{items}</rdf:RDF>"
    )


def listed(articles: Sequence[Article], home: str) -> list[tuple[Article, str]]:
    """Return each article with its link; one that is repeated comes again with the parameters of a newsletter."""
    once = [(article, f"{home}{article.slug}.html") for article in articles]
    again = [(article, url + _TRACKING) for article, url in once if article.repeat]
    return [*once, *again]


def paragraphs(article: Article) -> str:
    """Return the text of an article as HTML."""
    return "".join(f"<p>{escape(text)}</p>" for text in article.body)


def _rss_item(article: Article, url: str, *, whole_text: bool) -> str:
    text = f"<content:encoded><![CDATA[{paragraphs(article)}]]></content:encoded>" if whole_text else ""
    categories = "".join(f"<category>{escape(tag)}</category>" for tag in article.tags)
    return (
        f"<item><title>{escape(article.title)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>"
        f"<pubDate>{format_datetime(article.published)}</pubDate><dc:creator>{escape(article.author)}</dc:creator>"
        f"<description><![CDATA[<p>{escape(article.summary)}</p>]]></description>{categories}{text}</item>"
    )


def _atom_entry(article: Article, url: str) -> str:
    categories = "".join(f"<category term={quoteattr(tag)}/>" for tag in article.tags)
    return (
        f"<entry><id>{escape(url)}</id><title>{escape(article.title)}</title><link href={quoteattr(url)}/>"
        f"<published>{article.published.isoformat()}</published><updated>{article.published.isoformat()}</updated>"
        f"<author><name>{escape(article.author)}</name></author>{categories}<summary>{escape(article.summary)}</summary>"
        f'<content type="html">{escape(paragraphs(article))}</content></entry>'
    )


def _rdf_item(article: Article, url: str) -> str:
    subjects = "".join(f"<dc:subject>{escape(tag)}</dc:subject>" for tag in article.tags)
    return (
        f"<item rdf:about={quoteattr(url)}><title>{escape(article.title)}</title><link>{escape(url)}</link>"
        f"<description>{escape(article.summary)}</description><dc:date>{article.published:%Y-%m-%dT%H:%M:%SZ}</dc:date>"
        f"<dc:creator>{escape(article.author)}</dc:creator>{subjects}</item>"
    )


def _document(xml: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n'.encode()
