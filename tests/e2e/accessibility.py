"""axe-core on a page or a frame. It runs beside the scripts of the page, so a strict Content-Security-Policy may stay."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

SERIOUS = frozenset({"serious", "critical"})
_OPTIONS = {"resultTypes": ["violations"], "iframes": False}  # it would wait for an answer of frames that it is not in
_AXE = Axe()


def serious_findings(target: Page | Frame) -> list[str]:
    """Return what axe-core finds serious or critical: one line an element, with the rule, its remedy and the element."""
    found = _AXE.run(target, options=_OPTIONS).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} {rule['helpUrl']}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]
