"""What a reader asks the list of clients for; everything of it stands in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query

from vectora_airflow.ui.clients.model import Standing
from vectora_airflow.ui.links import Links

Sort = Literal["status", "id", "items", "items_new", "duration", "last_run"]
Order = Literal["asc", "desc"]

PAGE_SIZE = 50
MOST_A_PAGE = 200
FIRST_ORDER: dict[Sort, Order] = {
    "status": "asc",
    "id": "asc",
    "items": "desc",
    "items_new": "desc",
    "duration": "desc",
    "last_run": "desc",
}


@dataclass(frozen=True, kw_only=True)
class ClientsQuery:
    """A filter, an order and a page.

    :param q: text in id or name, whatever its case; empty for all
    :param status: where the clients stand; empty for all
    :param order: empty for the one a reader expects: worst, most, longest, newest first
    :param page: from 1
    :param size: clients a page
    """

    q: str = ""
    status: Standing | Literal[""] = ""
    sort: Sort = "status"
    order: Order | Literal[""] = ""
    page: int = 1
    size: int = PAGE_SIZE

    @property
    def descending(self) -> bool:
        """Whether the order is turned round: most, longest or newest first, or best status first."""
        return (self.order or FIRST_ORDER[self.sort]) == "desc"

    @property
    def is_filtered(self) -> bool:
        """Whether some clients may be left out."""
        return bool(self.q.strip() or self.status)

    def address(self, links: Links, **changes: Any) -> str:
        """Return the address of the page with some of this changed; what is usual is left out of it."""
        usual = asdict(ClientsQuery())
        asked = {**asdict(self), **{name: value for name, value in changes.items() if name in usual}}
        said = {name: value for name, value in asked.items() if value != usual[name] and name != "size"}
        return links.page("clients", **said, **{name: value for name, value in changes.items() if name not in usual})

    def sorted_by(self, links: Links, sort: Sort) -> str:
        """Return the address that sorts by a column, or turns its order round."""
        turned: Order | Literal[""] = ""
        if sort == self.sort:
            other: Order = "asc" if self.descending else "desc"
            turned = "" if other == FIRST_ORDER[sort] else other
        return self.address(links, sort=sort, order=turned, page=1)


def _page_query(
    q: Annotated[str, Query(max_length=200, description="Text in id or name, whatever its case.")] = "",
    status: Annotated[Standing | Literal[""], Query(description="Only clients that stand so; empty: all.")] = "",
    sort: Annotated[Sort, Query(description="What to sort by; equal ones by id.")] = "status",
    order: Annotated[
        Order | Literal[""],
        Query(description="Empty: worst status, most items, longest duration and newest run first, ids from A on."),
    ] = "",
    page: Annotated[int, Query(ge=1, le=100_000, description="Number of the page; one that is not there is empty.")] = 1,
) -> ClientsQuery:
    return ClientsQuery(q=q, status=status, sort=sort, order=order, page=page)


AskedOfPage = Annotated[ClientsQuery, Depends(_page_query)]


def _api_query(
    asked: AskedOfPage, size: Annotated[int, Query(ge=1, le=MOST_A_PAGE, description="Clients a page.")] = PAGE_SIZE
) -> ClientsQuery:
    return ClientsQuery(**{**asdict(asked), "size": size})


AskedByProgram = Annotated[ClientsQuery, Depends(_api_query)]
