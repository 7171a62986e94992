"""Text in any usual encoding, as UTF-8: decided by strict decoding, with a finding if another."""

import re

import pyarrow as pa

from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import Findings, build_finding

TITLES = {
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030 (Chinese)",
    "cp1252": "Windows-1252 (Western European)",
    "latin-1": "Latin-1 (Western European)",
}
BOM = b"\xef\xbb\xbf"
UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_SAMPLE = 1 << 16


def convert_to_utf8(name: str, content: bytes, findings: Findings) -> tuple[bytes, int]:
    """A text file's bytes as UTF-8 (the very same ones where they are), and where the text begins.

    The order is byte order mark, UTF-8, UTF-16 by its zero bytes, GB18030 where that gives common
    Chinese characters, Windows-1252, Latin-1. Anything but UTF-8 is noted. Raises UnreadableFile if
    the bytes are no text.
    """
    if content.startswith(BOM):
        return _as_utf8(name, content, len(BOM), findings)
    for mark, encoding in UTF_16:
        if content.startswith(mark):
            return _decoded(name, content[len(mark) :], encoding, findings), 0
    encoding = _utf16_by_zeros(content)
    if encoding:
        return _decoded(name, content, encoding, findings), 0
    return _as_utf8(name, content, 0, findings)


def _as_utf8(name: str, content: bytes, start: int, findings: Findings) -> tuple[bytes, int]:
    sample = content[:_SAMPLE]
    # More control characters than a text file ever has.
    if len(_CONTROL.findall(sample)) > max(2, len(sample) // 200):
        raise _no_text(name)
    if 0 in content:
        findings.append(build_finding("zero_bytes", name, value=content.count(0)))
        content = content.replace(b"\x00", b"")
    if content.isascii() or is_utf8(content):
        return content, start
    text = content.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    n_good = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", text))
    if n_good >= 4 * n_bad or start:
        findings.append(build_finding("damaged_characters", name, value=n_bad))
        return text.encode(), start
    if looks_chinese(content):
        return _decoded(name, content, "gb18030", findings), 0
    try:
        return _decoded(name, content, "cp1252", findings), 0
    except UnreadableFile:
        return _decoded(name, content, "latin-1", findings), 0


def is_utf8(content: bytes) -> bool:
    """Whether bytes are valid UTF-8, without a decoded copy of them."""
    ends = pa.array([0, len(content)], pa.int64()).buffers()[1]
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(content)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(name: str, content: bytes, encoding: str, findings: Findings) -> bytes:
    if encoding.startswith("utf-16"):
        content = content[: len(content) // 2 * 2]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _no_text(name) from None
    if "\x00" in text:
        raise _no_text(name)
    findings.append(build_finding("other_encoding", name, value=TITLES[encoding]))
    return text.removeprefix("\ufeff").encode("utf-8", "replace")


def _utf16_by_zeros(content: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of western text is zero."""
    sample = content[:4096]
    if len(sample) < 4 or 0 not in sample:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even == 0:
        return "utf-16-le"
    if even > 0.4 * half and odd == 0:
        return "utf-16-be"
    return ""


def looks_chinese(content: bytes) -> bool:
    """Whether the bytes above ASCII come as pairs that are common characters in GB18030.

    Western text such as ``Müller`` decodes as GB18030 too, but to rare characters.
    """
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    common = len(re.findall(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]", content))
    return 2 * common >= 0.6 * len(re.findall(rb"[\x80-\xff]", content))


def _no_text(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} is neither text nor a supported kind of file. Save the table as "
        "'CSV UTF-8' or as an Excel workbook (.xlsx)."
    )
