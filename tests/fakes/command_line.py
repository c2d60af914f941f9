"""The `vectora` command for tests: run in this process at a given time, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.news_site import Answer as PageAnswer
from tests.fakes.news_site import Article, NewsSite, rss
from vectora_core.cli.app import run

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command answered: its exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Vectora = Callable[..., Answer]


def answer_of(arguments: tuple[object, ...], capsys: pytest.CaptureFixture[str]) -> Answer:
    """Run a command in this process."""
    capsys.readouterr()
    code = run([str(one) for one in arguments])
    said = capsys.readouterr()
    return Answer(code=code, out=said.out, err=said.err)


def command(*arguments: object) -> list[str]:
    """Return the command line of a `vectora` process."""
    return [sys.executable, "-m", "vectora_core", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of such a process."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), **more}


def answer_of_process(arguments: tuple[object, ...], **more: str) -> Answer:
    """Run a command as a process, with more environment variables."""
    done = subprocess.run(command(*arguments), env=environment(**more), capture_output=True, check=False, timeout=120)
    return Answer(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def publish(site: NewsSite, path: str, *titles: str, now: datetime = NOW) -> str:
    """Put a feed with one article a title on the site, a day old and older, and return its address."""
    articles = [
        Article(title=title, link=f"{site.url}{path}/{number}", published=now - timedelta(days=number))
        for number, title in enumerate(titles, 1)
    ]
    site.pages[path] = PageAnswer(rss(articles))
    return site.url + path
