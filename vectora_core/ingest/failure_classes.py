"""Every failure class in words: what it means and what to do.

The words are those of the table in docs/operations.md; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure class in words.

    :param transient: whether it usually passes by itself; an error that says so of itself knows better
    """

    means: str
    remedy: str
    transient: bool = False


FAILURES: Mapping[str, Failure] = {
    "config": Failure(
        means="a client's file, a catalog entry it needs, or a ${NAME} in headers cannot be used",
        remedy="follow the message; vectora config check lists all of them",
    ),
    "parameters": Failure(
        means="the run asks for something that does not exist or contradicts itself",
        remedy="correct the form, then trigger again",
    ),
    "settings": Failure(
        means="a VECTORA_ variable is missing or cannot be used",
        remedy="see docs/configuration.md",
    ),
    "storage": Failure(
        means="object storage did not answer, or refused (credentials, no such bucket)",
        remedy="check the URL, the permissions, the network; then clear",
        transient=True,
    ),
    "not_found": Failure(
        means="an object that must be there is not",
        remedy="check VECTORA_CONFIG_ROOT and VECTORA_DATA_ROOT",
    ),
    "corrupt_snapshot": Failure(
        means="a stored capture is not what was captured",
        remedy="run with force_refresh, or delete the named object",
    ),
    "sources": Failure(
        means="every source of the client failed, or some did and it says fail_on_partial",
        remedy="read the causes (the first ten), one for each source",
        transient=True,
    ),
    "selector_missed": Failure(
        means="the page came, but a selector or field path matches nothing in it",
        remedy="the site changed: mend the extractor or fields, try with vectora preview",
    ),
    "parse": Failure(
        means="what came is not what ingestion_mode says, or nothing in it is usable",
        remedy="check the URL and the mode; vectora preview shows it",
    ),
    "pattern": Failure(
        means="a regular expression takes longer than a second, or is none",
        remedy="bound its repeats, as in {0,20}",
    ),
    "timeout": Failure(
        means="no whole answer in time, or no connection",
        remedy="wait; else raise timeout_seconds of the source",
        transient=True,
    ),
    "dns": Failure(
        means="the host does not resolve",
        remedy="check the URL; if others fail too, the resolver",
        transient=True,
    ),
    "connection": Failure(
        means="the connection was refused or broke",
        remedy="wait",
        transient=True,
    ),
    "protocol": Failure(
        means="the answer is not HTTP or ends early",
        remedy="wait; check the URL and its port",
        transient=True,
    ),
    "tls": Failure(
        means="no trusted TLS connection",
        remedy="the site must mend its certificate, or ssl_verify: false in the extractor",
    ),
    "too_large": Failure(
        means="the body is over VECTORA_FETCH_MAX_BYTES",
        remedy="check that the URL is the list and not an archive",
    ),
    "bad_encoding": Failure(
        means="the body is compressed in another way than it says, or than was asked for",
        remedy="the site must mend it",
    ),
    "too_many_redirects": Failure(
        means="more than five",
        remedy="open it in a browser and give the last address",
    ),
    "private_address": Failure(
        means="the host leads into a private network",
        remedy="if it is yours, name it in VECTORA_ALLOW_PRIVATE_NETWORKS",
    ),
    "bad_url": Failure(
        means="not an http or https URL of a host",
        remedy="check the URL in the source catalog",
    ),
    "bad_header": Failure(
        means="a header field cannot be sent",
        remedy="check headers of the source and the variables they name",
    ),
    "no_result": Failure(
        means="the task was killed, timed out, or never started: nothing came back",
        remedy="read the log of the instance, then clear it",
        transient=True,
    ),
    "job_queue": Failure(
        means="a Batch job queue does not exist in its region and account, or what names it cannot be read",
        remedy="correct it in the form or in VECTORA_JOBS_QUEUES",
    ),
    "batch": Failure(
        means="AWS Batch throttled, did not answer, or refused",
        remedy="throttled: lower VECTORA_JOBS_BATCH_CALLS_PER_SECOND; refused: the permissions",
        transient=True,
    ),
    "job_table": Failure(
        means="DynamoDB throttled, did not answer, or refused; or there is no such table",
        remedy="vectora jobs create-table; the permissions",
        transient=True,
    ),
    "table_shape": Failure(
        means="there is a table of that name, but of another shape",
        remedy="name another one by VECTORA_JOBS_TABLE",
    ),
    "malformed_event": Failure(
        means="an event claims to be a job's state and cannot be one",
        remedy="it waits in the dead-letter queue; the message names the field",
    ),
    "jobs": Failure(
        means="jobs that were waited for have failed",
        remedy="the message has their reasons; vectora jobs show JOB_ID has the rest",
    ),
    "internal": Failure(
        means="something unforeseen, of the CLI and the Lambda",
        remedy="the message names the Python error; a mistake of Vectora's",
    ),
}
"""Every class there is but those of an HTTP status, which `failure_of` knows by family."""

_REMEDIES: Mapping[str, tuple[str, bool]] = {
    "401": ("give the source its credentials in headers", False),
    "403": ("the site refuses this client: see headers of the source and VECTORA_USER_AGENT", False),
    "404": ("the page is not there: correct the URL in the source catalog", False),
    "408": ("wait", True),
    "410": ("the page is gone for good: correct the URL in the source catalog, or disable the source", False),
    "425": ("wait", True),
    "429": ("too many requests: raise min_request_interval_seconds of the source", True),
}
_ANY_STATUS = ("check the URL in the source catalog and what the site says there", False)
_LASTING_5XX = ("501", "505")

_UNKNOWN = Failure(
    means="a failure class this version of Vectora does not know",
    remedy="read the message; a newer version may have written it",
)


def failure_of(failure_class: str) -> Failure:
    """Return what a failure class means and what to do; one nobody knows is told as such."""
    status = re.fullmatch(r"http_([1-9][0-9x]{2})", failure_class)
    return _of_status(status[1]) if status else FAILURES.get(failure_class, _UNKNOWN)


def _of_status(status: str) -> Failure:
    if status.startswith("5"):
        return Failure(
            means=f"the site answered with status {status}: an error of its own",
            remedy="wait; if it lasts, open the URL in a browser",
            transient=status not in _LASTING_5XX,
        )
    remedy, transient = _REMEDIES.get(status, _ANY_STATUS)
    return Failure(means=f"the site answered with status {status}", remedy=remedy, transient=transient)
