"""The real stack of `make up` with demo data, and a Chromium on it; both are started once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from stack.demo_data import fill
from stack.local import Stack
from stack.options import StackOptions
from stack.screenshots import ARGUMENTS, find_browser
from tests.e2e.behind_a_proxy import proxied
from tests.e2e.browser import Look, Pages, params

TODAY = date(2026, 3, 2)
"""The day the demo web site is written for."""
PATH_PREFIX = "/some/airflow"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here starts a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # as all other waiting of Playwright: a machine may have more to do
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), headless=True, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def _pages(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Pages]:
    options = StackOptions(folder=tmp_path_factory.mktemp("pages"), all_admins=False, today=TODAY)
    with Stack(options) as stack:
        yield Pages(stack, fill(stack), browser)


@pytest.fixture
def pages(_pages: Pages) -> Iterator[Pages]:
    """The pages; at the end of a test nothing may have gone wrong in them but what `pages.troubles` was told to allow."""
    yield _pages
    assert _pages.close() == []


@pytest.fixture(scope="package")
def _proxied_pages(_pages: Pages, browser: Browser) -> Iterator[Pages]:
    with proxied(_pages.stack, PATH_PREFIX) as url:
        yield Pages(_pages.stack, _pages.data, browser, url=url)


@pytest.fixture
def proxied_pages(_proxied_pages: Pages) -> Iterator[Pages]:
    """The same pages behind a reverse proxy, below `PATH_PREFIX`."""
    yield _proxied_pages
    assert _proxied_pages.close() == []


@pytest.fixture(params=params())
def look(request: pytest.FixtureRequest) -> Look:
    """Both sizes in both themes, one test each."""
    found: Look = request.param
    return found
