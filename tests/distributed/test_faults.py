"""The stack a team runs, while parts of it die: every client ends with the right output, and the report tells the truth."""

from __future__ import annotations

import time

import pytest

from stack.fake_batch import script
from stack.local import JOBS
from tests.distributed.team import CLIENTS, HEAVY, SOURCES, Team, sources_of

pytestmark = pytest.mark.slow

_OUTAGE_SECONDS = 20


def asked_once(team: Team) -> None:
    """Every source was fetched once, however many clients follow it and whatever died meanwhile."""
    assert dict(team.site.asked) == {f"/{source}.xml": 1 for source in SOURCES}


def test_thirty_clients_and_the_watch_over_jobs_run_to_their_end(team: Team) -> None:
    """Heavy clients run in the heavy queue, all others in the default one; a source is fetched once."""
    watch = team.watch()
    run_id = team.trigger()
    team.check(run_id)
    asked_once(team)
    queues = {client: one["queue"] for client, one in team.instances(run_id).items()}
    assert queues == {client: "heavy" if client in HEAVY else "default" for client in CLIENTS}
    assert team.wait(watch, dag_id=JOBS) == "success"


def test_a_worker_killed_in_the_middle_of_a_client(team: Team) -> None:
    """Killed with -9, with all that it runs: its clients are tried again; only what was being fetched is fetched again."""
    gate = team.hold("source_4")
    run_id = team.trigger()
    assert team.site.arrived.wait(180)
    team.compose.kill("worker-default")
    gate.set()
    team.check(run_id)
    again = {client for client, one in team.instances(run_id).items() if one["try_number"] > 1}
    assert any("source_4" in sources_of(client) for client in again)
    assert team.site.asked["/source_4.xml"] == 2
    assert team.compose.containers["worker-default"].starts == 2


def test_scheduler_and_triggerer_restarted_in_the_middle(team: Team) -> None:
    """Nothing is run twice, and the watch goes on where it was."""
    job_id = team.batch("submit", job_name="lasts-over-the-restart", job_queue=script.HIGH)
    team.batch("play", job_id=job_id, status="RUNNING")
    watch = team.watch()
    run_id = team.trigger()
    team.wait_for_done(run_id, 3)
    team.compose.kill("scheduler")
    team.compose.restart("triggerer")
    team.batch("move", job_id=job_id, status="SUCCEEDED")
    team.check(run_id)
    asked_once(team)
    assert {one["try_number"] for one in team.instances(run_id).values()} == {1}
    assert team.wait(watch, dag_id=JOBS) == "success"


def test_the_broker_is_away_for_a_while(team: Team) -> None:
    """What was queued is still there when it comes back, since it appends to a file; nobody loses a try to it."""
    run_id = team.trigger()
    team.wait_for_done(run_id, 3)
    team.compose.stop("valkey")
    time.sleep(_OUTAGE_SECONDS)  # the rule is about a time
    team.compose.start("valkey")
    team.check(run_id)
    asked_once(team)
    assert {one["try_number"] for one in team.instances(run_id).values()} == {1}


def test_the_database_is_restarted(team: Team) -> None:
    """Whoever cannot live without it ends, and is started again by its restart rule."""
    run_id = team.trigger()
    team.wait_for_done(run_id, 3)
    team.compose.restart("postgres")
    team.check(run_id)
    asked_once(team)
