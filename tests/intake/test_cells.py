"""Cells as laboratories and people write them: what is read, what is noted, and what is lost."""

import math
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.intake.cells.answers import convert_answers, convert_sexes
from pht_core.intake.cells.numbers import (
    cell_units,
    convert_numbers,
    decimal_marks,
    needs_decimal,
)
from pht_core.intake.cells.texts import convert_text
from pht_core.intake.notes import TableNotes
from pht_core.model.findings import CHANGES, NOTE, Findings

NAN = math.nan


def column(cells: list[Any], name: str = "PLT") -> pd.Series:
    """Cells as a file's column of text is handed over."""
    return pd.Series(pd.Categorical(cells), name=name)


def line_of(place: int) -> int:
    return place + 2


def read(*cells: Any, **options: Any) -> tuple[list[float], Findings]:
    findings: Findings = []
    numbers = convert_numbers(
        column(list(cells)), TableNotes("labs.csv", findings, line_of), **options
    )
    assert numbers.dtype == float
    assert numbers.name == "PLT"
    return numbers.tolist(), findings


def sentences(findings: Findings) -> list[str]:
    return [f"{found['severity']}: {found['found']}" for found in findings]


def same(left: list[float], right: list[float]) -> bool:
    return len(left) == len(right) and np.array_equal(left, right, equal_nan=True)


PLAIN = {
    "98": 98,
    "-98": -98,
    "+5": 5,
    "7.5": 7.5,
    ".5": 0.5,
    "5.": 5,
    "1e3": 1000,
    "1.5E-2": 0.015,
    " 98 ": 98,
    "１２．５": 12.5,
    "－５": -5,
    "−5": -5,
    "'98": NAN,
    "1_000": NAN,
    "0x10": NAN,
    "inf": NAN,
    "1e999": NAN,
    "12-15": NAN,
    "98/120": NAN,
    "2022-03-04": NAN,
    "98?": NAN,
    "~98": NAN,
    "high": NAN,
    "None": NAN,
    "D28": NAN,
    "10⁹": NAN,
    "5²": NAN,
    "½": NAN,
    "①": NAN,
    "98 109/L": NAN,
    "98 John": NAN,
    "24 h": NAN,
    "L4": NAN,
    "98+": NAN,
}


@pytest.mark.parametrize("text", PLAIN)
def test_one_cell_is_a_number_or_none(text: str) -> None:
    numbers, findings = read(text)
    assert same(numbers, [PLAIN[text]])
    lost = math.isnan(PLAIN[text])
    assert sentences(findings) == (
        [(f"{CHANGES}: 1 of 1 cell of PLT cannot be read as a number: {text.strip()!r} in line 2.")]
        if lost
        else []
    )


@pytest.mark.parametrize(
    "text",
    [
        "98 L",
        "98 H",
        "98*",
        "L 98",
        "98 ↓",
        "98↑",
        "98 (L)",
        "98L",
        "(H) 98",
        "98 HH",
        "98 L*",
        "98 偏低",
        "98 low",
        "98 [H]",
        "↓98",
        "98 A",
    ],
)
def test_a_laboratorys_flag_is_left_out_and_noted(text: str) -> None:
    numbers, findings = read("100", text)
    assert numbers == [100, 98]
    assert sentences(findings) == [
        f"{NOTE}: 1 of 2 cells of PLT carries a laboratory flag: {text!r} in line 3."
    ]
    assert findings[0]["done"] == "The number is used without the flag."
    assert (findings[0]["table"], findings[0]["column"]) == ("labs.csv", "PLT")
    assert (findings[0]["row"], findings[0]["value"]) == (3, text)


def test_values_beyond_the_range_of_an_analyser_lie_just_beyond_it() -> None:
    numbers, findings = read("<0.1", "< 0.1 L", "≤0.5", "<=0.5", ">1000", "≥1000", "> 1,234.5")
    assert numbers == [
        np.nextafter(0.1, 0),
        np.nextafter(0.1, 0),
        np.nextafter(0.5, 0),
        np.nextafter(0.5, 0),
        np.nextafter(1000, 2000),
        np.nextafter(1000, 2000),
        np.nextafter(1234.5, 2000),
    ]
    assert sentences(findings) == [
        (
            f"{NOTE}: 7 of 7 cells of PLT are outside the assay's measuring range, the first "
            "'<0.1' in line 2."
        ),
        f"{NOTE}: 1 of 7 cells of PLT carries a laboratory flag: '< 0.1 L' in line 3.",
        (f"{NOTE}: 1 of 7 cells of PLT has a thousands separator: '> 1,234.5' in line 8."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ND",
        "NA",
        "n/a",
        "-",
        "--",
        "–",
        ".",
        "/",
        "?",
        "not done",
        "Not Done",
        "未做",
        "未查",
        "unknown",
        "pending",
    ],
)
def test_words_for_no_result_are_missing_and_noted(text: str) -> None:
    numbers, findings = read("98", text)
    assert same(numbers, [98, NAN])
    assert sentences(findings) == [
        f"{NOTE}: 1 of 2 cells of PLT states that there is no result: {text!r} in line 3."
    ]


def test_empty_cells_are_missing_without_a_word() -> None:
    numbers, findings = read("98", None, "", " ")
    assert same(numbers, [98, NAN, NAN, NAN])
    assert findings == []


def test_errors_of_formulas_are_lost_results() -> None:
    numbers, findings = read("98", "#N/A", "#REF!", "#DIV/0!")
    assert same(numbers, [98, NAN, NAN, NAN])
    assert sentences(findings) == [
        f"{CHANGES}: 3 of 4 cells of PLT contain formula errors, the first '#N/A' in line 3."
    ]


# For each column the numbers without an answer, and under a decimal comma and a decimal point.
UNCLEAR = [
    (["1,234"], [NAN], [1.234], [1234]),
    (["1,234", "98"], [NAN, 98], [1.234, 98], [1234, 98]),
    (["1,234", "2.345"], [NAN, NAN], [1.234, 2345], [1234, 2.345]),
    (["7,5", "7.5", "1,234"], [7.5, 7.5, NAN], [7.5, 7.5, 1.234], [7.5, 7.5, 1234]),
]
# Columns that settle it themselves, whatever the rest of the file has.
SETTLED = [
    (["1,234", "7.5"], [1234, 7.5]),
    (["1,234", "7,5"], [1.234, 7.5]),
    (["1,234", "0,123"], [1.234, 0.123]),
    (["1,234", "1234,567"], [1.234, 1234.567]),
    (["1.234", "7,5"], [1234, 7.5]),
    (["1,234", "12,345,678"], [1234, 12_345_678]),
    (["1.234.567"], [1_234_567]),
    (["1.234,5"], [1234.5]),
    (["1,234.5"], [1234.5]),
    (["1 234", "1'234", "1\u00a0234", "1\u2009234", "1’234"], [1234] * 5),
    (["1 234,5"], [1234.5]),
    (["98", "1e3"], [98, 1000]),
]


@pytest.mark.parametrize(("cells", "unsaid", "by_comma", "by_point"), UNCLEAR)
def test_a_comma_that_may_be_either_waits_for_the_users_word(
    cells: list[str], unsaid: list[float], by_comma: list[float], by_point: list[float]
) -> None:
    assert needs_decimal(column(cells))
    numbers, findings = read(*cells)
    assert same(numbers, unsaid)
    assert any("that may be a decimal mark" in text for text in sentences(findings))
    assert read(*cells, decimal=",")[0] == by_comma
    assert read(*cells, decimal=".")[0] == by_point


@pytest.mark.parametrize(("cells", "numbers"), SETTLED)
@pytest.mark.parametrize("decimal", ["", ",", "."])
def test_one_cell_that_can_be_read_in_one_way_settles_the_column(
    cells: list[str], numbers: list[float], decimal: str
) -> None:
    assert not needs_decimal(column(cells))
    assert read(*cells, decimal=decimal)[0] == numbers


def test_a_lone_point_is_a_decimal_point_unless_the_file_has_decimal_commas() -> None:
    assert not needs_decimal(column(["1.234", "ND"]))
    assert read("1.234")[0] == [1.234]
    assert read("1.234", decimal=",")[0] == [1234]


def test_marks_are_pooled_over_the_columns_of_a_file() -> None:
    assert decimal_marks(column(["98", "1,234"])) == set()
    assert decimal_marks(column(["7,5", "ND"])) == {","}
    assert decimal_marks(column(["7.5 H"])) == {"."}
    assert decimal_marks(column(["7.5", "7,5"])) == {".", ","}
    assert decimal_marks(pd.Series([7.5])) == set()
    assert not needs_decimal(pd.Series([7.5]))


def test_cells_that_contradict_each_other_are_said() -> None:
    _, findings = read("7,5", "7.5")
    assert sentences(findings) == [
        (
            f"{NOTE}: Some cells of PLT have a decimal point ('7.5'), others a decimal comma "
            "('7,5')."
        ),
        f"{NOTE}: 1 of 2 cells of PLT has a decimal comma: '7,5' in line 2.",
    ]


def test_a_unit_in_the_cell_is_never_silently_left_out() -> None:
    cells = ["8.5 g/dL", "85g/L", "85", "8.8 g/dL L", "ND", "9 apples"]
    assert cell_units(column(cells)) == {"g/dL": 2, "g/L": 1, "": 1}
    numbers, findings = read(*cells)
    assert same(numbers, [NAN, NAN, 85, NAN, NAN, NAN])
    assert sentences(findings)[0] == (
        f"{CHANGES}: 3 of 6 cells of PLT have a unit after the number, the first '8.5 g/dL' in "
        "line 2."
    )
    assert read("98×10⁹/L", "98 x10^9/L", "<5 x10E9/L", unit_in_cells=True)[0] == [
        98,
        98,
        np.nextafter(5, 0),
    ]
    assert cell_units(column(["98×10⁹/L", "7 10^9/L", "5 G/L"])) == {"10^9/L": 2, "G/L": 1}
    assert cell_units(pd.Series([1.0, NAN])) == {"": 1}


def test_whole_numbers_only_where_they_are_asked_for() -> None:
    numbers, findings = read("1", "1.5", "2.0", whole=True)
    assert same(numbers, [1, NAN, 2])
    assert sentences(findings) == [f"{CHANGES}: 1 of 3 numbers of PLT is not a whole number: 1.5."]
    assert findings[0]["row"] == 3


def test_columns_that_the_file_types_itself() -> None:
    findings: Findings = []
    for values, numbers in (
        (pd.Series([1, 2]), [1.0, 2.0]),
        (pd.Series([1.5, NAN]), [1.5, NAN]),
        (pd.Series([1, None], dtype="Int64"), [1.0, NAN]),
        (pd.Series(["1", "1,5", None, "2"], dtype=object), [1, 1.5, NAN, 2]),
        (pd.Series(["1", None], dtype="string"), [1, NAN]),
        (pd.Series([1, 2.5, "3"], dtype=object), [1, 2.5, 3]),
        (pd.Series([], dtype=object), []),
    ):
        assert same(
            convert_numbers(values.rename("x"), TableNotes("t", findings)).tolist(), numbers
        )
    assert [found["severity"] for found in findings] == [NOTE]
    for values, first in (
        (pd.Series([1.0, np.inf]), "inf"),
        (pd.Series([True]), "True"),
        (pd.Series(pd.to_datetime(["2022-03-04"])), "2022-03-04"),
    ):
        findings = []
        lost = convert_numbers(values.rename("x"), TableNotes("t", findings, line_of))
        assert math.isnan(lost.iloc[-1])
        assert f"cannot be read as a number: {first!r}" in findings[0]["found"]


def test_categories_that_no_cell_has_decide_nothing() -> None:
    values = pd.Series(pd.Categorical(["1,234"], categories=["1,234", "7.5", "x"]), name="x")
    assert needs_decimal(values)
    assert cell_units(values) == {"": 1}


def test_rows_keep_their_labels_and_lines() -> None:
    values = column(["1", "high", "high"])
    values.index = pd.Index([10, 40, 50])
    findings: Findings = []
    numbers = convert_numbers(values, TableNotes("t", findings, lambda place: place + 3))
    assert numbers.index.tolist() == [10, 40, 50]
    assert findings[0]["row"] == 43


# --- A number in any supported style comes back. ---

SPACES = [" ", "\u00a0", "\u2009", "\u202f", "'", "’"]


def grouped(whole: str, mark: str) -> str:
    head = len(whole) % 3 or 3
    return mark.join([whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))])


def widened(text: str) -> str:
    """Full-width signs, as Chinese keyboards write them."""
    wide = {sign: chr(ord(sign) + 0xFEE0) for sign in "0123456789.,+-<>"}
    return "".join(wide.get(sign, sign) for sign in text)


@st.composite
def styled(draw: st.DrawFn, mark: str) -> tuple[str, float]:
    """A number with a decimal mark, written in some style, and its value."""
    whole = str(draw(st.integers(0, 9_999_999)))
    # A fraction of three digits, or none beside a mark between thousands, would be unclear.
    digits = draw(st.sampled_from([0, 1, 2, 4]))
    fraction = "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=digits, max_size=digits))
    )
    sign = draw(st.sampled_from(["", "-", "+"]))
    value = float(f"{sign}{whole}.{fraction or 0}")
    between = draw(
        st.sampled_from(["", *SPACES, *([{",": ".", ".": ","}[mark]] if digits else [])])
    )
    text = sign + (grouped(whole, between) if between else whole)
    text += mark + fraction if digits else ""
    text = text.replace("-", draw(st.sampled_from(["-", "−"])))
    if draw(st.booleans()):
        text = widened(text)
    flag = draw(st.sampled_from(["", " L", " H", "*", " ↓", " (H)"]))
    return draw(st.sampled_from(["", " "])) + text + flag, value


@given(st.sampled_from(",."), st.data())
def test_a_number_in_any_style_comes_back(mark: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(styled(mark), min_size=1, max_size=8))
    # One cell settles which mark the decimals have.
    texts, values = [f"0{mark}5", *(text for text, _ in drawn)], [0.5, *(v for _, v in drawn)]
    assert not needs_decimal(column(texts))
    numbers, findings = read(*texts)
    assert numbers == values
    assert {found["severity"] for found in findings} <= {NOTE}


@given(st.lists(st.text(max_size=12), max_size=6), st.sampled_from(["", ",", "."]))
def test_no_text_breaks_the_reading_or_makes_an_infinite_number(
    texts: list[str], decimal: str
) -> None:
    numbers, findings = read(*texts, decimal=decimal)
    assert not np.isinf(numbers).any()
    lost = {text.strip() for text, number in zip(texts, numbers, strict=True) if number != number}
    assert bool(lost - {""}) == any("missing" in found["done"] for found in findings)
    for convert in (convert_answers, convert_sexes):
        assert len(convert(column(texts), TableNotes("t", []))) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["9" * 200_000, "1" + " " * 200_000 + "L", "98 " + "(" * 200_000],
    ids=["digits", "spaces", "brackets"],
)
def test_endless_cells_are_given_up_at_once(text: str) -> None:
    numbers, findings = read(text)
    assert same(numbers, [NAN])
    assert "cannot be read as a number" in findings[0]["found"]
    assert findings[0]["value"] == text[:59] + "…"


def test_nested_cells_are_no_numbers() -> None:
    findings: Findings = []
    values = pd.Series([[1, 2], {"a": 1}, None, 5], dtype=object, name="x")
    assert same(convert_numbers(values, TableNotes("t", findings)).tolist(), [NAN, NAN, NAN, 5])
    assert "2 of 3 cells of x cannot be read as numbers, the first '[1, 2]'" in findings[0]["found"]


@given(st.floats(-1e300, 1e300))
def test_a_plain_number_is_the_one_that_python_reads(number: float) -> None:
    for text in (repr(number), f"{number:.3e}"):
        assert read(text)[0] == [float(text)]


# --- Answers, sexes and words. ---


def answers(*cells: Any) -> tuple[list[Any], list[str]]:
    findings: Findings = []
    converted = convert_answers(
        column(list(cells), "prior_hsct"), TableNotes("t", findings, line_of)
    )
    assert converted.dtype == "boolean"
    return [None if cell is pd.NA else bool(cell) for cell in converted], sentences(findings)


def test_yes_and_no_in_any_usual_spelling() -> None:
    for yes in [
        "Yes",
        "y",
        "TRUE",
        "T",
        "1",
        "1.0",
        "ja",
        "Oui",
        "sí",
        "是",
        "有",
        "阳性",
        "+",
        "pos",
        "Positive",
        "present",
        "checked",
        "✓",
        "ｙｅｓ",
    ]:
        assert answers(yes) == ([True], []), yes
    for no in [
        "No",
        "n",
        "False",
        "F",
        "0",
        "0.0",
        "nein",
        "non",
        "否",
        "无",
        "阴性",
        "neg",
        "Negative",
        "absent",
        "unchecked",
        "×",
    ]:
        assert answers(no) == ([False], []), no


def test_unknown_answers_are_missing_and_noted() -> None:
    for unknown in ["unknown", "NA", "未知", "?", "-", "ND"]:
        said, found = answers("yes", unknown)
        assert said == [True, None]
        assert found == [
            (
                f"{NOTE}: 1 of 2 cells of prior_hsct states that the answer is unknown: "
                f"{unknown!r} in line 3."
            )
        ]
    assert answers("perhaps", "yes") == (
        [None, True],
        [(f"{CHANGES}: 1 of 2 cells of prior_hsct is neither yes nor no: 'perhaps' in line 2.")],
    )


def test_minus_is_no_only_beside_plus() -> None:
    assert answers("+", "-", "++") == ([True, False, True], [])
    assert answers("yes", "-")[0] == [True, None]


def test_codes_are_never_guessed() -> None:
    assert answers("1", "0", "1")[0] == [True, False, True]
    assert answers("1", "1")[0] == [True, True]
    assert answers("1", "2")[0] == [None, None]
    said, found = answers("0", "1", "2")
    assert said == [False, True, None]
    assert found == [
        (
            f"{CHANGES}: 1 of 3 cells of prior_hsct is a code that may stand for yes or no: "
            "'2' in line 4."
        )
    ]
    findings: Findings = []
    assert convert_answers(pd.Series([1, 2]), TableNotes("t", findings)).isna().all()
    assert convert_answers(pd.Series([True, False]), TableNotes("t", [])).tolist() == [True, False]
    assert convert_answers(pd.Series([1.0, 0.0]), TableNotes("t", [])).tolist() == [True, False]


def test_ticks_and_crosses() -> None:
    said, found = answers("x", None, "x", None)
    assert said == [True, None, True, None]
    assert found == [f"{NOTE}: Cells of prior_hsct are ticked ('x') or empty; 2 cells are empty."]
    assert answers("√", "×") == ([True, False], [])
    assert answers("√", "x")[0] == [True, None]


def sexes(*cells: Any) -> tuple[list[Any], list[str]]:
    findings: Findings = []
    converted = convert_sexes(column(list(cells), "sex"), TableNotes("t", findings, line_of))
    return [None if isinstance(cell, float) else cell for cell in converted], sentences(findings)


def test_sexes_in_any_usual_spelling() -> None:
    for male in ["M", "male", "Man", "Mann", "männlich", "H", "homme", "男", "男性"]:
        assert sexes(male) == (["M"], []), male
    for female in ["F", "Female", "w", "Frau", "femme", "mujer", "女"]:
        assert sexes(female) == (["F"], []), female
    assert sexes("M", "W", "unknown", None)[0] == ["M", "F", None, None]
    assert sexes("1", "2")[0] == [None, None]
    assert sexes("M", "x") == (
        ["M", None],
        [f"{CHANGES}: 1 of 2 cells of sex is neither M nor F: 'x' in line 3."],
    )


def test_m_beside_h_or_v_may_be_a_woman() -> None:
    assert sexes("H", "M")[0] == [None, None]  # hombre, mujer
    assert sexes("M", "V")[0] == [None, None]  # man, vrouw; or mujer, varón
    assert sexes("H", "F")[0] == ["M", "F"]  # homme, femme


def test_words_are_stripped_and_empty_ones_missing() -> None:
    words = convert_text(column([" a", "a ", "", None, "b"]))
    assert isinstance(words.dtype, pd.CategoricalDtype)
    assert words.cat.categories.tolist() == ["a", "b"]
    assert words.cat.codes.tolist() == [0, 0, -1, -1, 1]
    typed = convert_text(pd.Series([7, 12, 7]))
    assert typed.tolist() == ["7", "12", "7"]
    assert convert_text(pd.Series([7.0, NAN])).fillna("-").tolist() == ["7", "-"]


def test_a_million_cells_take_as_many_readings_as_they_have_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    normalize = unicodedata.normalize

    def counted(form: Any, text: str) -> str:
        texts.append(text)
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    codes = np.arange(1_000_000) % 3
    words = pd.Index(["９８", "９９ Ｌ", "未做"])
    values = pd.Series(pd.Categorical.from_codes(codes.tolist(), words), name="x")
    numbers = convert_numbers(values, TableNotes("t", []))
    assert numbers[:2].tolist() == [98, 99]
    assert numbers.isna().sum() == 333_333
    assert sorted(texts) == sorted(words)
