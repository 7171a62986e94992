"""The drawing in docs/architecture.md shows the code as it is."""

from tests.drawing import DOCUMENT, draw, find_arrows, insert
from tests.test_layers import ROOT, read_sources


def test_the_document_shows_the_imports_of_today() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert insert(document, draw(read_sources(ROOT))) == document, "make drawing draws it anew"


def test_arrows_are_imports_between_rooms() -> None:
    sources = {
        "app": "from pages.shared.menu import PAGES",
        "pages.shared.menu": "from pht_core.exhibits.catalogue import EXHIBITS",
        "pht_core.exhibits.catalogue": "from pht_core.model.errors import PhtError",
        "pht_core.exhibits.view": "from pht_core.exhibits import catalogue",
        "pht_core.model.errors": "",
    }
    assert find_arrows(sources) == {
        "app": {"pages/shared"},
        "pages/shared": {"exhibits"},
        "exhibits": {"model"},
        "model": set(),
    }


def test_an_arrow_that_others_imply_is_not_drawn() -> None:
    sources = {
        "pht_core.export.tables": "import pht_core.exhibits.view, pht_core.model.errors",
        "pht_core.exhibits.view": "import pht_core.model.errors",
        "pht_core.model.errors": "",
    }
    drawn = draw(sources)
    assert "export[export] --> exhibits[exhibits]" in drawn
    assert "exhibits[exhibits] --> model[model]" in drawn
    assert "export[export] --> model[model]" not in drawn
