"""The helper that opens files with LibreOffice says what went wrong, and leaves nothing open."""

import gc
import sys
from pathlib import Path

import pytest

from tests import office


def test_who_runs_out_of_time_is_told_so_and_no_pipe_stays_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Any program will do: none is ready at once.
    monkeypatch.setattr(office, "find_office", lambda: Path(sys.executable))
    with pytest.raises(RuntimeError, match="LibreOffice was not done in 0 s"):
        office.convert_files({"a.txt": b"a"}, seconds=0)
    # A pipe left open would warn here, and warnings are errors.
    gc.collect()
