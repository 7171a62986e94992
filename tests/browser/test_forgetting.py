"""What a user uploads is dropped by the server as soon as it is read; its answers are not kept."""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import Server, running_app

DROP_ZONE = "[data-testid=stFileUploaderDropzoneInput]"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of its own: what other tests' visits left, until they are swept, is not counted."""
    with running_app() as server:
        yield server
        assert not server.complaints


def kept_uploads(visit: Visit) -> list[str]:
    """What Streamlit itself counts of the uploaded files that it keeps."""
    with urlopen(f"{visit.server.url}/_stcore/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    assert any("cache_memory_bytes" in line for line in lines)
    return [line for line in lines if "UploadedFileManager" in line]


def test_uploads_are_dropped_when_they_are_read(visit: Visit) -> None:
    rows = "".join(f"P{n},{day},98,60,1.2\n" for n in range(50) for day in (0, 7, 28))
    text = "subject_id,day,HGB (g/L),PLT (10^9/L),NE (10^9/L)\n" + rows
    page = visit.open("/upload")
    page.locator(DROP_ZONE).first.set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(page.get_by_role("button", name="Remove this cohort", exact=True)).to_be_visible()
    visit.wait_for_run()
    assert kept_uploads(visit) == []
    visit.open("/claims")
    page.locator(DROP_ZONE).first.set_input_files(
        {"name": "own.txt", "mimeType": "text/plain", "buffer": b"9/17 (52.9%) had anemia."}
    )
    expect(page.get_by_role("button", name="Close this text")).to_be_visible()
    visit.wait_for_run()
    assert kept_uploads(visit) == []


@pytest.mark.parametrize("visit", ["strict"], indirect=True)
def test_answers_may_not_be_framed_guessed_or_fetched_from_elsewhere(visit: Visit) -> None:
    with urlopen(visit.server.url, timeout=30) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    # Under these headers every chart is drawn: the visit's console has nothing to say.
    visit.open("/upload")
    visit.open("/claims")
    page = visit.open("/")
    expect(
        page.locator(
            "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
        ).first
    ).to_be_visible()
