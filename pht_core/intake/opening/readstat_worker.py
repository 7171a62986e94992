"""Read a SAS, SPSS or Stata file, in a process of its own: a damaged one can end its reader.

Standard input is a line of JSON (kind, encoding, rows, columns, cells: the limits) and the file's
bytes. Standard output is a line of JSON (what the file tells of its columns) and an Arrow stream
of its rows, unless an answer says why there are none. It imports nothing of the package.
"""

import contextlib
import io
import json
import sys
from typing import Any

import pyarrow as pa
import pyreadstat

_READERS: dict[str, Any] = {
    "xpt": pyreadstat.read_xport,
    "sas7bdat": pyreadstat.read_sas7bdat,
    "sav": pyreadstat.read_sav,
    "dta": pyreadstat.read_dta,
}
_MEMORY = 4 << 30


def read(request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], pa.Table | None]:
    """What the file tells, and its rows; none if there are more than asked for."""
    reader = _READERS[request["kind"]]
    encoding = request["encoding"] or None
    declared = {"user_missing": True} if request["kind"] == "sav" else {}
    file = io.BytesIO(content)
    _, meta = reader(file, metadataonly=True, encoding=encoding, output_format="dict", **declared)
    missing = list(getattr(meta, "missing_ranges", None) or {})
    n_rows, n_columns = meta.number_rows or 0, len(meta.column_names)
    answer: dict[str, Any] = {"rows": n_rows, "columns": n_columns}
    if (
        n_rows > request["rows"]
        or n_columns > request["columns"]
        or n_rows * n_columns > request["cells"]
    ):
        return answer, None
    columns, meta = reader(
        io.BytesIO(content), encoding=encoding, output_format="dict", row_limit=request["rows"] + 1
    )
    answer["rows"] = max(map(len, columns.values()), default=0)
    answer["names"] = [name or "" for name in columns]
    answer["labels"] = [label or "" for label in meta.column_labels]
    answer["missing"] = missing
    answer["words"] = {
        name: [[code, str(word)] for code, word in words.items()]
        for name, words in meta.variable_value_labels.items()
    }
    arrays = [_build_array(cells) for cells in columns.values()]
    return answer, pa.table(arrays, [str(place) for place in range(len(arrays))])


def _build_array(cells: list[Any]) -> pa.Array:
    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if cell is None else str(cell) for cell in cells])


def main() -> None:
    """Answer the request on standard input."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold patients' data
    request = json.loads(sys.stdin.buffer.readline())
    try:
        answer, table = read(request, sys.stdin.buffer.read())
    except (UnicodeError, pyreadstat.ReadstatError) as error:
        of_text = isinstance(error, UnicodeError) or "convert string" in str(error)
        answer, table = {"wrong": "encoding" if of_text else "file"}, None
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    if table is not None:
        with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
            stream.write_table(table)


if __name__ == "__main__":
    main()
