"""The Lambda against the embedded S3: every event there is, what it answers, and what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.command_line import NOW, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite
from vectora_core.lambdas import ingest
from vectora_core.lambdas.ingest import lambda_handler
from vectora_core.storage import Storage, open_storage

DAY = "2026/03/10"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the Lambda runtime hands over, as far as it is looked at."""

    aws_request_id: str = "7d0b0e42"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with a configuration bucket and a data bucket."""

    config_bucket: str
    data: Storage
    configs: ConfigTree

    def __call__(self, event: Any, context: Any = Context()) -> tuple[int, dict[str, Any]]:
        """Bring the bucket up to date, invoke the function and return status and body."""
        storage = open_storage(f"s3://{self.config_bucket}")
        for path in self.configs.folder.rglob("*.yaml"):
            storage.put(path.relative_to(self.configs.folder).as_posix(), path.read_bytes())
        answer = lambda_handler(event, context)
        json.dumps(answer)  # the runtime will do that
        assert set(answer) == {"statusCode", "headers", "body"}
        return answer["statusCode"], json.loads(answer["body"])

    def files(self) -> dict[str, bytes]:
        return {one.path: self.data.get(one.path) for one in self.data.list_objects("")}


@pytest.fixture
def invoke(new_bucket: Callable[[], str], configs: ConfigTree, site: NewsSite, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Two active clients, one of which is partial, and one inactive; the buckets are named by the environment."""
    config_bucket, data_bucket = new_bucket(), new_bucket()
    for name, value in {
        "CONFIG_BUCKET": config_bucket,
        "DATA_BUCKET": data_bucket,
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "VECTORA_FETCH_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ingest, "_utc_now", lambda: NOW)
    configs.source("news", publish(site, "/news.xml", *[f"Story {number}" for number in range(1, 11)]))
    configs.source("gone", f"{site.url}/gone.xml")
    configs.client("acme", ["news"])
    configs.client("beta", ["news", "gone"])
    configs.client("rest", ["news"], active=False)
    return Account(config_bucket=config_bucket, data=open_storage(f"s3://{data_bucket}"), configs=configs)


def test_an_empty_event_runs_all_active_clients(invoke: Account) -> None:
    """Status 200 with the aggregate; items, manifests and the report are in the data bucket."""
    status, body = invoke({})
    assert (status, body["status"]) == (200, "partial")
    assert (body["clients_discovered"], body["clients_active"], body["clients_processed"]) == (3, 2, 2)
    assert (body["clients_succeeded"], body["clients_failed"], body["total_items_ingested"]) == (2, 0, 14)
    assert set(body["client_results"]) == {"acme", "beta"}
    assert body["execution_time_seconds"] >= 0
    files = invoke.files()
    assert len(json.loads(files[f"ingested/acme/{DAY}/items.json"])) == 7
    assert json.loads(files[f"ingested/beta/{DAY}/manifest.json"])["written_by"]["task_id"] == "lambda"
    assert json.loads(files["runs/lambda__7d0b0e42/report.json"]) == body


def test_a_dry_run_applies_to_all_and_writes_nothing(invoke: Account) -> None:
    """`{"dry_run": true}`."""
    status, body = invoke({"dry_run": True})
    assert (status, body["dry_run"], body["clients_processed"], body["total_items_ingested"]) == (200, True, 2, 14)
    assert invoke.files() == {}


def test_a_period_applies_to_all(invoke: Account) -> None:
    """`{"period_days": 14}`."""
    status, body = invoke({"period_days": 14})
    assert status == 200
    assert {key: result["items"] for key, result in body["client_results"].items()} == {"acme": 10, "beta": 10}


def test_a_client_id_runs_that_one_active_or_not(invoke: Account) -> None:
    """`{"client_id": …}`."""
    for client_id in ("rest", "acme"):
        status, body = invoke({"client_id": client_id})
        assert (status, body["status"], list(body["client_results"])) == (200, "succeeded", [client_id])


def test_one_failure_never_stops_the_others(invoke: Account) -> None:
    """Several clients in one invocation: a broken file, an unknown id, a dead source, and one that is fine."""
    invoke.configs.text("clients/torn.yaml", "client_profile: [\n")
    invoke.configs.client("dark", ["gone"])
    status, body = invoke({"client_ids": ["torn", "nobody", "dark", "acme"]})
    assert (status, body["status"], body["failed_client_ids"]) == (200, "partial", ["dark", "nobody", "torn"])
    errors = {key: result["error"]["message"] for key, result in body["client_results"].items() if result["error"]}
    assert errors["torn"].startswith("clients/torn.yaml:")
    assert "no such client" in errors["nobody"]
    assert "404" in errors["dark"]
    assert body["client_results"]["acme"]["items"] == 7


def test_the_other_parameters_of_a_run_hold_too(invoke: Account) -> None:
    """Dates, mode, sources, the failed clients of an earlier run; the plan in the report says what was understood."""
    event = {"from_date": "2026-03-08", "to_date": "2026-03-09", "ingestion_mode": "broad", "sources": ["news"]}
    status, body = invoke(event)
    assert (status, body["plan"]["parameters"]) == (200, event)
    assert body["client_results"]["acme"]["items"] == 2
    assert body["client_results"]["acme"]["output"] == "runs/lambda__7d0b0e42/acme/items.json"
    invoke.configs.client("dark", ["gone"])
    _, first = invoke({}, Context(aws_request_id="first"))
    status, again = invoke({"only_failed_of_run": first["run_id"]}, Context(aws_request_id="again"))
    assert (status, list(again["client_results"]), again["status"]) == (200, ["dark"], "failed")


INVALID = {
    "unknown key": ({"client_idz": ["acme"]}, "client_idz: unknown parameter, did you mean client_ids?"),
    "an event of EventBridge itself": ({"detail-type": "Scheduled Event", "source": "aws.events"}, "detail-type: "),
    "wrong type": ({"period_days": "14"}, "period_days: "),
    "text for a boolean": ({"dry_run": "false"}, "dry_run: "),
    "text for a list": ({"client_ids": "acme"}, "client_ids: 'acme' is not a list"),
    "out of range": ({"period_days": 0}, "period_days: "),
    "no date": ({"from_date": "10/03/2026"}, "from_date: "),
    "contradiction": ({"from_date": "2026-03-08", "period_days": 3}, "give one of them"),
    "dates the wrong way round": ({"from_date": "2026-03-08", "to_date": "2026-03-01"}, "swap them"),
    "two clients": ({"client_id": "acme", "client_ids": ["beta"]}, "give one of them"),
    "unknown source": ({"sources": ["newz"]}, "did you mean news?"),
    "unknown run": ({"only_failed_of_run": "nope"}, "has no report"),
    "a list": ([], "the event is list, not an object"),
    "nothing": (None, "the event is NoneType, not an object"),
    "text": ("{}", "the event is str, not an object"),
}


@pytest.mark.parametrize(("event", "words"), INVALID.values(), ids=INVALID)
def test_an_event_that_cannot_be_used_is_400(invoke: Account, event: Any, words: str) -> None:
    """It never means everybody: nothing runs, and the message says what is wrong."""
    status, body = invoke(event)
    assert (status, body["status"]) == (400, "invalid")
    assert words in body["error"]
    assert invoke.files() == {}


def test_no_active_client_is_no_success(invoke: Account) -> None:
    """It did run, so it is 200; the status says what came of it."""
    for client_id in ("acme", "beta"):
        invoke.configs.client(client_id, ["news"], active=False)
    status, body = invoke({})
    assert (status, body["status"], body["clients_processed"], body["client_results"]) == (200, "no_active_clients", 0, {})


def test_all_clients_failed_is_no_success(invoke: Account) -> None:
    """200 with the aggregate, whose status is `failed`."""
    for client_id in ("acme", "beta"):
        invoke.configs.client(client_id, ["gone"])
    status, body = invoke({})
    assert (status, body["status"], body["clients_failed"], body["clients_succeeded"]) == (200, "failed", 2, 0)


def test_buckets_that_are_not_there_are_500(invoke: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing could run: nothing could be listed, or nothing be stored."""
    for variable in ("CONFIG_BUCKET", "DATA_BUCKET"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, "no-such-bucket")
            status, body = invoke({})
        assert (status, body["status"]) == (500, "failed")
        assert "s3://no-such-bucket/" in body["error"]


def test_storage_out_of_reach_is_500(invoke: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint where nobody listens."""
    invoke({"dry_run": True})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = lambda_handler({}, Context())
    assert answer["statusCode"] == 500
    assert "cannot be reached" in json.loads(answer["body"])["error"]


def test_buckets_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By bucket or by root; the message names the variable."""
    answer = lambda_handler({}, Context())
    assert (answer["statusCode"], "VECTORA_CONFIG_ROOT is not set" in answer["body"]) == (500, True)
    monkeypatch.setenv("CONFIG_BUCKET", "s3://bucket/prefix")
    answer = lambda_handler({}, Context())
    assert (answer["statusCode"], "CONFIG_BUCKET is 's3://bucket/prefix'" in answer["body"]) == (500, True)


def test_roots_hold_where_no_bucket_is_named(invoke: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """VECTORA_CONFIG_ROOT and VECTORA_DATA_ROOT, with a prefix; a named bucket wins over them."""
    monkeypatch.setenv("VECTORA_CONFIG_ROOT", "s3://somewhere-else")
    monkeypatch.setenv("VECTORA_DATA_ROOT", f"{invoke.data.url}/below/this")
    monkeypatch.delenv("DATA_BUCKET")
    status, body = invoke({"client_id": "acme"})
    assert (status, body["client_results"]["acme"]["output"]) == (200, f"ingested/acme/{DAY}/items.json")
    assert f"below/this/ingested/acme/{DAY}/items.json" in invoke.files()


def test_a_retry_by_aws_repeats_the_same_run(invoke: Account) -> None:
    """The request id names the run; without a context the clock does."""
    invoke({})
    before = invoke.files()
    invoke({})
    after = invoke.files()
    assert after.keys() == before.keys()
    assert all(after[path] == before[path] for path in after if path.endswith("items.json"))
    _, body = invoke({"dry_run": True}, None)
    assert body["run_id"] == f"lambda__{NOW.isoformat()}"


def test_one_client_can_be_run_by_itself(invoke: Account) -> None:
    """`run_ingest_for_client` returns the client's summary, and `run_ingest_for_active_clients` a whole run."""
    invoke({"dry_run": True})
    summary = ingest.run_ingest_for_client("rest", {"period_days": 2})
    assert (summary["client_id"], summary["status"], summary["items"]) == ("rest", "succeeded", 2)
    assert f"ingested/rest/{DAY}/items.json" in invoke.files()
    assert ingest.run_ingest_for_client("nobody", {"dry_run": True})["error"]["failure_class"] == "config"
    run = ingest.run_ingest_for_active_clients({"dry_run": True})
    assert sorted(result.client_id for result in run.results) == ["acme", "beta"]


def test_the_configuration_can_be_looked_at_step_by_step(invoke: Account) -> None:
    """List the files, load them all, keep those that a daily run includes."""
    invoke.configs.text("clients/new_template.yaml", "client_profile: {active: true}\n")
    invoke.configs.text("clients/torn.yaml", "client_profile: [\n")
    invoke.configs.text("clients/archive/old.yaml", "client_profile: {active: true}\n")
    invoke({"dry_run": True})
    names = ["acme", "beta", "new_template", "rest", "torn"]
    assert ingest.list_client_configs(invoke.config_bucket) == [f"clients/{name}.yaml" for name in names]
    loaded = ingest.load_all_client_configs(invoke.config_bucket)
    assert [one.client_id for one in loaded] == names
    assert [one.client_id for one in ingest.filter_active_clients(loaded)] == ["acme", "beta", "torn"]


def test_a_listing_follows_its_pages(new_bucket: Callable[[], str]) -> None:
    """S3 gives 1,000 keys a page; all of them come, sorted, and only those below the folder."""
    bucket = new_bucket()
    storage = open_storage(f"s3://{bucket}")
    for number in range(1_050):
        storage.put(f"many/{number:04}.yaml", b"")
    storage.put("many_others/x.yaml", b"")
    assert ingest.list_objects_with_prefix(bucket, "many") == [f"many/{number:04}.yaml" for number in range(1_050)]
    assert ingest.list_objects_with_prefix(bucket, "none") == []
