"""One server and one browser for all browser tests, and a page that notes what goes wrong in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.chromium import HOW_TO_GET_ONE, find_browser
from tests.browser.server import Server, running_app

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks of another address fails at once, and is noted by the tests.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
LOOKING_FOR_SERVER = re.compile(r"/[a-z]+/_stcore/(health|host-config)")
# Every wait is for a state: this only ends a test whose state never comes.
PATIENCE_MS = 240_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The app on a free port; its log has to be clean and the world outside unasked at the end."""
    with running_app() as server:
        yield server
        assert not server.complaints, "\n".join(["The server complained:", *server.complaints])
        assert server.outside_requests == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_browser()
    if executable is None:
        pytest.fail(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A fresh profile's page on the app, with what its console and network have said."""

    page: Page
    server: Server
    complaints: list[str] = field(default_factory=list)
    outside_requests: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open an address of the app and wait for the end of its first run."""
        self.page.goto(self.server.url + path)
        self.wait_for_run()
        return self.page

    def wait_for_run(self) -> None:
        """Wait until the script has run and nothing more is on its way."""
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]", state="attached"
        )

    def note_request(self, request: Request) -> None:
        """Note the address that a request goes to, unless it is the server's own."""
        address = urlsplit(request.url).netloc
        # data: and blob: have no address; they stay inside the browser.
        if address and address != urlsplit(self.server.url).netloc:
            self.outside_requests.append(request.url)

    def note_message(self, message: ConsoleMessage) -> None:
        """Note what the console calls an error or a warning."""
        # At a page's own address Streamlit first looks for its server below that address.
        looking = LOOKING_FOR_SERVER.fullmatch(urlsplit(message.location["url"]).path)
        if message.type in {"error", "warning"} and not looking:
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def visit(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit in a fresh profile; `@pytest.mark.parametrize("visit", ["dark"], indirect=True)`.

    "strict" keeps to the pages' Content-Security-Policy, which Playwright's own waiting does not.
    """
    context = browser.new_context(
        bypass_csp=getattr(request, "param", "light") != "strict",
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if getattr(request, "param", "light") == "dark" else "light",
        accept_downloads=True,
        # Spinners and fading cost a fifth of the browser's work, and nothing here is about them.
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(context.new_page(), server)
    context.on("request", visit.note_request)
    context.on("console", visit.note_message)
    context.on("weberror", lambda problem: visit.complaints.append(str(problem.error)))
    yield visit
    context.close()
    assert visit.complaints == []
    assert visit.outside_requests == []
