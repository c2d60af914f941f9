"""`make screenshots` where it cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import screenshots
from stack.errors import StackError


def test_without_a_browser_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"^no browser found .*apt-get install chromium"):
        screenshots.screenshots(tmp_path / "stack")
    assert list(tmp_path.iterdir()) == []


def test_any_chromium_on_the_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whatever name a system calls it."""
    browser = tmp_path / screenshots.BROWSERS[-1]
    browser.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert screenshots.find_browser() == str(browser)
