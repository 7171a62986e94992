"""Kaplan-Meier estimates on the page agree with the paper and with R."""

import pytest

from tests.opened import charts, open_page, texts_of, words


@pytest.mark.parametrize(
    ("endpoint", "estimate", "error"), [("os", "64.7%", "11.6%"), ("pfs", "58.8%", "11.9%")]
)
def test_rates_of_the_paper(endpoint: str, estimate: str, error: str) -> None:
    app = open_page("survival", endpoint=endpoint)
    rates = app.dataframe[0].value.set_index("Months since CAR-T infusion")
    assert rates.loc["12", "Estimate"] == estimate
    assert rates.loc["12", "Standard error"] == error
    assert rates.loc["12", "At risk"] == {"os": "11", "pfs": "10"}[endpoint]
    assert estimate in texts_of(charts(app)[0])["title_text"]
    assert "Follow-up from infusion, 17 patients: plain median 14.97 months (4.1–31.2)" in words(
        app
    )


def test_groups_are_compared() -> None:
    app = open_page("survival", by="prior_hsct")
    assert "Log-rank test over 2 groups" in words(app)
    medians = app.dataframe[1].value
    assert medians["Group"].tolist() == ["prior HSCT", "no prior HSCT"]
    assert medians["Patients"].tolist() == ["12", "5"]


def test_groups_formed_after_infusion_are_warned_of_until_a_landmark_is_chosen() -> None:
    app = open_page("survival", by="relapsed")
    assert "immortal time" in words(app)
    app.segmented_control(key="landmark").set_value(3).run()
    assert "immortal time" not in words(app)
    assert list(app.exception) == []


def test_the_time_that_all_had_to_live_is_said_in_the_figure() -> None:
    subtitle = texts_of(charts(open_page("survival"))[0])["subtitle_text"]
    assert "All patients survived until prednisone (day 26–" in subtitle
    later = texts_of(charts(open_page("survival", origin="prednisone"))[0])["subtitle_text"]
    assert "survived until prednisone" not in later


@pytest.mark.parametrize("ci", ["log-log", "log", "plain"])
def test_interval_is_named(ci: str) -> None:
    spec = charts(open_page("survival", ci=ci))[0]
    assert f"{ci} interval" in texts_of(spec)["footer_text"]


def test_a_filter_on_what_happened_later_is_warned_of() -> None:
    assert "selected by CRS grade" in words(open_page("survival", crs_grade=[1]))
    assert "selected by" not in words(open_page("survival", sex="F"))
