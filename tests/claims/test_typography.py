"""One spelling for many, and offsets that lead back to the print whatever it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.claims.reading.typography import spell_alike
from tests.claims.readings import claims_of


@pytest.mark.parametrize(
    ("printed", "spelled"),
    [
        ("18·5%", "18.5%"),
        ("12\u2009/\u200a17\u00a0(70.6\u202f%)", "12 / 17 (70.6 %)"),
        ("93–99 − 3", "93-99 - 3"),
        ("４４％（８／１８）", "44%(8/18)"),
        (r"58.8% ($\pm 11.9\%$)", "58.8% (± 11.9%)"),
        ("28\u2009458/54\u2009728", "28458/54728"),
        ("5·10⁹/L", "5·10^/L"),
        ("(45%)¹²", "(45%)^^"),
        ("1\u00ad7/2\u200b0", "17/20"),
        ("&lt;5&nbsp;%", "<5 %"),
        ("**45%** (9/20)", "45% (9/20)"),
        ("39,4% (183)", "39.4% (183)"),
        ("39,4% of 1.234", "39.4% of 1,234"),
        ("39,4% and 12.5%", "39,4% and 12.5%"),  # with decimal points a comma parts two numbers
    ],
)
def test_spellings(printed: str, spelled: str) -> None:
    assert spell_alike(printed).text == spelled


@given(
    st.lists(
        st.sampled_from(
            [*"ab 1.,/%()", "·", "\u2009", "–", "％", "\u00ad", r"\pm", r"\%", "**", "&lt;"]
        ),
        max_size=40,
    )
)
def test_every_place_leads_into_the_original(pieces: list[str]) -> None:
    original = "".join(pieces)
    spelled = spell_alike(original)
    places = [spelled.origin(at) for at in range(len(spelled.text))]
    assert places == sorted(places)
    assert all(0 <= place < len(original) for place in places)
    for at, character in enumerate(spelled.text):
        if character in "ab()":  # never replaced by anything else
            assert original[spelled.origin(at)] == character


SPACES = st.sampled_from(["", " ", "\u00a0", "\u2009", "\n"])
LEADS = st.sampled_from(["", "é ", "✉ \u200b", "– ", "We saw ", "$\\pm 3$ "])


@given(st.integers(1, 99), st.integers(1, 99), SPACES, SPACES, LEADS, st.sampled_from(".·"))
def test_offsets_point_at_the_printed_percent(
    k: int, n: int, one: str, two: str, lead: str, point: str
) -> None:
    k, n = min(k, n), max(k, n)
    tenths = (2 * 1000 * k + n) // (2 * n)
    percent = f"{tenths // 10}{point}{tenths % 10}"
    text = f"{lead}in all, {percent}{one}% ({k}/{two}{n}) had fever."
    (claim,) = claims_of(text)
    assert claim.verdict == "consistent"
    assert claim.percent == percent
    assert text[claim.pct_start : claim.pct_end] == percent
    assert text[claim.start : claim.end] == claim.text == f"{percent}{one}% ({k}/{two}{n})"


def test_a_number_word_is_printed_as_it_stands() -> None:
    text = "Replies: thirty-one per cent (n=41) of the 132 parents."
    (claim,) = claims_of(text)
    assert (claim.percent, claim.value) == ("thirty-one", "31")
    assert text[claim.pct_start :].startswith("thirty-one per cent")
