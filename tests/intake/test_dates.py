"""Dates as hospitals write them; those that fit two readings; days from the infusion."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.intake.cells.dates import convert_dates, date_orders, needs_order
from pht_core.intake.cells.texts import clean_text
from pht_core.intake.notes import TableNotes
from pht_core.model.findings import CHANGES, NOTE, Findings

ALL = {"year-first", "day-month", "month-day"}


def column(cells: list[Any]) -> pd.Series:
    return pd.Series(pd.Categorical(cells), name="date")


def line_of(place: int) -> int:
    return place + 2


def read(values: pd.Series, order: str = "") -> tuple[list[str], list[str]]:
    """The dates in ISO form, empty where missing, and what was found."""
    findings: Findings = []
    dates = convert_dates(values, order, TableNotes("labs.csv", findings, line_of))
    assert dates.dtype == "datetime64[ns]"
    assert dates.index.equals(values.index)
    assert (dates.dropna() == dates.dropna().dt.normalize()).all()
    said = [f"{found['severity']}: {found['found']}" for found in findings]
    return dates.dt.strftime("%Y-%m-%d").fillna("").tolist(), said


SURE = {
    "2022-03-04": "2022-03-04",
    "2022-3-4": "2022-03-04",
    "2022/3/4": "2022-03-04",
    "2022.03.04": "2022-03-04",
    "20220304": "2022-03-04",
    "2022-03-04T23:59:59.999Z": "2022-03-04",
    "2022-03-04T00:30:00+08:00": "2022-03-04",
    "2022-03-04 12:30": "2022-03-04",
    "2022/3/4 9:05:00": "2022-03-04",
    "2022年3月4日": "2022-03-04",
    "2022年3月4日 10:30": "2022-03-04",
    "２０２２－０３－０４": "2022-03-04",
    "3-Apr-2022": "2022-04-03",
    "03 April 2022": "2022-04-03",
    "04APR2022": "2022-04-04",
    "04APR2022:13:45:00": "2022-04-04",
    "Apr 3, 2022": "2022-04-03",
    "April 3rd 2022": "2022-04-03",
    "Fri, 3 Apr 2022": "2022-04-03",
    "2022-Apr-03": "2022-04-03",
    "3. März 2022": "2022-03-03",
    "14. Dez. 2022": "2022-12-14",
    "3 avril 2022": "2022-04-03",
    "2 juin 2022": "2022-06-02",
    "2 juillet 2022": "2022-07-02",
    "3 de agosto de 2022": "2022-08-03",
    "29-Feb-2024": "2024-02-29",
    "31/12/2022": "2022-12-31",
    "12/31/2022 11:59 PM": "2022-12-31",
    "31.12.2022": "2022-12-31",
    "03/03/2022": "2022-03-03",
    "31122022": "2022-12-31",
}


@pytest.mark.parametrize("text", SURE)
def test_a_date_that_can_be_read_in_one_way_is_read(text: str) -> None:
    assert not needs_order(column([text]))
    for order in ("", "day-month", "month-day"):
        dates, found = read(column([text]), order)
        assert dates == [SURE[text]]
        assert not any(order == "" and CHANGES in text for text in found)


UNREADABLE = ["alive", "D14", "14", "220304", "2022-03-04-05", "3/4", "12:30", "99999"]
IMPOSSIBLE = [
    "31/02/2022",
    "2022-02-29",
    "2022-13-01",
    "13/13/2022",
    "0202-03-04",
    "2202-03-04",
    "1900-01-01",
    "31-Apr-2022",
    "20220230",
]
INCOMPLETE = ["2022-03", "2022", "Mar 2022", "03/2022", "2022年3月", "2022-03-UN", "UN/UNK/2022"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        *((text, "cannot be read as a date") for text in UNREADABLE),
        *((text, "is an invalid or implausible date") for text in IMPOSSIBLE),
        *((text, "is a date without a day or month") for text in INCOMPLETE),
    ],
)
def test_what_is_no_whole_date_is_missing_and_said(text: str, what: str) -> None:
    dates, found = read(column(["2022-03-04", text]))
    assert dates == ["2022-03-04", ""]
    assert found == [f"{CHANGES}: 1 of 2 cells of date {what}: {text!r} in line 3."]


@pytest.mark.parametrize("text", ["ND", "NA", "-", "unknown", "不详", "."])
def test_words_for_no_date_are_noted_and_empty_cells_are_not(text: str) -> None:
    dates, found = read(column(["2022-03-04", text, None]))
    assert dates == ["2022-03-04", "", ""]
    assert found == [
        f"{NOTE}: 1 of 2 cells of date states that there is no date: {text!r} in line 3."
    ]


def test_a_date_that_fits_both_orders_waits_for_the_users_word() -> None:
    for text in ("03/04/2022", "3-4-2022", "03.04.2022", "03 04 2022", "03042022"):
        values = column([text, "2022-01-01"])
        assert date_orders(values) == {"day-month", "month-day"}
        assert needs_order(values)
        dates, found = read(values)
        assert dates == ["", "2022-01-01"]
        assert found == [
            (
                f"{CHANGES}: 1 of 2 cells of date is a date in which the order of day and month is "
                f"unknown: {text!r} in line 2."
            )
        ]
        assert read(values, "day-month") == (["2022-04-03", "2022-01-01"], [])
        assert read(values, "month-day") == (["2022-03-04", "2022-01-01"], [])


def test_a_thirteenth_day_settles_the_column() -> None:
    values = column(["03/04/2022", "13/04/2022"])
    assert date_orders(values) == {"day-month"}
    assert not needs_order(values)
    assert read(values) == (
        ["2022-04-03", "2022-04-13"],
        [f"{NOTE}: Dates of date have the day before the month, as '13/04/2022' shows."],
    )
    values = column(["03/04/2022", "04/13/2022"])
    assert date_orders(values) == {"month-day"}
    assert read(values)[0] == ["2022-03-04", "2022-04-13"]
    # It also settles it against the rest of the file, loudly.
    assert read(values, "day-month") == (
        ["2022-03-04", "2022-04-13"],
        [f"{CHANGES}: Dates of date have the month before the day, as '04/13/2022' shows."],
    )


def test_cells_that_contradict_each_other_are_not_guessed() -> None:
    values = column(["13/04/2022", "04/14/2022", "03/04/2022"])
    assert date_orders(values) == set()
    assert needs_order(values)
    assert read(values)[0] == ["2022-04-13", "2022-04-14", ""]
    dates, found = read(values, "day-month")
    assert dates == ["2022-04-13", "", "2022-04-03"]
    assert found == [
        (
            f"{CHANGES}: 1 of 3 cells of date does not fit the order of day and month in the "
            "file: '04/14/2022' in line 3."
        )
    ]


def test_the_orders_of_columns_can_be_intersected() -> None:
    assert date_orders(column(["2022-03-04", "4 Apr 2022"])) == ALL
    assert date_orders(pd.Series(pd.to_datetime(["2022-03-04"]))) == ALL | {"typed"}
    assert date_orders(pd.Series([44624, 44625.5])) == ALL | {"serial"}
    assert date_orders(column(["44624", "ND"])) == ALL | {"serial"}
    assert date_orders(column(["44624", "2022-03-04"])) == ALL
    assert date_orders(column(["D1", "D2", "2022-03-04"])) == set()
    assert date_orders(column(["high", None])) == set()
    assert date_orders(column([])) == set()
    assert not needs_order(pd.Series(pd.to_datetime(["2022-03-04"])))


def test_day_numbers_of_a_spreadsheet_are_dates_and_noted() -> None:
    # 44 624 days after 1899-12-30: 122 years with 30 leap days make 44 560, and 64 days more.
    for values in (pd.Series([44624, 44625]), pd.Series([44624.99, 44625.0]), ["44624", "44625"]):
        dates, found = read(pd.Series(values, name="date"))
        assert dates == ["2022-03-04", "2022-03-05"]
        assert len(found) == 1
        assert found[0].startswith(f"{NOTE}: 2 of 2 cells of date are day numbers of a spreadsheet")
    assert read(pd.Series([20220304, 14], name="date"))[0] == ["2022-03-04", ""]


def test_years_of_two_digits_are_noted_and_may_come_first() -> None:
    assert date_orders(column(["03/04/05"])) == ALL
    values = column(["04/13/05", "03/04/05"])
    assert date_orders(values) == {"month-day"}
    dates, found = read(values)
    assert dates == ["2005-04-13", "2005-03-04"]
    assert found[1] == (
        f"{NOTE}: 2 of 2 cells of date have a two-digit year, the first '04/13/05' in line 2."
    )
    assert read(column(["04-APR-22", "04-APR-70", "04-APR-69"]))[0] == [
        "2022-04-04",
        "1970-04-04",
        "1969-04-04",  # 2069 has not come yet
    ]
    values = column(["05/03/04", "05/03/14"])
    assert date_orders(values) == ALL
    assert needs_order(values)
    assert read(values)[0] == ["", ""]
    assert read(values, "year-first")[0] == ["2005-03-04", "2005-03-14"]
    assert read(values, "day-month")[0] == ["2004-03-05", "2014-03-05"]


def test_an_order_that_would_put_dates_into_the_future_is_the_last_to_be_believed() -> None:
    year = date.today().year % 100 + 1
    values = column([f"05-03-{year}", "05-03-04"])
    assert date_orders(values) == {"year-first"}
    assert read(values)[0] == [f"2005-03-{year}", "2005-03-04"]
    # But the user's word counts more: then those years are of the last century.
    assert read(values, "day-month")[0] == [f"19{year}-03-05", "2004-03-05"]


def test_dates_that_the_file_types_itself() -> None:
    values = pd.Series(pd.to_datetime(["2022-03-04 23:59", "NaT"]), name="date")
    assert read(values) == (["2022-03-04", ""], [])
    assert read(values.dt.tz_localize("UTC"))[0] == ["2022-03-04", ""]
    values = pd.Series(pd.to_datetime(["2022-03-04", "2202-03-04"]), name="date")
    assert read(values) == (
        ["2022-03-04", ""],
        [
            (
                f"{CHANGES}: 1 of 2 cells of date is an invalid or implausible date: "
                "'2202-03-04' in line 3."
            )
        ],
    )
    values = pd.Series([date(2022, 3, 4), pd.Timestamp("2022-03-05 10:00"), "6 Mar 2022", None])
    assert read(values)[0] == ["2022-03-04", "2022-03-05", "2022-03-06", ""]


FORMATS = {
    "": [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%Y年%m月%d日",
        "%d-%b-%Y",
        "%d%b%Y",
        "%b %d, %Y",
        "%d %B %Y",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
    ],
    "day-month": ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M"],
    "month-day": ["%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %I:%M %p"],
}


@given(
    st.lists(st.dates(date(1905, 1, 1), date(2100, 12, 31)), min_size=1, max_size=6),
    st.sampled_from([(order, form) for order, forms in FORMATS.items() for form in forms]),
)
def test_a_date_in_any_style_comes_back(days: list[date], style: tuple[str, str]) -> None:
    order, form = style
    values = column([day.strftime(form) for day in days])
    dates, found = read(values, order)
    assert dates == [day.isoformat() for day in days]
    assert all(text.startswith(NOTE) for text in found)
    assert not order or order in date_orders(values)


@given(st.integers(20_000, 80_000))
def test_a_day_number_comes_back(serial: int) -> None:
    expected = date(1899, 12, 30) + timedelta(days=serial)
    text, _ = read(column([str(serial)]))
    assert text == [expected.isoformat() if expected.year <= 2100 else ""]


@given(st.lists(st.text(max_size=14), max_size=6), st.sampled_from(["", *sorted(ALL)]))
def test_no_text_breaks_the_reading(texts: list[str], order: str) -> None:
    dates, found = read(column(texts), order)
    lost = [text for text, day in zip(texts, dates, strict=True) if text.strip() and not day]
    assert not lost or found
    assert date_orders(column(texts)) <= ALL | {"serial"}


@pytest.mark.parametrize(
    "text", ["2022-03-04" + " " * 200_000 + "x", "9" * 200_000], ids=["spaces", "digits"]
)
def test_endless_cells_are_given_up_at_once(text: str) -> None:
    dates, found = read(column([text]))
    assert dates == [""]
    assert "cannot be read as a date" in found[0]


def test_a_million_cells_take_as_many_readings_as_they_have_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []

    def counted(text: str) -> str:
        texts.append(text)
        return clean_text(text)

    monkeypatch.setattr("pht_core.intake.cells.dates.clean_text", counted)
    codes = (np.arange(1_000_000) % 2).tolist()
    values = pd.Series(pd.Categorical.from_codes(codes, pd.Index(["4 Mar 2022", "04/05/2022"])))
    dates = convert_dates(values, "", TableNotes("t", []))
    assert dates.notna().sum() == 500_000
    assert len(texts) == 2
