"""An endpoint that is added to the registry is offered, counted and worded everywhere."""

import json
from pathlib import Path

import pytest

from pht_core.__main__ import main
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.saved import Saved, format_saved, read_saved
from pht_core.exhibits.survival import Survival, SurvivalOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_cohort
from pht_core.model.endpoint import ENDPOINTS, Endpoint
from pht_core.model.errors import PhtError, UnknownName
from tests.opened import charts, open_page, texts_of

EVENT_FREE = Endpoint(
    name="efs",
    title="Event-free survival",
    happened="had an event",
    event="progression, next therapy or death",
    columns=("progression_months", "next_therapy_months", "death_months"),
)
# A has the next therapy in month 4 and dies in month 10, B progresses in month 9, C is followed
# for 14 months without an event. Of three, two are event-free at 6 months and one at 12.
FILE = b"""\
subject_id,day,hgb_g_l,last_followup_months,progression_months,next_therapy_months,death_months
A,28,90,10,,4,10
B,28,95,14,9,,
C,28,99,14,,,
"""
OPTIONS = SurvivalOptions("efs")


@pytest.fixture(autouse=True)
def event_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENDPOINTS, "efs", EVENT_FREE)


def test_numbers_and_words() -> None:
    view = View(read_cohort(FILE))
    assert Entry("survival", OPTIONS) in list_entries(view)
    rates = Survival(view, OPTIONS).report.rates.set_index("time")
    assert rates.loc[[6.0, 12.0], "estimate"].round(4).tolist() == [0.6667, 0.3333]
    assert rates.loc[[6.0, 12.0], "n_risk"].tolist() == [2, 1]
    (rendering,), _ = render_entries(view.cohort, [Entry("survival", OPTIONS)])
    assert rendering.headline.startswith("Event-free survival at 12 months 33.3% (95% CI ")
    assert rendering.headline.endswith("; 2 of 3 patients had an event")
    assert "Event: progression, next therapy or death; other patients" in rendering.caption
    assert rendering.result.startswith("Event-free survival from CAR-T infusion was 33.3% at 12")
    assert "; 2 of 3 patients had an event; median event-free survival was 9.0" in rendering.result


def test_settings_file(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Saved(
        page="survival",
        page_options={"survival": {"endpoint": "efs"}},
        basket=(Entry("survival-rates", OPTIONS),),
    )
    written = format_saved(saved)
    assert read_saved(written) == saved
    # Another installation does not know the endpoint, and says so.
    monkeypatch.delitem(ENDPOINTS, "efs")
    with pytest.raises(PhtError, match="endpoint of survival 'efs' is not known"):
        read_saved(written)
    with pytest.raises(UnknownName):
        Survival.read_options({"endpoint": "efs"})


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cohort.csv"
    file.write_bytes(FILE)
    assert main(["survival", str(file), "--endpoint", "efs", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["endpoint"] == "efs"
    assert [round(row["estimate"], 4) for row in content["rates"][:2]] == [0.6667, 0.3333]


def test_page() -> None:
    app = open_page("survival", FILE, endpoint="efs")
    assert "Event-free survival" in app.selectbox(key="endpoint").options
    rates = app.dataframe[0].value.set_index("Months since CAR-T infusion")
    assert rates.loc[["6", "12"], "Estimate"].tolist() == ["66.7%", "33.3%"]
    title = texts_of(charts(app)[0])["title_text"]
    assert title.startswith("Event-free survival: 2 of 3 patients had an event")
