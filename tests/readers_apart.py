"""Readers as `read_apart` runs them, each with one thing that a foreign file can do to its own."""

import os
import time

import pandas as pd

from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile


def hand_back(content: bytes, name: str, given: object) -> dict[str, object]:
    return {"content": content, "name": name, "given": given, "process": os.getpid()}


def build_odd_table(content: bytes, name: str) -> list[SourceTable]:
    frame = pd.DataFrame(
        {
            "id": pd.Categorical(["Ä 1", None, "Ä 1"]),
            "day": [1, 2, 3],
            "value": [0.1, float("nan"), 3.0],
            "date": pd.to_datetime(["2022-03-04", "NaT", "1900-01-01"]),
        },
        index=pd.Index([0, 2, 5]),
    )
    return [SourceTable(name, frame, 3, {"id": "Patient"}, {"id": {"1": "yes"}}, (4, 7, 9))]


def refuse(content: bytes, name: str) -> None:
    raise UnreadableFile(f"{name} has \ud800 too much.")


def fail(content: bytes, name: str) -> None:
    raise LookupError(content)


def take_memory(content: bytes, name: str) -> int:
    return len(bytearray(8 << 30))


def end(content: bytes, name: str) -> None:
    os.abort()


def never_end(content: bytes, name: str) -> None:
    time.sleep(3600)


def say_much(content: bytes, name: str) -> bytes:
    return bytes((1 << 30) + 1)
