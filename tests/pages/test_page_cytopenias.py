"""Figure 1's panels, as printed (misprint corrected), are what the charts draw."""

import pandas as pd
import pytest

from pht_core.intake.reading import SAMPLE_FILE
from tests.opened import chart_data, charts, open_page, texts_of, words


def counted(bars: pd.DataFrame, *keys: str) -> dict[str, str]:
    """``n/N`` of every bar by its keys."""
    return {
        " ".join(str(row[key]) for key in ("period", *keys)): f"{row['n']}/{row['n_total']}"
        for _, row in bars.iterrows()
    }


def test_panels_a_d_g() -> None:
    bars = counted(chart_data(open_page("cytopenias"))["bars"], "param")
    assert bars == {
        "within_28 HGB": "16/17",
        "within_28 PLT": "15/17",
        "within_28 NE": "17/17",
        # D: 12 trilineage and 3 bilineage of 15 make 14 + 13 + 15 in some order.
        "at_day_28 HGB": bars["at_day_28 HGB"],
        "at_day_28 PLT": bars["at_day_28 PLT"],
        "at_day_28 NE": bars["at_day_28 NE"],
        # G: normal 10, 10 and 9 of 15.
        "after_prednisone HGB": "5/15",
        "after_prednisone PLT": "5/15",
        "after_prednisone NE": "6/15",
    }
    at_28 = [int(n.split("/")[0]) for key, n in bars.items() if key.startswith("at_day_28")]
    assert sum(at_28) == 12 * 3 + 3 * 2


def test_panels_b_e_h() -> None:
    bars = counted(chart_data(open_page("cytopenias"), 1)["bars"], "lineages")
    assert bars["within_28 3"] == "14/17"
    assert bars["within_28 2"] == "3/17"
    assert bars["at_day_28 3"] == "12/15"
    assert bars["at_day_28 2"] == "3/15"
    assert [bars[f"after_prednisone {n}"] for n in (3, 2, 1, 0)] == ["0/15", "5/15", "6/15", "4/15"]


def test_panels_c_f_i() -> None:
    bars = chart_data(open_page("cytopenias"), 2)["bars"]
    severe = bars[bars["grade"] >= 3].groupby(["period", "param"])["n"].sum()
    assert severe["within_28"].to_dict() == {"HGB": 7, "PLT": 11, "NE": 12}
    assert severe["at_day_28"].to_dict() == {"HGB": 4, "PLT": 10, "NE": 8}
    assert severe["after_prednisone"].to_dict() == {"HGB": 0, "PLT": 0, "NE": 0}


def test_denominators_are_a_choice() -> None:
    bars = counted(chart_data(open_page("cytopenias", denominator="all"))["bars"], "param")
    assert bars["at_day_28 NE"].endswith("/17")
    assert bars["after_prednisone HGB"].endswith("/17")


def test_the_last_count_instead_of_the_best() -> None:
    app = open_page("cytopenias", after="last")
    bars = chart_data(app)["bars"]
    assert set(bars["period"]) == {"within_28", "at_day_28", "after_prednisone_last"}
    best = chart_data(open_page("cytopenias"))["bars"]
    # The best of many counts cannot be worse than the last of them.
    assert bars["n"].sum() >= best["n"].sum()


@pytest.mark.parametrize("look", ["bars", "pies"])
def test_every_chart_names_its_source(look: str) -> None:
    app = open_page("cytopenias", look=look, sex="F", intervals=True)
    assert len(charts(app)) == 3
    for spec in charts(app):
        footer = texts_of(spec)["footer_text"]
        assert "Simulated data: Wang 2023 sample" in footer
        assert "8 of 17 patients: female" in footer
        assert "CTCAE v5.0" in footer
        assert spec["description"]


@pytest.mark.parametrize(("scheme", "cut"), [("ctcae_v5", 0.5), ("ctcae_v6", 0.1)])
def test_scheme_acts_on_the_counts(scheme: str, cut: float) -> None:
    raw = pd.read_csv(SAMPLE_FILE)
    lowest = raw[raw["day"].between(0, 28)].groupby("subject_id")["ne_10e9_l"].min()
    bars = chart_data(open_page("cytopenias", scheme=scheme), 2)["bars"]
    early = bars.query("period == 'within_28' and param == 'NE' and grade == 4")
    assert early["n"].tolist() == [(lowest < cut).sum()]


def test_nobody_fits() -> None:
    app = open_page("cytopenias", prior_hsct="No", extramedullary="Yes", sex="F")
    assert charts(app) == []
    assert "No patients match these filters." in words(app)
