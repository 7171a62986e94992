"""A lineage that is added while the program runs is in every figure, file and command."""

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pht_core.exhibits.entry import list_entries, render_entries
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import View
from pht_core.export.deck import write_deck
from pht_core.export.document import write_html
from pht_core.intake.reading import read_sample
from tests.lymphocytes import add_lymphocytes, count_lymphocytes
from tests.ooxml import find_faults

# Exhibits with a row, bar, panel or column for each lineage.
BY_LINEAGE = {
    "figure1-incidence",
    "figure1-grades",
    "figure3e-trajectory",
    "figure3-trajectories",
    "figure1-recovery",
    "grading-schemes",
    "patients",
}


@pytest.fixture
def before() -> list[Rendering]:
    view = View(read_sample())
    return render_entries(view.cohort, list_entries(view))[0]


@pytest.fixture
def after(
    before: list[Rendering], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[Rendering]:
    assert before  # rendered without lymphocytes, before they are added
    add_lymphocytes(monkeypatch, tmp_path)
    view = View(count_lymphocytes(read_sample()))
    renderings, left_out = render_entries(view.cohort, list_entries(view))
    assert left_out == []
    return renderings


def test_every_exhibit_is_made_and_names_it(after: list[Rendering]) -> None:
    named = set()
    for rendering in after:
        text = rendering.numbers.to_csv() + " ".join(map(str, rendering.numbers))
        if rendering.draw is not None:
            for theme in ("light", "dark", "grey"):
                assert rendering.draw(RenderTarget(theme)).to_dict()["datasets"]
        if "LYM" in text:
            named.add(rendering.name)
    assert named == BY_LINEAGE


def test_no_number_of_the_others_changes(before: list[Rendering], after: list[Rendering]) -> None:
    assert [rendering.name for rendering in before] == [rendering.name for rendering in after]
    for old, new in zip(before, after, strict=True):
        if old.name in ("figure3e-trajectory", "figure3-trajectories", "patients"):
            continue  # their rows are days or counts, and there are more of these
        numbers = new.numbers
        if "param" in numbers:
            numbers = numbers[numbers["param"] != "LYM"].reset_index(drop=True)
        assert_frame_equal(
            _plain(numbers[old.numbers.columns.tolist()]), _plain(old.numbers), obj=old.name
        )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(dict.fromkeys(table.select_dtypes("category"), object))


def test_slides_and_report_show_it(after: list[Rendering]) -> None:
    chosen = [rendering for rendering in after if rendering.name in BY_LINEAGE]
    assert find_faults(write_deck(chosen)) == []
    assert "lymphopenia" in write_html(chosen).decode()
