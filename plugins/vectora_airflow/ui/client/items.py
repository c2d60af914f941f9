"""The items of a client in a run: which of them are asked for, page by page, and where their dates came from, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from vectora_core.ingest.client_run import items_page

PAGE_SIZE: Final = 50
MOST_A_PAGE: Final = 200

_DATE_SOURCES: Final[Mapping[str, str]] = {
    "feed": "from the feed",
    "html": "from the page",
    "jsonld": "from the page's structured data",
    "url": "from the address",
    "text": "from the text",
    "none": "no date was found",
}


@dataclass(frozen=True, kw_only=True)
class ItemsAsked:
    """Which items are asked for.

    :param q: text in the title, whatever its case; empty for all
    :param source: key of a source; empty for all
    :param new: ``yes`` for those the client's previous day does not have, ``no`` for the others; empty for all
    :param page: from 1
    """

    q: str = ""
    source: str = ""
    new: Literal["", "yes", "no"] = ""
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether some items may be left out."""
        return bool(self.q.strip() or self.source or self.new)


def _asked(
    q: Annotated[str, Query(max_length=200, description="Only items with this text in the title, whatever its case.")] = "",
    source: Annotated[str, Query(max_length=128, description="Only items of the source with this key.")] = "",
    new: Annotated[
        Literal["", "yes", "no"],
        Query(description="yes: only items that the client's previous day does not have; no: only the others."),
    ] = "",
    items_page: Annotated[
        int, Query(ge=1, le=1_000_000, description="Page of the items, from 1; the last one when there are fewer.")
    ] = 1,
) -> ItemsAsked:
    return ItemsAsked(q=q, source=source, new=new, page=items_page)


Asked = Annotated[ItemsAsked, Depends(_asked)]


class ItemRow(BaseModel):
    """One item, as the page lists it."""

    item_id: str = Field(description="Stable over days, runs and clients")
    title: str = Field(description="As the source gave it")
    url: str = Field(description="As the source gave it; not always http or https")
    source_key: str = Field(description="Key of its source")
    published_at: str | None = Field(description="ISO 8601, UTC; null when no date was found")
    date_source: str = Field(description="feed, html, jsonld, url, text or none")
    date_source_means: str = Field(description="Where the date came from, in words")
    new: bool = Field(description="Whether the client's previous day does not have it")
    language: str | None = Field(description="BCP 47 language tag; null when unknown")
    word_count: int | None = Field(description="Words of its content")


class ItemsPage(BaseModel):
    """One page of the items asked for."""

    stored: int = Field(description="Items in the file")
    found: int = Field(description="Items that match the filter")
    page: int = Field(description="This page, from 1")
    pages: int = Field(description="How many there are, at least 1")
    sources: list[str] = Field(description="Keys of the sources that have items in the file")
    of_run: bool = Field(description="Whether the file is exactly what the run wrote")
    rows: list[ItemRow] = Field(description="The items of this page, at most 50, in the order of the file: newest first")


class StoredItem(BaseModel):
    """One element of items.json with all its fields, and whether it is new."""

    model_config = ConfigDict(extra="allow")

    item_id: str = Field(description="Stable over days, runs and clients")
    source_key: str = Field(description="Key of its source")
    source_type: str | None = Field(description="As the source catalog gives it")
    title: str = Field(description="As the source gave it")
    content: str = Field(description="Plain text")
    url: str = Field(description="As the source gave it")
    canonical_url: str = Field(description="What tells the same article")
    published_at: str | None = Field(description="ISO 8601, UTC; null when no date was found")
    date_source: str = Field(description="feed, html, jsonld, url, text or none")
    captured_at: str = Field(description="ISO 8601, UTC: when its list was fetched")
    ingested_at: str = Field(description="ISO 8601, UTC: when the last of its pages was fetched")
    language: str | None = Field(description="BCP 47 language tag; null when unknown")
    content_hash: Any = Field(default=None, description="Tells change, never identity")
    schema_version: Any = Field(default=None, description="Version of these fields")
    metadata: dict[str, Any] = Field(description="author, tags, word_count")
    provenance: Any = Field(default=None, description="snapshot, config_hash, parser, detail_snapshot")
    new: bool = Field(description="Whether the client's previous day does not have it")


class ItemsOfRun(BaseModel):
    """One page of a client's items in a run."""

    client_id: str = Field(description="Id of the client")
    run_id: str | None = Field(description="Id of the run; null when the client took part in none of the last 30")
    stored: int = Field(description="Items in the file")
    found: int = Field(description="Items that match the filter")
    page: int = Field(description="This page, from 1")
    pages: int = Field(description="How many there are, at least 1")
    of_run: bool = Field(description="Whether the file is exactly what the run wrote")
    notes: list[str] = Field(description="What is missing, of another run or not readable")
    items: list[StoredItem] = Field(description="The items of this page, in the order of the file: newest first")


def matching(items: Sequence[Mapping[str, Any]], asked: ItemsAsked) -> list[Mapping[str, Any]]:
    """Return the items a filter asks for, in their order."""
    text = asked.q.strip().casefold()
    return [
        item
        for item in items
        if (not text or text in item["title"].casefold())
        and (not asked.source or item["source_key"] == asked.source)
        and (not asked.new or item["new"] is (asked.new == "yes"))
    ]


def page_of(
    items: Sequence[Mapping[str, Any]], asked: ItemsAsked, size: int = PAGE_SIZE
) -> tuple[Sequence[Mapping[str, Any]], int, int]:
    """Return the items of the page asked for, which page that is, and how many there are.

    :param items: those that match
    :param size: items a page, 1 or more
    """
    shown, pages = items_page(items, asked.page, size)
    return shown, min(asked.page, pages), pages


def build_page(items: Sequence[Mapping[str, Any]], asked: ItemsAsked, *, of_run: bool) -> ItemsPage:
    """Return one page of the items as the page lists them."""
    found = matching(items, asked)
    shown, page, pages = page_of(found, asked)
    return ItemsPage(
        stored=len(items),
        found=len(found),
        page=page,
        pages=pages,
        sources=sorted({item["source_key"] for item in items}),
        of_run=of_run,
        rows=[_row(item) for item in shown],
    )


def _row(item: Mapping[str, Any]) -> ItemRow:
    words = item["metadata"].get("word_count")
    source = item["date_source"]
    return ItemRow(
        **{name: item[name] for name in ("item_id", "title", "url", "source_key", "published_at", "language", "new")},
        date_source=source,
        date_source_means=_DATE_SOURCES.get(source, f"from {source!r}, which this version of Vectora does not know"),
        word_count=words if type(words) is int else None,
    )
