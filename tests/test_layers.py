"""The architecture as a test: who may import whom, and what pages and modules keep free of.

Each line of LAYERS may import only from the lines before it and from its own, without cycles.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A room of pht_core stands for its modules.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("model",),
    ("stats",),
    ("intake",),
    ("paper",),
    ("claims",),
    ("charts",),
    ("exhibits",),
    ("export",),
    ("commands",),
    ("pht_core", "__main__"),  # the package itself and the command line: nothing imports them
    ("pages/shared",),
    ("pages",),
    ("app",),
)
LINE_OF = {name: line for line, names in enumerate(LAYERS) for name in names}

IN_NO_PAGE = {"groupby", "merge", "pivot_table", "agg"}
# Written in two halves, so that a search for them finds only unfinished work.
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "NotImple" + "mented")
LONGEST, MOST_MODULES, MOST_ROOMS = 700, 20, 12

Sources = dict[str, str]


def read_sources(root: Path) -> Sources:
    """Return module name -> source of app.py, pages and pht_core under a folder."""
    files = [root / "app.py", *root.glob("pages/**/*.py"), *root.glob("pht_core/**/*.py")]
    return {
        _module_name(file.relative_to(root)): file.read_text("utf-8")
        for file in files
        if file.exists()
    }


def _module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def layer_name(module: str) -> str:
    """Return the name under which LAYERS lists a module."""
    parts = module.split(".")
    if parts[0] == "pages":
        return "pages/shared" if parts[1:2] == ["shared"] else "pages"
    return parts[1] if parts[0] == "pht_core" and len(parts) > 1 else parts[0]


def imports_of(module: str, sources: Sources) -> Iterator[str]:
    """Yield every module that one imports, by its full name; ours to the file, others as named."""
    is_package = any(name.startswith(f"{module}.") for name in sources)
    for node in ast.walk(ast.parse(sources[module])):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")
                above = above[: len(above) - node.level + is_package]
                base = ".".join([*above, *filter(None, [base])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in sources else base


def own_imports(module: str, sources: Sources) -> set[str]:
    return {name for name in imports_of(module, sources) if name in sources} - {module}


def find_unplaced(sources: Sources) -> list[str]:
    return [
        f"{module}: add `{layer_name(module)}` to the line of LAYERS in tests/test_layers.py "
        "where it belongs (what it imports stands on that line or before it)"
        for module in sources
        if layer_name(module) not in LINE_OF
    ]


def find_upward_imports(sources: Sources) -> list[str]:
    def line(module: str) -> int:
        return LINE_OF.get(layer_name(module), len(LAYERS))

    return [
        f"{module} imports {target}, which stands above it"
        for module in sources
        for target in sorted(own_imports(module, sources))
        if line(target) > line(module)
    ]


def find_cycles(sources: Sources) -> list[str]:
    graph = {module: own_imports(module, sources) for module in sources}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def find_streamlit_in_core(sources: Sources) -> list[str]:
    return [
        f"{module} imports streamlit: only app.py and pages/ may"
        for module in sources
        if layer_name(module) not in {"app", "pages", "pages/shared"}
        and any(name.split(".")[0] == "streamlit" for name in imports_of(module, sources))
    ]


def find_work_in_pages(sources: Sources) -> list[str]:
    found = []
    for module in (module for module in sources if layer_name(module) == "pages"):
        if any(name.split(".")[0] == "altair" for name in imports_of(module, sources)):
            found.append(f"{module} imports altair: charts are made in pht_core/charts")
        for node in ast.walk(ast.parse(sources[module])):
            if isinstance(node, ast.Attribute) and node.attr in IN_NO_PAGE:
                found.append(f"{module}:{node.lineno} calls {node.attr}: that is work for pht_core")
    return found


def find_prints(sources: Sources) -> list[str]:
    return [
        f"{module}:{node.lineno} prints"
        for module, source in sources.items()
        if module.startswith("pht_core") and layer_name(module) not in ("__main__", "commands")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]


def find_unfinished(sources: Sources) -> list[str]:
    return [
        f"{module}: {mark}"
        for module, text in sources.items()
        for mark in UNFINISHED
        if mark in text
    ]


def find_crowded(sources: Sources) -> list[str]:
    rooms: dict[str, int] = {}
    for module in sources:
        room = module.rpartition(".")[0]
        rooms[room] = rooms.get(room, 0) + 1
    return [f"{room} has {n} modules" for room, n in rooms.items() if room and n > MOST_MODULES]


def find_long(sources: Sources) -> list[str]:
    lengths = {module: len(source.splitlines()) for module, source in sources.items()}
    return [f"{module}: {length} lines" for module, length in lengths.items() if length > LONGEST]


RULES = {
    "every module has its place": find_unplaced,
    "imports go one way": find_upward_imports,
    "no cycles": find_cycles,
    "no streamlit in the core": find_streamlit_in_core,
    "pages only call and show": find_work_in_pages,
    "the core does not print": find_prints,
    "nothing unfinished": find_unfinished,
    "a module is one noun": find_long,
    "a room can be taken in at a glance": find_crowded,
}


@pytest.mark.parametrize("rule", RULES)
def test_source_keeps_to_the_architecture(rule: str) -> None:
    found = RULES[rule](read_sources(ROOT))
    assert not found, "\n".join(found)


def test_the_core_has_few_rooms() -> None:
    entries = {path.name for path in (ROOT / "pht_core").iterdir() if path.name != "__pycache__"}
    assert len(entries) <= MOST_ROOMS, sorted(entries)


def test_no_page_file_directly_in_pages() -> None:
    # A cold server opened at such a page's address would run it without app.py.
    assert list(ROOT.glob("pages/*.py")) == []


BROKEN: dict[str, tuple[str, Sources]] = {
    "unknown module": ("every module has its place", {"pht_core.helpers": ""}),
    "upward": (
        "imports go one way",
        {
            "pht_core.model.units": "def f():\n    from pht_core.stats import periods",
            "pht_core.stats.periods": "",
        },
    ),
    "upward, relative": (
        "imports go one way",
        {
            "pht_core": "",
            "pht_core.model.units": "from ..stats.periods import x",
            "pht_core.stats.periods": "",
        },
    ),
    "page imported": ("imports go one way", {"pht_core.export": "import app", "app": ""}),
    "shared imports a page": (
        "imports go one way",
        {"pages.shared.session": "import pages.cohort.overview", "pages.cohort.overview": ""},
    ),
    "cycle": (
        "no cycles",
        {
            "pht_core.model.units": "from . import schema",
            "pht_core.model.schema": "import pht_core.model.units",
            "pht_core.model": "",
        },
    ),
    "streamlit": ("no streamlit in the core", {"pht_core.export": "from streamlit import x"}),
    "altair": ("pages only call and show", {"pages.cohort.overview": "import altair as alt"}),
    "groupby": ("pages only call and show", {"pages.cohort.overview": "x = t.groupby('a')"}),
    "crowded": (
        "a room can be taken in at a glance",
        {f"pht_core.model.a{number}": "" for number in range(MOST_MODULES + 1)},
    ),
    "print": ("the core does not print", {"pht_core.model.units": "print(1)"}),
    "unfinished": ("nothing unfinished", {"pht_core.model.units": "# " + UNFINISHED[0]}),
    "long": ("a module is one noun", {"pht_core.model.units": "x = 1\n" * (LONGEST + 1)}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_found(case: str) -> None:
    rule, sources = BROKEN[case]
    assert len(RULES[rule](sources)) == 1


def test_allowed_imports_are_not_found() -> None:
    sources = {
        "app": "import streamlit as st\nfrom pages.shared import session",
        "pages.shared.session": "import streamlit\nfrom pht_core.model.cohort import build_cohort",
        "pages.cohort.overview": "import pages.shared.session\nfrom pht_core.stats import periods",
        "pht_core": "",
        "pht_core.charts": "from pht_core.charts.theme import INK",
        "pht_core.charts.theme": "import altair as alt\nfrom ..model.units import KNOWN",
        "pht_core.model.cohort": "from pht_core.model.units import KNOWN",
        "pht_core.stats.periods": "import pandas as pd\n\nfrom pht_core.model.cohort import Cohort",
        "pht_core.model.units": "KNOWN = 1",
        "pht_core.__main__": "from pht_core.stats import periods\nprint(periods)",
    }
    assert [found for rule in RULES.values() for found in rule(sources)] == []
