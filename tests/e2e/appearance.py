"""What holds for every page in every window: nothing sticks out, the theme is Airflow's, axe finds nothing serious."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator

from tests.e2e.accessibility import serious_findings
from tests.e2e.browser import Look
from tests.e2e.layout import too_wide

BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}


def faults(frame: Frame, look: Look) -> list[str]:
    """Return what is wrong with how a page looks: what is too wide, a background of another theme, findings of axe."""
    seen, wanted = background(frame), BACKGROUNDS[look.theme]
    theme = [] if seen == wanted else [f"the background is {seen}, and not {wanted}"]
    return [*too_wide(frame), *theme, *serious_findings(frame)]


def background(frame: Frame) -> str:
    """Return the colour behind a page."""
    found: str = frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return found


def words(place: Locator) -> str:
    """Return the text of an element, its blanks made one."""
    return " ".join(place.inner_text().split())


def figures(frame: Frame) -> dict[str, str]:
    """Return the numbers above a page by their names."""
    return {words(one.locator("dt")): words(one.locator("dd")) for one in frame.locator("dl.figures .figure").all()}


def follow(frame: Frame, link: Locator) -> None:
    """Click what leads to another page in the frame, and wait for that."""
    with frame.expect_navigation():
        link.click()
