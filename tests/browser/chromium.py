"""Find a Chrome or Chromium for the browser tests, or install one.

`python -m tests.browser.chromium` is what `make test` calls before pytest: it prints the browser
that the tests will use, tries to get one where there is none, and says what to do if that fails.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

HOW_TO_GET_ONE = (
    "No Chrome or Chromium was found, and the browser tests need one. Install Chrome or Chromium "
    "(on Debian or Ubuntu: apt-get install chromium), or run "
    "`.venv/bin/python -m playwright install --with-deps chromium`, or set PHT_BROWSER to the "
    "path of one; then run `make test` again."
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)


def find_browser() -> Path | None:
    """Return the browser to use: PHT_BROWSER, an installed one, or Playwright's own download."""
    return next((Path(candidate) for candidate in _candidates() if _starts(candidate)), None)


def install_browser() -> None:
    """Try Playwright's download, then Debian's package; a failure leaves things as they were."""
    _run([sys.executable, "-m", "playwright", "install", "chromium"], seconds=600)
    if find_browser() is None and shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        _run([*root, "apt-get", "update"], seconds=300)
        packages = ["chromium", "fonts-dejavu-core"]
        _run([*root, "apt-get", "install", "-y", "--no-install-recommends", *packages], 1200)


def _candidates() -> Iterator[str]:
    yield from filter(None, [os.environ.get("PHT_BROWSER"), *map(shutil.which, NAMES)])
    yield from PLACES
    # Asked last: Playwright's driver takes a second to start.
    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(browser: str) -> bool:
    # A file may be there and not run: a download without its libraries, a stub of a snap package.
    # Chrome on Windows opens a window when asked for its version.
    if os.name == "nt" or not Path(browser).exists():
        return Path(browser).exists()
    return _run([browser, "--version"], seconds=60, quiet=True)


def _run(command: list[str], seconds: int, *, quiet: bool = False) -> bool:
    if not quiet:
        print("$", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(
            command,
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, flush=True)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if find_browser() is None:
        install_browser()
    browser = find_browser()
    if browser is None:
        sys.exit(HOW_TO_GET_ONE)
    print(f"Browser for the tests: {browser}")
