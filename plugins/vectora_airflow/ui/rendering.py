"""Pages made of templates: everything is escaped, and a name that a template lacks is an error, not a blank."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vectora_airflow.ui import formats
from vectora_airflow.ui.links import Links, external

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_TEMPLATES = _HERE / "templates"


def links_of(request: Request) -> Links:
    """Return the addresses as the browser of this request has to write them."""
    base: str = request.scope.get("root_path", "").rstrip("/").removesuffix("/static")  # of a file that is not there
    return Links(base=base, airflow=base.rpartition("/")[0])


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    :param template: its name in ``templates/``
    :param values: what the template uses beside ``links``, ``here`` (the address of the page) and the filters
    """
    links = links_of(request)
    here = request.scope["path"] if request.scope["path"].startswith(links.base) else links.base + request.scope["path"]
    text = _environment().get_template(template).render(links=links, here=here, static=_static(links), **values)
    return HTMLResponse(text.encode(errors="replace"), status_code=status)  # half a surrogate pair is no UTF-8


def _static(links: Links) -> Any:
    return lambda name: f"{links.base}/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    """Part of a file's address: a browser asks again when the content changes, and only then."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": formats.moment,
        "duration": formats.duration,
        "number": formats.number,
        "percent": formats.percent,
        "pretty_json": formats.pretty_json,
        "external": external,
    }
    return environment
