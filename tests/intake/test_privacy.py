"""Which columns show who a patient is."""

import pytest

from pht_core.intake.recognising.privacy import is_identity_card, private_kind

HEADERS = {
    "name": "Name | Patient name | 姓名 | 患者姓名 | Nachname | Prénom | Apellidos | Initials",
    "birth date": "DOB | Date of birth | BRTHDTC | 出生日期 | Geburtsdatum | Date de naissance",
    "phone number": "Phone | Mobile | Tel | 联系电话 | 手机号 | 手機號 | Telefon",
    "identity number": "ID card | 身份证号 | 身份證號 | 医保号 | SSN | NHS number | Passport No.",
    "e-mail address": "Email | E-mail | 邮箱",
    "medical record number": "MRN | Hospital No. | 住院号 | 病案号 | Fallnummer",
    "address": "Address | 家庭住址 | Anschrift",
    "postcode": "Postcode | ZIP code | 邮编 | PLZ",
}
NOT_PRIVATE = """
    Patient ID | subject_id | USUBJID | record_id | Drug name | Test name | Visit name | Hospital |
    Infusion date | Date of death | Age | Sex | HGB | Phenotype | Ward | Event name | 患者编号 |
    药物名称 | 项目名称 | 科室 | Cell dose | Cell count | Telomere length | File name |
    Admission date
"""


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_of_private_columns(kind: str) -> None:
    for header in HEADERS[kind].split("|"):
        assert private_kind(header.strip(), []) == kind, header


def test_headers_that_are_not_private() -> None:
    assert {private_kind(header.strip(), []) for header in NOT_PRIVATE.split("|")} == {""}


def test_identity_cards_are_told_by_their_check_digit() -> None:
    # 11010519491231002X is the example of GB 11643-1999; the sum of the others was done by hand.
    assert is_identity_card("11010519491231002X")
    assert is_identity_card("11010519491231002x")
    assert is_identity_card("440524188001010014")
    assert not is_identity_card("440524188001010015")
    assert not is_identity_card("1101051949123100")
    assert not is_identity_card("A1010519491231002X")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["11010519491231002X", "440524188001010014", ""], "identity number"),
        (["13800138000", "139 0013 9000", "+86 13700137000"], "phone number"),
        (["+49 30 1234567", "+1 (555) 010-9999", "0049 89 123456"], "phone number"),
        (["ann@example.org", "bob.b@example.co.uk"], "e-mail address"),
    ],
)
def test_cells_tell_whatever_the_header_says(cells: list[str], kind: str) -> None:
    assert private_kind("col7", cells) == kind


@pytest.mark.parametrize(
    "cells",
    [
        ["98", "34", "0.4"],
        ["110105194912310021", "110105194912310022"],  # 18 digits, the check digit is wrong
        ["20220403", "20220404"],
        ["2022-04-03", "2022-04-04"],
        ["10023145", "10023146"],
        ["00123456789", "00123456790"],  # ids with leading zeros
        ["150000", "230000"],
        ["Ann Example", "Bob Example"],  # a town or a drug looks like it
        ["北京", "上海"],
    ],
)
def test_cells_that_tell_nothing_by_themselves(cells: list[str]) -> None:
    assert private_kind("col7", cells) == ""


def test_a_persons_name_is_looked_for_under_patient() -> None:
    assert private_kind("Patient", ["Ann Example", "Bob C. Example", "Cy Example"]) == "name"
    assert private_kind("患者", ["王小明", "李雷", "韩梅梅"]) == "name"
    assert private_kind("Patient", ["P1", "P2", "P3"]) == ""
    assert private_kind("患者", ["001", "002"]) == ""


def test_a_record_number_of_eleven_digits_is_no_phone() -> None:
    assert private_kind("住院号", ["13800138000", "13800138001"]) == "medical record number"
