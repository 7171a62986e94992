"""How much of a file is read: checked before memory is spent on it, with the number in words."""

from dataclasses import dataclass

from pht_core.model.errors import UnreadableFile


@dataclass(frozen=True)
class Limits:
    """What a set of uploaded files may hold.

    upload_bytes : all files together, as they were uploaded.
    unzipped_bytes : what archives and workbooks may unpack to, together.
    files, members, sheets : how many files, files in one archive, sheets in one workbook.
    rows, columns, cells : of one table.
    slow_cells : of one workbook or irregular text file, which take far more memory for a cell.
    line_bytes : of one line of text.
    reader_bytes, reader_seconds, reader_seconds_per_mb : memory and time that the reader of one
        file in a binary format, manuscript or template may take.
    """

    upload_bytes: int = 200 << 20
    unzipped_bytes: int = 1 << 30
    files: int = 50
    members: int = 200
    sheets: int = 50
    rows: int = 5_000_000
    columns: int = 2_000
    cells: int = 100_000_000
    slow_cells: int = 20_000_000
    line_bytes: int = 4 << 20
    reader_bytes: int = 4 << 30
    reader_seconds: float = 30.0
    reader_seconds_per_mb: float = 2.0


LIMITS = Limits()


def check_limit(name: str, n: int, most: int, what: str, to_do: str) -> None:
    """Refuse a file that has more of something than is read; UnreadableFile."""
    if n > most:
        raise UnreadableFile(f"{name} has {n:,} {what}; at most {most:,} are read. {to_do}")


def check_bytes(name: str, n: int, most: int, what: str, to_do: str) -> None:
    """Refuse what is larger than is read, in megabytes; UnreadableFile."""
    if n > most:
        size, limit = format_megabytes(n), format_megabytes(most)
        raise UnreadableFile(f"{name} {what} {size}; at most {limit} are read. {to_do}")


def format_megabytes(n: int) -> str:
    """A number of bytes in GB, MB, kB or bytes."""
    for factor, unit in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if n >= factor:
            return f"{n / factor:.4g} {unit}"
    return f"{n} bytes"
