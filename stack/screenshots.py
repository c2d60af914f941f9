"""`make screenshots`: the pictures of the documentation, taken anew from a running Airflow by a browser without a window.

It looks and never clicks: what is shown is what the addresses below show to anybody.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from stack.demo_data import BROKEN_CLIENT, UNKNOWN_CLIENT, DemoData, fill
from stack.errors import StackError
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.places import REPOSITORY, SCREENSHOTS, below_repository
from stack.stopping import Stopped, signals_raise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = REPOSITORY / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_SECONDS = 60
_SETTLE_SECONDS = 5
_FRAME = "iframe[src*='/vectora/']"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: its file, the address below Airflow's that is shown, and what must be there before it is taken.

    :param waits_for: CSS selectors, in our page's frame unless the picture is of a page of Airflow's own
    :param in_frame: whether it is of a page of ours
    """

    file: str
    address: str
    waits_for: tuple[str, ...]
    in_frame: bool = True
    theme: str = "light"
    width: int = 1440
    height: int = 900


def pictures(data: DemoData) -> tuple[Picture, ...]:
    """Return every picture of the documentation, in the order of its taking.

    :param data: what the stack is filled with
    """
    run = f"/dags/{INGEST}/runs/{quote(data.failed, safe='')}"
    pages = "/plugin/vectora-clients/vectora"
    clients = ("main h1", *(f"a[href*='client_id={name}']" for name in ("acme_biotech", "helios_pharma")))
    one = f"{pages}/client?client_id=fabrikam_archive&run_id={quote(data.failed, safe='')}"
    jobs = "/plugin/vectora-jobs/vectora"
    return (
        Picture(
            file="grid.png",
            address=f"{run}/tasks/ingest_client/mapped",
            waits_for=tuple(f"text='{name}'" for name in ("acme_biotech", BROKEN_CLIENT, UNKNOWN_CLIENT)),
            in_frame=False,
            height=740,
        ),
        Picture(file="clients.png", address=f"{pages}/clients", waits_for=clients),
        Picture(file="clients-dark.png", address=f"{pages}/clients", waits_for=clients, theme="dark"),
        Picture(file="clients-phone.png", address=f"{pages}/clients", waits_for=clients, width=390, height=844),
        Picture(file="client.png", address=one, waits_for=("main h1",)),
        Picture(file="run.png", address=f"{run}/plugin/vectora-run", waits_for=(f"a[href*='{UNKNOWN_CLIENT}']",)),
        Picture(file="jobs.png", address=f"{jobs}/jobs", waits_for=("main h1", f"a[href*='job_id={data.retried}']")),
        Picture(file="job.png", address=f"{jobs}/job?job_id={data.retried}", waits_for=("main h1",)),
    )


def screenshots(folder: Path = SCREENSHOTS) -> int:
    """Start a stack of its own, fill it, and save the pictures in ``docs/images``.

    :param folder: where the stack works; it is removed afterwards
    :raises StackError: when there is no browser, a part of the stack could not start, or a page does not show what it should
    """
    path = find_browser()
    try:
        with signals_raise(), Stack(StackOptions(folder=folder), tell=print) as stack:
            data = fill(stack)
            print("runs and jobs ready")
            _take(stack, path, pictures(data))
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


def _take(stack: Stack, path: str, wanted: tuple[Picture, ...]) -> None:
    from playwright.sync_api import sync_playwright  # of the development requirements: only here

    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        try:
            for picture in wanted:
                with _page(browser, picture) as page:
                    _save(page, f"{stack.public_url}{picture.address}", picture)
        finally:
            browser.close()


@contextmanager
def _page(browser: Browser, picture: Picture) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, locale="en-GB", timezone_id="UTC"
    )
    context.add_init_script(f"try {{ localStorage.setItem('theme', '{picture.theme}') }} catch {{}}")
    try:
        yield context.new_page()
    finally:
        context.close()


def _settle(page: Page) -> None:
    """Let what is around our page come too; one that refreshes itself may never be idle."""
    from playwright.sync_api import TimeoutError as NotIdleError

    with suppress(NotIdleError):
        page.wait_for_load_state("networkidle", timeout=_SETTLE_SECONDS * 1000)


def _save(page: Page, url: str, picture: Picture) -> None:
    from playwright.sync_api import Error

    try:
        page.goto(url)
        for selector in picture.waits_for:
            found = page.frame_locator(_FRAME).locator(selector) if picture.in_frame else page.locator(selector)
            found.first.wait_for(timeout=_SECONDS * 1000)
        _settle(page)
        page.screenshot(path=IMAGES / picture.file, animations="disabled")
    except Error as error:
        raise StackError(f"{picture.file} could not be taken of {url}: {error.message}") from error
    size = (IMAGES / picture.file).stat().st_size / 1024
    print(f"saved {below_repository(IMAGES / picture.file)} ({size:.0f} KiB)")
