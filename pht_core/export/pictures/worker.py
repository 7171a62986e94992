"""Draw pictures, as a process of its own: the converter holds Python's lock while it works.

Reads one JSON object a line from standard input (see `drawing.draw_files`). Answers each on
standard output with a line of JSON, sizes by kind and then so many bytes, or an error's words.
"""

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent


def run() -> None:
    """Draw until there is no more to draw."""
    _import_alone()
    import vl_convert

    from pht_core.export.pictures.drawing import draw_files

    # What the converter may print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    registered: set[str] = set()
    for line in sys.stdin.buffer:
        request: dict[str, Any] = json.loads(line)
        for folder in sorted(set(request["folders"]) - registered):
            vl_convert.register_font_directory(folder)
            registered.add(folder)
        files: dict[str, bytes] = {}
        try:
            files = draw_files(request)
            answer: dict[str, Any] = {"sizes": {kind: len(files[kind]) for kind in files}}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.writelines(files.values())
        answers.flush()


def _import_alone() -> None:
    """Let modules of this folder be imported without pandas and Altair, which take a second."""
    names = ("pht_core", "pht_core.export", "pht_core.export.pictures")
    for name, folder in zip(names, (HERE.parents[1], HERE.parent, HERE), strict=True):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


if __name__ == "__main__":
    run()
