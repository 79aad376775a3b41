"""Makes the document that the upload probe sends: a real PDF that says what it is for."""

from __future__ import annotations

_LINES = ("VAHTA SERVICE MONITORING", "Test document, made by a machine. Please ignore it.")
SMALLEST = 1024


def make_document(marker: str, size: int) -> bytes:
    """A one-page PDF of exactly ``size`` bytes (at least SMALLEST), different for each marker.

    Raises ValueError when ``size`` is too small for it.
    """
    if size < SMALLEST:
        raise ValueError(f"a document has at least {SMALLEST} bytes")
    bare = _pdf(marker, b"")
    # The padding stands in a comment between two objects, where readers skip it.
    padding = b"%" + (marker.encode("ascii") * (size // len(marker) + 1))[: size - len(bare) - 2]
    return _pdf(marker, padding + b"\n")


def _pdf(marker: str, padding: bytes) -> bytes:
    text = b" T* ".join(b"(%s) Tj" % line.encode("ascii") for line in (*_LINES, marker))
    drawing = b"BT /F1 14 Tf 20 TL 60 760 Td " + text + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    # The offsets above stay right because the padding comes after every object.
    out += padding
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    # Ten digits, so that the file's size does not depend on where the table begins.
    return out + head + table + trailer + b"startxref\n%010d\n%%%%EOF\n" % len(out)
