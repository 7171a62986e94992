"""The app opened at a page, as Streamlit's own test harness runs it."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from pages.shared.menu import PAGES
from pht_core.intake.reading import SAMPLE_FILE

APP = SAMPLE_FILE.parent.parent / "app.py"
# Seconds; it only ends a run that hangs, however busy the computer.
PATIENCE = 300


def open_script(path: Path = APP) -> AppTest:
    """The app, or one of its pages alone, before its first run."""
    app = AppTest.from_file(str(path), default_timeout=PATIENCE)
    # Else each looks through all installed packages for components, of which the app uses none.
    app._bidi_component_manager = BidiComponentManager()
    return app


def open_page(name: str = "overview", upload: bytes | None = None, **choices: object) -> AppTest:
    """Open the app, upload a cohort, go to a page and set widgets by their keys."""
    app = open_script()
    for key, value in choices.items():
        app.session_state[key] = value
    app.run()
    if upload is not None:
        upload_files(app, ("cohort.csv", upload))
    if name != "overview" or upload is not None:
        go(app, name)
    assert_unharmed(app)
    return app


def go(app: AppTest, name: str) -> AppTest:
    """Open another page in the same session."""
    app.switch_page(PAGES[name].path).run()
    assert_unharmed(app)
    return app


def press(app: AppTest, label: str, place: int = 0) -> None:
    """Press the first button with this label, or another of them."""
    [button for button in app.button if button.label == label][place].click().run()
    assert_unharmed(app)


def upload_files(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files on the upload page, and stay there."""
    go(app, "upload")
    dropped = [(name, content, "application/octet-stream") for name, content in files]
    app.file_uploader[0].set_value(dropped).run()
    assert_unharmed(app)
    return app


def assert_unharmed(app: AppTest) -> None:
    """No exception, and no error message where none is expected."""
    assert [element.message for element in app.exception] == []


def charts(app: AppTest) -> list[dict[str, Any]]:
    """The Vega-Lite specifications of the page's charts, in order."""
    return [json.loads(element.proto.spec) for element in app.get("vega_lite_chart")]


def chart_data(app: AppTest, place: int = 0) -> dict[str, pd.DataFrame]:
    """The tables that a chart draws, by name, as they are sent to the browser."""
    proto = app.get("vega_lite_chart")[place].proto
    return {table.name: _arrow(table.data.data) for table in proto.datasets}


def _arrow(content: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(content).read_pandas()


def texts_of(spec: dict[str, Any]) -> dict[str, str]:
    """A chart's title, subtitle and footer by name."""
    return {p["name"]: p["value"] for p in spec["params"] if str(p["name"]).endswith("_text")}


def words(app: AppTest) -> str:
    """All markdown, captions, notes and warnings of the page as one text."""
    elements = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error]
    # Names from files are escaped for Markdown.
    return "\n".join(str(element.value) for element in elements).replace("\\", "")
