"""Foreign files are read in a process of their own, whose end is a sentence and nothing more."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest

from pht_core.intake.opening import worker
from pht_core.intake.opening.worker import read_apart
from pht_core.model.errors import UnreadableFile
from tests.readers_apart import build_odd_table

DAMAGED = "a.xyz is damaged. Save it again."


def run(reader: str, *given: object, **limits: Any) -> Any:
    content = b"P1,98\n\x00\xff"
    return read_apart(
        f"tests.readers_apart:{reader}",
        content,
        "a.xyz",
        *given,
        damaged=DAMAGED,
        **limits,
    )


@pytest.fixture(params=["forked", "started"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the process comes to be: forked where that can be, started anew on other systems."""
    monkeypatch.setattr(worker, "_FORKS", request.param == "forked")
    return str(request.param)


def test_what_is_given_and_read_arrives_whole(way: str) -> None:
    read = run("hand_back", {"a": [1, "ü", None]})
    assert isinstance(read, dict)
    assert read["process"] != os.getpid()
    assert {**read, "process": 0} == {
        "content": b"P1,98\n\x00\xff",
        "name": "a.xyz",
        "given": {"a": [1, "ü", None]},
        "process": 0,
    }


def test_a_table_arrives_as_it_was_built() -> None:
    (built,), (read,) = build_odd_table(b"", "a.xyz"), run("build_odd_table")
    pd.testing.assert_frame_equal(read.frame, built.frame)
    assert (read.name, read.first_line, read.lines) == ("a.xyz", 3, (4, 7, 9))
    assert (read.labels, read.value_labels) == ({"id": "Patient"}, {"id": {"1": "yes"}})


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("refuse", r"a\.xyz has .* too much\."),
        ("fail", r"^a\.xyz is damaged\. Save it again\.$"),
        ("take_memory", r"damaged\..* takes more than 4 GB of memory\."),
        ("say_much", r"damaged\..* ended"),
    ],
)
def test_whatever_a_reader_does_is_a_sentence(reader: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words) as caught:
        run(reader)
    assert "P1,98" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_end_of_a_reader_is_a_sentence(way: str) -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.xyz is damaged\. Save it again\. Its reader"):
        run("end")


def test_a_reader_that_never_ends_is_stopped(way: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableFile, match="took longer than 3 s and was stopped"):
        run("never_end", seconds=3)
    assert time.monotonic() - start < 20


def test_a_lost_process_is_started_again() -> None:
    run("hand_back", 1)
    assert worker._forker.process is not None
    worker._forker.process.kill()
    worker._forker.process.wait()
    assert run("hand_back", 2)["given"] == 2


def test_others_read_while_one_never_ends() -> None:
    def wait() -> None:
        with pytest.raises(UnreadableFile):
            run("never_end", seconds=4)

    slow = threading.Thread(target=wait)
    slow.start()
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda n: run("hand_back", n), range(12)))
    assert [one["given"] for one in read] == list(range(12))
    assert len({one["process"] for one in read}) == 12
    slow.join()


def test_no_two_files_share_a_process() -> None:
    one, other = run("hand_back", 1), run("hand_back", 2)
    assert one["process"] != other["process"]
