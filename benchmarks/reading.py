"""A file of 1,000,000 counts: opened, and read to a cohort, against pyarrow's CSV reader alone."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.fuzz import find_reader
from benchmarks.timing import at_most, format_seconds, print_comparison, take_turns
from pht_core.intake.opening.opening import open_files
from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.source import SourceFile
from pht_core.intake.tidying.tidying import tidy_tables

N_COUNTS, WARM_UP, ROUNDS = 1_000_000, 2, 9
OTHER = "pyarrow.csv.read_csv"
OPEN, READ = "pht_core.intake.opening:open_files", "pht_core.reading:read_files"
# Reading and mapping against pyarrow; memory over the file's size.
WHOLE, MEMORY = 5.0, 6.0
UNITS = {
    "HGB": ("g/L", "120", "160"),
    "PLT": ("10^9/L", "150", "350"),
    "NE": ("10^9/L", "2.0", "7.5"),
}


def simulate_counts(n: int = N_COUNTS) -> bytes:
    """A long CSV of simulated counts, about 40 MB for 1,000,000."""
    draw = np.random.default_rng(20230124)
    params = list(UNITS)
    counts = np.stack(
        [
            np.round(np.clip(draw.normal(95, 18, n), 45, 180), 1),
            np.round(draw.lognormal(4, 1, n)),
            np.round(draw.lognormal(0.5, 0.8, n), 2),
        ]
    )
    values = counts[np.arange(n) % 3, np.arange(n)].tolist()
    rows = (
        f"SUBJ-{row // 300:08},{row // 3 % 100},{params[row % 3]},{value:g},"
        + ",".join(UNITS[params[row % 3]])
        for row, value in enumerate(values)
    )
    return ("subject_id,day,param,value,unit,lln,uln\n" + "\n".join(rows) + "\n").encode()


def run() -> None:
    """Measure both ways and pyarrow in turn, then the memory of fresh processes."""
    content = simulate_counts()
    size = f"{len(content) / 1e6:.0f} MB"
    print(f"\nReading a long CSV of {N_COUNTS:,} simulated counts ({size}):", flush=True)
    ways: dict[str, Callable[[], None]] = {
        OTHER: lambda: _drop(pyarrow.csv.read_csv(pa.BufferReader(content))),
        "open_files": lambda: _drop(find_reader(OPEN)([SourceFile("counts.csv", content)])),
        "reading and mapping": lambda: _drop(_map(content)),
        "read_files": lambda: _drop(find_reader(READ)([SourceFile("counts.csv", content)])),
    }
    take_turns(ways, WARM_UP)
    seconds = take_turns(ways, ROUNDS)
    print_comparison("  to tidy tables", "reading and mapping", OTHER, seconds, at_most(WHOLE))
    whole, opening = (median(seconds[name]) for name in ("read_files", "open_files"))
    print(
        f"  of it opening {format_seconds(opening)}; with checks, to a cohort "
        f"{format_seconds(whole)}, ratio {whole / median(seconds[OTHER]):.2f}",
        flush=True,
    )
    grown = measure_memory(READ, content)
    ratio = grown / len(content)
    print(
        f"  memory: read_files grows a process by {grown / 1e6:.0f} MB at most, {ratio:.1f} times "
        f"the file, target at most {MEMORY:g}: {'reached' if ratio <= MEMORY else 'not reached'}",
        flush=True,
    )


def _map(content: bytes) -> object:
    """Open, recognise and tidy: everything but the checks and the cohort."""
    tables = open_files([SourceFile("counts.csv", content)]).tables
    return tidy_tables(tables, map_columns(tables))


def measure_memory(asked: str, content: bytes) -> int:
    """By how many bytes reading the file raises the peak memory of a fresh process."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.reading", asked, str(len(content))],
        input=content,
        check=True,
        capture_output=True,
        timeout=600,
    ).stdout
    return int(answer.split()[-1])


def _drop(answer: object) -> None:
    """Forget an answer within the time that is measured."""


def _grow(asked: str, size: int) -> int:
    read = find_reader(asked)
    read([SourceFile("small.csv", simulate_counts(30))])  # what is imported at first use
    content = sys.stdin.buffer.read(size)
    before = _peak()
    read([SourceFile("counts.csv", content)])
    return _peak() - before


def _peak() -> int:
    """The most memory that this process has used so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which a process inherits from the one that started it.
        lines = status.read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    print(_grow(sys.argv[1], int(sys.argv[2])))
