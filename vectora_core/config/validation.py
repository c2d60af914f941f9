"""One part of a document against one model: the model, or every problem with its line and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from vectora_core.config.document import Document, Path
from vectora_core.config.models import GROUP_PATTERN, KEY_PATTERN, LANGUAGE_PATTERN, Model
from vectora_core.errors import Problem

M = TypeVar("M", bound=Model)

_HEADERS = "headers"
"""The key whose values are never quoted: they may be secrets, written where they should not be."""
_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "url_type": "a URL",
}
_PATTERNS = {
    KEY_PATTERN: "must be letters, digits, and _ . - between them (128 at most)",
    GROUP_PATTERN: "must be letters, digits and _, and not start with a digit",
    LANGUAGE_PATTERN: "must be a language code such as en or pt-BR",
}
_BOUNDS = {
    "greater_than_equal": ("must be at least {}", "ge"),
    "less_than_equal": ("must be at most {}", "le"),
}


def validate(model: type[M], document: Document, path: Path = (), value: Any = None) -> tuple[M | None, list[Problem]]:
    """Validate the value at a path of a document.

    :param value: that value, when it is not the document's root
    :return: the model, or None and the problems, in line order
    """
    data = document.data if not path else value
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, sorted(set(_problems(model, document, path, data, error)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``, did you mean x?`` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f", did you mean {near[0]}?" if near else ""


def describe(value: Any, written: str = "") -> str:
    """Return what a value is, as an editor would say it: ``the text 'false'``, ``the number 5``, ``a list``."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {_short(value)!r}"
    if isinstance(value, (int, float)):
        return f"the number {_short(written or str(value))}"
    if isinstance(value, date):
        return f"the date {_short(written or str(value))}"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _problems(model: type[Model], document: Document, base: Path, data: Any, error: ValidationError) -> Iterator[Problem]:
    by_path: dict[Path, list[Any]] = {}
    for one in error.errors(include_url=False):
        by_path.setdefault(_path_of(one, data), []).append(one)
    for path, errors in by_path.items():
        types = [one for one in errors if one["type"] in _EXPECTED]
        if len(types) == len(errors) and any(other[: len(path)] == path != other for other in by_path):
            continue  # another form the value may take got further
        chosen = [one for one in errors if one not in types] or types
        message = _type_message(document, base + path, types) if chosen is types else _message(model, path, chosen[0])
        yield document.problem(base + path, message)


def _path_of(error: Any, data: Any) -> Path:
    """The place of an error as a path of the data: pydantic's has names of union members in it."""
    path: list[str | int] = []
    for part in error["loc"]:
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif error["type"] != "missing" or part != error["loc"][-1]:
            continue
        path.append(part)
    return tuple(path)


def _type_message(document: Document, path: Path, errors: list[Any]) -> str:
    expected = list(dict.fromkeys(_EXPECTED[one["type"]] for one in errors))
    value, written = errors[0]["input"], document.written(path)
    message = f"must be {' or '.join(expected)}"
    if _HEADERS in path[:-1]:  # messages go into logs, reports and pages
        return f"{message}; put it in quotes or, better, write ${{NAME}} of an environment variable"
    if "text" in expected and written and not isinstance(value, str):
        kind = describe(value) if isinstance(value, bool) else "a date" if isinstance(value, date) else "a number"
        return f'{message}; YAML reads {_short(written)} as {kind}, write "{_short(written)}" in quotes'
    return f"{message}, not {describe(value, written)}"


def _message(model: type[Model], path: Path, error: Any) -> str:
    build = _MESSAGES.get(error["type"])
    if build is not None:
        return build(model, path, error)
    if error["type"] in _BOUNDS:
        text, key = _BOUNDS[error["type"]]
        return f"{text.format(error['ctx'][key])}, not {error['input']}"
    if error["type"].startswith("url_"):
        return f"must be an http or https URL, not {_short(str(error['input']))!r}"
    said = str(error["msg"])
    return said[:1].lower() + said[1:]


def _unknown(model: type[Model], path: Path, error: Any) -> str:
    key = str(path[-1])
    here = _model_at(model, path[:-1])
    known = list(here.model_fields) if here else []
    near = did_you_mean(key, known)
    if near:
        return f"unknown key{near}"
    elsewhere = [".".join(found) for found in _homes(model, key)]
    if elsewhere:
        return f"unknown key here, it belongs to {' or '.join(elsewhere)}; mind the indentation"
    return f"unknown key; known here: {', '.join(known)}"


def _homes(model: type[Model], key: str) -> Iterator[tuple[str, ...]]:
    """The sections of a model that know a key."""
    for name, field in model.model_fields.items():
        section = next(_models_in(field.annotation), None)
        if section is not None and key in section.model_fields:
            yield (name,)


def _missing(model: type[Model], path: Path, error: Any) -> str:
    return "is missing; it is required"


def _literal(model: type[Model], path: Path, error: Any) -> str:
    allowed = str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
    value = error["input"]
    near = did_you_mean(value.lower(), allowed) if isinstance(value, str) else ""
    return f"must be one of {', '.join(allowed)}, not {describe(value)}{near}"


def _pattern(model: type[Model], path: Path, error: Any) -> str:
    return f"{_PATTERNS[error['ctx']['pattern']]}, not {_short(str(error['input']))!r}"


def _said(model: type[Model], path: Path, error: Any) -> str:
    return str(error["ctx"]["error"])


_MESSAGES: dict[str, Callable[[type[Model], Path, Any], str]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _literal,
    "string_pattern_mismatch": _pattern,
    "value_error": _said,
}


def _model_at(model: type[Model], path: Path) -> type[BaseModel] | None:
    """The model that holds at a path below another."""
    here: type[BaseModel] | None = model
    inside = False  # of a mapping or list of models: the next part names an element
    for part in path:
        if inside:
            inside = False
            continue
        field = here.model_fields.get(str(part)) if here else None
        here = next(_models_in(field.annotation), None) if field else None
        inside = field is not None and _holds_many(field.annotation)
    return here


def _holds_many(annotation: Any) -> bool:
    origins = {getattr(one, "__origin__", None) for one in (annotation, *get_args(annotation))}
    return bool(origins & {tuple, list, dict})


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
