"""Writes a small PDF file (ISO 32000-1, version 1.4): one page of text in Helvetica, enough for a press release."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

_LINE_WIDTH = 88
_LEADING = 15


def pdf_document(title: str, paragraphs: Sequence[str], created: datetime) -> bytes:
    """Return the file.

    :param paragraphs: text in Latin-1; lines are wrapped, one page must be enough
    :param created: date of the document, in UTC
    """
    content = _text_stream([title, "", *_lines(paragraphs)])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Title (%s) /CreationDate (D:%s) >>" % (_escaped(title), f"{created:%Y%m%d%H%M%SZ}".encode()),
    ]
    return _file(objects)


def _lines(paragraphs: Sequence[str]) -> list[str]:
    wrapped = (textwrap.wrap(text, _LINE_WIDTH) for text in paragraphs)
    return [line for lines in wrapped for line in (*lines, "")]


def _text_stream(lines: Sequence[str]) -> bytes:
    shown = b"".join(b"(%s) Tj T*\n" % _escaped(line) for line in lines)
    return b"BT /F1 11 Tf %d TL 60 780 Td\n%sET" % (_LEADING, shown)


def _escaped(text: str) -> bytes:
    plain = text.encode("cp1252", errors="replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """Join the objects, and the table of where each begins."""
    data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(objects), len(data))
    )
