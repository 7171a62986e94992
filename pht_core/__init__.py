"""PHT Explorer's core: grading, periods, prednisone, response and survival after CAR-T.

Nothing here knows Streamlit, holds state between calls or prints (but the command line,
``python -m pht_core``).
"""

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

# Scripts that users saved with version 0.1.0 import these; each lives elsewhere today.
MOVED = {
    "pht_core.exhibits.plate": "pht_core.exhibits.rendering",
    "pht_core.filters": "pht_core.model.filters",
    "pht_core.reading": "pht_core.intake.reading",
    "pht_core.settings": "pht_core.model.settings",
    "pht_core.view": "pht_core.exhibits.view",
}


class _Moved(MetaPathFinder, Loader):
    """Finds a module of `MOVED` under its former name, when it is first asked for."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        former = ModuleType(spec.name)
        former.__dict__.update(vars(import_module(MOVED[spec.name])), __name__=spec.name)
        return former

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to run."""


sys.meta_path.append(_Moved())
