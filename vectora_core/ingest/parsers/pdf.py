"""The text of a PDF, by pypdf."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING

from pypdf import PdfReader

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.text import paragraphs

if TYPE_CHECKING:
    from vectora_core.ingest.types import Snapshot

MAX_PAGES = 50  # a release has 2 to 4, an annual report 300 that nobody matches terms against
MAX_CHARACTERS = 200_000

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every irregular cross-reference table


def pdf_text(snapshot: Snapshot) -> str:
    """Return the text of the first 50 pages, at most 200,000 characters; empty when its pages are pictures.

    :raises ParseError: when the PDF is broken, or encrypted with a password
    """
    try:
        reader = PdfReader(BytesIO(snapshot.body))
        texts: list[str] = []
        for page in reader.pages[:MAX_PAGES]:
            texts.append(page.extract_text())
            if sum(map(len, texts)) > MAX_CHARACTERS:
                break
    except Exception as error:  # pypdf lets ValueError, KeyError and RecursionError of broken files through
        what = "is encrypted" if b"/Encrypt" in snapshot.body else "is broken"
        raise ParseError(f"{snapshot.url}: this PDF {what}: {error}; the list's text stays") from error
    return paragraphs("\n".join(texts)[:MAX_CHARACTERS])
