"""A registry's file dropped on the page: seconds to the first chart, and the server's memory."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from benchmarks.reading import MEMORY, N_COUNTS, simulate_counts
from benchmarks.start import DRAWN
from tests.browser.chromium import HOW_TO_GET_ONE, find_browser
from tests.browser.conftest import FLAGS
from tests.browser.server import Server, running_app

ROUNDS = 3
FIRST_CHART = 5.0  # seconds
SETTLING = 2.0  # seconds until what is done with has been given back
WAIT = 120_000  # milliseconds until a step counts as hung


def run() -> None:
    """Drop the file, wait for the verdict, go to the overview, wait for its first chart."""
    executable = find_browser()
    if executable is None:
        raise SystemExit(HOW_TO_GET_ONE)
    content = simulate_counts()
    size = len(content)
    print(f"\nUpload of {N_COUNTS:,} simulated counts ({size / 1e6:.0f} MB):", flush=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "counts.csv")
        file.write_bytes(content)
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        rounds = [_upload(browser, file) for _ in range(ROUNDS)]
        browser.close()
    verdict, chart, grown, peak = (median(values) for values in zip(*rounds, strict=True))
    reached = "reached" if chart <= FIRST_CHART else "not reached"
    print(
        f"  in use after {verdict:.1f} s, first chart after {chart:.1f} s, target at most "
        f"{FIRST_CHART:g} s: {reached}"
    )
    ratio = grown / size
    reached = "reached" if ratio <= MEMORY else "not reached"
    print(
        f"  the server keeps {grown / 1e6:.0f} MB more than before, {ratio:.1f} times the file, "
        f"target at most {MEMORY:g}: {reached}; for a moment it took {peak / 1e6:.0f} MB more, "
        f"{peak / size:.1f} times",
        flush=True,
    )


def _upload(browser: Browser, file: Path) -> tuple[float, float, float, float]:
    """Seconds to the verdict and the first chart, bytes kept more than before, and at the peak."""
    with running_app() as server:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector(DRAWN)
        page.get_by_role("link", name="Upload data", exact=True).click()
        page.get_by_role("heading", name="Upload data").wait_for()
        before, before_at_most = _memory(server)
        begin = time.perf_counter()
        page.locator("input[type=file]").first.set_input_files(file)
        page.get_by_text("are in use").wait_for(timeout=WAIT)
        verdict = time.perf_counter() - begin
        page.get_by_role("link", name="Overview", exact=True).click()
        page.get_by_role("heading", name="Do blood counts recover").wait_for(timeout=WAIT)
        page.wait_for_selector(DRAWN, timeout=WAIT)
        chart = time.perf_counter() - begin
        time.sleep(SETTLING)
        after, at_most = _memory(server)
        context.close()
    return verdict, chart, after - before, at_most - before_at_most


def _memory(server: Server) -> tuple[int, int]:
    """The server's memory now, and the most it has used so far, in bytes."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    told = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return 1024 * int(told["VmRSS"]), 1024 * int(told["VmHWM"])
