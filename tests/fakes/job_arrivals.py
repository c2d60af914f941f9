"""What arrives of a job's true lifecycle at the table: events, late, twice or never, and answers of syncs that may be stale.

The real code reads all of it; the model of what is true is tests/fakes/job_histories.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Protocol, TypeVar

from tests.fakes.job_histories import ACCOUNT, KINDS, REGION, Json, Lifecycle, Moment, event_of
from vectora_core.jobs.events import parse_event, record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.types import JobRecord

T = TypeVar("T")

SKEW = 2_000
"""Milliseconds by which any two clocks of AWS and of Vectora differ at most."""
OBSERVED = datetime(2025, 12, 24, tzinfo=UTC)
_RETENTION_DAYS = 3_650  # a real table takes expired rows for absent
_GAPS = (0, 1, 400, 1_500, 60_000)
_LONGEST = 14
_MOST_ANSWERS = 4


class Choices(Protocol):
    """Makes the choices of a random history: a seeded generator, or hypothesis, which then finds the smallest one."""

    def one_of(self, options: Sequence[T]) -> T: ...
    def number(self, least: int, most: int) -> int: ...


class Seeded:
    """Choices that are the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of them."""
        return self.random.choice(options)

    def number(self, least: int, most: int) -> int:
        """Return a number, both ends included."""
        return self.random.randint(least, most)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of DescribeJobs: the place of the moment it shows, which may be over, and when it was asked for."""

    shows: int
    asked_at: int


@dataclass(frozen=True, kw_only=True)
class History:
    """A lifecycle, and what arrives of it: events by the place of their moment and the skew of their clock, and answers."""

    life: Lifecycle
    events: tuple[tuple[int, int], ...]
    answers: tuple[Answer, ...]
    seed: int = field(default=0, repr=False)

    @property
    def truth(self) -> Moment:
        """What is true in the end."""
        return self.life.moments[-1]

    def records(self) -> list[JobRecord]:
        """Return what the real code makes of all that arrives."""
        moments = self.life.moments
        once = {(place, skew): read(event_of(moments[place], skew=skew)) for place, skew in set(self.events)}
        return [once[one] for one in self.events] + [described(moments[one.shows], one.asked_at) for one in self.answers]

    def orders(self, number: int) -> list[list[JobRecord]]:
        """Return what arrives as it was sent, backwards, and shuffled."""
        records, random = self.records(), Random(self.seed)
        return [records, records[::-1], *(random.sample(records, len(records)) for _ in range(number - 2))]


def read(event: Json) -> JobRecord:
    """Return the record of an event."""
    parsed = parse_event(event, rules=DEFAULT_RULES, observed_at=OBSERVED, retention_days=_RETENTION_DAYS)
    assert isinstance(parsed, JobRecord), parsed
    return parsed


def described(moment: Moment, asked_at: int) -> JobRecord:
    """Return the record of a description that shows a moment and was asked for at that many milliseconds."""
    asked = datetime.fromtimestamp(asked_at // 1000, UTC).replace(microsecond=asked_at % 1000 * 1000)
    where = {"region": REGION, "account": ACCOUNT}
    return record_of_description(
        dict(moment.detail), asked_at=asked, **where, rules=DEFAULT_RULES, retention_days=_RETENTION_DAYS
    )


def a_lifecycle(choices: Choices, job_id: str = Lifecycle.job_id) -> Lifecycle:
    """Return a job of any kind, ended or still open, with states skipped and several in a second."""
    life = Lifecycle(kind=choices.one_of(KINDS), job_id=job_id)
    for _ in range(choices.number(0, _LONGEST)):
        if possible := life.possible():
            going_on = [step for step in possible if step not in ("FAILED", "SUCCEEDED")]
            life.do(choices.one_of([*going_on * 3, *possible]), after=choices.one_of(_GAPS))
    return life


def a_history(choices: Choices, job_id: str = Lifecycle.job_id) -> History:
    """Return events alone, answers alone or both; events come twice, or not at all where the truth comes otherwise."""
    life = a_lifecycle(choices, job_id)
    answers = tuple(_an_answer(choices, life.moments) for _ in range(choices.number(0, _MOST_ANSWERS)))
    fewest = 0 if answers else 1
    copies = [(place, choices.number(fewest, 2)) for place, one in enumerate(life.moments) if one.told]
    arriving = tuple((place, choices.one_of((0, 700, SKEW))) for place, number in copies for _ in range(number))
    if not _tell_the_end(life.moments, arriving):
        answers += (_true_answer(life.moments, arriving, answers),)
    return History(life=life, events=arriving, answers=answers, seed=choices.number(0, 2**16))


def some_histories(number: int) -> list[History]:
    """Return histories of different jobs, the same every time."""
    return [a_history(Seeded(seed), job_id=f"4c7599ae-0a82-49aa-ba5a-{seed:012d}") for seed in range(number)]


def _an_answer(choices: Choices, moments: Sequence[Moment]) -> Answer:
    """Return what was true at some time, told when it was asked for at that time or at any later one."""
    asked = choices.number(0, len(moments) - 1)
    after = choices.one_of((*_GAPS, SKEW, 100_000))
    return Answer(shows=choices.number(0, asked), asked_at=moments[asked].at + after)


def _tell_the_end(moments: Sequence[Moment], arriving: Sequence[tuple[int, int]]) -> bool:
    """Return whether the event of the end is among them: then nothing else can matter."""
    last = len(moments) - 1
    return moments[last].is_last and any(place == last for place, _ in arriving)


def _true_answer(moments: Sequence[Moment], arriving: Sequence[tuple[int, int]], answers: Sequence[Answer]) -> Answer:
    """Return the answer of a last sync: what an open job shows within one state is told apart by clocks, which differ."""
    times = [moments[-1].at, *(moments[place].at for place, _ in arriving), *(one.asked_at for one in answers)]
    return Answer(shows=len(moments) - 1, asked_at=max(times) + SKEW + 1)
