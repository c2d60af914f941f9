"""Links and pictures lead somewhere, and no file that is kept tells where it was made."""

from __future__ import annotations

import re
import subprocess
from pathlib import PurePosixPath
from posixpath import normpath

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links

MACHINE = re.compile(r"(?<![\w.:}/>])/(?:root|home|work|Users)/[\w.-]")
HOSTS = ("python" + "hosted.", "py" + "pi.org", "art" + "ifactory", "nex" + "us.")
REGISTRY = re.compile("|".join(map(re.escape, HOSTS)) + r"|^--(?:extra-)?index" + "-url")
PNG_LIMIT = 300_000


@pytest.mark.parametrize("page", PAGES)
def test_every_internal_link_leads_somewhere(page: str) -> None:
    """To a file that exists, and to a heading in it."""
    for _, target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = normpath(PurePosixPath(page).parent / path) if path else page
        assert (ROOT / linked).exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(linked), f"{page}: {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """Nobody has to know that a page exists."""
    reached, ahead = set(), {"README.md"}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        targets = {normpath(PurePosixPath(page).parent / target.partition("#")[0]) for _, target in links(page)}
        ahead |= (targets & PAGES.keys()) - reached
    assert reached == set(PAGES)


def test_pictures_exist_are_shown_and_stay_small() -> None:
    """A picture is a PNG of less than 300 KB, and none lies about."""
    shown = {normpath(PurePosixPath(page).parent / target) for page in PAGES for image, target in links(page) if image}
    kept = {str(path.relative_to(ROOT)) for path in (ROOT / "docs/images").iterdir()}
    assert shown == kept
    for name in kept:
        data = (ROOT / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < PNG_LIMIT


def test_no_file_tells_where_it_was_made() -> None:
    """Neither folders of a machine nor hosts of a package registry: what is kept works elsewhere."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    told = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix == ".png" or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if MACHINE.search(line) or REGISTRY.search(line):
                told.append(f"{name}:{number}: {line.strip()[:120]}")
    assert told == []
