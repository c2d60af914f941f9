"""The one error tree of Vectora; every error knows whether trying again may help and how reports name it.

VectoraError
├── ConfigError              a client file or a canonical file is wrong (carries every problem with its line)
├── ParametersError          the parameters of a run are wrong or contradict each other
├── SettingsError            an environment variable has a value that cannot be used
├── StorageError             object storage did not answer as it should (transient)
│   ├── ObjectNotFoundError  there is no object under that path
│   └── CorruptSnapshotError a stored capture is not what was captured
├── FetchError               a source could not be fetched; `transient` and `failure_class` are given by the cause
├── ParseError               what was fetched could not be read as what it claims to be
├── PatternFailedError       a regular expression of the configuration takes too long on a text, or is not one
├── SelectorMissedError      the page is there, but the selectors of its extractor match nothing in it
├── SourcesFailedError       every source of a client failed; transient when one of them was
├── MalformedEventError      an event claims to be a Batch job state change, but is not one
├── JobQueueError            a Batch job queue does not exist, or its name cannot be read
├── AwsServiceError          a service of AWS did not answer as it should; transient when throttled or out of reach
│   ├── BatchError           that was AWS Batch
│   └── JobTableError        that was DynamoDB, where the job table is
│       └── TableShapeError  there is a table of that name, but of another shape
└── JobsFailedError          jobs that were waited for have failed

`transient` belongs to the error, the number of retries to whoever runs the work (the DAG's retry policy reads it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class VectoraError(Exception):
    """Anything Vectora itself refuses or reports; the message names the thing and ends with the way out."""

    transient: bool = False
    failure_class: str = "internal"


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake in one file of the configuration.

    :param file: path below the config root, ``clients/acme.yaml``
    :param line: the line of the mistake, from 1; 0 when the file as a whole is meant
    :param key: dotted path of the key (``source_config.sources_extra_enabled``); empty for the whole file
    :param message: what is wrong and what to do about it
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(VectoraError):
    """A client's configuration cannot be used.

    :param problems: every problem found, each with its file, line and key; the message is one of them a line
    """

    failure_class = "config"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ParametersError(VectoraError):
    """The parameters of a run are unknown, of the wrong type, or contradict each other."""

    failure_class = "parameters"


class SettingsError(VectoraError):
    """An environment variable of Vectora has a value that cannot be used, or is missing."""

    failure_class = "settings"


class StorageError(VectoraError):
    """Object storage failed in a way that may pass."""

    transient = True
    failure_class = "storage"


class ObjectNotFoundError(StorageError):
    """There is no object under that path."""

    transient = False
    failure_class = "not_found"


class CorruptSnapshotError(StorageError):
    """A stored capture is cut short, changed, or of another URL: it is never parsed as what the source said."""

    transient = False
    failure_class = "corrupt_snapshot"


class FetchError(VectoraError):
    """One URL could not be fetched.

    :param message: what was asked for and what came instead
    :param failure_class: ``timeout``, ``dns``, ``connection``, ``tls``, ``http_403``, ``http_5xx``, ``too_large``,
        ``too_many_redirects``, ``private_address``, ``bad_url`` …
    :param transient: whether a later attempt may succeed
    :param retry_after: seconds the server asked to wait (RFC 9110 10.2.3), if it did
    :param requests: how many requests it took to fail, redirects and retries included
    """

    def __init__(
        self,
        message: str,
        *,
        failure_class: str,
        transient: bool,
        retry_after: float | None = None,
        requests: int = 0,
    ) -> None:
        super().__init__(message)
        self.failure_class = failure_class
        self.transient = transient
        self.retry_after = retry_after
        self.requests = requests


class ParseError(VectoraError):
    """The bytes of a source are not what its ingestion mode says they are."""

    failure_class = "parse"


class PatternFailedError(VectoraError):
    """A regular expression of the configuration takes too long on a text, or is not one."""

    failure_class = "pattern"


class SelectorMissedError(VectoraError):
    """A selector or field path matches nothing in a page that did arrive: the page changed, or the selector is wrong."""

    failure_class = "selector_missed"


class SourcesFailedError(VectoraError):
    """Every source of a client failed.

    :param message: each source with its cause
    :param transient: whether at least one of the causes may pass
    """

    failure_class = "sources"

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class MalformedEventError(VectoraError):
    """An event claims to be a Batch job state change, but cannot be one; it never becomes a row."""

    failure_class = "malformed_event"


class JobQueueError(VectoraError):
    """A Batch job queue does not exist in its region and account, or what names it cannot be read."""

    failure_class = "job_queue"


class AwsServiceError(VectoraError):
    """A service of AWS did not answer as it should.

    :param transient: whether asking later may help: throttled, out of reach, an error of the server
    """

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class BatchError(AwsServiceError):
    """AWS Batch did not answer as it should."""

    failure_class = "batch"


class JobTableError(AwsServiceError):
    """The job table did not answer as it should."""

    failure_class = "job_table"


class TableShapeError(JobTableError):
    """There is a table of that name, but of another shape; it is never changed."""

    failure_class = "table_shape"

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=False)


class JobsFailedError(VectoraError):
    """Jobs that were waited for have failed."""

    failure_class = "jobs"
