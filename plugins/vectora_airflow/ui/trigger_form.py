"""The form that starts a run, made of the parameters the DAG declares: one declaration for Airflow's form and for ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from airflow.sdk import Param

from vectora_airflow.defaults import ingest_params

Kind = Literal["list", "integer", "number", "date", "choice", "boolean", "string"]
DataType = Literal["list", "integer", "number", "boolean", "string"]

_KINDS: Mapping[str, Kind] = {
    "array": "list",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
}
_DATA_TYPES: Mapping[Kind, DataType] = {"date": "string", "choice": "string"}
_MARKED = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`")


@dataclass(frozen=True, kw_only=True)
class HelpPart:
    """A piece of a field's explanation: plain text, or text that was marked as ``strong`` or ``code``."""

    kind: Literal["text", "strong", "code"]
    text: str


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One parameter as a field.

    :param name: of the parameter, and of the field
    :param kind: what the field looks like
    :param data_type: what its text becomes in JSON; one of those static/actions.js knows
    :param value: what stands in it at first, as text; a list has one element a line
    :param checked: whether a boolean is on at first
    :param choices: the values of a ``choice``, the empty one first when it may be left open
    :param minimum: of a number, or None
    :param maximum: of a number, or None
    :param max_length: of a text, in characters, or None
    """

    name: str
    kind: Kind
    data_type: DataType
    title: str
    help: tuple[HelpPart, ...]
    value: str = ""
    checked: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None


@dataclass(frozen=True, kw_only=True)
class TriggerForm:
    """The fields of a DAG's form, in the order the DAG declares them."""

    dag_id: str
    fields: tuple[FormField, ...]


def ingest_form(preset: Mapping[str, Any] | None = None, *, leave_out: Collection[str] = ()) -> TriggerForm:
    """Return the form of `vectora_ingest`.

    :param preset: values in the place of the defaults, by name: ``{"client_ids": ["acme"]}``
    :param leave_out: names of parameters that this form does not offer
    :raises KeyError: when a name is no parameter of the DAG
    """
    return build_form("vectora_ingest", ingest_params(), preset or {}, leave_out=leave_out)


def build_form(
    dag_id: str, params: Mapping[str, Param], preset: Mapping[str, Any], *, leave_out: Collection[str] = ()
) -> TriggerForm:
    """Return a form made of the parameters of a DAG.

    :raises KeyError: when a name of ``preset`` or ``leave_out`` is none of them
    """
    unknown = sorted({*preset, *leave_out} - set(params))
    if unknown:
        raise KeyError(f"{', '.join(unknown)}: no parameter of {dag_id}; known are {', '.join(params)}")
    kept = {name: param for name, param in params.items() if name not in leave_out}
    return TriggerForm(
        dag_id=dag_id,
        fields=tuple(_field(name, param.schema, preset.get(name, param.value)) for name, param in kept.items()),
    )


def _field(name: str, schema: Mapping[str, Any], value: Any) -> FormField:
    kind = _kind(schema)
    return FormField(
        name=name,
        kind=kind,
        data_type=_DATA_TYPES.get(kind, kind),  # type: ignore[arg-type]
        title=schema.get("title", name),
        help=tuple(help_parts(schema.get("description_md", ""))),
        value=_text(value),
        checked=value is True,
        choices=tuple(_text(one) for one in schema.get("enum", ())),
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        max_length=schema.get("maxLength"),
    )


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    if schema.get("format") == "date":
        return "date"
    said = schema.get("type", "string")
    types = [said] if isinstance(said, str) else [one for one in said if one != "null"]
    return _KINDS[types[0]]


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return "\n".join(str(one) for one in value) if isinstance(value, (list, tuple)) else str(value)


def help_parts(markdown: str) -> Iterator[HelpPart]:
    """Yield the pieces of an explanation; of Markdown it knows ``**strong**`` and `` `code` ``, the rest is text."""
    end = 0
    for found in _MARKED.finditer(markdown):
        if found.start() > end:
            yield HelpPart(kind="text", text=markdown[end : found.start()])
        kind: Literal["strong", "code"] = "strong" if found["strong"] is not None else "code"
        yield HelpPart(kind=kind, text=found[kind])
        end = found.end()
    if end < len(markdown):
        yield HelpPart(kind="text", text=markdown[end:])
