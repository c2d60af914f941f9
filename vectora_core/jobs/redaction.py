"""Events without their secrets: values are replaced, the structure stays, so that people can still read it. Does no I/O.

Everything here errs on the side of hiding: a harmless value that is hidden costs a look into the AWS console.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any, Final

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.fields import encodable

REDACTED: Final = "[redacted]"
MAX_EVENT_BYTES: Final = 300_000
"""Of a DynamoDB item's 400 KB."""
MAX_DEPTH: Final = 60
"""AWS's own events are 12 deep."""

_HIDDEN = {"environment", "env", "environmentfiles", "environmentvariables", "secrets", "secretoptions"}
_HIDDEN |= {"command", "commands", "args", "arguments", "entrypoint", "parameters"}
"""Keys whose values are hidden whatever they are, without their separators: what runs, and with what."""
_SECRET_PARTS = re.compile("passw|passphrase|secret|token|credential|connectionstring|bearer")
_SECRET_WORDS = re.compile("pwd|pass|auth|authorization|sas|dsn|cookie|[a-z0-9]*keys?")
_LONGEST_REMEMBERED = 64
_OBJECT, _LIST = (dict, Mapping), (list, tuple)  # dict first: asking an abstract class is slow
_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_HARMLESS = {"authorizationConfig"}  # of an EFS volume: the access point's id, and whether IAM is used
_FREE = {"tags", "labels", "annotations", "options"}
"""Objects whose keys people choose: a tag named env is not an environment."""
_REASONS = {"reason", "statusReason"}
_IN_TEXT = (  # every repeat has a bound: reasons may be as long as an event
    re.compile(r"(?P<kept>(?i:passw|token|secret|credential|key)\w{0,20}\s{0,3}[=:]\s{0,3})\S+"),
    re.compile(r"(?P<kept>://)[^\s/@:]{1,100}:[^\s/@]{1,100}(?=@)"),
    re.compile(r"(?P<kept>exec: )\"[^\n]+\"(?=:)"),  # a container runtime repeats the command that it could not start
)


def redacted(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deep copy without secrets, marked `REDACTED`.

    Hidden are the values of environments, secrets, commands, arguments and parameters, wherever they stand (ECS, EKS,
    multi-node shapes and their overrides), and of everything whose name looks secret. In lists of names and values, and in
    hidden mappings, a name that looks secret is hidden too.

    :raises MalformedEventError: when it is nested deeper than `MAX_DEPTH`
    """
    return _object(detail, 0, hide=False)


def redacted_text(text: str) -> str:
    """Return a reason without what looks like a secret or a command in it."""
    for pattern in _IN_TEXT:
        text = pattern.sub(rf"\g<kept>{REDACTED}", text)
    return text


def looks_secret(name: Any) -> bool:
    """Return whether what has this name is likely to be a secret: ``DB_PASSWORD``, ``splunk-token``, ``accessKey``."""
    if not isinstance(name, str):
        return False
    return _looks_secret(name) if len(name) <= _LONGEST_REMEMBERED else _looks_secret.__wrapped__(name)


@lru_cache(maxsize=4_096)  # AWS's own keys come again in every event: twice as fast in all
def _looks_secret(name: str) -> bool:
    if name in _HARMLESS:
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(_SECRET_PARTS.search("".join(words))) or any(map(_SECRET_WORDS.fullmatch, words))


def _copy(value: Any, depth: int, *, hide: bool, key: Any = None) -> Any:
    """A copy of what stands under a key; of the elements of a list, that of the list."""
    if depth > MAX_DEPTH:
        raise MalformedEventError(f"the event is nested deeper than {MAX_DEPTH} levels; send it as AWS Batch makes it")
    if isinstance(value, _OBJECT):
        return _object(value, depth, hide=hide, under=key)
    if isinstance(value, _LIST):
        return [_copy(one, depth + 1, hide=hide, key=key) for one in value]
    if hide:
        return None if value is None else REDACTED
    return redacted_text(value) if key in _REASONS and isinstance(value, str) else value


def _object(value: Mapping[str, Any], depth: int, *, hide: bool, under: Any = None) -> dict[str, Any]:
    name = _name_of(value)
    secret = name is not None and looks_secret(value[name])
    chosen = name is None and hide and _is_hidden(under)  # keys are names that people chose, not AWS's
    copy: dict[str, Any] = {}
    masks = _masks()
    for key, inner in value.items():
        if key == name:
            copy[key] = REDACTED if secret or not isinstance(inner, str) else inner
            continue
        looks = looks_secret(key)
        hidden = hide or secret or looks or (under not in _FREE and _is_hidden(key))
        copy[next(masks) if chosen and looks else key] = _copy(inner, depth + 1, hide=hidden, key=key)
    return copy


def _name_of(value: Mapping[str, Any]) -> str | None:
    """The key under which an element of a list of names and values has its name."""
    lower = {key.lower(): key for key in value if isinstance(key, str)}
    if "value" not in lower and "valuefrom" not in lower:
        return None
    return next((lower[key] for key in ("name", "key") if key in lower), None)


def _is_hidden(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= _LONGEST_REMEMBERED and _plain_name(key) in _HIDDEN


@lru_cache(maxsize=4_096)
def _plain_name(key: str) -> str:
    return re.sub("[^a-z]", "", key.lower())


def _masks() -> Iterator[str]:
    """Names for hidden names: two secrets must not become one."""
    yield REDACTED
    yield from (f"{REDACTED} {number}" for number in count(2))


def full_event_text(event: Mapping[str, Any]) -> tuple[str, bool]:
    """Return an event as JSON text without its secrets, and whether it was cut to stay below `MAX_EVENT_BYTES`.

    It is JSON in any case: what is too large loses the ends of its long texts and lists first, then all but the plain values
    of its detail.

    :raises MalformedEventError: when it is nested too deep, or is not JSON (NaN)
    """
    whole = redacted(event)
    text = _json(whole)
    if _fits(text):
        return text, False
    shorter = (_json(_shortened(whole, characters, elements)) for characters, elements in _STEPS)
    return next(filter(_fits, shorter), None) or _json(_plain(whole)), True


_STEPS = ((4_000, 1_000), (1_000, 100), (300, 20), (100, 5))


def _fits(text: str) -> bool:
    return len(text.encode()) < MAX_EVENT_BYTES


def _json(value: Any) -> str:
    try:
        return encodable(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedEventError(f"the event is not JSON: {type(error).__name__}; send it as AWS Batch makes it") from error


def _shortened(value: Any, characters: int, elements: int) -> Any:
    if isinstance(value, str) and len(value) > characters:
        return f"{value[:characters]}…"
    if isinstance(value, dict):
        kept = list(value.items())[:elements]
        return {_shortened(key, characters, elements): _shortened(inner, characters, elements) for key, inner in kept}
    if isinstance(value, list):
        return [_shortened(one, characters, elements) for one in value[:elements]]
    return value


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    """The plain values of an event and its detail, few and short."""
    detail = event.get("detail")
    kept = _scalars(event)
    return {**kept, "detail": _scalars(detail)} if isinstance(detail, dict) else kept


def _scalars(value: dict[str, Any]) -> dict[str, Any]:
    simple = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
    short: dict[str, Any] = _shortened(simple, 300, 100)
    return short
