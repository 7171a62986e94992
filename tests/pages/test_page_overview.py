"""The overview shows the paper's figures first, with their denominators."""

import pandas as pd

from pht_core.intake.reading import SAMPLE_FILE
from tests.opened import chart_data, open_page, words


def test_four_figures_of_the_paper() -> None:
    app = open_page()
    shown = {metric.label: metric.value for metric in app.metric}
    # 86/109 = 78.9 %, 15/15, 6/15, 11/17 = 64.7 % (published.csv).
    assert shown == {
        "PHT at day 28": "78.9%",
        "Response to prednisone": "15 of 15",
        "Recurrent cytopenia": "6 of 15",
        "Survival at 12 months": "65%",
    }
    text = words(app)
    # binom.test(86, 109) in R: 70.04 to 86.11.
    assert "86 of 109 patients with counts; 95% CI 70.0–86.1% (exact)" in text
    assert "The 17 patients of the other figures were chosen from them." in text
    assert "Median 21 days (7–40). No untreated group." in text
    assert "with PHT who stopped prednisone: 40%" in text
    assert "95% CI 16–68% (exact)" in text  # binom.test(6, 15) in R: 16.34 to 67.71
    assert "11 at risk at 12 months" in text


def test_flow_of_the_paper() -> None:
    bars = chart_data(open_page())["bars"]
    assert bars["n"].tolist() == [159, 109, 86, 17, 6]
    assert bars["details"][3] == ("15 with PHT despite support; 2 with late cytopenia after day 31")


def test_who_is_in_it() -> None:
    shown = open_page().dataframe[0].value.set_index("Characteristic")
    table = shown["n/N (%) or median (range), of 17"]
    assert table["Male"] == "9/17 (53%)"
    assert table["Age, median (range)"] == "31 years (8–66)"
    assert table["Prior HSCT"] == "12/17 (71%)"
    assert table["Lines of therapy, median (range)"] == "5 (2–15)"
    assert table["CRS, grade 1–2"] == "15/17 (88%)"


def test_simulated_data_are_called_so() -> None:
    app = open_page()
    assert "**simulated**" in words(app)
    assert "simulated" in app.sidebar.markdown[0].value


def test_a_filter_leaves_the_flow_of_the_cohort_alone() -> None:
    app = open_page(prior_hsct="Yes")
    # Table 3: 12 with prior HSCT, all of them with PHT at day 28 (P1 and P2 had none).
    assert "**12 of 17 patients** · prior HSCT" in words(app)
    assert chart_data(app)["bars"]["n"].tolist()[:3] == [12, 12, 12]
    # Whoever is left was given prednisone, so that a share with PHT would mislead.
    assert "All were given prednisone: this is not an incidence." in words(app)


def test_the_flow_of_a_file_without_support_says_nothing_of_support() -> None:
    table = pd.read_csv(SAMPLE_FILE, dtype=str, keep_default_na=False)
    support = ["red_cells", "platelets_transfused", "gcsf", "epo", "tpo_ra"]
    own = table.drop(columns=support).to_csv(index=False).encode()
    bars = chart_data(open_page(upload=own))["bars"]
    # Of the sample's figures it has its own 17, 15 of Table 3, 2 of late cytopenia, 17 and 6.
    assert bars["n"].tolist() == [17, 15, 17, 6]
    assert bars["details"].tolist()[2] == "2 with late cytopenia after day 31"
