"""Foreign files are read in a process of their own: one can end its reader, or fill the memory.

Each file gets a new process with limits of memory, time and output, which goes with all that it
read. On Linux it is forked from one that imported the readers beforehand and never holds data;
elsewhere it is started anew.

A message is a line of sizes, JSON, and the bytes of what JSON does not have: tables in Arrow's
format, files.
"""

import atexit
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from pht_core.intake.limits import LIMITS, format_megabytes
from pht_core.intake.source import SourceTable
from pht_core.model.errors import PhtError, UnreadableFile

_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = [sys.executable, "-P", "-m", "pht_core.intake.opening.worker"]
# A library's threads would each reserve memory of their own.
_ALONE = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_FORKS = sys.platform == "linux"
_AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))
_KIND = "\0kind"  # a name that no file's own words can have as JSON's key

Message = dict[str, Any]


def read_apart(
    reader: str,
    content: bytes,
    name: str,
    *given: Any,
    damaged: str,
    memory: int = LIMITS.reader_bytes,
    seconds: float | None = None,
) -> Any:
    """What a reader makes of a file's bytes, in a process of its own.

    reader : ``module:function``; it takes the content, the name and what else is ``given``, and
        returns what JSON can hold, with bytes and `SourceTable` among it.
    damaged : the sentence for a file on which the reader fails, in whatever way.
    memory, seconds : what it may take; by default in proportion to the file.
    Raises UnreadableFile with the reader's own words, or because it failed, took too long or too
    much memory.
    """
    if seconds is None:
        seconds = LIMITS.reader_seconds + LIMITS.reader_seconds_per_mb * len(content) / (1 << 20)
    limits = {"memory": memory, "seconds": seconds}
    request = {"reader": reader, "given": [content, name, *given], **limits}
    start = time.monotonic()
    try:
        with _AT_ONCE:
            start = time.monotonic()
            exchange = _ask_forked if _FORKS else _ask_started
            answer = exchange(request, reader, seconds)
    except (OSError, EOFError, ValueError, LookupError, TypeError, pa.ArrowException):
        if time.monotonic() - start >= seconds:
            raise UnreadableFile(
                f"Reading {name} took longer than {seconds:.0f} s and was stopped. Save it again "
                "in the program that wrote it, or give less of it."
            ) from None
        raise UnreadableFile(
            f"{damaged} Its reader ended, as it does when a file takes more than "
            f"{format_megabytes(memory)} of memory."
        ) from None
    if "refused" in answer:
        raise UnreadableFile(answer["refused"])
    if "failed" in answer:
        raise UnreadableFile(damaged)
    return answer["value"]


def _ask_forked(request: Message, reader: str, seconds: float) -> Message:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _forker.hand_over(theirs, reader)
        ours.settimeout(seconds + 5)  # the process itself ends earlier
        with suppress(BrokenPipeError), ours.makefile("wb") as file:
            _write(file, request)  # unless its answer comes before it has heard all
        with ours.makefile("rb") as file:
            return _read(file)


def _ask_started(request: Message, reader: str, seconds: float) -> Message:
    asked = io.BytesIO()
    _write(asked, request)
    try:
        done = subprocess.run(
            _COMMAND,
            input=asked.getvalue(),
            capture_output=True,
            env=_environment(),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EOFError from None
    return _read(io.BytesIO(done.stdout))


def _environment() -> dict[str, str]:
    return {**os.environ, **_ALONE, "PYTHONPATH": str(_ROOT)}


class _Forker:
    """The process that others are forked from; started when first needed, or when it is gone."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.lock = Lock()

    def hand_over(self, channel: socket.socket, reader: str) -> None:
        """Let a new process answer on a channel."""
        with self.lock:
            for attempt in range(2):
                if self.process is None or self.process.poll() is not None or attempt:
                    self._start()
                assert self.control is not None
                with suppress(OSError):
                    socket.send_fds(self.control, [reader.encode()], [channel.fileno()])
                    return

    def stop(self) -> None:
        """Let it end, as it does when nobody can ask it any more."""
        if self.process is not None and self.control is not None:
            self.control.close()
            self.process.wait()

    def _start(self) -> None:
        self.stop()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [*_COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                # What a library complains of may be a patient's data: it reaches no log.
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


_forker = _Forker()
atexit.register(_forker.stop)


def get_ready(reader: str = "pht_core.intake.opening.binary:read_binary") -> None:
    """Start the process that others are forked from, and import a reader there ahead of its use."""
    if _FORKS and _forker.process is None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            _forker.hand_over(theirs, reader)


def _fork_for_each(control: socket.socket) -> None:
    """Fork a process for each channel that is handed over, until nobody can hand one over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # control-C is for the program that asks
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 12, 1)
        if not descriptors:
            return
        import_module(message.decode().partition(":")[0])  # once: later ones find it there
        gc.freeze()  # or a collection would copy what is shared
        if os.fork() == 0:
            try:
                control.close()
                channel = socket.socket(fileno=descriptors[0])
                with channel.makefile("rb") as request, channel.makefile("wb") as answer:
                    _answer(request, answer)
            finally:
                os._exit(0)
        os.close(descriptors[0])


def _answer(request: BinaryIO, answer: BinaryIO) -> None:
    """Read the file of a request; whatever happens is an answer, or the end of this process."""
    asked = _read(request)
    _limit(asked["memory"], asked["seconds"])
    module, _, name = asked["reader"].partition(":")
    told: Message
    try:
        told = {"value": getattr(import_module(module), name)(*asked["given"])}
    except PhtError as error:
        told = {"refused": str(error)}
    except MemoryError:
        return  # as where a library ends the process for the lack of it
    except BaseException:  # a panic of calamine is no Exception
        told = {"failed": True}
    _write(answer, told)


def _limit(memory: int, seconds: float) -> None:
    """Limit this process, before it looks into the file."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold patients' data
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(OSError):  # where memory runs out, this process goes and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _write(file: BinaryIO, message: Message) -> None:
    """Write a message; MemoryError for one that is longer than is read."""
    blobs: list[bytes] = []

    def plain(one: Any) -> Any:
        if isinstance(one, np.generic):
            return one.item()
        if isinstance(one, SourceTable):
            return {_KIND: "table", **{own.name: getattr(one, own.name) for own in fields(one)}}
        if isinstance(one, pd.DataFrame):
            table = pa.Table.from_pandas(one)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            blobs.append(sink.getvalue().to_pybytes())
        else:
            blobs.append(bytes(one))
        return {_KIND: "frame" if isinstance(one, pd.DataFrame) else "bytes", "at": len(blobs) - 1}

    words = json.dumps(message, default=plain).encode()
    sizes = [len(words), *map(len, blobs)]
    if sum(sizes) > LIMITS.unzipped_bytes:
        raise MemoryError
    file.write(json.dumps(sizes).encode() + b"\n")
    for piece in (words, *blobs):
        file.write(piece)
    file.flush()


def _read(file: BinaryIO) -> Message:
    """Read a message; EOFError if it is cut off."""
    line = file.readline(1 << 20)
    sizes = json.loads(line) if line.endswith(b"\n") else [LIMITS.unzipped_bytes + 1]
    if sum(sizes) > LIMITS.unzipped_bytes:
        raise EOFError
    words, *blobs = map(file.read, sizes)
    if [len(words), *map(len, blobs)] != sizes:
        raise EOFError

    def whole(one: Message) -> Any:
        kind = one.pop(_KIND, "")
        if kind == "table":
            return SourceTable(**{**one, "lines": tuple(one["lines"])})
        if kind == "frame":
            return pa.ipc.open_stream(blobs[one["at"]]).read_all().to_pandas()
        return blobs[one["at"]] if kind == "bytes" else one

    read: Message = json.loads(words, object_hook=whole)
    return read


if __name__ == "__main__":
    if sys.argv[1:]:
        _fork_for_each(socket.socket(fileno=int(sys.argv[1])))
    else:
        _answer(sys.stdin.buffer, sys.stdout.buffer)
