"""ListJobs: which jobs are on which page.

https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html

Pages are computed when they are asked for: a job that changes its state between two of them can be missed, or seen twice.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, takewhile
from typing import Any, Final

from stack.fake_batch.faults import client_error
from stack.fake_batch.jobs import Job, Json
from stack.fake_batch.store import Key, View

MOST: Final = 1000
MOST_FILTERED: Final = 100
_PARENTS: Final = ("jobQueue", "arrayJobId", "multiNodeJobId")
_FILTERS: Final = ("JOB_NAME", "JOB_DEFINITION", "BEFORE_CREATED_AT", "AFTER_CREATED_AT", "SHARE_IDENTIFIER")
_INVALID: Final = "Invalid nextToken"
Rank = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Query:
    """What one series of pages is about.

    :param scope: ARN of a queue, or id of a parent
    :param status: None means all
    :param filter_name: one of the filters, with its value
    """

    scope: str
    status: str | None
    filter_name: str | None = None
    filter_value: str = ""

    @property
    def digest(self) -> str:
        """Name it in a token: the token of one query is of no use to another."""
        return sha256(repr(self).encode()).hexdigest()[:16]


def where_of(request: Json) -> tuple[str, str]:
    """Return the one of the three members that says where to look, and its value.

    :raises ApiError: unless there is exactly one
    """
    given = [(name, request[name]) for name in _PARENTS if name in request]
    if len(given) != 1:
        raise client_error(f"Exactly one of {', '.join(_PARENTS)} must be specified.")
    return given[0]


def query_of(request: Json, scope: str) -> Query:
    """Return what a request asks for.

    :raises ApiError: when it asks for something that ListJobs does not do
    """
    status = request.get("jobStatus", "RUNNING")
    filters = request.get("filters") or []
    if not filters:
        return Query(scope=scope, status=status)
    if len(filters) > 1:
        raise client_error("Only one filter key-value pair can be specified.")
    name, values = filters[0].get("name"), filters[0].get("values") or []
    if "jobQueue" not in request:
        raise client_error("Filters cannot be used with child jobs.")
    if name not in _FILTERS or len(values) != 1 or (name.endswith("_AT") and not _is_number(values[0])):
        raise client_error(f"Invalid filter {name}={values}: one of {', '.join(_FILTERS)} with one value.")
    kept = request.get("jobStatus") if name == "SHARE_IDENTIFIER" else None
    return Query(scope=scope, status=kept, filter_name=name, filter_value=values[0])


def limit_of(request: Json, *, cap: int = MOST) -> int:
    """Return how many jobs may be on a page.

    :raises ApiError: when ``maxResults`` is not between 1 and 1000
    """
    asked: int = request.get("maxResults", MOST)
    if not 1 <= asked <= MOST:
        raise client_error(f"maxResults must be between 1 and {MOST}.")
    return min(asked, cap, MOST_FILTERED if request.get("filters") else MOST)


def page_of(view: View, query: Query, limit: int, token: str | None) -> tuple[list[Job], str | None]:
    """Return one page, and the token of the next one; None after the last.

    :raises ApiError: when the token is none, or one of another query
    """
    after = _after(query, token) if token else None
    found = list(islice(_ranked(view, query, after), limit + 1))
    page = found[:limit]
    following = _token(query, page[-1][0]) if len(found) > limit else None
    return [job for _, job in page], following


def _ranked(view: View, query: Query, after: Rank | None) -> Iterator[tuple[Rank, Job]]:
    """Return the jobs from a position on, each with its own position."""
    if query.filter_name == "JOB_NAME":
        return _by_name(view, query, after)
    keys = view.index.newest_first(query.scope, query.status, below=_below(query, after))
    if query.filter_name == "AFTER_CREATED_AT":
        keys = takewhile(lambda key: key[0] > int(query.filter_value), keys)
    return ((key, job) for key, job in ((key, view.jobs[key[1]]) for key in keys) if _matches(job, query))


def _by_name(view: View, query: Query, after: Rank | None) -> Iterator[tuple[Rank, Job]]:
    """Return the jobs of a name, or of names that begin alike: those grouped by name, the newest first in each."""
    jobs = (view.jobs[job_id] for _, job_id in view.index.newest_first(query.scope, None))
    ranked = sorted(
        (((job.job_name.lower(), -job.created_at, job.job_id), job) for job in jobs if _matches(job, query)),
        key=lambda one: one[0],
    )
    return iter(ranked[bisect_right(ranked, after, key=lambda one: one[0]) if after else 0 :])


def _matches(job: Job, query: Query) -> bool:
    value = query.filter_value
    if query.filter_name == "JOB_NAME":
        return _is_like(job.job_name.lower(), value.lower())
    if query.filter_name == "JOB_DEFINITION":
        name = job.job_definition.rpartition("/")[2].rpartition(":")[0]
        return job.job_definition == value if value.startswith("arn:") else _is_like(name, value)
    return query.filter_name != "SHARE_IDENTIFIER" or job.share_identifier == value


def _is_like(text: str, value: str) -> bool:
    return text.startswith(value[:-1]) if value.endswith("*") else text == value


def _below(query: Query, after: Rank | None) -> Key | None:
    if after:
        return (after[0], after[1])
    return (int(query.filter_value), "") if query.filter_name == "BEFORE_CREATED_AT" else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def _token(query: Query, rank: Rank) -> str:
    return base64.urlsafe_b64encode(json.dumps([query.digest, *rank]).encode()).decode()


def _after(query: Query, token: str) -> Rank:
    try:
        digest, *rank = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError) as error:
        raise client_error(_INVALID) from error
    kinds = [str, int, str] if query.filter_name == "JOB_NAME" else [int, str]
    if digest != query.digest or [type(one) for one in rank] != kinds:
        raise client_error(_INVALID)
    return tuple(rank)
