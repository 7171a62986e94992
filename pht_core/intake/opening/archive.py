"""ZIP files, their members counted while they unpack: declared sizes are not believed."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.intake.limits import Limits, check_limit, format_megabytes
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import Findings, build_finding

_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_ENTRY, _MOST_ENTRIES = b"PK\x01\x02", 20_000
# What zipfile raises on broken archives; a RuntimeError also for what it has no code for.
BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError),
    *(LookupError, RuntimeError, OverflowError),
)


@dataclass
class Budget:
    """How many bytes archives and workbooks may still unpack to, all together."""

    limits: Limits
    used: int = 0

    def is_spent(self) -> bool:
        """Whether nothing more may be unpacked."""
        return self.used > self.limits.unzipped_bytes

    def spend(self, name: str, unpacked: int) -> None:
        """Count bytes that were just unpacked of a member.

        Raises UnreadableFile beyond the limit.
        """
        self.used += unpacked
        if self.is_spent():
            raise UnreadableFile(
                f"{name} unpacks to more than {format_megabytes(self.limits.unzipped_bytes)}, "
                "the most that is read. Split it, or leave out what is not needed."
            )


def open_zip(name: str, content: bytes) -> zipfile.ZipFile:
    """The archive in a file's bytes.

    Raises UnreadableFile if it is damaged or cut off, or lists more entries than are read.
    """
    # Before the list is read: each entry of it takes memory, however small what it stands for.
    to_do = "Put the tables of one cohort together, and nothing else."
    check_limit(name, content.count(_ENTRY), _MOST_ENTRIES, "entries", to_do)
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        raise UnreadableFile(
            f"{name} is damaged: it begins as an archive or workbook, but its end is missing or "
            "invalid. Copy or download it again."
        ) from None


def iterate_member(
    name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Iterator[bytes]:
    """A member's bytes in pieces, each counted.

    Raises UnreadableFile if it is damaged, has a password, or unpacks to more than is read.
    """
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFile(
            f"{name} is protected by a password. Unpack it with the password, and give the files."
        )
    try:
        with archive.open(info) as member:
            while piece := member.read(_CHUNK):
                budget.spend(name, len(piece))
                yield piece
    except UnreadableFile:
        raise
    except BROKEN:
        raise UnreadableFile(
            f"{name} is damaged: {info.filename[-60:]!r} in it cannot be unpacked. Copy or "
            "download it again."
        ) from None


def list_members(
    name: str, archive: zipfile.ZipFile, limits: Limits, findings: Findings
) -> list[zipfile.ZipInfo]:
    """The files of an archive, without folders, hidden files and those that macOS adds.

    Raises UnreadableFile for an archive that is empty, or holds more files than are read.
    """
    entries = [info for info in archive.infolist() if not info.is_dir()]
    members = [info for info in entries if not _is_passed_over(info)]
    to_do = "Put the tables of one cohort together, and nothing else."
    check_limit(name, len(members), limits.members, "files in it", to_do)
    if n_hidden := len(entries) - len(members):
        findings.append(build_finding("hidden_files", name, value=n_hidden))
    if not members:
        raise UnreadableFile(f"{name} is an archive without files. Put the tables into it.")
    return members


def format_label(archive: str, member: str) -> str:
    """What a member is called: its archive and its own name. A label only, never a path."""
    own = member.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return f"{archive}, {own[-100:]}"


def _is_passed_over(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.replace("\\", "/").split("/")
    hidden = any(part.startswith(".") and part.strip(".") for part in parts)
    extra = "__MACOSX" in parts or parts[-1].lower() in ("thumbs.db", "desktop.ini")
    return hidden or extra or parts[-1].startswith("~$")
