"""What the keys of one entry say together: a client's two `active`, a source's mode and URL, a profile's groups and logic.

They look at the raw data, so that they find their mistakes beside those of single values. They open no second entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from vectora_core.config import values
from vectora_core.config.document import Document, Path
from vectora_core.config.logic import LogicError, parse_logic
from vectora_core.config.validation import did_you_mean
from vectora_core.errors import Problem

SIGNAL_KEYS = ("exclusion_scopes", "required_signal_groups", "combination_logic", "minimum_total_weight")
_URL_KEYS = {"rss": "rss_url", "html": "html_url", "api": "api_url"}


def check_client(document: Document, *, named_by_file: bool = True) -> Iterator[Problem]:
    """Check what a client's file says about itself in two places.

    :param named_by_file: whether the file's name has to be the client's id
    """
    profile = mapping(document.data.get("client_profile"))
    inner, outer = profile.get("active"), document.data.get("active")
    if isinstance(inner, bool) and isinstance(outer, bool) and inner != outer:
        message = f"is {_word(outer)} here and {_word(inner)} in client_profile; keep one of the two"
        yield document.problem(("active",), message)
    stem, client_id = PurePosixPath(document.file).stem, profile.get("client_id")
    if named_by_file and isinstance(client_id, str) and client_id != stem:
        message = f"must be {stem!r}, the name of the file, not {client_id!r}; rename one of the two"
        yield document.problem(("client_profile", "client_id"), message)


def check_source(document: Document, path: Path, entry: dict[str, Any]) -> Iterator[Problem]:
    """Check that an enabled source has what its mode needs, nothing that its mode ignores, and no secret in its headers."""
    yield from _headers(document, path, mapping(entry.get("headers")))
    mode = entry.get("ingestion_mode")
    if not isinstance(mode, str) or mode not in (*_URL_KEYS, "none"):
        return
    if mode != "none" and entry.get("enabled", True) is not False:
        yield from _missing_parts(document, path, entry, mode)
    if mode in ("rss", "html") and entry.get("fields"):
        message = f"is only used with ingestion_mode: api, and this source is read as {mode}; remove it"
        yield document.problem((*path, "fields"), message)


def _headers(document: Document, path: Path, fields: dict[str, Any]) -> Iterator[Problem]:
    for name, value in fields.items():
        try:
            values.header(name, value if isinstance(value, str) else "${LATER}")
        except ValueError as error:
            yield document.problem((*path, "headers", name), str(error))


def _missing_parts(document: Document, path: Path, entry: dict[str, Any], mode: str) -> Iterator[Problem]:
    key = _URL_KEYS[mode]
    if entry.get(key) is None or entry[key] == "":
        message = f"is missing, and the source is read as {mode}; give its address, or set enabled: false"
        yield document.problem((*path, key), message)
    if mode == "api" and not entry.get("fields"):
        message = "is missing; say where items, title and url are in the answer (JMESPath)"
        yield document.problem((*path, "fields"), message)


def check_profile(document: Document, path: Path, entry: dict[str, Any]) -> Iterator[Problem]:
    """Check that the parts of a profile fit its mode, and its logic its groups."""
    requirements = mapping(entry.get("signal_requirements"))
    for key in SIGNAL_KEYS:
        if key in entry and key in requirements:
            yield document.problem((*path, key), "is given here and under signal_requirements; keep one of the two")
    signals = {key: signal(path, entry, key) for key in SIGNAL_KEYS}
    yield from _unused(document, requirements.get("mode"), signals)
    yield from _groups(document, signals)


def signal(path: Path, entry: dict[str, Any], key: str) -> tuple[Path, Any]:
    """Return where a profile says something about signals, and what: in the profile or under ``signal_requirements``."""
    requirements = mapping(entry.get("signal_requirements"))
    inner = key in requirements
    return (*path, "signal_requirements", key) if inner else (*path, key), (requirements if inner else entry).get(key)


def _unused(document: Document, mode: Any, signals: dict[str, tuple[Path, Any]]) -> Iterator[Problem]:
    """What a profile says and its mode ignores, or needs and does not get."""
    asks = mode in ("require_signals", "require_multi_signals")
    needed = "required_signal_groups" if asks else "exclusion_scopes"
    if mode in ("require_signals", "require_multi_signals", "exclude_only") and not signals[needed][1]:
        yield document.problem(signals[needed][0], f"is missing, and mode {mode} needs it; fill it, or use mode: ingest_all")
    ignored = {"exclude_only": SIGNAL_KEYS[1:], "ingest_all": SIGNAL_KEYS}.get(mode, ()) if isinstance(mode, str) else ()
    for key in ignored:
        path, value = signals[key]
        if value:
            yield document.problem(path, f"is not used with mode {mode}; remove it, or choose another mode")


def _groups(document: Document, signals: dict[str, tuple[Path, Any]]) -> Iterator[Problem]:
    path, raw = signals["required_signal_groups"]
    groups = [(index, one) for index, one in enumerate(raw if isinstance(raw, list) else ()) if isinstance(one, dict)]
    names: list[str] = []
    for index, group in groups:
        name = group.get("group_id")
        if isinstance(name, str) and name in names:
            yield document.problem((*path, index, "group_id"), f"{name!r} names two groups; rename one of them")
        names += [name] if isinstance(name, str) else []
        if group.get("scopes") == []:
            yield document.problem((*path, index, "scopes"), "is empty, so the group can never hold; name a scope")
    yield from _logic(document, signals["combination_logic"], names)
    if names and len(names) == len(groups):
        yield from _weights(document, signals["minimum_total_weight"], [group.get("weight", 1.0) for _, group in groups])


def _logic(document: Document, logic: tuple[Path, Any], names: list[str]) -> Iterator[Problem]:
    path, text = logic
    try:
        asked = parse_logic(text).names if isinstance(text, str) and names else ()
    except LogicError:  # a mistake of the single value, reported there
        return
    for name in asked:
        if name not in names:
            near = did_you_mean(name, names) or f"; the groups are {', '.join(dict.fromkeys(names))}"
            yield document.problem(path, f"{name!r} is not a group_id of this profile{near}")


def _weights(document: Document, minimum: tuple[Path, Any], weights: list[Any]) -> Iterator[Problem]:
    path, least = minimum
    numbers = [one for one in (*weights, least) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) == len(weights) + 1 and least > sum(weights) + 1e-9:
        message = f"is {least:g}, more than all groups together weigh ({sum(weights):g}), so nothing could pass; lower it"
        yield document.problem(path, message)


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def _word(value: bool) -> str:
    return "true" if value else "false"
