"""10,000 damaged files: never an unknown error, never a crash, never a hang.

The whole way to a cohort; another function by its name in PHT_FUZZ, such as
`pht_core.intake.opening:open_files`. It gets a list of one `SourceFile` and may raise `PhtError`.
The files are damaged in the parent and read in a child process, so that a crash of a reader
written in C ends the child alone, and is reported with the damaged file's number.
"""

import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import numpy as np

from pht_core.intake.source import SourceFile
from pht_core.model.errors import PhtError
from tests.broken_files import (
    HEADER,
    ROWS,
    sas_data_set,
    small_frame,
    small_workbook,
    write_parquet,
    write_statistical,
    write_zip,
)

N_FILES, SEED = 10_000, 20230124
LONGEST = 20.0  # seconds that one file may take
SHOWN = 5
# These are read by a process of their own, 0.4 s each: one file in so many.
SLOW, SLOW_EVERY = (".xpt", ".sav", ".sas7bdat"), 20
DEFAULT = "pht_core.intake.reading:read_files"

Read = Callable[[list[SourceFile]], object]


def valid_files() -> dict[str, bytes]:
    """A small valid file of every format."""
    long = HEADER + b"".join(b"P%d,%d,98,120,1.5\n" % (row // 5, row) for row in range(40))
    western = "编号,天,血红蛋白\n甲一,0,98\n乙二,7,85\n"
    return {
        "a.csv": long,
        "b.csv": b'id;note;HGB\r\nP1;"fever;\nrash";9,8\r\nP2;;8,5\r\nTotal;;18\r\n',
        "c.tsv": (b"#title\n\n" + HEADER + ROWS).replace(b",", b"\t"),
        "d.csv": western.encode("gb18030"),
        "e.csv": western.encode("utf-16"),
        "f.xlsx": small_workbook(),
        "g.zip": write_zip({"a.csv": HEADER + ROWS, "b.xlsx": small_workbook()}),
        "h.parquet": write_parquet(small_frame()),
        "i.xpt": write_statistical(small_frame(), "xpt"),
        "j.xpt": write_statistical(small_frame(), "xpt", file_format_version=8),
        "k.sav": write_statistical(
            small_frame(), "sav", variable_value_labels={"ADY": {1: "first", 8: "week"}}
        ),
        "l.sav": write_statistical(small_frame(), "sav", compress=True),
        "m.sas7bdat": sas_data_set(),
    }


def damage(content: bytes, other: bytes, draw: np.random.Generator) -> bytes:
    """One file with some of its bytes changed, cut, moved, repeated or taken from another."""
    raw = bytearray(content)
    for _ in range(int(draw.integers(1, 4))):
        if not raw:
            break
        begin = int(draw.integers(len(raw)))
        n = int(min(len(raw) - begin, draw.geometric(0.05)))
        match int(draw.integers(8)):
            case 0:
                for place in draw.integers(len(raw), size=int(draw.integers(1, 9))):
                    raw[place] ^= 1 << int(draw.integers(8))
            case 1:
                del raw[begin:]
            case 2:
                del raw[begin : begin + n]
            case 3:
                raw[begin : begin + n] = draw.bytes(n)
            case 4:
                raw[begin:begin] = raw[begin : begin + n] * int(draw.integers(1, 50))
            case 5:
                start = int(draw.integers(len(other)))
                raw[begin : begin + n] = other[start : start + n]
            case 6:
                raw[begin : begin + n] = bytes([int(draw.choice([0, 255, 34, 10, 13, 59]))]) * n
            case 7:
                size = int(draw.choice([1, 2, 4, 8]))
                number = int(draw.choice([0, 1, 2**7, 2**15, 2**31 - 1, 2**31, 2**32 - 1]))
                raw[begin : begin + size] = (number % 256**size).to_bytes(size, "little")
    return bytes(raw)


def damaged_files(n: int = N_FILES, seed: int = SEED) -> Iterator[SourceFile]:
    """The same damaged files every time."""
    files = valid_files()
    draw = np.random.default_rng(seed)
    names = list(files)
    slow = [name for name in names if name.endswith(SLOW)]
    quick = [name for name in names if name not in slow]
    for number in range(n):
        of = slow if number % SLOW_EVERY == 0 else quick
        name = of[number // SLOW_EVERY % len(of) if of is slow else number % len(of)]
        other = files[names[int(draw.integers(len(names)))]]
        yield SourceFile(name, damage(files[name], other, draw))


def find_reader(asked: str) -> Read:
    """A function by `module:name`."""
    module, _, name = asked.partition(":")
    read: Read = getattr(importlib.import_module(module), name)
    return read


def run() -> None:
    """Read every damaged file in a child process; print how many gave what."""
    asked = os.environ.get("PHT_FUZZ", DEFAULT)
    print(f"\n{N_FILES:,} damaged files through {asked}:", flush=True)
    begin = time.perf_counter()
    counts = {"read": 0, "refused": 0}
    faults: list[str] = []
    child = _Child(asked)
    for number, file in enumerate(damaged_files()):
        answer = child.read(file)
        if answer in counts:
            counts[answer] += 1
            continue
        faults.append(f"file {number} ({file.name}): {answer}")
        if not child.alive():
            child = _Child(asked)
    child.close()
    seconds = time.perf_counter() - begin
    print(
        f"  {counts['read']:,} read, {counts['refused']:,} refused with a message, "
        f"{len(faults)} faults, {seconds:.0f} s: target no fault: "
        f"{'not reached' if faults else 'reached'}",
        flush=True,
    )
    for fault in faults[:SHOWN]:
        print(f"  {fault}", flush=True)


class _Child:
    """A process that reads one file after the other."""

    def __init__(self, asked: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.ours, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, asked), daemon=True)
        self.process.start()
        theirs.close()

    def read(self, file: SourceFile) -> str:
        """``read``, ``refused``, or what went wrong."""
        try:
            self.ours.send((file.name, file.content))
            if not self.ours.poll(LONGEST):
                self.process.kill()
                self.process.join()
                return f"no answer within {LONGEST:g} s"
            answer: str = self.ours.recv()
        except (EOFError, OSError):
            self.process.join()
            return f"the process ended with exit code {self.process.exitcode}"
        return answer

    def alive(self) -> bool:
        return self.process.is_alive()

    def close(self) -> None:
        self.ours.close()
        self.process.join(5)


def _serve(ours: Connection, asked: str) -> None:
    read = find_reader(asked)
    while True:
        try:
            name, content = ours.recv()
        except EOFError:
            return
        try:
            read([SourceFile(name, content)])
            answer = "read"
        except PhtError:
            answer = "refused"
        except BaseException:
            answer = traceback.format_exc(limit=-4)
        ours.send(answer)
