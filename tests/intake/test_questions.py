"""Questions that a file leaves open: asked in a general way, answered into the mapping."""

from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

from pht_core.intake.mapping import ColumnMap, FileMap, TableMap
from pht_core.intake.mapping_file import apply_saved, format_mapping, read_mapping
from pht_core.intake.questions import Question, _answered, answer_question, ask_field
from pht_core.intake.tidying import context
from pht_core.intake.tidying.context import IntakeContext, read_questions
from pht_core.intake.tidying.mapped import recode
from pht_core.model.errors import UnknownName

MAPPING = FileMap(
    (
        TableMap(
            "a.csv",
            "patients",
            (ColumnMap("pt"), ColumnMap("status", "vital_status"), ColumnMap("MRN", "subject_id")),
        ),
        TableMap("b.csv", "days", (ColumnMap("pt"),)),
    )
)


def _column(mapping: FileMap, name: str) -> ColumnMap:
    return next(own for own in mapping.tables[0].columns if own.column == name)


def test_each_value_of_a_column_gets_its_own_answer() -> None:
    options = (("dead", "dead"), ("alive", "alive"), ("", "not recorded"))
    cells = (("DOD", 3), ("NED", 4), ("?", 1))
    question = Question(("cells", "a.csv", "status"), "What do they mean?", "", options, cells)
    answered = answer_question(MAPPING, question, {"DOD": "dead", "NED": "alive", "?": ""})
    pairs = _column(answered, "status").values
    assert pairs == (("DOD", "dead"), ("NED", "alive"), ("?", ""))
    recoded = recode(pd.Series(["DOD", "?", "NED", None]), pairs)
    assert recoded.tolist()[0::2] == ["dead", "alive"]
    assert recoded.isna().tolist() == [False, True, False, True]


def test_a_choice_is_kept_with_its_column_and_in_the_saved_mapping() -> None:
    question = Question(("between", "a.csv", "status"), "?", "", (("x", "this"), ("", "leave out")))
    answered = answer_question(MAPPING, question, "x")
    assert _column(answered, "status").answers == (("between", "x"),)
    again = answer_question(answered, question, "")
    assert _column(again, "status").answers == (("between", ""),)
    saved = read_mapping(format_mapping(answered))
    assert _column(apply_saved(saved, MAPPING), "status").answers == (("between", "x"),)


def test_the_column_of_patients_is_moved_by_its_answer() -> None:
    question = ask_field("a.csv", "subject_id", "Which?", "", ["pt", "MRN"])
    answered = answer_question(MAPPING, question, "pt")
    fields = [own.field for own in answered.tables[0].columns]
    assert fields == ["subject_id", "vital_status", ""]
    assert answered.tables[1] == MAPPING.tables[1]
    assert answer_question(MAPPING, question, "").tables[0].rows == ""


def test_an_answer_that_is_no_option_is_refused() -> None:
    key, options = ("cells", "a.csv", "status"), (("dead", "dead"),)
    question = Question(key, "?", "", options, (("DOD", 1),))
    with pytest.raises(UnknownName, match="gone"):
        answer_question(MAPPING, question, {"DOD": "gone"})


def test_a_header_without_a_day_does_not_become_day_0() -> None:
    numbered, bare = (
        ColumnMap(column=header, field="", lost_field="PLT") for header in ("PLT_Day-14", "PLT")
    )
    assert _answered(numbered, "header day", "PLT_Day-14", [""], "before").day == -14
    assert _answered(bare, "header day", "PLT_Day-14", [""], "before") == bare


def test_each_question_about_a_column_is_used_and_complete() -> None:
    folder = Path(context.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    for name, said in read_questions().items():
        assert f'"{name}"' in code or name in ("which last_followup", "which death"), name
        assert "?" in said["text"], name
        values = [value for value, _ in said.get("options", ())]
        sentences = [said["text"], said["why"], *(words for _, words in said.get("options", ()))]
        gaps = {gap for text in sentences for _, gap, _, _ in Formatter().parse(text) if gap}
        for gap in gaps - {"table", "column"}:  # which all have
            assert f"{gap}=" in code or f'"{gap}": ' in code, (name, gap)
        assert len(values) == len(set(values)), name


def test_an_answer_that_a_question_no_longer_offers_is_asked_again() -> None:
    asked = IntakeContext()
    answered = ColumnMap("pt", answers=(("infusion", "second"),))
    assert asked.choose("infusion", "a.csv", answered, n=1, who="A") is None
    (question,) = asked.questions
    assert question.key == ("infusion", "a.csv", "pt")
    assert [value for value, _ in question.options] == ["first", "last"]
    known = ColumnMap("pt", answers=(("infusion", "last"),))
    assert asked.choose("infusion", "a.csv", known, n=1, who="A") == "last"
