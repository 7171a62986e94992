"""Start the app as its users do, on a free port of this computer, and end it again."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

ROOT = Path(__file__).parents[2]
SUSPICIOUS = re.compile(
    r"warn|error|traceback|exception|deprecat|not a valid|critical", re.IGNORECASE
)
START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A running app: its address, its process and everything it has logged."""

    url: str
    pid: int
    log_file: Path
    outside_requests: list[str]

    @property
    def log(self) -> str:
        """Return what the server has written so far."""
        return self.log_file.read_text("utf-8", errors="replace")

    @property
    def complaints(self) -> list[str]:
        """Return the lines of the log that a clean run does not have."""
        return [line for line in self.log.splitlines() if SUSPICIOUS.search(line)]


@contextmanager
def running_app(script: Path = ROOT / "app.py", cwd: Path = ROOT) -> Iterator[Server]:
    """Run a Streamlit script until the block ends.

    The server has a home of its own, so that no settings of this computer's user count, and a
    proxy that notes and refuses whatever it asks of the world outside.
    """
    with TemporaryDirectory(prefix="pht-server-") as folder, _refusing_proxy() as (proxy, outside):
        log_file = Path(folder, "server.log")
        port = free_port()
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                _command(script, port),
                cwd=cwd,
                env=_environment(folder, proxy),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                server = Server(f"http://127.0.0.1:{port}", process.pid, log_file, outside)
                _wait_until_healthy(server, process)
                yield server
            finally:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(15)


def _command(script: Path, port: int) -> list[str]:
    streamlit = [sys.executable, "-m", "streamlit", "run", str(script)]
    return [*streamlit, "--server.port", str(port), "--server.headless", "true"]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(home: str, proxy: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("STREAMLIT_") and not name.lower().endswith("_proxy")
    }
    proxies = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1,localhost"}
    return kept | {"HOME": home, "USERPROFILE": home, "PYTHONUNBUFFERED": "1"} | proxies


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}:\n{server.log}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"The server was not ready after {START_SECONDS} s:\n{server.log}")


@contextmanager
def _refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Refusal(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(403)

        do_CONNECT = do_GET = do_HEAD = do_POST = _refuse  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}", asked
        finally:
            proxy.shutdown()
