"""The settings file: what is saved comes back, and what is none is refused with its place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, render_entries
from pht_core.exhibits.response import ResponseOptions
from pht_core.exhibits.saved import (
    Saved,
    carry_over,
    check_digest,
    format_saved,
    leave_out_patients,
    read_saved,
    rename_saved,
)
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.trajectories import PatientOptions, PatientsOptions
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import read_sample
from pht_core.model.errors import PhtError
from pht_core.model.filters import FILTERED, Filters
from pht_core.model.settings import Settings

# Written by hand: what the file looks like to who reads it in an editor.
BY_HAND = """
{
 "what": "PHT Explorer settings",
 "format": 1,
 "page": "survival",
 "page_options": {"survival": {"by": "sex", "landmark": 3}},
 "settings": {"pht_grade": 3, "taper_low": 0, "scheme": "ctcae_v6"},
 "filters": {"sex": "F", "age_years": [18, 65], "crs_grade": [1, 2]},
 "style": {"preset": "double", "grey": true, "font_size": 8},
 "final": true,
 "basket": [
  {"exhibit": "figure3-trajectories", "options": {"patients": ["P3", "患者2"], "front": "P3"},
   "filters": {"prior_hsct": false}, "title": "Two patients", "comment": "ask"},
  {"exhibit": "safety"}
 ],
 "data_name": "cohort.csv",
 "sha256": "bd0162501a30573894cb672bf80b58342c218357835f8fbe883209abc18bbdb4"
}
"""
WRITTEN = Saved(
    page="survival",
    page_options={"survival": {"by": "sex", "landmark": 3}},
    settings=Settings(pht_grade=3, taper_low=0.0, scheme="ctcae_v6"),
    filters=Filters(sex="F", age_years=(18, 65), crs_grade=(1, 2)),
    style={"preset": "double", "grey": True, "font_size": 8},
    final=True,
    basket=(
        Entry(
            "figure3-trajectories",
            PatientsOptions(("P3", "患者2"), "P3"),
            filters=Filters(prior_hsct=False),
            title="Two patients",
            comment="ask",
        ),
        Entry("safety", EXHIBITS["safety"].options()),
    ),
    data_name="cohort.csv",
    digest="bd0162501a30573894cb672bf80b58342c218357835f8fbe883209abc18bbdb4",
)


def test_a_file_written_by_hand_is_read() -> None:
    assert read_saved(BY_HAND) == WRITTEN
    assert read_saved(b"\xef\xbb\xbf" + BY_HAND.encode()) == WRITTEN  # as Notepad saves it


def test_a_file_is_written_in_full_and_in_order() -> None:
    text = format_saved(WRITTEN)
    content = json.loads(text)
    assert list(content) == sorted(content)
    assert content["format"] == 1
    assert content["settings"]["course_gap"] == 2  # a default, written out: it is documentation
    assert content["basket"][1]["filters"]["lines_of_therapy"] == [0, 20]
    assert "患者2" in text
    assert read_saved(text) == WRITTEN


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DAYS, GRADES = st.integers(0, 3650), st.integers(1, 4)
SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)
SETTINGS = SHARES.flatmap(
    lambda shares: st.builds(
        Settings,
        scheme=st.sampled_from(["ctcae_v5", "ctcae_v6", "wang2023_table1"]),
        day28=DAYS,
        day28_window=DAYS,
        pht_grade=GRADES,
        support_free_days=DAYS,
        use_support=st.booleans(),
        course_gap=DAYS,
        recovery_grade=st.integers(0, 4),
        relapse_fall=GRADES,
        confirm=st.booleans(),
        taper_low=st.just(shares[0]),
        taper_high=st.just(shares[1]),
        ci=st.sampled_from(["log-log", "log", "plain"]),
    )
)
FILTERS = st.builds(
    Filters,
    prior_hsct=st.sampled_from([None, True, False]),
    sex=st.sampled_from([None, "M", "F"]),
    age_years=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted).map(tuple),
    crs_grade=st.lists(st.integers(0, 5), unique=True).map(tuple),
    unrecorded=st.lists(st.sampled_from(FILTERED), unique=True).map(tuple),
    patients=st.lists(TEXTS, unique=True).map(tuple),
    others=st.lists(
        st.tuples(st.text(max_size=9), st.lists(st.text(max_size=9), min_size=1).map(tuple))
    ).map(tuple),
)
OPTIONS = st.one_of(
    st.tuples(st.just("figure3-trajectories"), st.builds(PatientsOptions, st.tuples(TEXTS, TEXTS))),
    st.tuples(
        st.just("figure3e-trajectory"), st.builds(PatientOptions, TEXTS, log_axes=st.booleans())
    ),
    st.tuples(
        st.just("survival"),
        st.builds(
            SurvivalOptions, st.sampled_from(["os", "pfs"]), landmark=st.sampled_from([0, 6])
        ),
    ),
    st.tuples(
        st.just("figure1-grades"), st.builds(CytopeniaOptions, st.sampled_from(["pht", "all"]))
    ),
    st.sampled_from(sorted(EXHIBITS)).map(lambda name: (name, EXHIBITS[name].options())),
)
ENTRIES = st.builds(
    lambda named, *rest: Entry(*named, *rest), OPTIONS, SETTINGS, FILTERS, TEXTS, TEXTS
)
SAVED = st.builds(
    Saved,
    page=st.sampled_from(["", "overview", "survival"]),
    page_options=st.just({"survival": {"by": "sex"}, "figure3-trajectories": {"patients": ("a",)}}),
    settings=SETTINGS,
    filters=FILTERS,
    style=st.builds(Style, st.sampled_from(["slide", "single"]), grey=st.booleans()).map(
        Style.to_plain
    ),
    final=st.booleans(),
    basket=st.lists(ENTRIES, max_size=3).map(tuple),
    data_name=TEXTS,
    digest=st.sampled_from(["", "0" * 64]),
)


@given(SAVED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_saved_comes_back(saved: Saved) -> None:
    text = format_saved(saved)
    assert read_saved(text) == saved
    assert read_saved(text.encode()) == saved


HEAD = '"what": "PHT Explorer settings", "format": 1'
REFUSED = {
    "": "not readable as JSON",
    "\x00\x01": "not readable as JSON",
    "[" * 100_000: "not readable as JSON",
    '{"a": ' * 5_000: "not readable as JSON",
    '{"day28": ' + "9" * 5000 + "}": "not readable as JSON",
    "[]": "is JSON, but not a settings file",
    "{}": "is JSON, but not a settings file",
    '{"what": "PHT Explorer mapping of columns"}': "is JSON, but not a settings file",
    '{"what": "PHT Explorer settings", "format": 2}': "is of version 2; this program reads",
    '{"what": "PHT Explorer settings", "format": true}': "is of version true",
    f'{{{HEAD}, "basket": NaN}}': "contains NaN, which is not a number",
    f'{{{HEAD}, "final": true, "final": true}}': "has 'final' twice",
    f'{{{HEAD}, "colour": 1}}': "The settings file contains 'colour', which is not known here",
    f'{{{HEAD}, "page": "../app"}}': "page is '../app'",
    f'{{{HEAD}, "final": 1}}': "final is 1, not true or false",
    f'{{{HEAD}, "data_name": "\\ud800"}}': "half of a letter",
    f'{{{HEAD}, "sha256": "abc"}}': "sha256 is 'abc'",
    f'{{{HEAD}, "settings": []}}': "settings is a list",
    f'{{{HEAD}, "settings": {{"pht_grade": 5}}}}': "pht_grade of settings is 5, not a whole number "
    "from 1 to 4",
    f'{{{HEAD}, "settings": {{"pht_grade": true}}}}': "pht_grade of settings is true",
    f'{{{HEAD}, "settings": {{"pht_grade": 3.0}}}}': "pht_grade of settings is 3.0",
    f'{{{HEAD}, "settings": {{"course_gap": -1}}}}': "course_gap of settings is -1",
    f'{{{HEAD}, "settings": {{"taper_low": 1e999}}}}': "taper_low of settings is larger than any",
    f'{{{HEAD}, "settings": {{"taper_low": 0.9}}}}': "taper_low of settings is above taper_high",
    f'{{{HEAD}, "settings": {{"taper_low": "0"}}}}': "taper_low of settings is '0', not a",
    f'{{{HEAD}, "settings": {{"confirm": 0}}}}': "confirm of settings is 0, not true or false",
    f'{{{HEAD}, "settings": {{"ci": "exact"}}}}': "ci of settings is 'exact', not 'log-log', 'log'",
    f'{{{HEAD}, "settings": {{"scheme": {{}}}}}}': "scheme of settings is an object, not",
    f'{{{HEAD}, "settings": {{"day29": 1}}}}': "settings contains 'day29', which is not known",
    f'{{{HEAD}, "filters": {{"sex": "X"}}}}': "sex of filters is 'X'",
    f'{{{HEAD}, "filters": {{"prior_hsct": 1}}}}': "prior_hsct of filters is 1",
    f'{{{HEAD}, "filters": {{"age_years": [60, 20]}}}}': "age_years of filters goes from 60 down",
    f'{{{HEAD}, "filters": {{"age_years": [0, 101]}}}}': "age_years of filters is 101",
    f'{{{HEAD}, "filters": {{"age_years": [0]}}}}': "age_years of filters is a list",
    f'{{{HEAD}, "filters": {{"crs_grade": [1, 1]}}}}': "crs_grade of filters has the same",
    f'{{{HEAD}, "filters": {{"crs_grade": [[]]}}}}': "crs_grade of filters is a list",
    f'{{{HEAD}, "style": {{"grey": []}}}}': "grey of style is a list",
    f'{{{HEAD}, "style": {{"ppi": 1e999}}}}': "ppi of style is larger than any number",
    f'{{{HEAD}, "page_options": {{"pie": {{}}}}}}': "page_options contains 'pie', which",
    f'{{{HEAD}, "page_options": {{"survival": {{"by": "id"}}}}}}': "by of survival 'id' is not",
    f'{{{HEAD}, "page_options": {{"survival": {{"by": {{}}}}}}}}': "by of survival of",
    f'{{{HEAD}, "basket": {{}}}}': "basket is an object, not a list",
    f'{{{HEAD}, "basket": [1]}}': "item 1 of basket is 1, not an object",
    f'{{{HEAD}, "basket": [{{}}]}}': "item 1 of basket has no 'exhibit'",
    f'{{{HEAD}, "basket": [{{"exhibit": "safety"}}, {{"exhibit": "safety", "x": 1}}]}}': "item 2 "
    "of basket contains 'x', which is not known here",
    f'{{{HEAD}, "basket": [{{"exhibit": "safety", "settings": {{"pht_grade": 0}}}}]}}': "pht_grade "
    "of settings of item 1 of basket is 0",
    f'{{{HEAD}, "basket": [{{"exhibit": "safety", "options": {{"of": 1}}}}]}}': "of of safety 1 is",
    f'{{{HEAD}, "basket": [{{"exhibit": "figure3-trajectories", "options": {{"patients": [1]}}}}]}}'
    "": "patients of figure3-trajectories must be a list of texts",
    f'{{{HEAD}, "basket": [{",".join(["{}"] * 201)}]}}': "basket is a list of 201, more than 200",
    f'{{{HEAD}, "data_name": "{"x" * 10_001}"}}': "has a text of 10,001 letters",
    f'{{{HEAD}, "data_name": "{"x" * (1 << 20)}"}}': "larger than 1 MB",
}


@pytest.mark.parametrize("content", REFUSED, ids=lambda text: text[39:79] or text[:40] or "empty")
def test_what_is_no_settings_file_is_refused_with_its_place(content: str) -> None:
    with pytest.raises(PhtError) as refused:
        read_saved(content)
    assert REFUSED[content] in str(refused.value)
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PhtError, match="not readable as JSON"):
        read_saved(b"\xff\xfe\x00{")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, st.lists))
@settings(max_examples=80, deadline=None)
def test_any_value_in_any_place_is_refused_or_read(value: Any) -> None:
    whole = json.loads(format_saved(WRITTEN))
    for name in ("page", "settings", "filters", "style", "final", "basket", "data_name"):
        with suppress(PhtError):  # no other error may come
            read_saved(json.dumps(whole | {name: value}))


def test_more_than_fits_is_not_written() -> None:
    entry = Entry("safety", EXHIBITS["safety"].options())
    with pytest.raises(PhtError, match="more than a settings file holds"):
        format_saved(Saved(basket=(entry,) * 201))
    long = Entry("safety", EXHIBITS["safety"].options(), comment="x" * 10_000)
    with pytest.raises(PhtError, match="more than a settings file holds"):
        format_saved(Saved(basket=(long,) * 150))


def test_settings_made_on_other_data_are_told() -> None:
    sample = read_sample()
    assert check_digest(Saved(digest=sample.digest), sample) == ""
    assert check_digest(Saved(), sample) == ""
    other = check_digest(Saved(digest="0" * 64, data_name="b.csv"), sample)
    assert "made on other data: b.csv (SHA-256 00000000)" in other
    assert "applied to Wang 2023 sample (simulated counts) (SHA-256 bd016250)" in other


def test_patients_are_carried_over_to_other_ids() -> None:
    ids = {"P3": "P1", "患者2": "P3"}
    renamed = rename_saved(WRITTEN, ids)
    assert renamed.basket[0].options == PatientsOptions(("P1", "P3"), "P1")
    assert renamed.basket[1:] == WRITTEN.basket[1:]
    back = {shown: own for own, shown in ids.items()}
    assert rename_saved(renamed, back) == WRITTEN
    choices = Saved(page_options={"figure3e-trajectory": {"patient": "P3", "log_axes": True}})
    assert rename_saved(choices, ids).page_options == {
        "figure3e-trajectory": {"patient": "P1", "log_axes": True}
    }


def test_selected_patients_are_carried_over_and_never_become_everyone() -> None:
    entry = Entry("safety", ResponseOptions(), filters=Filters(sex="F", patients=("P3", "P5")))
    saved = Saved(filters=entry.filters, basket=(entry,))
    assert read_saved(format_saved(saved)) == saved
    renamed = rename_saved(saved, {"P3": "A", "P5": "B"})
    assert renamed.filters.patients == renamed.basket[0].filters.patients == ("A", "B")
    assert renamed.filters.sex == "F"
    assert carry_over(entry, {"P5": "B"}).filters.patients == ("B",)
    # Without one of them, nobody is left to show: the figure says so.
    text = format_saved(leave_out_patients(saved))
    assert "P3" not in text
    renderings, left_out = render_entries(read_sample(), read_saved(text).basket)
    assert renderings == []
    assert "No patients match these filters" in left_out[0].why


def test_an_id_of_nobody_is_never_taken_for_another_patients() -> None:
    saved = Saved(basket=(Entry("figure3e-trajectory", PatientOptions("P3")),))
    renamed = rename_saved(saved, {"A": "P3"})  # here P3 is what A is called
    renderings, left_out = render_entries(read_sample(), renamed.basket)
    assert renderings == []
    assert "Patient 'P3 (not in this cohort)' is not known" in left_out[0].why


def test_settings_can_go_around_without_patients() -> None:
    choices = {"figure3e-trajectory": {"patient": "P3", "log_axes": True}}
    shared = leave_out_patients(
        Saved(page_options=choices, basket=WRITTEN.basket, data_name="cohort.csv")
    )
    text = format_saved(shared)
    assert "P3" not in text
    assert "患者2" not in text
    assert shared.page_options == {"figure3e-trajectory": {"log_axes": True}}
    assert [entry.name for entry in shared.basket] == ["figure3-trajectories", "safety"]
