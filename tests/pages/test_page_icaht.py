"""The page of ICAHT and scores: figures, tables on demand, and its definitions."""

from tests.opened import charts, go, open_page, texts_of, words


def test_figures_first_and_the_versions_side_by_side() -> None:
    app = open_page("icaht")
    titles = [texts_of(chart)["title_text"] for chart in charts(app)]
    assert titles == ["ICAHT grades", "Neutrophils and platelets day by day, days 0–30"]
    said = words(app)
    assert "Neutrophils of 0.5–1.0 are grade 3 by CTCAE v5.0 and grade 2 by v6.0" in said
    assert "In B-ALL nearly every patient is at high risk by it" in said


def test_another_reading_acts_on_every_page_until_it_is_reset() -> None:
    app = open_page("icaht")
    app.number_input(key="reading_icaht_late_end").set_value(60).run()
    assert "modified definitions: late ICAHT to day 60" in words(app)
    go(app, "overview")
    assert "modified definitions: late ICAHT to day 60" in words(app)
    go(app, "icaht")
    assert app.number_input(key="reading_icaht_late_end").value == 60
    reset = [one for one in app.button if one.label == "Reset filters and definitions"]
    reset[0].click().run()
    assert "modified definitions" not in words(app)
    assert app.number_input(key="reading_icaht_late_end").value == 100
