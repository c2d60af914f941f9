"""Pages full of what strangers wrote, in a browser on the real stack: nothing of it runs, loads, or leads anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Dialog, Frame, Page, Request

from stack.airflow import ADMIN
from stack.local import INGEST
from tests.e2e.browser import Pages
from tests.e2e.hostile_outputs import CLIENT, JOB, QUEUE, RUN, infested
from tests.e2e.routes import client_of, token_of
from tests.plugins.ui.inert import EVERYTHING, PAYLOADS, assert_inert

_TRAP: Final = "window.attack = () => { window.top.__pwned = true; };"
_PROVOKE: Final = """async () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of document.querySelectorAll("*"))
    for (const kind of ["mouseover", "focus", "load", "error", "toggle"])
      one.dispatchEvent(new Event(kind, { bubbles: true }));
  if (document.getElementById("content").dataset.live) await new Promise((done, fail) => {
    document.addEventListener("vectora:changed", done, { once: true });
    window.dispatchEvent(new Event("vectora:refresh"));
    setTimeout(() => fail(new Error("it was not refreshed")), 60_000);
  });
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
PAGES: Final[dict[str, dict[str, Any]]] = {
    "clients": {},
    "clients#all": {"q": "<script>", "sort": EVERYTHING, "status": EVERYTHING},
    "clients#run-now": {"run_now": "<script>attack()</script>"},
    "client": {"client_id": CLIENT, "run_id": RUN},
    "client#mistakes": {"client_id": "attack_2"},
    "client#items": {"client_id": CLIENT, "run_id": RUN, "q": "<img src=x onerror=attack()>", "page": "x"},
    "run": {"dag_id": INGEST, "run_id": RUN},
    "run#cause": {"dag_id": INGEST, "run_id": RUN, "q": "<script>", "cause": "<script>"},
    "run#other": {"dag_id": EVERYTHING[:200], "run_id": EVERYTHING[:200]},
    "instance": {"dag_id": INGEST, "run_id": RUN, "task_id": "ingest_client", "map_index": "0"},
    "sync": {"run_id": EVERYTHING[:200]},
    "jobs": {"period": "all", "size": 100},
    "jobs#queue": {"period": "all", "queue": QUEUE},
    "jobs#wrong": {"since": EVERYTHING, "status": EVERYTHING, "sort": "x", "token": EVERYTHING, "q": "<script>"},
    "job": {"job_id": JOB},
    "job#by-hand": {"job_id": "attack-2"},
    "job#gone": {"job_id": "attack-3"},
    "job#odd": {"job_id": "attack-4"},
    "job#none": {"job_id": EVERYTHING},
    "nothing": {},
}


class Trap:
    """A window in which whatever runs is caught."""

    def __init__(self, pages: Pages) -> None:
        pages.troubles.allow(r"status of 40\d|^response: 40\d")
        self.page: Page = pages.login(ADMIN, alone=True)
        self.page.add_init_script(_TRAP)
        self.caught: list[str] = []
        self.page.on("dialog", self._dialog)
        self.page.context.on("page", lambda opened: self.caught.append(f"opened {opened.url}"))
        self.page.context.on("request", self._request)
        self._ours = (f"{pages.url}/", f"blob:{pages.url}/")  # Airflow's own page makes a worker of a blob

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self._ours):
            self.caught.append(f"asked for {request.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.caught.append(f"said {dialog.message}")
        dialog.dismiss()

    def check(self, frame: Frame, said: str) -> None:
        """Provoke everything in a page, and see that nothing came of it."""
        frame.evaluate(_PROVOKE)
        assert self.page.evaluate("window.__pwned") is None, said
        assert frame.evaluate("window.__pwned") is None, said
        assert self.caught == [], said


@pytest.fixture(scope="module", autouse=True)
def _infested(_pages: Pages) -> Iterator[None]:
    with infested(_pages.stack):
        yield


def test_nothing_that_strangers_wrote_runs(pages: Pages) -> None:
    """On no page: no script, no handler, no request to elsewhere, no violated policy; it is made of what it may be."""
    trap = Trap(pages)
    frame = pages.open(trap.page, "clients")
    for name, query in PAGES.items():
        answer = frame.goto(pages.address(name.partition("#")[0], **query))
        assert answer and answer.status in (200, 400, 404), name
        assert_inert(answer.text(), prefix="")
        trap.check(frame, name)


def test_what_strangers_wrote_is_there_to_read(pages: Pages) -> None:
    """As the text it is: the title of an item, the name of a client, the reason of a job."""
    trap = Trap(pages)
    frame = pages.open_run(trap.page, RUN)
    for path, query in (("client", PAGES["client"]), ("run", PAGES["run"]), ("job", PAGES["job"]), ("jobs", PAGES["jobs"])):
        frame.goto(pages.address(path, **query))
        assert "<script>attack()</script>" in frame.locator("main").inner_text(), path
    trap.check(frame, "the tab of the run")
    trap.check(pages.open_instance(trap.page, RUN, "ingest_client/mapped/0"), "the tab of the instance")


def test_ids_that_are_scripts_and_paths(pages: Pages) -> None:
    """Each payload as the id of a client, a run and a job, where there is one of that name; never an error of ours."""
    with client_of(pages, token_of(pages.stack, ADMIN), by_cookie=True) as client:
        statuses: dict[str, set[int]] = {}
        for payload in (*PAYLOADS, "../acme_biotech", "..%2facme_biotech", "/etc/passwd", "acme_biotech/../../clients"):
            for path, query in (
                ("client", {"client_id": payload, "run_id": RUN}),
                ("client", {"client_id": CLIENT, "run_id": payload}),
                ("job", {"job_id": payload}),
                ("run", {"run_id": payload}),
                ("instance", {"run_id": RUN, "task_id": payload, "map_index": payload}),
            ):
                answer: httpx.Response = client.get(f"/{path}", params=query, follow_redirects=True)
                assert answer.status_code in (200, 400, 404), (path, payload, answer.text)
                assert_inert(answer.text, prefix="")
                assert "root:" not in answer.text
                statuses.setdefault(path, set()).add(answer.status_code)
    assert statuses["client"] == statuses["job"] == {200, 404}
