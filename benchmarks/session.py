"""A client that speaks Streamlit's own protocol, to time a rerun without a browser's drawing."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

SECONDS = 120
# script_finished and its like are a few dozen bytes; only such messages are read at once.
SMALL = 1000
# The script asked for another run itself; that one's end is what counts.
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN


class _PromptSocket(socket.socket):
    """Acknowledges at once: Linux otherwise waits 40 ms, and Streamlit's server waits with it.

    A browser on the same computer meets that wait on every rerun, of any app; it says nothing
    about one.
    """

    def recv(self, *args: Any) -> bytes:
        received = super().recv(*args)
        if hasattr(socket, "TCP_QUICKACK"):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return received


@dataclass(frozen=True)
class Run:
    """One run of the script: seconds from the request to its end, and all that it sent."""

    seconds: float
    messages: list[ForwardMsg]

    @property
    def elements(self) -> Iterator[Any]:
        """Yield the elements that the run put on the page."""
        for message in self.messages:
            if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
                yield message.delta.new_element

    def widget(self, label: str) -> Any:
        """Return the widget with a label."""
        for element in self.elements:
            widget = getattr(element, element.WhichOneof("type"))
            if getattr(widget, "label", None) == label and getattr(widget, "id", ""):
                return widget
        raise LookupError(f"The page has no widget {label!r}")


@dataclass
class Session:
    """One user's visit to one page; widget states stay as they were last set."""

    connection: ClientConnection
    page: str = ""
    page_hash: str = ""
    widgets: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def rerun(self, changed: Mapping[str, Mapping[str, Any]] | None = None) -> Run:
        """Ask for a run, as a click on a widget does, and wait for its end.

        `changed` maps a widget's id to its value under the name of a WidgetState's field, such as
        ``{"string_value": "yes"}``.
        """
        self.widgets.update(changed or {})
        request = BackMsg()
        request.rerun_script.page_script_hash = self.page_hash
        request.rerun_script.page_name = "" if self.page_hash else self.page
        for name, value in self.widgets.items():
            request.rerun_script.widget_states.widgets.add(id=name, **value)
        packed = request.SerializeToString()
        start = time.perf_counter()
        self.connection.send(packed)
        received = self._receive()
        seconds = time.perf_counter() - start
        messages = [ForwardMsg.FromString(message) for message in received]
        for message in messages:
            if message.WhichOneof("type") == "navigation":
                self.page_hash = message.navigation.page_script_hash
        return Run(seconds, messages)

    def _receive(self) -> list[bytes]:
        received = []
        while True:
            message = self.connection.recv(timeout=SECONDS)
            assert isinstance(message, bytes)
            received.append(message)
            if len(message) < SMALL:
                small = ForwardMsg.FromString(message)
                if small.WhichOneof("type") == "script_finished" and small.script_finished != EARLY:
                    return received


@contextmanager
def visiting(url: str, page: str = "") -> Iterator[Session]:
    """Open a session on a server's page; the first `rerun` is the first run."""
    host, port = url.removeprefix("http://").split(":")
    prompt = _PromptSocket()
    prompt.connect((host, int(port)))
    address = f"ws://{host}:{port}/_stcore/stream"
    with connect(
        address, sock=prompt, subprotocols=[Subprotocol("streamlit")], max_size=None
    ) as connection:
        yield Session(connection, page)
