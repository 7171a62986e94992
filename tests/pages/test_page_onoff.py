"""The page on and off prednisone: the evidence first, or why there is none."""

from tests.opened import charts, open_page, texts_of, words


def test_the_answer_stands_first_then_the_evidence_and_the_phases() -> None:
    app = open_page("onoff")
    said = words(app)
    assert "counts moved 0.34 (0.24 to 0.44) of the way from grade 3 to normal" in said
    assert "not peer reviewed" in said
    titles = [texts_of(chart)["title_text"] for chart in charts(app)]
    assert titles[0] == (
        "Counts on minus off prednisone: 0.34 (95% CI 0.24 to 0.44) of the way from grade 3 to "
        "normal per 28 days, 17 patients"
    )
    assert titles[1:] == ["Counts around each start, stop and restart of prednisone"]


def test_with_few_patients_the_page_says_what_it_needs_and_shows_the_phases() -> None:
    app = open_page("onoff", sex="F", prior_hsct="No")
    assert "needs five patients with usable counts on prednisone" in words(app)
    assert len(charts(app)) == 1
