"""`vectora_ingest` through a real scheduler: isolation, colours, labels, clearing, refusals, events and the one message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from stack.errors import StackError
from tests.fakes.news_site import Answer, Article, rss
from tests.integration.scheduler import TOPIC, Newsroom

pytestmark = pytest.mark.slow


def feed(room: Newsroom, name: str, count: int = 2) -> None:
    """Serve a feed of fresh articles and put it into the catalog."""
    published = datetime.now(UTC) - timedelta(hours=30)
    articles = [Article(title=f"{name} {n}", link=f"{room.site.url}/{name}/{n}", published=published) for n in range(count)]
    room.site.pages[f"/{name}.xml"] = Answer(rss(articles))
    room.configs.source(name, f"{room.site.url}/{name}.xml")


def five_clients(room: Newsroom) -> None:
    """Two fine clients, one with a syntax error, one with an unknown source, one whose only source answers 500."""
    feed(room, "good")
    room.site.pages["/dead.xml"] = Answer(b"", status=500)
    room.configs.source("dead", f"{room.site.url}/dead.xml")
    room.configs.client("alpha", ["good"])
    room.configs.client("beta", ["good"])
    room.configs.client("lost", ["godo"])
    room.configs.client("dark", ["dead"])
    room.configs.text("clients/torn.yaml", "client_profile:\n  name: Torn\n  client_id: [torn\n")


def failed_log(room: Newsroom, instance: dict[str, Any]) -> str:
    return room.stack.api.task_log(instance)


def test_three_bad_clients_fail_alone_with_their_message_and_number_of_tries(room: Newsroom) -> None:
    """Permanent errors fail at once, transient ones are tried again; the others have their items; the run is red."""
    five_clients(room)
    run = room.run()
    instances = room.instances(run["dag_run_id"])
    assert {label: (one["state"], one["try_number"]) for label, one in instances.items()} == {
        "alpha": ("success", 1),
        "beta": ("success", 1),
        "lost": ("failed", 1),
        "torn": ("failed", 1),
        "dark": ("failed", 2),
    }
    assert "clients/torn.yaml:" in failed_log(room, instances["torn"])
    assert "did you mean good?" in failed_log(room, instances["lost"])
    assert "500" in failed_log(room, instances["dark"])
    report = room.report(run["dag_run_id"])
    assert report["failed_client_ids"] == ["dark", "lost", "torn"]
    assert [report["client_results"][name]["items"] for name in ("alpha", "beta")] == [2, 2]
    assert run["state"] == "failed"


def test_tolerated_failures_leave_the_run_green(room: Newsroom) -> None:
    """Three of five failed, sixty percent are tolerated: green, and the report still names the three."""
    five_clients(room)
    run = room.run({"tolerated_failure_percentage": 60})
    assert run["state"] == "success"
    assert room.report(run["dag_run_id"])["failed_client_ids"] == ["dark", "lost", "torn"]


def test_a_critical_client_turns_the_run_red_whatever_is_tolerated(room: Newsroom) -> None:
    """Critical is read in discovery, so that it holds for a client whose file has mistakes too."""
    feed(room, "good")
    room.configs.client("alpha", ["good"])
    room.configs.client("vital", ["godo"], ingest={"critical": True})
    assert room.run({"tolerated_failure_percentage": 100})["state"] == "failed"


def test_clearing_one_client_runs_it_alone_and_gives_the_same_output(room: Newsroom) -> None:
    """The other instances keep their try, and no other client's file changes; the items are the same bytes."""
    feed(room, "good")
    room.configs.client("alpha", ["good"])
    room.configs.client("beta", ["good"])
    run_id = room.run()["dag_run_id"]
    before = room.files("ingested")
    room.site.pages["/good.xml"] = Answer(rss([]))
    index = room.instances(run_id)["beta"]["map_index"]
    room.stack.clear(run_id, ("ingest_client", index), include_downstream=True)
    assert room.stack.wait(run_id)["state"] == "success"
    after = room.files("ingested")
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path.split("/")[1] for path in changed} <= {"beta"}
    assert not {path for path in changed if path.endswith("items.json")}
    assert {label: one["try_number"] for label, one in room.instances(run_id).items()} == {"alpha": 1, "beta": 2}
    assert room.site.asked["/good.xml"] <= 2  # both clients at once may have found no capture; the clear asked nobody


def test_heavy_clients_run_in_a_task_of_their_own_and_stand_in_the_same_report(room: Newsroom) -> None:
    """An ordinary and a heavy client; one with an unknown queue fails alone. Clearing the heavy one runs it alone."""
    feed(room, "good")
    room.configs.client("alpha", ["good"])
    room.configs.client("big", ["good"], ingest={"queue": "heavy"})
    room.configs.client("lost", ["good"], ingest={"queue": "huge"})
    run = room.run()
    run_id = run["dag_run_id"]
    ordinary, heavy = room.instances(run_id), room.instances(run_id, "ingest_heavy_client")
    assert {label: one["state"] for label, one in ordinary.items()} == {"alpha": "success", "lost": "failed"}
    assert {label: (one["state"], one["queue"], one["pool"]) for label, one in heavy.items()} == {
        "big": ("success", "heavy", "default_pool")
    }
    assert "clients/lost.yaml:9: ingest.queue: 'huge' is no queue for clients" in failed_log(room, ordinary["lost"])
    report = room.report(run_id)
    places = {client_id: (one["task_id"], one["map_index"]) for client_id, one in report["client_results"].items()}
    assert places == {"alpha": ("ingest_client", 0), "big": ("ingest_heavy_client", 0), "lost": ("ingest_client", 1)}
    assert (run["state"], report["failed_client_ids"], report["total_items_ingested"]) == ("failed", ["lost"], 4)
    assert report["client_results"]["lost"]["error"]["failure_class"] == "config"
    room.configs.client("lost", ["good"])
    room.stack.clear(run_id, ("ingest_client", 1), ("ingest_heavy_client", 0), include_downstream=True)
    assert room.stack.wait(run_id)["state"] == "success"
    assert room.report(run_id)["failed_client_ids"] == []
    tries = room.instances(run_id) | room.instances(run_id, "ingest_heavy_client")
    assert {label: one["try_number"] for label, one in tries.items()} == {"alpha": 1, "big": 2, "lost": 2}


def test_a_run_over_heavy_clients_alone_is_green(room: Newsroom) -> None:
    """The ordinary task is skipped then, as the heavy one is in any other run."""
    feed(room, "good")
    room.configs.client("big", ["good"], ingest={"queue": "heavy", "pool": "default_pool"})
    run = room.run()
    assert run["state"] == "success"
    assert room.report(run["dag_run_id"])["status"] == "succeeded"
    (skipped,) = room.instances(run["dag_run_id"]).values()
    assert skipped["state"] == "skipped"


def test_a_typing_error_in_the_conf_ingests_nobody(room: Newsroom) -> None:
    """Unknown keys pass Airflow's form; discovery refuses them, and the report says why nothing ran."""
    feed(room, "good")
    room.configs.client("alpha", ["good"])
    run = room.run({"client_idz": ["alpha"]})
    report = room.report(run["dag_run_id"])
    assert run["state"] == "failed"
    assert (report["status"], report["clients_processed"]) == ("failed", 0)
    assert report["error"] == "client_idz: unknown parameter, did you mean client_ids?"
    assert room.site.asked == {}


@pytest.mark.parametrize(
    "conf", [{"client_ids": "alpha"}, {"period_days": 0}, {"from_date": "soon"}, {"ingestion_mode": "x"}]
)
def test_wrong_values_are_refused_before_there_is_a_run(room: Newsroom, conf: dict[str, Any]) -> None:
    """The form's types hold for REST as well."""
    with pytest.raises(StackError, match=r" (400|422): "):
        room.stack.trigger(conf)


def test_nobody_active_is_red_and_reported_as_such(room: Newsroom) -> None:
    """The mapped task is skipped, the report runs all the same and says which of the two it was."""
    feed(room, "good")
    room.configs.client("alpha", ["good"], active=False)
    run = room.run()
    report = room.report(run["dag_run_id"])
    assert (run["state"], report["status"], report["error"]) == ("failed", "no_active_clients", None)
    assert report["clients_discovered"] == 1


def test_a_dry_run_writes_nothing(room: Newsroom) -> None:
    """Neither items nor captures nor a report; the run is green and its summaries are in Airflow."""
    feed(room, "dry")
    room.configs.client("drought", ["dry"])
    run = room.run({"dry_run": True})
    assert run["state"] == "success"
    assert room.files("ingested/drought") == {}
    assert room.files("raw/dry") == {}
    assert not (room.data / "runs" / run["dag_run_id"]).exists()


def test_only_the_failed_clients_of_a_run_run_again(room: Newsroom) -> None:
    """The ids, interval and window come from that run's report."""
    five_clients(room)
    first = room.run()["dag_run_id"]
    published = datetime.now(UTC) - timedelta(hours=30)
    room.site.pages["/dead.xml"] = Answer(rss([Article(title="Back", link=f"{room.site.url}/back", published=published)]))
    again = room.run({"only_failed_of_run": first, "tolerated_failure_percentage": 100})["dag_run_id"]
    assert set(room.instances(again)) == {"dark", "lost", "torn"}
    report = room.report(again)
    assert report["failed_client_ids"] == ["lost", "torn"]
    assert report["plan"]["interval"] == room.report(first)["plan"]["interval"]


def test_one_asset_event_per_stored_output_and_one_message_per_run(room: Newsroom) -> None:
    """A failed client sends no event; a DAG that follows the alias runs once; the one message names who failed and why."""
    sns, sqs = (boto3.client(name, **aws(room)) for name in ("sns", "sqs"))
    sns.create_topic(Name=TOPIC.rsplit(":", 1)[1])
    queue = sqs.create_queue(QueueName="messages")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
    five_clients(room)
    run_id = room.run()["dag_run_id"]
    mine = events_of(room, run_id)
    assert sorted(event["extra"]["client_id"] for event in mine) == ["alpha", "beta"]
    assert all(event["extra"]["items"] == 2 for event in mine)
    (followed,) = following(room, mine)
    assert followed == ["alpha", "beta"]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    (message,) = [json.loads(one["Body"]) for one in received]
    assert message["Subject"] == "Vectora ingest failed: 3 of 5 clients failed"
    assert all(text in message["Message"] for text in ("dark: ", "500", "lost: ", "did you mean good?", "torn: ", run_id))


def events_of(room: Newsroom, run_id: str) -> list[dict[str, Any]]:
    """Return the asset events of a run. Airflow 3.3.2 answers 500 while a run that they set off has not started yet."""
    found: list[dict[str, Any]] = []

    def is_told() -> bool:
        try:
            found.extend(room.stack.api.get("/assets/events", limit=100, order_by="-timestamp")["asset_events"])
        except StackError:
            return False
        return True

    room.stack.children.wait_until(is_told, what="an answer about asset events", timeout=60)
    return [event for event in found if event["source_run_id"] == run_id]


def following(room: Newsroom, events: list[dict[str, Any]]) -> list[list[str]]:
    """Return what each run of the following DAG got that some events set off."""
    set_off = sorted({run["run_id"] for event in events for run in event["created_dagruns"]})
    for one in set_off:
        assert room.stack.wait(one, dag_id="follower")["state"] == "success"
    paths = [f"/dags/follower/dagRuns/{quote(one)}/taskInstances/follow/xcomEntries/return_value" for one in set_off]
    return [room.stack.api.get(path)["value"] for path in paths]


def aws(room: Newsroom) -> dict[str, str]:
    environment = room.stack.environment
    return {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "region_name": "us-east-1",
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
