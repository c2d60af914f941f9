"""JSON APIs, read by the JMESPath expressions (https://jmespath.org/specification.html) of the source's ``fields``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jmespath  # type: ignore[import-untyped]  # ships no types
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

from vectora_core.errors import ParseError, SelectorMissedError
from vectora_core.ingest.parsers.entries import Draft, build_page, dates_as_written
from vectora_core.ingest.parsers.json_body import read_json, string_of
from vectora_core.ingest.parsers.links import next_in_header, next_page
from vectora_core.ingest.parsers.text import plain_text
from vectora_core.ingest.types import Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.models import ApiFields
    from vectora_core.config.resolved import ResolvedSource


def parse_api(snapshot: Snapshot, source: ResolvedSource) -> Page:
    """Read the items of a JSON answer.

    :returns: the items in their order; an empty list is an empty page
    :raises ParseError: when the answer is no JSON, or a path cannot be applied to it
    :raises SelectorMissedError: when the path of the items, or of title or URL in all of them, leads nowhere
    """
    fields = source.source.fields
    if fields is None:
        raise ParseError(f"{source.source_key}: fields are not set: an api source needs items, title and url")
    drafts = [_draft(item, fields, snapshot) for item in _items(read_json(snapshot), fields, snapshot)]
    for name in ("title", "link"):
        if drafts and not any(getattr(draft, name) for draft in drafts):
            field = "url" if name == "link" else name
            raise _missed(snapshot, field, getattr(fields, field))
    return build_page(
        drafts,
        snapshot=snapshot,
        source=source,
        parser="api",
        base=snapshot.final_url,
        next_url=next_page(snapshot.final_url, snapshot.final_url, next_in_header(snapshot.headers)),
    )


def _items(document: Any, fields: ApiFields, snapshot: Snapshot) -> list[Any]:
    items = _value(document, fields.items, "items", snapshot)
    if items is None:
        raise _missed(snapshot, "items", fields.items)
    if not isinstance(items, list):
        kind = type(items).__name__
        raise SelectorMissedError(f"{snapshot.url}: fields.items {fields.items!r} leads to a {kind}, not to a list; mend it")
    return items


def _draft(item: Any, fields: ApiFields, snapshot: Snapshot) -> Draft:
    def text(name: str) -> str:
        path = getattr(fields, name)
        return string_of(_value(item, path, name, snapshot)) if path else ""

    return Draft(
        title=plain_text(text("title")),
        link=text("url"),
        content=plain_text(text("content")),
        dates=dates_as_written([("feed", text("date"))]),
        author=plain_text(text("author")),
    )


def _value(data: Any, path: str, name: str, snapshot: Snapshot) -> Any:
    try:
        return _compiled(path).search(data)
    except JMESPathError as error:  # the path's syntax, or a function that does not take what it found
        raise ParseError(f"{snapshot.url}: fields.{name} {path!r} cannot be applied: {error}; mend it") from error


def _missed(snapshot: Snapshot, name: str, path: str) -> SelectorMissedError:
    return SelectorMissedError(f"{snapshot.url}: fields.{name} {path!r} leads to nothing in this answer; mend it")


@lru_cache(maxsize=256)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)
