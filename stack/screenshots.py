"""`make screenshots`: the pictures of the documentation, taken anew from a running Airflow by a browser without a window.

It looks and never clicks: what is shown is what the addresses below show to anybody.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stack.errors import StackError
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.places import REPOSITORY, SCREENSHOTS, below_repository
from stack.stopping import Stopped, signals_raise

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

IMAGES = REPOSITORY / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_SIZE: ViewportSize = {"width": 1440, "height": 690}
_RUNS: tuple[dict[str, Any], ...] = (
    {},
    {"client_ids": ["acme_biotech", "fabrikam_archive", "helios_pharma", "northwind_energy", "tailspin_toys"]},
)
"""The last one is shown: a client that is inactive but asked for, and one that has no file and fails alone."""
_SECONDS = 60
_LIGHT = "for (const name of ['theme', 'chakra-ui-color-mode']) localStorage.setItem(name, 'light')"


def screenshots(folder: Path = SCREENSHOTS) -> int:
    """Start a stack of its own, run the ingest, and save ``docs/images/grid.png``.

    :param folder: where the stack works; it is removed afterwards
    :raises StackError: when there is no browser, or a part of the stack could not start
    """
    browser = find_browser()
    try:
        with signals_raise(), Stack(StackOptions(folder=folder), tell=print) as stack:
            _take(stack, browser)
    except Stopped as stopped:
        print(f"make screenshots: stopped by {stopped}", file=sys.stderr)
        return stopped.exit_code
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def find_browser() -> str:
    """Return the path of a Chromium.

    :raises StackError: when there is none
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise StackError(
            f"no browser found (looked for {', '.join(BROWSERS)}): install one (Debian: apt-get install chromium; "
            "elsewhere: Chromium or Chrome, on the PATH)"
        )
    return found


def _take(stack: Stack, browser: str) -> None:
    stack.wait_for_dag()
    run_id = [_finished(stack, conf) for conf in _RUNS][-1]
    clients = [one["rendered_map_index"] for one in stack.task_instances(run_id) if one["map_index"] >= 0]
    with _page(browser) as page:
        page.goto(f"{stack.url}/dags/{INGEST}/runs/{quote(run_id, safe='')}/tasks/ingest_client/mapped")
        for client in clients:
            page.get_by_text(client, exact=True).first.wait_for(timeout=_SECONDS * 1000)
        page.wait_for_load_state("networkidle")
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=IMAGES / "grid.png", animations="disabled")
    print(f"saved {below_repository(IMAGES / 'grid.png')}: {', '.join(clients)}")


def _finished(stack: Stack, conf: dict[str, Any]) -> str:
    run_id = stack.trigger(conf)
    stack.wait(run_id)
    return run_id


@contextmanager
def _page(browser: str) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright  # of the development requirements: only here

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, headless=True, args=_ARGUMENTS)
        try:
            page = running.new_page(viewport=_SIZE, color_scheme="light", locale="en-GB", timezone_id="UTC")
            page.add_init_script(_LIGHT)
            yield page
        finally:
            running.close()
