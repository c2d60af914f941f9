"""The jobs of the fake: the truth, and what each operation already sees of it. Knows no lifecycle and no HTTP."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from stack.fake_batch.jobs import Job

Key = tuple[int, str]
READS = ("ListJobs", "DescribeJobs")


@dataclass(frozen=True, kw_only=True)
class Lag:
    """How far an operation's view is behind: a change is seen when so much time went by and so many answers were given."""

    seconds: float = 0.0
    answers: int = 0


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    job_id: str
    job: Job | None
    from_ms: int
    from_answer: int


class Index:
    """Jobs by where they are listed and by status, oldest first, so that a page costs what is on it."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str | None], list[Key]] = {}

    def replace(self, before: Job | None, after: Job | None) -> None:
        """Take a change in."""
        if before and after and before.status == after.status:
            return
        if before:
            self._remove(before, before.status)
            if not after:
                self._remove(before, None)
        if after:
            insort(self._keys.setdefault((after.scope, after.status), []), (after.created_at, after.job_id))
            if not before:
                insort(self._keys.setdefault((after.scope, None), []), (after.created_at, after.job_id))

    def newest_first(self, scope: str, status: str | None, *, below: Key | None = None) -> Iterator[Key]:
        """Return keys, beginning below one; a status of None is all of them."""
        keys = self._keys.get((scope, status), [])
        position = len(keys) if below is None else bisect_left(keys, below)
        while position > 0:
            position -= 1
            yield keys[position]

    def _remove(self, job: Job, status: str | None) -> None:
        keys = self._keys[job.scope, status]
        del keys[bisect_left(keys, (job.created_at, job.job_id))]


class View:
    """What one operation sees of the jobs, which may be behind."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.index = Index()
        self._waiting: deque[_Waiting] = deque()
        self._waits: Counter[str] = Counter()
        self._answers = 0

    def take(self, job_id: str, job: Job | None, *, now: int, lag: Lag) -> None:
        """Take a change in, now or later; those of one job stay in their order."""
        if lag == Lag() and not self._waits[job_id]:
            self._show(job_id, job)
            return
        self._waits[job_id] += 1
        from_ms, from_answer = now + round(lag.seconds * 1000), self._answers + lag.answers
        self._waiting.append(_Waiting(job_id=job_id, job=job, from_ms=from_ms, from_answer=from_answer))

    def serve(self, now: int) -> None:
        """Begin an answer: what has waited long enough is seen from now on."""
        held: set[str] = set()
        for _ in range(len(self._waiting)):
            one = self._waiting.popleft()
            if one.job_id in held or one.from_ms > now or one.from_answer > self._answers:
                held.add(one.job_id)
                self._waiting.append(one)
            else:
                self._seen(one)
        self._answers += 1

    def settle(self, job_id: str | None = None) -> None:
        """See everything at once, or everything about one job."""
        for _ in range(len(self._waiting)):
            one = self._waiting.popleft()
            if job_id in (None, one.job_id):
                self._seen(one)
            else:
                self._waiting.append(one)

    def _seen(self, one: _Waiting) -> None:
        self._waits[one.job_id] -= 1
        self._show(one.job_id, one.job)

    def _show(self, job_id: str, job: Job | None) -> None:
        self.index.replace(self.jobs.get(job_id), job)
        if job:
            self.jobs[job_id] = job
        else:
            self.jobs.pop(job_id, None)


@dataclass(kw_only=True)
class Store:
    """All jobs as they are, the state before for each, and a view for each operation that reads."""

    jobs: dict[str, Job] = field(default_factory=dict)
    previous: dict[str, Job] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=lambda: {name: View() for name in READS})
    lags: dict[tuple[str, str | None], Lag] = field(default_factory=dict)
    over: deque[tuple[int, str]] = field(default_factory=deque)

    def write(self, job: Job, now: int) -> None:
        """Take the next state of a job in."""
        before = self.jobs.get(job.job_id)
        if before:
            self.previous[job.job_id] = before
        self.jobs[job.job_id] = job
        if job.is_over and not job.parent_id and not (before and before.is_over):
            self.over.append((now, job.job_id))
        for name, view in self.views.items():
            view.take(job.job_id, job, now=now, lag=self._lag(name, job.job_id))

    def remove(self, job_id: str, now: int) -> None:
        """Forget a job and everything below it."""
        for one in [job_id, *(job.job_id for job in self.below(job_id))]:
            self.jobs.pop(one, None)
            self.previous.pop(one, None)
            for view in self.views.values():
                view.take(one, None, now=now, lag=Lag())

    def below(self, job_id: str) -> list[Job]:
        """Return the children or the nodes of a job."""
        job = self.jobs.get(job_id)
        if job is None or job.parent_id:
            return []
        ids = [*(f"{job_id}:{n}" for n in range(job.size or 0)), *(f"{job_id}#{n}" for n in range(job.num_nodes or 0))]
        return [self.jobs[one] for one in ids if one in self.jobs]

    def expire(self, now: int, retention_ms: int) -> None:
        """Forget the jobs that ended longer ago than they are kept."""
        while self.over and self.over[0][0] + retention_ms <= now:
            self.remove(self.over.popleft()[1], now)

    def rewind(self, job_id: str, operation: str, *, now: int, lag: Lag) -> None:
        """Show the state before again, and the present one only after a lag."""
        view = self.views[operation]
        view.settle(job_id)
        view.take(job_id, self.previous.get(job_id), now=now, lag=Lag())
        view.take(job_id, self.jobs[job_id], now=now, lag=lag)

    def _lag(self, operation: str, job_id: str) -> Lag:
        return self.lags.get((operation, job_id)) or self.lags.get((operation, None), Lag())
