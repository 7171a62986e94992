"""Response, recovery, relapse and safety as the paper prints them."""

from tests.opened import chart_data, charts, open_page, texts_of, words


def test_response_time() -> None:
    app = open_page("response")
    title = texts_of(charts(app)[0])["title_text"]
    assert title == "15 of 15 responded; median response time 21 days (7–40)"
    assert len(chart_data(app)["responses"]) == 15


def test_complete_recovery_per_lineage() -> None:
    bars = chart_data(open_page("response"), 1)["bars"].set_index("param")
    assert bars.loc[["HGB", "PLT", "NE"], "n"].tolist() == [10, 10, 9]
    assert set(bars["n_total"]) == {15}
    assert bars.loc["all", "n"] <= 9


def test_relapses_all_respond_again() -> None:
    app = open_page("response", part="After stopping")
    assert "after stopping prednisone in 6 of 15 patients with PHT (40%)" in words(app)
    table = app.dataframe[0].value
    assert table.iloc[:, 0].nunique() == 6
    assert set(table.iloc[:, -1]) == {"yes"}


def test_safety_of_all_who_were_treated() -> None:
    app = open_page("response", part="Dose and safety")
    table = app.dataframe[0].value
    table = table.set_index(table.columns[0])
    assert table.loc["hyperglycemia", ["Patients", "Of"]].tolist() == ["11", "17"]
    assert table.loc["hypertension", ["Patients", "Of"]].tolist() == ["5", "17"]
    assert table.loc["infection", "Patients"] == "0"
    assert "**6 of 17** patients" in words(app)


def test_nobody_with_pht_is_left() -> None:
    # P1 and P2 had recovered at day 28; P1 alone is under 12.
    app = open_page("response", age_years=(0, 12))
    assert "None of these patients had PHT at day 28." in words(app)
