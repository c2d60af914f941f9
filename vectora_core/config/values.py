"""What one value of the configuration may be: checks that a type alone cannot make.

Each takes the text and returns it, or raises ValueError with the message an editor reads. No check looks at a second key.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from vectora_core.config.logic import LogicError, parse_logic
from vectora_core.config.patterns import compile_pattern

MAX_EXPRESSION = 500
_HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")  # RFC 9110 5.1
_SECRET_NAME = re.compile(r"auth|key|token|cookie|secret|password|credential|signature|session", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"^\s*(?:bearer|basic|token|digest)\s+\S", re.IGNORECASE)
ENV_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""``${ENV_NAME}`` in a header value: the environment variable it is filled in from when the source is fetched."""


def empty_as_none(value: object) -> object:
    """Take the empty text for nothing at all (``rss_url: ""``)."""
    return None if isinstance(value, str) and not value.strip() else value


def empty_as_list(value: object) -> object:
    """Take a key with nothing behind it for an empty list."""
    return () if value is None else value


def empty_as_mapping(value: object) -> object:
    """Take a key with nothing behind it for an empty mapping."""
    return {} if value is None else value


def flag(value: object) -> object:
    """Refuse a key with nothing behind it where true or false must stand."""
    if value is None:
        raise ValueError("must be true or false, not empty")
    return value


def http_url(value: Any) -> Any:
    """Refuse a URL with a user or password in it."""
    parts = urlsplit(str(value)) if value is not None else None
    if parts and "@" in parts.netloc:
        raise ValueError("must not hold a user or password; put a header with ${ENV_NAME} instead")
    return value


def pattern(text: str) -> str:
    """Refuse what is not a usable regular expression."""
    compile_pattern(text)
    return text


def timezone(text: str) -> str:
    """Refuse what is not a name of the IANA time zone database."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{text!r} is not a time zone; use a name such as Europe/Paris or UTC") from error
    return text


def date_format(text: str) -> str:
    """Refuse what names no day, month and year, in the letters of ``strptime`` or as in ``DD/MM/YYYY``."""
    parts = ("%[dj]", "%[mbBj]", "%[Yy]") if "%" in text else ("D", "M", "YY")
    try:
        datetime.strptime("", text)  # noqa: DTZ007  # only its complaint is of interest
    except re.error as error:
        raise ValueError(f"{text!r} names a part of the date twice; write each once, as in %d %B %Y") from error
    except ValueError as error:
        if "does not match" not in str(error):
            raise ValueError(f"{text!r} is not a date format ({error}); write it as in %d %B %Y") from error
    if not all(re.search(part, text) for part in parts):
        raise ValueError(f"{text!r} does not name day, month and year; write it as in %d %B %Y or DD/MM/YYYY")
    return text


def logic(text: str) -> str:
    """Refuse what is not a boolean expression over group ids."""
    try:
        parse_logic(text)
    except LogicError as error:
        raise ValueError(f"{error}; write it as in a AND (b OR c)") from error
    return text


def group_id(text: str) -> str:
    """Refuse an operator as the name of a group."""
    if text.upper() in ("AND", "OR", "NOT"):
        raise ValueError(f"{text!r} is an operator of combination_logic; choose another name")
    return text


def jmespath_expression(text: str) -> str:
    """Refuse what is not JMESPath."""
    import jmespath  # type: ignore[import-untyped]  # ships no types; only for sources that are APIs

    if len(text) > MAX_EXPRESSION:
        raise ValueError(f"is longer than {MAX_EXPRESSION} characters; shorten it")
    try:
        jmespath.compile(text)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError, IndexError) as error:
        raise ValueError(f"{text!r} is not a JMESPath expression; see https://jmespath.org, as in data.articles") from error
    return text


def css_selector(text: str) -> str:
    """Refuse what is not a CSS selector."""
    import soupsieve  # pulls in BeautifulSoup: only for sources that are HTML

    if len(text) > MAX_EXPRESSION:
        raise ValueError(f"is longer than {MAX_EXPRESSION} characters; shorten it")
    try:
        soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a CSS selector; write it as in article.news h2 a") from error
    return text


def header(name: str, value: str) -> None:
    """Refuse a header field that is not HTTP's, or a secret written out."""
    if not _HEADER_NAME.match(name):
        raise ValueError("is not the name of a header; use letters, digits and hyphens")
    if not value.isprintable():
        raise ValueError("has a line break or control character in its value; remove it")
    rest = ENV_REFERENCE.sub("", value)
    if "${" in rest:
        raise ValueError("has a ${…} that names no environment variable; write ${ENV_NAME}")
    if rest == value and (_SECRET_NAME.search(name) or _SECRET_VALUE.match(value)):
        raise ValueError("looks like a secret and is written out; put ${ENV_NAME} in its place")
