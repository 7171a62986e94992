"""Find LibreOffice for the tests of slides and documents, or install it; open files with it.

`python -m tests.office` is what `make test` calls before pytest: it prints the LibreOffice that
the tests will use, tries to get one where there is none, and says what to do if that fails.
"""

import html
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

HOW_TO_GET_ONE = (
    "LibreOffice (soffice) and Poppler (pdftoppm, pdftotext) were not both found, and the tests "
    "open every slide and document with them. Install them (on Debian or Ubuntu: apt-get install "
    "--no-install-recommends libreoffice-impress libreoffice-writer libreoffice-calc "
    "poppler-utils), or set PHT_OFFICE to the path of soffice; then run `make test` again."
)
PACKAGES = (
    "libreoffice-impress",
    "libreoffice-writer",
    "libreoffice-calc",
    "poppler-utils",
    "fonts-liberation",
)
POPPLER = ("pdftoppm", "pdftotext", "pdfinfo")
PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)


_WORD = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')


class Word(NamedTuple):
    """A word on a page, and its sides."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@cache
def find_office() -> Path | None:
    """Return the LibreOffice to use: PHT_OFFICE, or an installed one that has all it needs."""
    named = os.environ.get("PHT_OFFICE")
    candidates = [named, shutil.which("soffice"), shutil.which("libreoffice"), *PLACES]
    found = next((Path(one) for one in candidates if one and Path(one).exists()), None)
    return found if found is not None and all(map(shutil.which, POPPLER)) else None


def install_office() -> None:
    """Try Debian's packages; a failure leaves things as they were."""
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        _run([*root, "apt-get", "update"], seconds=300)
        _run([*root, "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES], 1800)
    find_office.cache_clear()


def convert_files(
    files: Mapping[str, bytes], to: str = "pdf", seconds: int = 240
) -> dict[str, bytes]:
    """Open files with LibreOffice, all in one start, and save them as another kind.

    Parameters
    ----------
    files : content by name, the endings tell their kinds; no two names differ by ending alone.
    to : the kind wanted, such as pdf. seconds : that it may take altogether.

    Returns
    -------
    content by the names given; a file that LibreOffice could not open is not there.

    Raises
    ------
    RuntimeError : there is no LibreOffice, or it was not done in time.
    """
    office = find_office()
    if office is None:
        raise RuntimeError(HOW_TO_GET_ONE)
    with tempfile.TemporaryDirectory(prefix="pht-office-") as folder:
        sources, results = Path(folder, "in"), Path(folder, "out")
        sources.mkdir()
        for name, content in files.items():
            Path(sources, name).write_bytes(content)
        command = [
            str(office),
            # A profile of its own: it neither waits for another LibreOffice nor changes its user's.
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--convert-to",
            to,
            "--outdir",
            str(results),
            *(str(Path(sources, name)) for name in files),
        ]
        # A group of its own, because soffice is a script that starts the program proper.
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise RuntimeError(f"LibreOffice was not done in {seconds} s.") from None
            finally:
                _end(process)
        made = {name: Path(results, name).with_suffix(f".{to}") for name in files}
        return {name: path.read_bytes() for name, path in made.items() if path.exists()}


def draw_pages(pdf: bytes, ppi: int = 60) -> list[bytes]:
    """Pages of a PDF as PNG pictures."""
    with tempfile.TemporaryDirectory(prefix="pht-pages-") as folder:
        _poppler(["pdftoppm", "-r", str(ppi), "-png", "-", str(Path(folder, "page"))], pdf)
        return [path.read_bytes() for path in sorted(Path(folder).iterdir())]


def read_pages(pdf: bytes) -> list[str]:
    """Texts of a PDF, one a page, in reading order."""
    text = _poppler(["pdftotext", "-enc", "UTF-8", "-", "-"], pdf).decode()
    return text.split("\f")[:-1]


def read_words(pdf: bytes) -> list[list[Word]]:
    """Words of a PDF by page, with where they stand in points from the top left."""
    text = _poppler(["pdftotext", "-bbox", "-enc", "UTF-8", "-", "-"], pdf).decode()
    return [
        [
            Word(html.unescape(found[4]), *(float(found[place]) for place in range(4)))
            for found in _WORD.findall(page)
        ]
        for page in text.split("<page ")[1:]
    ]


def _poppler(command: list[str], content: bytes) -> bytes:
    done = subprocess.run(command, input=content, capture_output=True, timeout=120, check=True)
    return done.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice and what it started, whatever they do."""
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _run(command: list[str], seconds: int) -> bool:
    print("$", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, check=False, timeout=seconds, stdin=subprocess.DEVNULL, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, flush=True)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if find_office() is None:
        install_office()
    office = find_office()
    if office is None:
        sys.exit(HOW_TO_GET_ONE)
    print(f"LibreOffice for the tests: {office}")
