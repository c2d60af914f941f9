"""A Chromium that looks at the pages as people do: logged in through Airflow's own form, in its light or dark theme.

It collects what goes wrong meanwhile, whosever page it is: nothing may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Frame, Page, Request, Response

from stack.airflow import ADMIN
from stack.demo_data import DemoData
from stack.local import INGEST, Stack

TIMEZONE = "Europe/Madrid"
"""Where the reader is: not at UTC, so that times in their zone can be told from others."""
_MOUNT = "/vectora"
_FAVICON = "/favicon.ico"  # asked for by the browser, by no page
_SET_THEME = "try {{ localStorage.setItem('theme', '{theme}') }} catch {{}}"


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the reader's window is: its size in CSS pixels, and the theme chosen in Airflow."""

    width: int = 1440
    height: int = 900
    theme: Literal["light", "dark"] = "light"

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


DESKTOP = Look()
PHONE = Look(width=390, height=844)
LOOKS = (DESKTOP, Look(theme="dark"), PHONE, Look(width=390, height=844, theme="dark"))


class Troubles:
    """What went wrong in the pages of a test: console errors (a violated policy is one), exceptions, failed requests.

    :ivar found: one line each
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        """Do not mind, in this test, what a regular expression finds."""
        self._allowed.append(re.compile(pattern))

    def watch(self, context: BrowserContext) -> None:
        """Collect from every page of a context, also from those that it opens."""
        context.on("console", self._console)
        context.on("weberror", lambda raised: self.found.append(f"exception: {raised.error}"))
        context.on("requestfailed", self._request_failed)
        context.on("response", self._response)

    def left(self) -> list[str]:
        """Return what is not allowed."""
        return [one for one in self.found if not any(pattern.search(one) for pattern in self._allowed)]

    def forget(self) -> None:
        """Begin anew: the next test allows nothing yet."""
        self.found.clear()
        self._allowed.clear()

    def _console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not url.endswith(_FAVICON):
            self.found.append(f"console: {message.text} ({url})")

    def _request_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # whoever goes to another page has not waited for this one
            self.found.append(f"request: {request.failure} {request.method} {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.url.endswith(_FAVICON):
            self.found.append(f"response: {response.status} {response.request.method} {response.url}")


class Pages:
    """The pages of one stack, and the windows that a test has open on them.

    :ivar url: where browsers find Airflow
    :ivar data: which runs and jobs there are
    """

    def __init__(self, stack: Stack, data: DemoData, browser: Browser, *, url: str | None = None) -> None:
        self.stack = stack
        self.url = url or stack.public_url
        self.data = data
        self.troubles = Troubles()
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._sessions: dict[str, Any] = {}
        self._kept: dict[tuple[str, str], Page] = {}
        self._taken: set[tuple[str, str]] = set()

    def window(self, look: Look = DESKTOP, *, session: Any = None, **more: Any) -> Page:
        """Open a window, of nobody unless a session is given.

        :param session: a ``storage_state`` of Playwright
        :param more: further options of Playwright's ``new_context``
        """
        context = self._context(look, session=session, **more)
        self._contexts.append(context)
        return context.new_page()

    def login(self, user: str = ADMIN, look: Look = DESKTOP, *, alone: bool = False, **more: Any) -> Page:
        """Return a window of one of `stack.airflow.USERS`, who logged in through the form.

        Airflow's UI costs a new window 3 s and one that has shown it half a second, so that tests follow each other in one.

        :param alone: a window of this test's own, for what cannot be undone: cookies, clocks, listeners
        :param more: further options of Playwright's ``new_context``, which make it one too
        """
        kind = user, look.theme
        if alone or more or kind in self._taken:
            return self.window(look, session=self._session_of(user), **more)
        if kind not in self._kept:
            self._kept[kind] = self._context(look, session=self._session_of(user)).new_page()
        self._taken.add(kind)
        self._kept[kind].set_viewport_size({"width": look.width, "height": look.height})
        return self._kept[kind]

    def _context(self, look: Look, *, session: Any, **more: Any) -> BrowserContext:
        options = {"viewport": {"width": look.width, "height": look.height}, "locale": "en-GB", "timezone_id": TIMEZONE}
        context = self._browser.new_context(**{**options, **more}, storage_state=session)
        self.troubles.watch(context)
        context.add_init_script(_SET_THEME.format(theme=look.theme))
        return context

    def _session_of(self, user: str) -> Any:
        if user not in self._sessions:
            page = self.window()
            self.sign_in(page, user)
            self._sessions[user] = page.context.storage_state()
        return self._sessions[user]

    def sign_in(self, page: Page, user: str) -> None:
        """Fill in Airflow's form, and wait until it has let the user in."""
        login = self.stack.login_of(user)
        assert login, "the stack asks nobody for a password"
        page.goto(f"{self.url}/auth/login")
        for name, value in zip(("username", "password"), login, strict=True):
            page.locator(f"input[name={name}]").fill(value)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_function("document.cookie.includes('_token')")

    def frame(self, page: Page) -> Frame:
        """Return the frame of a page of ours in Airflow's, once it is loaded."""
        element = page.locator(f"iframe[src*='{_MOUNT}/']").element_handle()
        frame = element.content_frame()
        assert frame
        frame.wait_for_url(re.compile(rf"{_MOUNT}/"))
        return frame

    def open(self, page: Page, path: str, **query: Any) -> Frame:
        """Show a page of ours in Airflow's, as the navigation does.

        :param path: such as ``clients`` or ``job``
        """
        route = "vectora-jobs" if path.startswith("job") else "vectora-clients"
        inner = urlsplit(self.address(path, **query))
        page.goto(f"{self.url}/plugin/{route}{inner.path}" + (f"?{inner.query}" if inner.query else ""))
        return self.frame(page)

    def open_run(self, page: Page, run_id: str, *, dag_id: str = INGEST) -> Frame:
        """Show our tab of a run in Airflow's page."""
        page.goto(f"{self._run(dag_id, run_id)}/plugin/vectora-run")
        return self.frame(page)

    def open_instance(self, page: Page, run_id: str, task: str, *, dag_id: str = INGEST) -> Frame:
        """Show our tab of a task instance in Airflow's page.

        :param task: such as ``ingest_client/mapped/0``
        """
        page.goto(f"{self._run(dag_id, run_id)}/tasks/{task}/plugin/vectora-instance")
        return self.frame(page)

    def _run(self, dag_id: str, run_id: str) -> str:
        return f"{self.url}/dags/{dag_id}/runs/{quote(run_id, safe='')}"

    def address(self, path: str, **query: Any) -> str:
        """Return the address of a page of ours without Airflow's around it."""
        return f"{self.url}{_MOUNT}/{path}{_query(query)}"

    def close(self) -> list[str]:
        """Close the windows of a test, make the kept ones as new, and return what went wrong in them."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        for kind in self._taken:
            self._make_as_new(kind)
        self._taken.clear()
        found = self.troubles.left()
        self.troubles.forget()
        return found

    def _make_as_new(self, kind: tuple[str, str]) -> None:
        page = self._kept[kind]
        try:
            for other in page.context.pages:
                if other is not page:
                    other.close()
            page.unroute_all()
            page.context.unroute_all()
            page.goto(f"{self.url}/api/v2/version")  # something small of the same origin: its storage can be emptied there
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        except Error:  # whatever a test did to it
            page.context.close()
            del self._kept[kind]


def params() -> list[Any]:
    """Return the looks as parameters of a fixture."""
    return [pytest.param(look, id=str(look)) for look in LOOKS]


def _query(query: Mapping[str, Any]) -> str:
    return f"?{urlencode(query, doseq=True, quote_via=quote)}" if query else ""
