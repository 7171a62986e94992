"""Columns that tell who a patient is: names, birth dates, phone and identity numbers."""

import re
from collections.abc import Iterable

from pht_core.intake.headers import header_words

NAME = "name"
BIRTH_DATE = "birth date"
PHONE = "phone number"
IDENTITY = "identity number"
EMAIL = "e-mail address"
RECORD_NUMBER = "medical record number"
ADDRESS = "address"
POSTCODE = "postcode"

_HEADERS = {
    NAME: "name|names|patient name|full name|first name|last name|family name|given name|surname|"
    "forename|middle name|initials|patient initials|pt name|subject name|name of patient|姓名|名字|"
    "患者姓名|病人姓名|姓名缩写|nachname|vorname|patientenname|nom|prenom|"
    "nom du patient|nombre|apellido|apellidos|nombre y apellidos|nombre del paciente|contact name|"
    "next of kin|guardian|mother s name|father s name|监护人|联系人|家属姓名|redcap survey identifier",
    BIRTH_DATE: "birth date|date of birth|dob|birthdate|birthday|brthdtc|brthdt|birth|year of birth|"
    "birth year|出生日期|出生年月|出生年月日|生日|出生时间|geburtsdatum|geb datum|geburtstag|"
    "date de naissance|naissance|ddn|fecha de nacimiento|fecha nacimiento|patient date of birth|dt birth",
    PHONE: "phone|phone number|telephone|telephone number|tel|tel no|mobile|mobile number|"
    "mobile phone|cell phone|cell number|contact number|contact phone|phone no|电话|手机|手机号|"
    "联系电话|电话号码|手机号码|联系方式|家属电话|telefon|telefonnummer|handy|telephone portable|"
    "telefono|movil|fax",
    IDENTITY: "identity number|identity card|id card|id card number|id card no|national id|"
    "national identity number|nhs number|nhs no|ssn|social security number|social security|"
    "passport|passport number|passport no|身份证|身份证号|身份证号码|证件号|证件号码|医保号|医保卡号|"
    "社保号|护照号|insurance number|health insurance number|medicare number|versichertennummer|"
    "krankenversicherungsnummer|numero de securite sociale|nir|dni|nie|nif|curp|bsn|cpf",
    EMAIL: "email|e mail|email address|e mail address|邮箱|电子邮箱|电子邮件|mail|correo|"
    "correo electronico|courriel",
    RECORD_NUMBER: "mrn|mr no|mr number|med rec no|medical record number|medical record no|"
    "hospital no|hospital number|hospital id|chart no|chart number|inpatient no|inpatient number|"
    "outpatient number|admission number|registration number|住院号|病案号|病历号|登记号|门诊号|就诊号|"
    "住院编号|fallnummer|numero de dossier|ipp|nip|numero de historia clinica|nhc|patient mrn|"
    "admission no|medical record|health record number",
    ADDRESS: "address|home address|street|street address|patient address|地址|住址|家庭住址|"
    "家庭地址|现住址|户籍地址|籍贯|联系地址|adresse|anschrift|strasse|direccion|domicilio|rue",
    POSTCODE: "postcode|postal code|zip|zip code|zipcode|邮编|邮政编码|plz|postleitzahl|code postal|"
    "codigo postal",
}
KINDS = {
    header_words(phrase): kind
    for kind, phrases in _HEADERS.items()
    for phrase in phrases.split("|")
}

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}")
_ABROAD = re.compile(r"(?:\+|00)[1-9]\d{0,2}[\s(/.-]*\d[\d\s()/.-]{6,14}\d")
_CARD = re.compile(r"\d{17}[\dXx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def private_kind(header: str, values: Iterable[str]) -> str:
    """What a column shows of who its patients are; empty if nothing.

    Parameters
    ----------
    header : its words decide for names, birth dates, addresses and record numbers: a word of
        a cell alone (a town, a drug) is no name.
    values : some of its cells as text. Identity cards with their check digit, e-mail addresses
        and phone numbers are found whatever the header says.

    Returns
    -------
    str
        `NAME`, `BIRTH_DATE`, `PHONE`, `IDENTITY`, `EMAIL`, `RECORD_NUMBER`, `ADDRESS`,
        `POSTCODE` or empty.

    References
    ----------
    Check digit of Chinese identity numbers: GB 11643-1999 (ISO 7064, MOD 11-2).
    """
    texts = [text.strip() for text in values if text.strip()]
    kind = KINDS.get(header_words(header), "")
    if texts:
        for pattern, found in ((is_identity_card, IDENTITY), (_MAIL.fullmatch, EMAIL)):
            if sum(bool(pattern(text)) for text in texts) > len(texts) / 2:
                return found
        if kind != RECORD_NUMBER and _are_phones(texts):
            return PHONE
    return kind


def is_identity_card(text: str) -> bool:
    """Whether a text is a Chinese identity number with a right check digit.

    >>> is_identity_card("11010519491231002X"), is_identity_card("110105194912310021")
    (True, False)
    """
    if not _CARD.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()


def _are_phones(texts: list[str]) -> bool:
    phones = sum(bool(_MOBILE.fullmatch(text) or _ABROAD.fullmatch(text)) for text in texts)
    return phones > len(texts) / 2


def mask_value(text: str) -> str:
    """What is shown in the place of a private cell."""
    return "(hidden)" if text else ""
