"""The drawing of rooms and their imports in docs/architecture.md, made from the code.

``python -m tests.drawing`` writes it anew (``make drawing``); tests/test_layers.py fails when the
document and the code no longer agree.
"""

import ast
from pathlib import Path

from tests.test_layers import ROOT, Sources, own_imports, read_sources

DOCUMENT = ROOT / "docs" / "architecture.md"
# Rooms that are no packages of the core.
WHAT = {
    "app": "Page settings, the sidebar, the menu",
    "pages": "Recipes of the pages: take the cohort, ask for choices, show exhibits",
    "pages/shared": "What pages share: session, sidebar, figures, tables",
    "pages/shared/check": "What only the report check's page uses",
    "pages/shared/slides": "What only the page of slides and reports uses",
    "pages/shared/upload": "What only the upload page uses",
}
START, END = "<!-- drawn from the code: make drawing -->", "<!-- end of the drawing -->"


def room_of(module: str) -> str:
    """The room that a module stands in: ``intake/opening``, ``pages/shared``, ``app``.

    >>> room_of("pht_core.intake.opening.text"), room_of("pht_core.model.units"), room_of("app")
    ('intake/opening', 'model', 'app')
    """
    parts = module.removeprefix("pht_core.").split(".")
    if parts[0] == "pages" and parts[1:2] != ["shared"]:
        return "pages"
    return "/".join(parts[:-1]) or parts[0]


def find_arrows(sources: Sources) -> dict[str, set[str]]:
    """For each room of the first level the rooms that it imports from."""
    arrows: dict[str, set[str]] = {}
    for module in sources:
        own = _floor(room_of(module))
        arrows.setdefault(own, set())
        arrows[own] |= {_floor(room_of(name)) for name in own_imports(module, sources)} - {own}
    return arrows


def _floor(room: str) -> str:
    return "pages/shared" if room.startswith("pages/shared") else room.split("/")[0]


def draw(sources: Sources) -> str:
    """The graph of rooms (arrows that others imply are left out), and a table of their modules."""
    arrows = find_arrows({name: text for name, text in sources.items() if name != "pht_core"})
    lines = ["```mermaid", "graph TD"]
    for room in sorted(arrows):
        implied: set[str] = set()
        for target in arrows[room]:
            implied |= _reached(target, arrows)
        name = room.replace("/", "_")
        for target in sorted(arrows[room] - implied):
            lines.append(f"    {name}[{room}] --> {target.replace('/', '_')}[{target}]")
    lines += ["```", "", "| room | what it is | modules |", "|---|---|---|"]
    modules: dict[str, list[str]] = {}
    for module in sources:
        if module not in ("pht_core", "pht_core.__main__") and not _is_package(module, sources):
            modules.setdefault(room_of(module), []).append(module.rpartition(".")[2])
    for room in sorted(modules):
        lines.append(f"| {room} | {_what(room, sources)} | {', '.join(sorted(modules[room]))} |")
    return "\n".join(lines)


def _reached(room: str, arrows: dict[str, set[str]]) -> set[str]:
    reached = set(arrows.get(room, ()))
    for target in list(reached):
        reached |= _reached(target, arrows)
    return reached


def _is_package(module: str, sources: Sources) -> bool:
    return any(name.startswith(f"{module}.") for name in sources)


def _what(room: str, sources: Sources) -> str:
    text = sources.get("pht_core." + room.replace("/", "."), "")
    return WHAT.get(room) or (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]


def insert(document: str, drawing: str) -> str:
    """The document with the drawing between its marks."""
    before, _, rest = document.partition(START)
    return f"{before}{START}\n{drawing}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    path = Path(DOCUMENT)
    path.write_text(insert(path.read_text("utf-8"), draw(read_sources(ROOT))), "utf-8")
