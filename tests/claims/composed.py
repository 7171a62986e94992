"""Small Word and PDF files, written by hand for the tests."""

import io
import zipfile
from xml.sax.saxutils import escape

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx_run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def docx_paragraph(text: str) -> str:
    return f"<w:p>{docx_run(text)}</w:p>"


def pack_docx(body: str, footnotes: str = "") -> bytes:
    """A Word document of a body's XML, and of its footnotes'."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        document = f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", document.encode())
        if footnotes:
            notes = f'<w:footnotes xmlns:w="{_W}">{footnotes}</w:footnotes>'
            archive.writestr("word/footnotes.xml", notes.encode())
    return packed.getvalue()


def compose_docx(paragraphs: list[str], rows: list[list[str]]) -> bytes:
    """A Word document with paragraphs and one table; a deletion stands in it too."""
    cells = "".join(
        f"<w:tr>{''.join(f'<w:tc>{docx_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>"
        for row in rows
    )
    deleted = "<w:p><w:del><w:r><w:delText>50% (1/3)</w:delText></w:r></w:del></w:p>"
    return pack_docx(f"{''.join(map(docx_paragraph, paragraphs))}{deleted}<w:tbl>{cells}</w:tbl>")


def compose_pdf(pages: list[list[tuple[float, float, str]]], turned: int = 0) -> bytes:
    """A PDF of lines of Helvetica 10 at their places, a list a page, turned by quarters."""
    turn = {
        0: "1 0 0 1 0 0", 90: "0 1 -1 0 595 0", 180: "-1 0 0 -1 595 842", 270: "0 -1 1 0 0 842"
    }[turned]  # fmt: skip
    objects: list[bytes] = []
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for at, lines in enumerate(pages):
        texts = [f"BT /F1 10 Tf {x} {y} Td ({_escaped(text)}) Tj ET" for x, y, text in lines]
        shown = "\n".join([f"{turn} cm", *texts]).encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * at} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n" % len(shown) + shown + b"\nendstream")
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )
    return out.getvalue()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
