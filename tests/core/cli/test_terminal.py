"""What reaches the terminal: whole tables, and nothing of a stranger's text that the terminal would obey."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.command_line import Vectora, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import Answer, NewsSite
from vectora_core.cli.terminal import print_json, print_line, print_table, visible


@given(st.text())
def test_nothing_invisible_gets_through(text: str) -> None:
    """No control character but line feed and tab, no mark that turns the direction of text."""
    shown = visible(text)
    assert not any((ord(one) < 32 and one not in "\n\t") or 127 <= ord(one) < 160 for one in shown)
    assert not any(0x202A <= ord(one) <= 0x202E or 0x2066 <= ord(one) <= 0x2069 for one in shown)


def test_cells_are_text_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """What looks like markup of rich, or is an escape sequence, stands there as it is written."""
    print_table("[bold]t[/bold]\x1b[2J", ("a",), [("[red]x[/red]",), ("\x1b]0;title\x07",)])
    out = capsys.readouterr().out
    for words in ("[bold]t[/bold]\\x1b[2J", "[red]x[/red]", "\\x1b]0;title\\x07"):
        assert words in out
    assert "\x1b" not in out


def test_a_table_without_rows_is_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    """No crash, and the columns can be read."""
    print_table("Nothing", ("client", "status"), [])
    assert "client" in capsys.readouterr().out


def test_half_a_character_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    """Lone surrogates (file names, JSON APIs) are escaped, in JSON so that they are read back."""
    print_line("a\udc80b")
    print_json({"a": "\ud800"})
    line, _, document = capsys.readouterr().out.partition("\n")
    assert line == "a\\udc80b"
    assert json.loads(document) == {"a": "\ud800"}


def test_a_hostile_title_is_shown_not_obeyed(vectora: Vectora, configs: ConfigTree, site: NewsSite) -> None:
    """A mark that turns the direction of what follows, which an XML feed may hold."""
    configs.source("news", publish(site, "/news.xml", "Clear TITLE now"))
    configs.client("acme", ["news"])
    body = site.pages["/news.xml"].body.replace(b"TITLE", "\u202egnp".encode())
    site.pages["/news.xml"] = Answer(body)
    found = vectora("preview", configs.folder / "clients/acme.yaml")
    assert "Clear \\u202egnp now" in found.out
