"""The sentences of exhibits: what is left out, and that nothing stands there in vain."""

import re
from pathlib import Path
from typing import Any

import pytest

import pht_core
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.words import FILE, fill, read_sentences


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("{n:patient|patients} {n:~was|were} seen", "1 patient was seen"),
        ("{zero} of {n}", "0 of 1"),
        ("in {nothing}", ""),
        ("in {missing:.1f}", ""),
        ("seen[ in {nothing}], by day {n}", "seen, by day 1"),
        ("{if n}seen", "seen"),
        ("{if zero}seen", ""),
        ("{unless zero}seen", "seen"),
        ("{if look is pies}seen[{if look is bars} in bars]", "seen"),
        ("{names}", "A, B and {C}"),
        ("{names:or}; {names:; }", "A, B or {C}; A; B; {C}"),
        ("none of {none}", ""),
    ],
)
def test_a_phrase_without_what_it_needs_is_left_out(phrase: str, said: str) -> None:
    values = {"n": 1, "zero": 0, "nothing": "", "missing": None, "look": "pies", "none": []}
    assert fill(phrase, values | {"names": ["A", "B", "{C}"]}) == said


def test_every_exhibit_has_its_words_and_nothing_else_has() -> None:
    medians = "figure3-trajectories-medians"
    assert set(read_sentences()) == {"shared", medians, *EXHIBITS}
    for name in (medians, *EXHIBITS):
        assert read_sentences()[name]["headline"]
        assert read_sentences()[name]["caption"]


def test_every_phrase_is_used() -> None:
    text = FILE.read_text("utf-8")
    gaps = set(re.findall(r"{(?:if |unless )?(\w+)", text))
    code = "".join(
        path.read_text("utf-8")
        for room in (Path(pht_core.__file__).parent, Path("pages"))
        for path in room.glob("**/*.py")
    )
    said = set(re.findall(r"""\.say\(\s*["'](\w+)["']""", code))
    always = {"headline", "caption", "result", "beside", "columns", "figures"}
    tables: dict[str, dict[str, Any]] = read_sentences()
    for name, phrases in tables.items():
        assert set(phrases) <= gaps | said | always, name
