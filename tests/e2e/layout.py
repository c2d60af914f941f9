"""What of a page does not fit into its window: the reader of a telephone would have to push it sideways."""

from __future__ import annotations

from playwright.sync_api import Frame, Page

_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const found = [...document.body.querySelectorAll("*")].filter((one) =>
    !one.closest(".scroll, .visually-hidden, svg") && one.getBoundingClientRect().right > width + 1);
  const elements = found.slice(0, 10).map((one) => one.outerHTML.slice(0, 200));
  return [`${document.documentElement.scrollWidth} of ${width} px`, ...elements];
}"""


def too_wide(target: Page | Frame) -> list[str]:
    """Return how wide a page is where it is wider than its window, and what makes it so; boxes that scroll do not count."""
    found: list[str] = target.evaluate(_TOO_WIDE)
    return found
