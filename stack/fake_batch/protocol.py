"""rest-json as botocore's service model of Batch describes it: requests are validated, answers built by their shapes.

A member that is not in the model can neither come in nor go out. It knows no jobs.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from botocore.session import Session
from botocore.validate import ParamValidator

from stack.fake_batch.faults import ApiError, client_error
from stack.fake_batch.jobs import Json

SERVED: Final = ("ListJobs", "DescribeJobs", "DescribeJobQueues", "SubmitJob", "TerminateJob", "CancelJob")
_TYPES: Final = {"string": str, "integer": int, "long": int, "boolean": bool, "double": float, "float": float}


class ShapeError(TypeError):
    """The fake was about to say something that Batch cannot say."""


@cache
def _model() -> Any:
    return Session().get_service_model("batch")


@cache
def _operations() -> dict[tuple[str, str], str]:
    """Return the name of each operation by its method, and its path up to the first parameter."""
    models = (_model().operation_model(name) for name in _model().operation_names)
    return {(model.http["method"], model.http["requestUri"].partition("{")[0]): model.name for model in models}


def operation_at(method: str, path: str) -> str:
    """Return the operation of a path.

    :raises ApiError: naming it, when the fake does not serve it
    """
    beginning = path[: path.index("/", 4) + 1] if path.count("/") > 2 else path  # /v1/tags/{resourceArn}
    name = _operations().get((method, beginning))
    if name in SERVED:
        return str(name)
    said = f"the fake of Batch does not serve {name or f'{method} {path}'}: it serves {', '.join(SERVED)}"
    raise ApiError("NotImplementedException", said)


def parsed(operation: str, body: bytes) -> Json:
    """Return a request.

    :raises ApiError: when it is not what the model says: a member unknown, missing or of a wrong type, an unknown value
    """
    shape = _model().operation_model(operation).input_shape
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"the body is not JSON: {error}") from error
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise client_error(report.generate_report())
    _require_values(shape, request)
    return dict(request)


def serialised(operation: str, answer: Json) -> bytes:
    """Return the body of an answer.

    :raises ShapeError: when the model has no such answer
    """
    return json.dumps(_built(_model().operation_model(operation).output_shape, answer, operation)).encode()


def _require_values(shape: Any, value: Any) -> None:
    """Refuse texts that are none of those the model lists; botocore leaves that to the service."""
    if shape.type_name == "structure":
        for name, member in value.items():
            _require_values(shape.members[name], member)
    elif shape.type_name == "list":
        for member in value:
            _require_values(shape.member, member)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        raise client_error(f"Invalid {shape.name} {value!r}: one of {', '.join(shape.enum)}")


def _built(shape: Any, value: Any, where: str) -> Any:
    if shape.type_name == "structure":
        return {
            name: _built(_member(shape, name, where), one, f"{where}.{name}") for name, one in _dict(value, where).items()
        }
    if shape.type_name == "list":
        return [_built(shape.member, one, f"{where}[]") for one in value]
    if shape.type_name == "map":
        return {name: _built(shape.value, one, f"{where}.{name}") for name, one in _dict(value, where).items()}
    if type(value) is not _TYPES[shape.type_name] or (getattr(shape, "enum", None) and value not in shape.enum):
        raise ShapeError(f"{where} is {value!r}, which is no {shape.name} of the model")
    return value


def _member(shape: Any, name: str, where: str) -> Any:
    if name not in shape.members:
        raise ShapeError(f"{where} has no member {name!r} in the model")
    return shape.members[name]


def _dict(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise ShapeError(f"{where} is {value!r}, not a structure of the model")
    return value
