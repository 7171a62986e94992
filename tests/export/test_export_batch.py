"""Several pictures at once: order, progress, time, and what happens when one goes wrong."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import get_ident
from time import sleep
from typing import Any

import pytest

from pht_core.charts import Frame, Picture, flow_chart
from pht_core.export import Order, Style, draw_pictures, export_picture
from pht_core.export.pictures import pictures
from pht_core.model.errors import PhtError
from tests.drawn import FLOW
from tests.export.test_export import png_chunks, svg_texts


def order(title: str, *kinds: str) -> Order:
    return Order(flow_chart(FLOW, Frame(title=title)), kinds or ("svg",), Style("as_drawn"))


def broken(title: str) -> Order:
    drawn = flow_chart(FLOW, Frame(title=title))
    return Order(replace(drawn, template=drawn.template.replace('"rect"', '"scribble"')), ("svg",))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The drawing processes of a test; at its end all are gone, and their pipes are closed."""
    processes: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    yield processes
    assert processes
    for process in processes:
        assert process.returncode is not None
        assert all(pipe.closed for pipe in (process.stdin, process.stdout, process.stderr) if pipe)


def test_results_come_in_the_order_asked_for(started: list[subprocess.Popen[bytes]]) -> None:
    titles = [f"Picture {number}" for number in range(5)]
    told: list[tuple[int, int, int]] = []
    orders = [order(title, "svg", "outlined") for title in titles]
    drawn = draw_pictures(orders, report=lambda done, of: told.append((done, of, get_ident())))
    for title, files in zip(titles, drawn, strict=True):
        assert list(files) == ["svg", "outlined"]
        assert title in svg_texts(files["svg"])
    assert told == [(done, 5, get_ident()) for done in range(1, 6)]
    assert len(started) == 2


def test_a_picture_that_takes_long_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = pictures._Drawer.draw

    def late(self: pictures._Drawer, one: Order, timeout: float) -> dict[str, bytes]:
        files = draw(self, one, timeout)
        sleep(1.5 if one.picture.frame.title == "Picture 0" else 0)
        return files

    monkeypatch.setattr(pictures._Drawer, "draw", late)
    titles = [f"Picture {number}" for number in range(3)]
    drawn = draw_pictures([order(title, "svg") for title in titles])
    for title, files in zip(titles, drawn, strict=True):
        assert title in svg_texts(files["svg"])


def test_nothing_to_draw_is_no_work() -> None:
    assert draw_pictures([]) == []


def test_a_stand_in_has_a_resolution_of_its_own() -> None:
    stand_in = replace(order("Flow", "png"), style=Style(), fallback_ppi=150)
    (files,) = draw_pictures([stand_in])
    # 960 points at 150 an inch.
    assert int.from_bytes(png_chunks(files["png"])[b"IHDR"][:4], "big") == 2000


def test_a_picture_that_cannot_be_drawn_is_named(
    started: list[subprocess.Popen[bytes]],
) -> None:
    with pytest.raises(PhtError, match=r"The picture “Second” could not be drawn: .*Error"):
        draw_pictures([order("First"), broken("Second"), order("Third")])


def test_a_process_that_ends_by_itself_is_told_of(
    started: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("import sys; sys.stdin.readline(); raise MemoryError('no room')")
    monkeypatch.setattr(pictures, "_WORKER", worker)
    with pytest.raises(PhtError, match="“Flow” could not be drawn: MemoryError: no room"):
        draw_pictures([order("Flow")])
    worker.write_text("import os, sys; sys.stdin.readline(); os._exit(3)")
    with pytest.raises(PhtError, match="could not be drawn: the drawing process ended with 3"):
        draw_pictures([order("Flow")])


def test_drawing_that_takes_too_long_is_stopped(
    started: list[subprocess.Popen[bytes]],
) -> None:
    with pytest.raises(PhtError, match=r"“Flow” took longer than 0\.01 s to draw and was stopped"):
        draw_pictures([order("Flow"), order("Flow")], timeout=0.01)


def test_who_is_told_of_progress_may_stop_it(started: list[subprocess.Popen[bytes]]) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_pictures([order(f"{number}") for number in range(4)], report=stop)
    # Both cores are free again.
    assert len(draw_pictures([order("again"), order("and again")])) == 2


def test_sessions_take_turns() -> None:
    def draw(number: int) -> str:
        drawn: Picture = flow_chart(FLOW, Frame(title=f"Session {number}"))
        return svg_texts(export_picture(drawn, "svg"))

    with ThreadPoolExecutor(4) as sessions:
        for number, texts in enumerate(sessions.map(draw, range(4))):
            assert f"Session {number}" in texts
