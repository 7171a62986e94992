"""The words of pages: each is used, and each that is used is there."""

import re

from pages.shared.sidebar import ANSWERS, WIDGETS
from pages.shared.words import _WORDS
from pht_core.model.settings import SETTINGS
from tests.opened import APP

CODE = "\n".join(file.read_text("utf-8") for file in APP.parent.glob("pages/**/*.py"))


def test_every_word_that_a_page_asks_for_is_there() -> None:
    assert set(re.findall(r'\bworded\(\s*"(\w+)"', CODE)) <= set(_WORDS["widgets"])
    assert set(re.findall(r'\bsaid\(\s*"(\w+)"', CODE)) <= set(_WORDS["texts"])


def test_every_word_is_used() -> None:
    used = set(re.findall(r'"(\w+)"', CODE)) | set(ANSWERS)
    assert {*_WORDS["widgets"], *_WORDS["texts"]} <= used


def test_every_widget_of_the_sidebar_sets_a_definition() -> None:
    assert set(WIDGETS) <= set(SETTINGS)
