"""The server's rerun after a click on a filter: every page against a page of only its charts."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from benchmarks.large_cohort import write_large_cohort
from benchmarks.session import Run, Session, visiting
from benchmarks.timing import Target, at_most, print_comparison, take_turns
from tests.browser.server import ROOT, running_app

PAGES = {"overview": "", "cytopenias": "cytopenias", "trajectories": "trajectories"}
PAGES |= {"response": "response", "survival": "survival"}
FILTER, AGES = "Prior HSCT", "Age, years"
STATES = ("Yes", "Any")
WARM_UP, ROUNDS = 2, 16
SEEN, NEW, BARE = "app, a choice made before", "app, a new choice", "bare page"


def run() -> None:
    """Measure the sample's 17 patients, then a thousand with a hundred draws each."""
    compare_pages("17 patients", ROOT, at_most(2))
    with TemporaryDirectory() as folder:
        copy = copy_app(Path(folder, "app"))
        sample = copy / "sample_data" / "cohort.csv"
        write_large_cohort(sample, sample)
        compare_pages("1,000 patients with 100 draws each", copy, at_most(3))


def copy_app(target: Path) -> Path:
    """Copy what the app runs from, so that its sample can be replaced."""
    kept = shutil.ignore_patterns("__pycache__")
    for name in ("pages", "pht_core", "sample_data", ".streamlit"):
        shutil.copytree(ROOT / name, target / name, ignore=kept)
    shutil.copy(ROOT / "app.py", target)
    return target


def compare_pages(what: str, app: Path, target: Target) -> None:
    """Print the ratio of every page of an app that lies in a folder."""
    print(f"\nThe server's rerun after a click on a filter, {what}:", flush=True)
    with running_app(app / "app.py", app) as server:
        for title, page in PAGES.items():
            with ExitStack() as stack:
                ours = stack.enter_context(visiting(server.url, page))
                first = ours.rerun()
                charts = {state: charts_of(click(ours, first, state)) for state in STATES}
                bare = stack.enter_context(bare_page(charts))
                ways = {
                    SEEN: clicking(ours, first),
                    BARE: clicking(bare, bare.rerun()),
                    NEW: sliding(ours, first),
                }
                take_turns(ways, WARM_UP)
                seconds = take_turns(ways, ROUNDS)
            for way in (SEEN, NEW):
                print_comparison(f"  {title}", way, BARE, seconds, target)
        if server.complaints:
            raise RuntimeError("\n".join(server.complaints))


def click(session: Session, first: Run, state: str) -> Run:
    """Click on one state of the filter."""
    return session.rerun({first.widget(FILTER).id: {"string_array_value": {"data": [state]}}})


def clicking(session: Session, first: Run) -> Callable[[], float]:
    """Return a way that clicks on the next state each time and says how long the run took."""
    states = cycle(STATES)
    return lambda: click(session, first, next(states)).seconds


def sliding(session: Session, first: Run) -> Callable[[], float]:
    """Return a way that narrows the ages each time to a range that nobody has asked for yet.

    Few or no patients leave, so that the charts stay the same size; the next click of `clicking`
    is on a range that was seen, as its own was.
    """
    ages = first.widget(AGES).id
    whole = {ages: {"double_array_value": {"data": [0, 100]}}}
    ranges = ((low, high) for high in range(99, 70, -1) for low in range(8))

    def slide() -> float:
        taken = session.rerun({ages: {"double_array_value": {"data": list(next(ranges))}}}).seconds
        session.rerun(whole)
        return taken

    return slide


def charts_of(run: Run) -> list[dict[str, Any]]:
    """The specifications that a run sent, with their data put back in."""
    charts = []
    for element in run.elements:
        if element.WhichOneof("type") == "vega_lite_chart":
            chart = element.vega_lite_chart
            spec = json.loads(chart.spec)
            for dataset in chart.datasets:
                table = pa.ipc.open_stream(dataset.data.data).read_all()
                spec.setdefault("datasets", {})[dataset.name] = table.to_pylist()
            charts.append(spec)
    if not charts:
        raise RuntimeError("The page sent no chart")
    return charts


@contextmanager
def bare_page(charts: dict[str, list[dict[str, Any]]]) -> Iterator[Session]:
    """Open a session on the bare page with these charts, under the app's own settings."""
    with TemporaryDirectory() as folder:
        script = write_bare_page(Path(folder), charts)
        with running_app(script, Path(folder)) as server, visiting(server.url) as session:
            yield session


def write_bare_page(folder: Path, charts: dict[str, list[dict[str, Any]]]) -> Path:
    """Put the bare page with its charts and the app's own settings into a folder."""
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    Path(folder, "charts.json").write_text(json.dumps(charts), "utf-8")
    return Path(shutil.copy(Path(__file__).with_name("bare_page.py"), folder))
