"""The JavaScript that draws charts in a browser (Vega, Vega-Lite, Vega-Embed), as one script."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from pht_core.errors import PhtError

# Bundling takes a second with Python's lock held, so it is done by a process of its own.
_BUNDLE = (
    "import sys, vl_convert; "
    "sys.stdout.buffer.write(vl_convert.javascript_bundle('window.vegaEmbed=vegaEmbed;').encode())"
)
_PATIENCE = 60


@cache
def read_library() -> str:
    """The script, made once; it sets ``window.vegaEmbed`` and asks nothing of any network.

    Raises
    ------
    PhtError : it could not be made.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BUNDLE], capture_output=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise PhtError(
            f"The script of the interactive charts was not ready after {_PATIENCE} s. Try again."
        ) from None
    script = done.stdout.decode()
    if done.returncode or not script:
        raise PhtError("The script of the interactive charts could not be made. Try again.")
    return script
