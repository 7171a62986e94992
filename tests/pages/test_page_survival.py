"""Kaplan-Meier estimates on the page agree with the paper and with R."""

import pytest

from tests.opened import chart_data, charts, open_page, texts_of, words


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


def test_groups_formed_after_infusion_have_a_landmark_and_without_it_a_warning() -> None:
    app = open_page("survival", by="relapsed")
    assert app.selectbox(key="landmark").value == 6
    assert "immortal time" not in words(app)
    app.selectbox(key="landmark").set_value(0).run()
    assert "immortal time" in words(app)
    assert "No hazard ratio: the groups form after infusion" in words(app)
    app.selectbox(key="landmark").set_value(3).run()
    assert "immortal time" not in words(app)
    assert list(app.exception) == []


def test_the_time_that_all_had_to_live_is_said_in_the_figure() -> None:
    (told,) = chart_data(open_page("survival"))["immortal"].to_dict("records")
    assert told["words"].startswith("All patients survived until prednisone (day 26–76)")
    assert round(told["end"], 2) == 2.5  # 76 / 30.4375
    assert chart_data(open_page("survival", origin="prednisone"))["immortal"].empty


def test_numbers_of_the_groups_stand_above_their_curves() -> None:
    head = chart_data(open_page("survival", by="prior_hsct"))["head"]
    cells = head[head["look"] == "cell"].groupby("strata", sort=False)["words"].apply(list)
    # survfit and survdiff of R: survival 4.0-8, conf.type "log-log".
    assert cells["prior HSCT"] == [
        "12",
        "5",
        "not reached (5.8 to not reached)",
        "66.7% (33.7–86.0%)",
    ]
    assert cells["no prior HSCT"] == [
        "5", "2", "not reached (9.8 to not reached)", "60.0% (12.6–88.2%)",
    ]  # fmt: skip
    assert head.loc[head["look"] == "test", "words"].tolist() == [
        "Log-rank χ² = 0.06, df = 1, p = 0.808."
    ]


@pytest.mark.parametrize("ci", ["log-log", "log", "plain"])
def test_interval_is_named(ci: str) -> None:
    spec = charts(open_page("survival", ci=ci))[0]
    assert f"{ci} interval" in texts_of(spec)["footer_text"]


def test_a_filter_on_what_happened_later_is_warned_of() -> None:
    assert "selected by CRS grade" in words(open_page("survival", crs_grade=[1]))
    assert "selected by" not in words(open_page("survival", sex="F"))
