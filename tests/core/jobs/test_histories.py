"""The property the job table stands on: whatever the order and number of events, with stale syncs among them, rows end true.

The model of true lifecycles is tests/fakes/job_histories.py; what reads events and descriptions is the real code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.job_arrivals import (
    OBSERVED,
    SKEW,
    Answer,
    History,
    T,
    a_history,
    a_lifecycle,
    described,
    read,
    some_histories,
)
from tests.fakes.job_histories import Lifecycle, event_of, part_of, told
from tests.fakes.job_table_in_memory import JobTableInMemory, state_columns
from vectora_core.jobs import events
from vectora_core.jobs.events import Ignored, parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.states import RANKS, TERMINAL, state_order
from vectora_core.jobs.types import JobRecord

SMALLEST_FOUND = 800
LONGER = 1_700
ORDERS = 4
_SETTINGS = settings(
    max_examples=SMALLEST_FOUND, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Drawn:
    """Choices that hypothesis makes, so that it finds the smallest history that goes wrong."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, options: Sequence[T]) -> T:
        return self._draw(st.sampled_from(options))

    def number(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))


histories = st.composite(lambda draw: a_history(Drawn(draw)))
lifecycles = st.composite(lambda draw: a_lifecycle(Drawn(draw)))


def written(records: Sequence[JobRecord]) -> JobRecord | None:
    """Return the row after writes in this order, having seen that it never went back."""
    table, seen = JobTableInMemory(), (False, -1, -1)
    for record in records:
        table.put(record)
        row = table.rows[record.job_id]
        place = (row.status in TERMINAL, row.attempts, RANKS[row.status])
        assert place >= seen, f"the row went back from {seen} to {place}"
        seen = place
    return next(iter(table.rows.values()), None)


def check(history: History, orders: Sequence[Sequence[JobRecord]]) -> None:
    """Hold the row against the truth: the model's, column by column, and all columns of a description of the last moment."""
    truth = history.truth
    expected = state_columns(described(truth, truth.at))
    for order in orders:
        row = written(order)
        assert row is not None
        columns = state_columns(row)
        assert columns == expected, history
        assert {name: comparable(columns[name]) for name in truth.columns} == dict(truth.columns), history


def words_of(history: History) -> Counter[str]:
    """Count what a history has of each thing that histories must have."""
    life, steps = history.life, {step for step, _ in history.life.steps}
    found = Counter(histories=1, arrivals=len(history.events) + len(history.answers), **{life.kind: 1})
    found["retried"] = len(steps & {"retry", "spot"}) > 0
    found["retried more than twice"] = history.truth.columns["attempts"] > 2
    found["ended"] = history.truth.is_last
    found["events alone"] = not history.answers
    found["syncs alone"] = not history.events
    found["with a stale answer"] = any(one.shows < len(life.moments) - 1 for one in history.answers)
    return found


def comparable(value: Any) -> Any:
    """Return a summary of children without the states that no child is in."""
    return {name: number for name, number in value.items() if number} if isinstance(value, dict) else value


def test_every_history_ends_in_the_true_last_state(capsys: pytest.CaptureFixture[str]) -> None:
    """Retries, arrays, EKS, lost hosts, skipped states, several in a second, 2 s of clock skew, duplicates, stale syncs."""
    seen: Counter[str] = Counter()

    def holds(history: History) -> None:
        check(history, history.orders(ORDERS))
        seen.update(words_of(history))

    _SETTINGS(given(histories())(holds))()  # these find the smallest one that goes wrong
    for history in some_histories(LONGER):  # hypothesis prefers short ones
        holds(history)
    with capsys.disabled():
        print("\n" + ", ".join(f"{number:,} {word}" for word, number in seen.most_common()), flush=True)
    assert seen["histories"] >= 2_000
    assert min(seen.values()) >= 200, "some kind of history is hardly there"


@pytest.mark.parametrize("kind", ["container", "eks"])
@pytest.mark.parametrize(
    "steps",
    [
        [("RUNNABLE", 0), ("RUNNING", 400), ("retry", 0), ("FAILED", 0)],
        [("STARTING", 0), ("spot", 1), ("terminate", 400), ("FAILED", 1_500)],
    ],
)
def test_every_permutation_of_a_short_history(kind: str, steps: list[tuple[str, int]]) -> None:
    """All 720 or fewer: with skewed clocks, an event told twice and an answer that is over among them."""
    life = Lifecycle(kind=kind, steps=list(steps))
    places = [place for place, moment in enumerate(life.moments) if moment.told]
    arriving = tuple((place, SKEW * (place % 2)) for place in [*places, places[0]])
    stale = Answer(shows=2, asked_at=life.moments[-1].at + 60_000)
    history = History(life=life, events=arriving, answers=(stale,))
    check(history, list(permutations(history.records())))


def test_events_alone_say_what_an_open_job_does() -> None:
    """Its status and its attempts are those of the last event there is, without any sync."""

    @settings(_SETTINGS, max_examples=150)
    @given(lifecycles(), st.randoms(use_true_random=False))
    def holds(life: Lifecycle, random: Random) -> None:
        sent = told(life.moments)
        records = [read(event_of(one, skew=random.choice((0, SKEW)))) for one in sent for _ in range(2)]
        random.shuffle(records)
        row = written(records)
        if not sent:
            assert row is None, "there is no event of a submission"
            return
        assert row is not None
        assert (row.status, row.attempts) == (sent[-1].status, sent[-1].columns["attempts"])

    holds()


def test_a_stale_answer_that_comes_last_takes_a_flag_back_but_never_the_status() -> None:
    """Within one open state only clocks tell answers apart: the next sync puts it right, and so does the end of the job."""
    life = Lifecycle(kind="container", steps=[("RUNNING", 0), ("terminate", 400)])
    true, stale = (described(life.moments[place], life.moments[-1].at + after) for place, after in ((2, 1), (1, 60_000)))
    row = written([true, stale])
    assert row is not None
    assert (row.status, row.is_terminated) == ("RUNNING", False)
    row = written([true, stale, described(life.moments[2], life.moments[-1].at + 120_000)])
    assert row is not None and row.is_terminated
    life.do("FAILED", after=0)
    row = written([true, stale, read(event_of(life.moments[-1]))])
    assert row is not None and row.is_terminated


@pytest.mark.parametrize(("node", "reason"), [(False, "array_child"), (True, "node")])
def test_children_and_nodes_are_no_rows(node: bool, reason: str) -> None:
    """Their events are told apart from those of the job they belong to, in every state."""
    life = Lifecycle(kind="multinode", steps=[("RUNNABLE", 0), ("RUNNING", 1), ("SUCCEEDED", 60_000)])
    for moment in told(life.moments):
        part = part_of(event_of(moment), node=node)
        parsed = parse_event(part, rules=DEFAULT_RULES, observed_at=OBSERVED, retention_days=90)
        assert isinstance(parsed, Ignored)
        assert parsed.reason == reason


def time_before_rank(status: str, *, attempts: int, milliseconds: int, from_event: bool) -> str:
    ended = int(status in TERMINAL)
    return f"{ended}.{attempts:03d}.{milliseconds:013d}.{RANKS[status]}.{int(from_event)}"


def without_attempts(status: str, *, attempts: int, milliseconds: int, from_event: bool) -> str:
    return state_order(status, attempts=0, milliseconds=milliseconds, from_event=from_event)


def time_alone(status: str, *, attempts: int, milliseconds: int, from_event: bool) -> str:
    return f"{milliseconds:013d}.{RANKS[status]}.{int(from_event)}"


@pytest.mark.parametrize("broken", [time_before_rank, without_attempts, time_alone])
def test_the_histories_tell_a_broken_order(broken: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of the order is needed: without it some histories end wrong."""
    monkeypatch.setattr(events, "state_order", broken)

    def goes_wrong(history: History) -> bool:
        try:
            check(history, history.orders(ORDERS))
        except AssertionError:
            return True
        return False

    wrong = [history for history in some_histories(200) if goes_wrong(history)]
    print(f"{broken.__name__}: {len(wrong)} of 200 histories end wrong")
    assert len(wrong) > 10
