"""Words of cells: tests, drugs, kinds of support, events and endpoints."""

from collections.abc import Callable

import pytest

from pht_core.intake.mapping import ROWS
from pht_core.intake.recognising.evidence import Cells, holds_answers, is_word_for
from pht_core.intake.recognising.headers import header_words, only_day, split_choice, split_day
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.synonyms import read_synonyms
from pht_core.intake.words.vocabulary import (
    recognise_drug,
    recognise_endpoint,
    recognise_event,
    recognise_support,
    recognise_test,
)
from pht_core.intake.words.word_lists import (
    read_cell_words,
    read_forms,
    read_header_words,
    read_pattern,
    read_rows,
    split_words,
)
from pht_core.model.schema import EVENT_KINDS, STEROIDS, SUPPORT_KINDS

TESTS = {
    "HGB": "HGB | Hb | Hemoglobin | Haemoglobin | Hemoglobin (mmol/L) | 718-7 | 血红蛋白 | "
    "血紅蛋白 | Hämoglobin | Hemoglobin [g/dL] | hgb | Hemoglobin, blood",
    "PLT": "PLT | PLAT | Platelets | Platelet count | Thrombocytes | 777-3 | 血小板计数 | "
    "Platelet (GI/L) | Plaquettes",
    "NE": "NEUT | ANC | NE | Neutrophils | Neutrophils (absolute) | NEUT# | "
    "中性粒细胞绝对值 | Neutrophils (10^9/L) | Absolute neutrophil count | 751-8 | "
    "PNN",
    "NE_percent": "NEUT% | Neutrophils (%) | Neutrophils % | 中性粒细胞百分比 | "
    "Neutrophils/Leukocytes | 770-8",
    "WBC": "WBC | White blood cells | Leukocytes | WCC | 白细胞 | 6690-2 | Leukozyten",
    "segmented_percent": "Segs | Polys % | Neutrophils, Segmented",
    "bands_percent": "Bands | Stabs %",
    "CRP": "CRP | C-reactive protein | hs-CRP | C反应蛋白 | 1988-5",
    "FERRITIN": "Ferritin | FERRITIN | 铁蛋白",
    "CART_LEVEL": "CAR-T copies | CAR transgene copies | CAR-T拷贝数",
    "LDH": "LDH | Lactate dehydrogenase | 乳酸脱氢酶 | 2532-0",
    "CREATININE": "Creatinine | CREAT | 肌酐 | 2160-0",
    "": "Hematocrit | HCT | MCV | MCH | MCHC | RDW | MPV | RBC | Erythrocytes | "
    "Lymphocytes | Hemoglobin A1c | HbA1c | Monocytes | Creatinine clearance | 红细胞 | "
    "平均血小板体积 | NEUTROPHIL COMMENT | Carboxyhemoglobin | "
    "Reticulocyte hemoglobin | HBV | NO | P | 淋巴细胞",
}
DRUGS = {
    "prednisone": "Prednisone | PREDNISONE ACETATE | prednisone 5 mg tablets | 泼尼松 | 强的松 | "
    "醋酸泼尼松片 | 潑尼松",
    "prednisolone": "Prednisolone | 泼尼松龙 | prednisolone 20mg PO",
    "methylprednisolone": "Methylprednisolone | Solu-Medrol | "
    "Methylprednisolone sodium succinate | "
    "甲泼尼龙 | 甲强龙 | 注射用甲泼尼龙琥珀酸钠 | METHYLPREDNISOLONE 40 MG IV",
    "dexamethasone": "Dexamethasone | Dexamethasone phosphate | 地塞米松 | DXM | Decadron",
    "hydrocortisone": "Hydrocortisone | Solu-Cortef | 氢化可的松",
    "": "Aspirin | Budesonide | Tocilizumab | Fludrocortisone | Cortisone | "
    "Prednicarbate | 环磷酰胺 | Filgrastim | Dextrose",
}
SUPPORTS = {
    "red_cells": "PRBC | Packed red cells | pRBC 2 units | 悬浮红细胞 | 去白悬浮红细胞2单位 | "
    "Red blood cell transfusion | Erythrozytenkonzentrat | RBC",
    "platelets": "Platelets | Apheresis platelets | PLT transfusion | 单采血小板 | 血小板输注",
    "gcsf": "G-CSF | Filgrastim | Pegfilgrastim 6 mg | Lenograstim | "
    "重组人粒细胞刺激因子注射液 | 升白针",
    "epo": "EPO | Darbepoetin alfa | 促红素 | Erythropoietin",
    "tpo_ra": "Eltrombopag | Romiplostim | Avatrombopag | Hetrombopag | 海曲泊帕乙醇胺片 | "
    "TPO-RA | 艾曲泊帕",
    "": "FFP | Albumin | Cryoprecipitate | Prednisone | IVIG | 血浆 | 白蛋白 | "
    "Fresh frozen plasma | rhTPO",
}
EVENTS = {
    "infection": "Infection | Pneumonia | 感染 | Sepsis",
    "hyperglycemia": "Hyperglycemia | Hyperglycaemia | 高血糖",
    "hypertension": "Hypertension | 高血压",
    "osteoporosis": "Osteoporosis | 骨质疏松",
    "gi_ulcer": "GI ulcer | Gastric ulcer | 消化道溃疡",
    "car_t": "CAR-T | car_t",
    "marrow": "Bone marrow | 骨髓",
    "": "Nausea | Hypotension | Hypoglycemia | Osteopenia | CRS | Pulmonary hypertension",
}
ENDPOINTS = {
    "os": "OS | Overall Survival | Overall Survival (months) | 总生存期",
    "pfs": "PFS | Progression Free Survival | 无进展生存期",
    "death": "Death | TTDEATH",
    "next_therapy": "TTNT | Time to next treatment",
    "": "Duration of response | RSP | TTR",
}


@pytest.mark.parametrize(
    ("recognise", "words"),
    [
        (recognise_test, TESTS),
        (recognise_drug, DRUGS),
        (recognise_support, SUPPORTS),
        (recognise_event, EVENTS),
        (recognise_endpoint, ENDPOINTS),
    ],
)
def test_words_name_what_stands_before_them(
    recognise: Callable[[str], str], words: dict[str, str]
) -> None:
    for name, texts in words.items():
        for text in texts.split(" | "):
            assert recognise(text.strip()) == name, text


def test_vocabularies_name_only_what_there_is() -> None:
    for file, known in (
        ("test", set(read_fields())),
        ("support", set(SUPPORT_KINDS)),
        ("event", set(EVENT_KINDS)),
        ("drug", set(STEROIDS)),
    ):
        assert {row[file] for row in read_rows(f"{file}s.csv")} <= known


@pytest.mark.parametrize("file", ["test", "drug", "support", "event", "endpoint"])
def test_a_word_has_one_meaning(file: str) -> None:
    named: dict[tuple[str, ...], str] = {}
    for row in read_rows(f"{file}s.csv"):
        for phrase in split_words(row["words"]):
            assert named.setdefault(header_words(phrase), row[file]) == row[file], phrase


def test_every_field_has_words_and_no_two_fields_share_one_for_the_same_rows() -> None:
    assert {row["field"] for row in read_rows("synonyms.csv")} == set(read_fields())
    # Which of two fields it is, is said by the cells, by certainty, or by the other columns.
    decided = {"PARAM", "LBTEST", "redcap_event_name", "event name", "CMDECOD", "CMTRT"}
    either = {"".join(header_words(word)) for word in decided}
    for words, candidates in read_synonyms().whole.items():
        for one in candidates:
            for other in candidates:
                if one.field != other.field and "".join(words) not in either:
                    assert not one.rows & other.rows, words


@pytest.mark.parametrize(
    ("header", "name", "day"),
    [
        ("HGB_D14", "HGB", 14),
        ("PLT day 28", "PLT", 28),
        ("d7_anc", "anc", 7),
        ("Hb (day 0)", "Hb", 0),
        ("ANC_D-5", "ANC", -5),
        ("ANC D+5", "ANC", 5),
        ("hgb_dm5", "hgb", -5),
        ("WBC_baseline", "WBC", None),
        ("PLT_W4", "PLT", 28),
        ("PLT week -1", "PLT", -7),
        ("PLT M3", "PLT", None),
        ("血小板_D14", "血小板", 14),
        ("回输后14天血小板", "血小板", 14),
        ("回输前5天血小板", "血小板", -5),
        ("第2周血小板", "血小板", 14),
        ("基线血小板", "血小板", None),
        ("hgb_d60_g_l", "hgb_g_l", 60),
        ("D14血小板", "血小板", 14),
        ("血小板d14", "血小板", 14),
        ("HgbDay14", "Hgb", 14),
        ("PLT_14d", "PLT", 14),
        ("PLT 14 days", "PLT", 14),
        ("PLT -14 days", "PLT -14 days", None),
        ("PLT < 20 days", "PLT < 20 days", None),
        ("PLT D14.5", "PLT D14.5", None),
        ("HGBD14", "HGBD14", None),
        ("CD19", "CD19", None),
        ("IL-6", "IL-6", None),
        ("D-dimer", "D-dimer", None),
        ("D28", "D28", None),
        ("HGB", "HGB", None),
    ],
)
def test_the_day_of_a_header(header: str, name: str, day: int | None) -> None:
    part = split_day(header)
    assert (part.name, part.day) == (name, day)


def test_headers_of_a_day_alone() -> None:
    assert [only_day(text) for text in ("D14", "day -5", "28", "-5", "第7天", "HGB_D14", "x")] == [
        14,
        -5,
        28,
        -5,
        7,
        None,
        None,
    ]


def test_the_choice_of_a_checkbox() -> None:
    assert split_choice("support___rbc") == ("support", "rbc")
    assert split_choice("Support (choice=Platelets (apheresis))") == (
        "Support",
        "Platelets (apheresis)",
    )
    assert split_choice("hgb_g_l") == ("", "")


def test_what_is_read_as_an_answer_or_a_sex_is_recognised_as_one() -> None:
    for meaning, parts in (("answer", ("yes", "no")), ("sex", ("M", "F"))):
        for part in parts:
            assert all(map(is_word_for(meaning), read_cell_words(part))), part
    assert holds_answers(Cells(("Да", "нет")))


def test_each_pattern_can_be_read_and_a_wrong_name_is_no_pattern() -> None:
    for row in read_rows("patterns.csv"):
        assert not any(form.fullmatch("") for form in read_forms(row["name"])), row["name"]
    with pytest.raises(KeyError):
        read_pattern("no such name")


def test_each_kind_of_rows_but_none_other_has_names_of_tables() -> None:
    named = {row["role"] for row in read_rows("header_words.csv") if "table of" in row["role"]}
    assert named == {f"table of {rows}" for rows in ROWS}
    assert "adtte" in read_header_words("table of times")
