"""From starting the server to the first chart in a browser: the app against a bare page."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from benchmarks.rerun import BARE, charts_of, write_bare_page
from benchmarks.session import visiting
from benchmarks.timing import at_most, print_comparison, take_turns
from tests.browser.chromium import HOW_TO_GET_ONE, find_browser
from tests.browser.conftest import FLAGS
from tests.browser.server import ROOT, running_app

WARM_UP, ROUNDS = 1, 7
OURS = "app"
DRAWN = "[data-testid=stVegaLiteChart].vega-embed :is(canvas, svg.marks)"


def run() -> None:
    """Measure both in turn, with a browser that is open already and a fresh profile each time."""
    print("\nCold start, from starting the server to the overview's first chart:", flush=True)
    executable = find_browser()
    if executable is None:
        raise SystemExit(HOW_TO_GET_ONE)
    with running_app() as server, visiting(server.url) as session:
        charts = charts_of(session.rerun())
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = write_bare_page(Path(folder), {"Any": charts})
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        ways = {
            OURS: lambda: start(browser, ROOT / "app.py"),
            BARE: lambda: start(browser, bare),
        }
        take_turns(ways, WARM_UP)
        seconds = take_turns(ways, ROUNDS)
        browser.close()
    print_comparison("  overview", OURS, BARE, seconds, at_most(1.5))


def start(browser: Browser, script: Path) -> float:
    """Start a server, open it, wait for the first chart; the ending is not timed."""
    begin = time.perf_counter()
    with running_app(script, script.parent) as server:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector(DRAWN)
        taken = time.perf_counter() - begin
        context.close()
    return taken
