"""An upload of any size allowed is never written to a file of the server's."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile

import pytest
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from pages.shared.server import keep_uploads_in_memory

SIZE = 3 << 20


@pytest.fixture(autouse=True)
def usual_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1 << 20)


def written_to_a_file() -> bool:
    """Whether the server's form parser puts an upload of 3 MB into a file."""
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'

    async def body() -> AsyncGenerator[bytes, None]:
        yield head + bytes(SIZE) + b"\r\n--x--\r\n"

    async def parse() -> bool:
        headers = Headers({"content-type": "multipart/form-data; boundary=x"})
        form = await MultiPartParser(headers, body()).parse()
        upload = form["f"]
        assert isinstance(upload, UploadFile)
        assert upload.size == SIZE
        file = upload.file
        assert isinstance(file, SpooledTemporaryFile)
        rolled: bool = file._rolled  # type: ignore[attr-defined]
        await form.close()
        return rolled

    # In a thread of its own: the browser's tests keep a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(parse())).result()


def test_uploads_stay_in_memory() -> None:
    assert written_to_a_file()  # what the server would do by itself
    keep_uploads_in_memory()
    assert not written_to_a_file()
