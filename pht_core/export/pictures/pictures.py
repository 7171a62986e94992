"""Pictures as PNG, SVG and PDF files for slides and papers, drawn by processes of their own."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Event, Timer
from typing import Any

from pht_core.charts.picture import Picture
from pht_core.charts.theme import EXPORT_FONT
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.export.pictures.fonts import fonts_for
from pht_core.export.pictures.style import PRESETS, Style
from pht_core.model.errors import PhtError, UnknownName

# The kinds that are offered for download, and "outlined": an SVG whose texts are outlines.
MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
KINDS = (*MEDIA_TYPES, "outlined")

_WORKER = Path(__file__).with_name("worker.py")
# Each process takes a core: more at once, of all sessions, would only make all of them wait.
_AT_ONCE = 2
_CORES = BoundedSemaphore(_AT_ONCE)
_LONGEST_TITLE = 80

# Characters that are no text, as JSON has them: the converter would end at one of them.
_NO_TEXT = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\(?:u00[01][0-9a-f]|[bf])|[\ufffe\uffff])")

Files = dict[str, bytes]
# Is told how many steps are done, of how many, and what is being done.
Progress = Callable[[int, int, str], None]
SLIDE = Style()


@dataclass(frozen=True)
class Order:
    """A picture to draw, and the kinds of file wanted of it (of `KINDS`).

    The picture is made with ``theme=style.theme`` and ``width=style.width``. ``fallback_ppi`` is
    the resolution of a PNG that only stands in for an SVG, instead of the style's.
    """

    picture: Picture
    kinds: tuple[str, ...]
    style: Style = SLIDE
    fallback_ppi: int | None = None


def export_picture(
    picture: Picture, kind: str = "png", *, style: Style = SLIDE, timeout: float = 60
) -> bytes:
    """Draw a picture as the bytes of a file.

    picture : made with ``theme=style.theme``. kind : png, svg or pdf (both with text as text),
        or outlined, an SVG that needs no fonts. timeout : seconds.
    Raises UnknownName: kind is not offered; PhtError: it could not be drawn, or not in time.
    """
    (files,) = draw_pictures([Order(picture, (kind,), style)], timeout=timeout)
    return files[kind]


def draw_pictures(
    orders: Sequence[Order],
    *,
    report: Callable[[int, int], None] | None = None,
    timeout: float = 60,
) -> list[Files]:
    """Draw pictures, two at once; each is drawn once for all its kinds of file.

    report : called from this thread after each picture, with how many are done and of how many.
    timeout : seconds that one picture may take.
    Returns the bytes by kind, in the order of ``orders``.
    Raises UnknownName: a kind is not offered; PhtError: a picture, which it names, could not be
        drawn or took too long; the others are then stopped too.
    """
    for order in orders:
        _check_order(order)
    if not orders:
        return []
    with _cores(min(_AT_ONCE, len(orders))) as cores:
        drawers = [_Drawer() for _ in range(cores)]
        idle: queue.SimpleQueue[_Drawer] = queue.SimpleQueue()
        for drawer in drawers:
            idle.put(drawer)

        def draw(order: Order) -> Files:
            drawer = idle.get()
            try:
                return drawer.draw(order, timeout)
            finally:
                idle.put(drawer)

        with ThreadPoolExecutor(cores) as threads:
            drawn = [threads.submit(draw, order) for order in orders]
            try:
                for done, picture in enumerate(as_completed(drawn), 1):
                    picture.result()
                    if report is not None:
                        report(done, len(orders))
            finally:
                threads.shutdown(wait=False, cancel_futures=True)
                for drawer in drawers:
                    drawer.stop()
    return [picture.result() for picture in drawn]


def order_figure(
    rendering: Rendering | None, kinds: tuple[str, ...], style: Style, width: int | None = None
) -> Order | None:
    """The order for a figure, as wide as its style says or as given; None for a table."""
    if rendering is None or rendering.draw is None:
        return None
    return Order(rendering.draw(RenderTarget(style.theme, width or style.width)), kinds, style)


def draw_figures(
    orders: Sequence[Order | None], tell: Progress, *, what: str = "Figure", steps_after: int = 1
) -> list[Files | None]:
    """Draw the figures of some renderings; None in the place of those without one.

    ``tell`` is told of each, called ``what``, with ``steps_after`` that follow the drawing.
    """
    wanted = [order for order in orders if order is not None]
    steps = len(wanted) + steps_after
    tell(0, steps, "Drawing the figures")
    drawn = iter(
        draw_pictures(wanted, report=lambda done, of: tell(done, steps, f"{what} {done} of {of}"))
    )
    return [None if order is None else next(drawn) for order in orders]


def no_progress(done: int, of: int, what: str) -> None:
    """Tell nobody."""


def _check_order(order: Order) -> None:
    for kind in order.kinds:
        if kind not in KINDS:
            raise UnknownName("Kind of picture", kind, list(KINDS))
    if order.style.grey and order.picture.frame.theme != "grey":
        raise PhtError(
            f"{_name(order)} is drawn in colours and was asked for without; draw it in the "
            "grey theme."
        )


def _request(order: Order) -> bytes:
    """One line of JSON that the drawing process understands."""
    picture, style = order.picture, order.style
    if style.frame is not None:
        picture = picture.with_frame(width=style.width)
    spec = picture.to_dict(font=EXPORT_FONT, least_size=style.least_units)
    fonts = fonts_for([json.dumps(spec, ensure_ascii=False)])
    request: dict[str, Any] = {
        "spec": spec,
        "kinds": order.kinds,
        "frame": style.frame,
        "scale": style.scale,
        "unit": PRESETS[style.preset].unit,
        "ppi": order.fallback_ppi or style.ppi,
        "fonts": [astuple(font) for font in fonts],
        "folders": sorted({str(Path(font.path).parent) for font in fonts}),
        "title": picture.frame.title,
        "description": picture.description,
    }
    # Half of a pair of letters becomes a question mark.
    written = _NO_TEXT.sub("\\1\ufffd", json.dumps(request, ensure_ascii=False))
    return written.encode("utf-8", "replace") + b"\n"


def _name(order: Order) -> str:
    title = " ".join(order.picture.frame.title.split())
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE]}…"
    return f"The picture “{title}”" if title else "The picture"


@contextmanager
def _cores(wanted: int) -> Iterator[int]:
    """Wait for a core, and take another if it is free; how many were taken."""
    taken = 0
    try:
        for place in range(wanted):
            # Who waited for a second one with the first in hand could wait forever.
            if _CORES.acquire(blocking=place == 0):
                taken += 1
        yield taken
    finally:
        for _ in range(taken):
            _CORES.release()


class _Drawer:
    """A drawing process, which is handed one picture after another."""

    def __init__(self) -> None:
        # A file, not a pipe: however much the process says there, it can go on.
        self.complaints = TemporaryFile()  # noqa: SIM115  closed by stop
        # -P: the worker's own folder must not hide modules of other packages.
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
        )

    def draw(self, order: Order, timeout: float) -> Files:
        """Draw one picture."""
        request = _request(order)
        late = Event()

        def give_up() -> None:
            late.set()
            self.process.kill()

        timer = Timer(timeout, give_up)
        timer.daemon = True
        timer.start()
        try:
            return self._ask(request, order)
        except (OSError, EOFError, ValueError) as error:
            if late.is_set():
                raise PhtError(
                    f"{_name(order)} took longer than {timeout:g} s to draw and was stopped. "
                    "Try again, or choose fewer patients."
                ) from None
            if isinstance(error, PhtError):
                raise
            self.process.wait()
            self.complaints.seek(0)
            lines = self.complaints.read().decode(errors="replace").splitlines()
            reason = next((line.strip() for line in reversed(lines) if "rror" in line), "")
            raise PhtError(
                f"{_name(order)} could not be drawn: "
                f"{reason or f'the drawing process ended with {self.process.returncode}'}"
            ) from None
        finally:
            timer.cancel()

    def _ask(self, request: bytes, order: Order) -> Files:
        questions, answers = self.process.stdin, self.process.stdout
        assert questions is not None and answers is not None  # noqa: PT018  for the types
        questions.write(request)
        questions.flush()
        header = answers.readline()
        if not header.endswith(b"\n"):
            raise EOFError
        answer = json.loads(header)
        if "error" in answer:
            lines = [line.strip() for line in answer["error"].splitlines() if line.strip()]
            raise PhtError(f"{_name(order)} could not be drawn: {lines[0]}")
        files = {}
        for kind, size in answer["sizes"].items():
            files[kind] = answers.read(size)
            if len(files[kind]) < size:
                raise EOFError
        return files

    def stop(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.complaints):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
