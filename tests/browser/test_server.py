"""What the server refuses, and that it asks nobody outside about it."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.browser.server import Server


def knock(server: Server, host: str, origin: str) -> int:
    """Ask for a session as a page of another site would; return the answer's status."""
    address = urlsplit(server.url)
    connection = HTTPConnection(address.netloc, timeout=30)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    headers = {
        "Host": f"{host}:{address.port}",
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "c2l4dGVlbiBieXRlcyAhIQ==",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        pytest.param("127.0.0.1", "http://127.0.0.1", 101, id="own page"),
        pytest.param("127.0.0.1", "https://example.org", 403, id="another site's page"),
        pytest.param("example.org", "http://example.org", 403, id="another name of this computer"),
    ],
)
def test_only_the_apps_own_pages_get_a_session(
    server: Server, host: str, origin: str, status: int
) -> None:
    assert knock(server, host, origin) == status
    assert server.outside_requests == []
