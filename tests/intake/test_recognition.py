"""Headers as hospitals write them, each with the field written down by hand."""

from time import process_time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pht_core.intake.mapping import ColumnMap
from pht_core.intake.mapping_file import format_mapping, read_mapping
from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.source import SourceTable
from pht_core.intake.words.synonyms import read_synonyms

NOTHING = "-"


def make_table(columns: dict[str, list[object]], name: str = "file.csv") -> SourceTable:
    """A table as opening a file gives it: text as categoricals, numbers as they are."""
    frame = pd.DataFrame(
        {
            header: pd.Series(cells, dtype="object").astype("category")
            if any(isinstance(cell, str) for cell in cells)
            else pd.Series(cells)
            for header, cells in columns.items()
        }
    )
    return SourceTable(name, frame)


def read_style(text: str) -> tuple[SourceTable, str, dict[str, str]]:
    """A table, what its rows stand for, and each column's field, from a style below.

    First line: rows, and the file's name. Other lines: header | cells | field, unit, day.
    """
    first, *lines = [line.strip() for line in text.strip().splitlines()]
    rows, _, name = first.partition(" ")
    columns: dict[str, list[object]] = {}
    expected: dict[str, str] = {}
    for line in lines:
        header, cells, meaning = (part.strip() for part in line.split(" ¦ "))
        values = [cell.strip() for cell in cells.split(";")]
        numbers = [float(cell) for cell in values if _is_number(cell)]
        columns[header] = [*numbers] if len(numbers) == len(values) else [*values]
        expected[header] = meaning
    return make_table(columns, name or "file.csv"), rows, expected


def _is_number(cell: str) -> bool:
    plain = cell.removeprefix("-").replace(".", "", 1)
    return plain.isdigit() and not (len(plain) > 1 and cell.startswith("0") and "." not in cell)


def say(entry: ColumnMap) -> str:
    """A column's field, unit and day as the styles write them."""
    if not entry.field:
        return NOTHING
    day = "" if entry.day is None else f"@{entry.day}"
    return " ".join(filter(None, (entry.field, entry.unit, day)))


STYLES = {
    "a British ward sheet": """days
        Hospital No ¦ A1;A2;A3 ¦ subject_id
        Date of sample ¦ 03/04/2022;04/04/2022;05/04/2022 ¦ date
        Haemoglobin (g/L) ¦ 98;101;87 ¦ HGB g/L
        Platelets (10^9/L) ¦ 34;41;22 ¦ PLT 10^9/L
        Neutrophils (10^9/L) ¦ 0.4;0.8;1.1 ¦ NE 10^9/L
        WCC (10^9/L) ¦ 1.4;1.8;2.1 ¦ WBC 10^9/L
        Haematocrit ¦ 0.31;0.33;0.29 ¦ -
        RBC ¦ 3.1;3.3;2.9 ¦ -
        G-CSF given ¦ Yes;No;No ¦ gcsf
        Comments ¦ seen;unwell;better ¦ -""",
    "an American laboratory export": """days
        MRN ¦ 100231;100231;100764 ¦ subject_id
        Collection Date/Time ¦ 2022-04-03 06:10;2022-04-04 06:00;2022-04-05 05:55 ¦ date
        HGB (g/dL) ¦ 9.8;10.1;8.7 ¦ HGB g/dL
        PLT (K/uL) ¦ 34;41;22 ¦ PLT 10^3/uL
        ANC (K/uL) ¦ 0.4;0.8;1.1 ¦ NE 10^3/uL
        WBC (K/uL) ¦ 1.4;1.8;2.1 ¦ WBC 10^3/uL
        HCT (%) ¦ 31;33;29 ¦ -
        MCV (fL) ¦ 88;90;91 ¦ -
        RDW ¦ 14;15;16 ¦ -
        Ordering Provider ¦ Team 1;Team 2;Team 1 ¦ -""",
    "polys and bands beside white cells": """days
        Pt ID ¦ P01;P01;P02 ¦ subject_id
        Days post infusion ¦ 0;7;14 ¦ day
        Hgb ¦ 9.8;10.1;8.7 ¦ HGB
        Plts ¦ 34;41;22 ¦ PLT
        WBC ¦ 1.4;1.8;2.1 ¦ WBC
        Polys % ¦ 40;52;61 ¦ segmented_percent %
        Bands % ¦ 2;3;0 ¦ bands_percent %
        Lymphs % ¦ 30;20;21 ¦ -""",
    "percent beside absolute": """days
        subject ¦ S1;S1;S2 ¦ subject_id
        day ¦ 1;2;3 ¦ day
        NEUT% ¦ 40;52;61 ¦ NE_percent %
        NEUT# ¦ 0.4;0.52;0.9 ¦ NE
        LYMPH# ¦ 0.4;0.52;0.9 ¦ -
        MONO% ¦ 4;5;6 ¦ -
        HGB ¦ 98;88;79 ¦ HGB""",
    "a Chinese ward sheet": """days
        住院号 ¦ 0012345;0012345;0012399 ¦ subject_id
        姓名 ¦ 甲;甲;乙 ¦ -
        性别 ¦ 男;男;女 ¦ sex
        年龄 ¦ 8;8;31 ¦ age_years
        回输日期 ¦ 2021-03-02;2021-03-02;2021-05-10 ¦ infusion_date
        检验日期 ¦ 2021-03-02;2021-03-09;2021-05-10 ¦ date
        白细胞(×10^9/L) ¦ 1.2;0.8;3.0 ¦ WBC 10^9/L
        中性粒细胞百分比 ¦ 40;31;60 ¦ NE_percent
        中性粒细胞绝对值(×10^9/L) ¦ 0.5;0.2;1.8 ¦ NE 10^9/L
        血红蛋白(g/L) ¦ 88;79;101 ¦ HGB g/L
        血小板(×10^9/L) ¦ 24;18;101 ¦ PLT 10^9/L
        红细胞 ¦ 3.1;2.9;3.5 ¦ -
        C反应蛋白(mg/L) ¦ 12;8;3 ¦ CRP mg/L
        铁蛋白(ng/mL) ¦ 1200;800;300 ¦ FERRITIN ng/mL
        备注 ¦ 发热;无殊;出院 ¦ -""",
    "traditional characters": """days
        患者編號 ¦ T1;T1;T2 ¦ subject_id
        回輸後天數 ¦ 0;7;14 ¦ day
        血紅蛋白 ¦ 88;79;101 ¦ HGB
        血小板計數 ¦ 24;18;101 ¦ PLT
        中性粒細胞絕對值 ¦ 0.5;0.2;1.8 ¦ NE
        輸紅細胞 ¦ 是;否;否 ¦ red_cells
        輸血小板 ¦ 否;是;否 ¦ platelets_transfused
        升白針 ¦ 否;否;是 ¦ gcsf""",
    "Chinese patients": """patients
        编号 ¦ 1;2;3 ¦ subject_id
        性别 ¦ 男;女;女 ¦ sex
        年龄（岁） ¦ 8;40;31 ¦ age_years years
        诊断 ¦ B-ALL;B-ALL;DLBCL ¦ malignancy
        移植史 ¦ 有;无;无 ¦ prior_hsct
        髓外病变 ¦ 有;无;无 ¦ extramedullary
        中枢 ¦ 有;无;无 ¦ cns
        既往治疗线数 ¦ 3;7;5 ¦ lines_of_therapy
        回输剂量(10^6/kg) ¦ 5.1;1.5;7.65 ¦ cart_dose 10^6/kg
        体重(kg) ¦ 25;61;70 ¦ weight_kg kg
        CRS分级 ¦ 1;3;1 ¦ crs_grade
        ICANS分级 ¦ 0;0;1 ¦ icans_grade
        疗效 ¦ CR;CR;PR ¦ response
        末次随访时间 ¦ 2022-03-01;2022-04-01;2022-05-01 ¦ last_followup date
        死亡日期 ¦ 2022-03-01;;2022-05-01 ¦ death date
        复发日期 ¦ 2022-01-01;; ¦ progression date
        身份证号 ¦ 11010519491231002X;; ¦ -
        联系电话 ¦ 13800138000;13900139000;13700137000 ¦ -""",
    "days in the columns": """patients
        Patient ¦ A;B;C ¦ subject_id
        HGB_D0 ¦ 98;88;79 ¦ HGB @0
        HGB_D14 ¦ 98;88;79 ¦ HGB @14
        PLT day 28 ¦ 98;88;79 ¦ PLT @28
        d7_anc ¦ 0.9;0.8;0.7 ¦ NE @7
        Hb (day 1) ¦ 98;88;79 ¦ HGB @1
        ANC_D-5 ¦ 0.9;0.8;0.7 ¦ NE @-5
        WBC_baseline ¦ 1.9;1.8;1.7 ¦ -
        hgb_pre ¦ 98;88;79 ¦ -
        PLT_W4 ¦ 98;88;79 ¦ -
        PLT_W8 ¦ 98;88;79 ¦ PLT @56
        血小板_D60 ¦ 98;88;79 ¦ PLT @60
        第90天血小板 ¦ 98;88;79 ¦ PLT @90
        HGB D+30 (g/dL) ¦ 9.8;8.8;7.9 ¦ HGB g/dL @30
        hgb_d60_g_l ¦ 98;88;79 ¦ HGB g/L @60
        PLT month 6 ¦ 98;88;79 ¦ -
        prednisone_d30 ¦ 0.5;0;1 ¦ prednisone @30
        PHT_D28 ¦ Yes;No;No ¦ pht_d28
        CD19_D28 ¦ 0;1;2 ¦ -""",
    "a sheet for each lineage": """patients book.xlsx, sheet PLT
        ID ¦ A;B;C ¦ subject_id
        D-5 ¦ 98;88;79 ¦ PLT @-5
        D0 ¦ 98;88;79 ¦ PLT @0
        D7 ¦ 98;88;79 ¦ PLT @7
        Day 14 ¦ 98;88;79 ¦ PLT @14
        28 ¦ 98;88;79 ¦ PLT @28""",
    "results, long": """results
        Patient ID ¦ 007;007;012 ¦ subject_id
        Test ¦ HGB;PLT;Creatinine ¦ test
        Result ¦ 98;34;60 ¦ value
        Units ¦ g/L;10^9/L;umol/L ¦ unit
        Ref Low ¦ 120;100;50 ¦ lln
        Ref High ¦ 160;300;90 ¦ uln
        Collected at ¦ 2022-04-03;2022-04-03;2022-04-03 ¦ date
        Flag ¦ L;L;N ¦ -""",
    "Chinese results, long": """results
        患者ID ¦ 1001;1001;1002 ¦ subject_id
        检验项目 ¦ 血红蛋白;血小板;白细胞 ¦ test
        结果 ¦ 88;24;1.2 ¦ value
        单位 ¦ g/L;10^9/L;10^9/L ¦ unit
        参考下限 ¦ 115;125;3.5 ¦ lln
        参考上限 ¦ 150;350;9.5 ¦ uln
        采样时间 ¦ 2021/3/2 6:00;2021/3/2 6:00;2021/3/9 6:05 ¦ date""",
    "ADaM laboratory": """results adlb.xpt
        STUDYID ¦ S;S;S ¦ -
        USUBJID ¦ 01-001;01-001;01-002 ¦ subject_id
        SUBJID ¦ 001;001;002 ¦ -
        TRTSDT ¦ 2014-01-02;2014-01-02;2014-02-02 ¦ infusion_date
        TRTSDTM ¦ 2014-01-02T10:00;2014-01-02T10:00;2014-02-02T09:00 ¦ -
        PARAMCD ¦ HGB;PLAT;HGB ¦ test
        PARAM ¦ Hemoglobin (mmol/L);Platelet (10^9/L);Hemoglobin (mmol/L) ¦ test_label
        AVAL ¦ 8.9;101;7.4 ¦ value
        AVALC ¦ 8.9;101;7.4 ¦ -
        ANRLO ¦ 7.1;150;7.1 ¦ lln
        ANRHI ¦ 9.8;450;9.8 ¦ uln
        ADT ¦ 2013-12-26;2013-12-26;2014-02-03 ¦ date
        ADTM ¦ 2013-12-26T08:00;2013-12-26T08:00;2014-02-03T08:00 ¦ -
        ADY ¦ -7;-7;2 ¦ day
        AVISIT ¦ Baseline;Baseline;Day 2 ¦ visit
        VISIT ¦ SCREENING 1;SCREENING 1;DAY 2 ¦ -
        BASE ¦ 8.9;101;7.4 ¦ -
        LBORRES ¦ 14.3;101;12 ¦ -
        LBORRESU ¦ g/dL;10^9/L;g/dL ¦ -
        LBORNRLO ¦ 11.5;150;11.5 ¦ -
        LBSTRESU ¦ mmol/L;10^9/L;mmol/L ¦ unit""",
    "SDTM laboratory": """results lb.xpt
        USUBJID ¦ 01-001;01-001;01-002 ¦ subject_id
        LBTESTCD ¦ HGB;PLAT;NEUT ¦ test
        LBTEST ¦ Hemoglobin;Platelets;Neutrophils ¦ test_label
        LBORRES ¦ 14.3;101;1.2 ¦ value
        LBORRESU ¦ g/dL;10^9/L;10^9/L ¦ unit
        LBORNRLO ¦ 11.5;150;2 ¦ lln
        LBORNRHI ¦ 16;450;7 ¦ uln
        LBSTRESU ¦ g/L;10^9/L;10^9/L ¦ -
        LBDTC ¦ 2013-12-26T08:00;2013-12-26T08:00;2014-02-03T08:00 ¦ date
        LBDY ¦ -7;-7;2 ¦ day
        LBSPEC ¦ BLOOD;BLOOD;BLOOD ¦ specimen""",
    "ADaM subjects": """patients adsl.csv
        STUDYID ¦ S;S;S ¦ -
        USUBJID ¦ 01-001;01-002;01-003 ¦ subject_id
        SUBJID ¦ 001;002;003 ¦ -
        AGE ¦ 63;64;71 ¦ age_years
        SEX ¦ F;M;F ¦ sex
        TRTSDT ¦ 2014-01-02;2012-08-05;2013-07-19 ¦ infusion_date
        TRTEDT ¦ 2014-07-02;2012-09-02;2014-01-14 ¦ -
        DTHDT ¦ 2015-07-02;; ¦ death date
        DTHDTC ¦ 2015-07-02;; ¦ -
        DTHFL ¦ Y;; ¦ vital_status
        LSTALVDT ¦ 2014-07-02;2012-09-02;2014-01-14 ¦ last_followup date
        BRTHDTC ¦ 1950-12-26;1948-07-22;1942-07-11 ¦ -
        RACE ¦ WHITE;ASIAN;WHITE ¦ -
        COUNTRY ¦ A;B;C ¦ -""",
    "ADaM times": """times adtte.csv
        USUBJID ¦ 01-001;01-001;01-002 ¦ subject_id
        PARAMCD ¦ OS;PFS;OS ¦ test
        PARAM ¦ Overall Survival;Progression Free Survival;Overall Survival ¦ test_label
        AVAL ¦ 182;64;28 ¦ value
        CNSR ¦ 1;0;1 ¦ censor
        STARTDT ¦ 2014-01-02;2014-01-02;2014-02-02 ¦ -
        ADT ¦ 2014-07-02;2014-03-06;2014-03-02 ¦ date""",
    "ADaM medications": """doses adcm.csv
        USUBJID ¦ 01-001;01-001;01-002 ¦ subject_id
        CMTRT ¦ PREDNISONE ACETATE;FILGRASTIM;ASPIRIN ¦ -
        CMDECOD ¦ PREDNISONE;FILGRASTIM;ACETYLSALICYLIC ACID ¦ drug
        CMDOSE ¦ 30;300;100 ¦ dose
        CMDOSU ¦ mg/day;ug/day;mg/day ¦ dose_unit
        CMROUTE ¦ ORAL;SC;ORAL ¦ route
        ASTDT ¦ 2014-01-02;2014-01-02;2014-02-02 ¦ start_date
        AENDT ¦ 2014-01-12;2014-01-06;2014-02-22 ¦ end_date
        ASTDY ¦ 1;1;20 ¦ start_day
        AENDY ¦ 11;5;40 ¦ end_day""",
    "a REDCap export": """days
        record_id ¦ 1;1;2 ¦ subject_id
        redcap_event_name ¦ day_0_arm_1;day_14_arm_1;day_0_arm_1 ¦ visit
        redcap_repeat_instrument ¦ labs;labs;labs ¦ record
        redcap_repeat_instance ¦ 1;2;1 ¦ record
        redcap_survey_identifier ¦ x;y;z ¦ -
        lab_hgb ¦ 98;88;79 ¦ HGB
        lab_plt ¦ 98;88;79 ¦ PLT
        support___rbc ¦ 1;0;0 ¦ red_cells
        support___plt ¦ 1;0;0 ¦ platelets_transfused
        support___1 ¦ 1;0;0 ¦ -
        tox___infection ¦ 1;0;0 ¦ infection
        labs_complete ¦ 2;2;1 ¦ record""",
    "a REDCap export with labels": """days
        Record ID ¦ 1;1;2 ¦ subject_id
        Event Name ¦ Day 0;Day 14;Day 0 ¦ visit
        Support given (choice=Platelets) ¦ Checked;Unchecked;Unchecked ¦ platelets_transfused
        Support given (choice=Red cells) ¦ Checked;Unchecked;Unchecked ¦ red_cells
        Support given (choice=Other) ¦ Checked;Unchecked;Unchecked ¦ -
        Hemoglobin (g/dL) ¦ 9.8;8.8;7.9 ¦ HGB g/dL
        Complete? ¦ Complete;Complete;Incomplete ¦ record""",
    "cBioPortal timeline": """results data_timeline_lab_test.txt
        PATIENT_ID ¦ P-1;P-1;P-2 ¦ subject_id
        START_DATE ¦ 0;14;28 ¦ day
        STOP_DATE ¦ ;; ¦ -
        EVENT_TYPE ¦ LAB_TEST;LAB_TEST;LAB_TEST ¦ -
        TEST ¦ HGB;Platelets;ANC ¦ test
        RESULT ¦ 98;34;0.4 ¦ value
        UNIT ¦ g/L;10^9/L;10^9/L ¦ unit""",
    "cBioPortal patients": """patients data_clinical_patient.txt
        PATIENT_ID ¦ P-1;P-2;P-3 ¦ subject_id
        SEX ¦ Male;Female;Male ¦ sex
        AGE ¦ 8;40;31 ¦ age_years
        OS_MONTHS ¦ 31.2;18.3;22.4 ¦ os_time months
        OS_STATUS ¦ 0:LIVING;1:DECEASED;0:LIVING ¦ os_event
        PFS_MONTHS ¦ 31.2;12.3;22.4 ¦ pfs_time months
        PFS_STATUS ¦ 0:CENSORED;1:PROGRESSION;0:CENSORED ¦ pfs_event
        CANCER_TYPE_DETAILED ¦ B-ALL;B-ALL;DLBCL ¦ -""",
    "cBioPortal treatments": """doses data_timeline_treatment.txt
        PATIENT_ID ¦ P-1;P-1;P-2 ¦ subject_id
        START_DATE ¦ 9;14;28 ¦ start_day
        STOP_DATE ¦ 13;27;40 ¦ end_day
        EVENT_TYPE ¦ TREATMENT;TREATMENT;TREATMENT ¦ -
        AGENT ¦ Prednisone;Prednisone;Dexamethasone ¦ drug
        DOSE ¦ 30;20;10 ¦ dose""",
    "SDTM exposure": """doses ex.xpt
        USUBJID ¦ 01-001;01-001;01-002 ¦ subject_id
        EXTRT ¦ PREDNISONE;PREDNISONE;METHYLPREDNISOLONE ¦ drug
        EXDOSE ¦ 30;20;40 ¦ dose
        EXDOSU ¦ mg;mg;mg ¦ dose_unit
        EXSTDTC ¦ 2014-01-02;2014-01-12;2014-02-02 ¦ start_date
        EXENDTC ¦ 2014-01-11;2014-01-22;2014-02-22 ¦ end_date
        EXSTDY ¦ 1;11;20 ¦ start_day
        EXROUTE ¦ ORAL;ORAL;IV ¦ route""",
    "a data warehouse": """results labs.parquet
        row_id ¦ 1;2;3 ¦ -
        person_id ¦ 7;7;9 ¦ subject_id
        visit_id ¦ 71;71;91 ¦ -
        charttime ¦ 2022-04-03 06:10;2022-04-04 06:00;2022-04-05 05:55 ¦ date
        label ¦ Hemoglobin;Platelet Count;Anion Gap ¦ test
        valuenum ¦ 9.8;34;11 ¦ value
        valueuom ¦ g/dL;K/uL;mEq/L ¦ unit
        ref_range_lower ¦ 12;150;8 ¦ lln
        ref_range_upper ¦ 16;400;16 ¦ uln
        flag ¦ abnormal;abnormal;normal ¦ -""",
    "visits by name": """days
        ID ¦ 1;1;2 ¦ subject_id
        Visit ¦ Baseline;Day 14;Day 28 ¦ visit
        Hb ¦ 98;88;79 ¦ HGB
        PLT ¦ 98;88;79 ¦ PLT""",
    "visits by number": """days
        ID ¦ 1;1;2 ¦ subject_id
        Visit ¦ 1;2;1 ¦ -
        Time point ¦ 1;2;1 ¦ -
        Hb ¦ 98;88;79 ¦ HGB""",
    "a German table": """days
        Patienten-ID ¦ G1;G1;G2 ¦ subject_id
        Geburtsdatum ¦ 01.02.1980;01.02.1980;03.04.1991 ¦ -
        Abnahmedatum ¦ 03.04.2022;04.04.2022;05.04.2022 ¦ date
        Hämoglobin (g/dl) ¦ 9,8;10,1;8,7 ¦ HGB g/dL
        Thrombozyten (/nl) ¦ 34;41;22 ¦ PLT 10^9/L
        Neutrophile (/nl) ¦ 0,4;0,8;1,1 ¦ NE 10^9/L
        Leukozyten (/nl) ¦ 1,4;1,8;2,1 ¦ WBC 10^9/L
        Prednisolon (mg) ¦ 30;20;0 ¦ prednisone mg
        Erythrozytenkonzentrat ¦ ja;nein;nein ¦ red_cells""",
    "a French table": """days
        Numéro patient ¦ F1;F1;F2 ¦ subject_id
        Nom ¦ Durand;Durand;Petit ¦ -
        Date de naissance ¦ 01/02/1980;01/02/1980;03/04/1991 ¦ -
        Date de prélèvement ¦ 03/04/2022;04/04/2022;05/04/2022 ¦ date
        Hémoglobine (g/dL) ¦ 9,8;10,1;8,7 ¦ HGB g/dL
        Plaquettes (G/L) ¦ 34;41;22 ¦ PLT 10^9/L
        PNN (G/L) ¦ 0,4;0,8;1,1 ¦ NE 10^9/L
        Transfusion de plaquettes ¦ oui;non;non ¦ platelets_transfused""",
    "a Spanish table": """days
        ID paciente ¦ E1;E1;E2 ¦ subject_id
        Fecha de muestra ¦ 03/04/2022;04/04/2022;05/04/2022 ¦ date
        Hemoglobina (g/dL) ¦ 9.8;10.1;8.7 ¦ HGB g/dL
        Plaquetas ¦ 34000;41000;22000 ¦ PLT
        Neutrófilos ¦ 400;800;1100 ¦ NE
        Fecha de infusión ¦ 01/04/2022;01/04/2022;02/04/2022 ¦ infusion_date""",
    "steroids from a pharmacy": """doses prednisone.csv
        patient no. ¦ 1;1;2 ¦ subject_id
        medication ¦ Prednisone;Methylprednisolone;Dexamethasone ¦ drug
        daily dose ¦ 30;40;10 ¦ dose
        dose unit ¦ mg;mg;mg ¦ dose_unit
        start ¦ 2022-04-03;2022-04-10;2022-05-01 ¦ start_date
        stop ¦ 2022-04-09;2022-04-12;2022-05-03 ¦ end_date""",
    "steroids day by day": """doses steroids.csv
        id ¦ 1;1;2 ¦ subject_id
        date ¦ 2022-04-03;2022-04-04;2022-05-01 ¦ start_date
        drug ¦ prednisone;prednisone;dexamethasone ¦ drug
        dose (mg/kg) ¦ 0.5;0.5;0.1 ¦ dose mg/kg""",
    "Chinese steroids": """doses 激素.csv
        患者编号 ¦ 1;1;2 ¦ subject_id
        药物名称 ¦ 泼尼松;甲泼尼龙;地塞米松 ¦ drug
        剂量(mg) ¦ 30;40;10 ¦ dose mg
        开始日期 ¦ 2021-03-02;2021-03-09;2021-05-10 ¦ start_date
        结束日期 ¦ 2021-03-08;2021-03-12;2021-05-12 ¦ end_date""",
    "a transfusion register": """support transfusions.csv
        Patient ID ¦ 1;1;2 ¦ subject_id
        Transfusion date ¦ 2022-04-03;2022-04-04;2022-05-01 ¦ date
        Product ¦ PRBC;Apheresis platelets;FFP ¦ support_kind
        Units ¦ 2;1;1 ¦ amount""",
    "Chinese transfusions": """support 输血.csv
        患者编号 ¦ 1;1;2 ¦ subject_id
        输血日期 ¦ 2021-03-02;2021-03-09;2021-05-10 ¦ date
        血制品 ¦ 悬浮红细胞;单采血小板;血浆 ¦ support_kind""",
    "adverse events": """events adae.csv
        USUBJID ¦ 1;1;2 ¦ subject_id
        AEDECOD ¦ Hyperglycemia;Infection;Nausea ¦ event
        ASTDT ¦ 2022-04-03;2022-04-04;2022-05-01 ¦ date
        ASTDY ¦ 3;4;9 ¦ day
        AETOXGR ¦ 1;2;2 ¦ amount""",
    "outcomes with dates": """patients
        UPN ¦ 11;12;13 ¦ subject_id
        Date of CAR-T infusion ¦ 2021-03-02;2021-04-02;2021-05-10 ¦ infusion_date
        Date of last follow-up ¦ 2022-03-02;2022-04-02;2022-05-10 ¦ last_followup date
        Date of relapse ¦ 2021-09-02;; ¦ progression date
        Date of death ¦ 2022-03-02;; ¦ death date
        Vital status ¦ Dead;Alive;Alive ¦ vital_status
        Date of diagnosis ¦ 2019-03-02;2018-03-02;2020-01-10 ¦ -
        Date of admission ¦ 2021-02-02;2021-03-02;2021-04-10 ¦ -""",
    "outcomes with months": """patients
        patient ¦ 11;12;13 ¦ subject_id
        OS (months) ¦ 12;30;28 ¦ os_time months
        OS event ¦ 1;0;0 ¦ os_event
        PFS (days) ¦ 120;900;840 ¦ pfs_time days
        PFS event ¦ 1;0;0 ¦ pfs_event
        Follow-up (months) ¦ 12;30;28 ¦ last_followup months
        TTNT ¦ 6;; ¦ next_therapy
        Death ¦ Yes;No;No ¦ vital_status""",
    "a clinic's list of patients": """patients
        Study ID ¦ CT-01;CT-02;CT-03 ¦ subject_id
        Patient name ¦ Ann Example;Bob Example;Cy Example ¦ -
        DOB ¦ 1980-02-01;1991-04-03;2001-05-06 ¦ -
        Gender ¦ F;M;M ¦ sex
        Age at infusion (years) ¦ 42;31;21 ¦ age_years years
        Diagnosis ¦ B-ALL;DLBCL;MM ¦ malignancy
        EMD (Y/N) ¦ Y;N;N ¦ extramedullary
        CNS involvement ¦ Y;N;N ¦ cns
        Prior allo-HSCT ¦ Y;N;N ¦ prior_hsct
        # prior lines ¦ 3;4;5 ¦ lines_of_therapy
        Max CRS grade ¦ 1;2;3 ¦ crs_grade
        Max ICANS grade ¦ 0;0;1 ¦ icans_grade
        CAR-T cell dose (x10^6/kg) ¦ 1;2;1.5 ¦ cart_dose 10^6/kg
        Best response ¦ CR;PR;CR ¦ response
        Wt (kg) ¦ 71;62;80 ¦ weight_kg kg
        Phone ¦ 555;556;557 ¦ -
        Email ¦ a@example.org;b@example.org;c@example.org ¦ -
        Zip code ¦ 10001;10002;10003 ¦ -""",
    "slips of the pen": """days
        patiant id ¦ 1;1;2 ¦ -
        subject_id ¦ 1;1;2 ¦ subject_id
        day ¦ 1;2;3 ¦ day
        Hemaglobin ¦ 98;88;79 ¦ HGB
        platlet count ¦ 34;41;22 ¦ PLT
        Absolute neutrophil cuont ¦ 0.4;0.8;1.1 ¦ NE
        NO ¦ 2;3;4 ¦ -""",
}


@pytest.mark.parametrize("style", STYLES)
def test_each_column_of_a_style_has_the_field_written_beside_it(style: str) -> None:
    table, rows, expected = read_style(STYLES[style])
    mapped = map_columns([table]).tables[0]
    assert {entry.column: say(entry) for entry in mapped.columns} == expected
    assert mapped.rows == rows


UNRELATED = """
    Hct | HCT (%) | MCV | MCV (fL) | MCH | MCHC | RDW | RDW-CV | MPV | PDW | PCT | P-LCR | RBC |
    RBC (10^12/L) | LYMPH# | LYMPH% | Lymphocytes | ALC | MONO% | MONO# | Monocytes | EO# |
    EO% | Eosinophils | BASO# | Basophils | Reticulocytes | RET% | IG% | Immature granulocytes |
    NRBC | BUN | Creatinine clearance | Urine creatinine | ALT | AST | GGT | ALP | Bilirubin |
    LDH isoenzymes | Albumin | Total protein | Na | K | Ca | Mg | Glucose | HbA1c | Hemoglobin A1c |
    Hb A1c (%) | COHb | Uric acid | CD3 | CD4 | CD8 | CD19 | CD20 | CD22 | IL-6 | IL6 | IL-10 |
    IFN-gamma | TNF-a | PT | APTT | INR | Fibrinogen | FIB | D-dimer | Procalcitonin | BNP |
    Troponin | IgG | IgA | IgM | EBV | CMV DNA | NE comments | Neutrophil comments |
    HGB comments | HGB flag | HGB grade | PLT flag | Anemia grade | Neutropenia grade |
    ANC recovery date | PLT recovery date | Time to ANC recovery | Days to platelet recovery |
    ANC nadir | PLT nadir | Hospital | Ward | Bed | Date of admission | Date of diagnosis |
    Date of discharge | Date of birth of child | Discharge date | Admission date |
    Diagnosis date | Date of leukapheresis | Lymphodepletion date | LD start | Date of HSCT |
    HSCT date | Transplant date | Donor | HLA match | GVHD | aGVHD grade | cGVHD |
    Conditioning | Fludarabine dose | Cyclophosphamide dose | Bridging therapy |
    Prior blinatumomab | Number of transfusions | Total prednisone dose |
    Cumulative prednisone dose | Prednisone duration | Days on prednisone |
    Prednisone start date | Prednisone stop date | Max prednisone dose | Tocilizumab |
    Anakinra | Ruxolitinib | Infection type | Infection date | Infection grade | Blasts % |
    BM blasts | MRD | MRD status | Cellularity | Bone marrow date | BMA date | Tumor burden |
    ECOG | KPS | HCT-CI | CAR-HEMATOTOX | HEMATOTOX score | CAR-T product |
    Costimulatory domain | Target | Vector | Manufacturer | Batch | Race | Ethnicity | Country |
    Site | Center | Investigator | Smoking | Height | Height (cm) | BSA | BMI | Blood pressure |
    SBP | DBP | Temperature | Heart rate | SpO2 | Fever | Max temperature | CRS onset |
    CRS onset day | CRS duration | ICANS onset | CRS treatment | ICANS treatment |
    CRS start date | Relapse site | Cause of death | Reason for death | Progression type |
    Days to relapse type | Platelet transfusion date | Date of last transfusion |
    Number of RBC units in month 1 | G-CSF start date | G-CSF stop date | G-CSF doses |
    G-CSF days | Ferritin peak | Peak CRP | CRP max | Baseline ferritin grade | Age group |
    Age at diagnosis | Age category | Sex of donor | Donor age | Weight change | Ideal weight |
    Dry weight loss | Response assessment date | Response date | Date of response |
    Time of admission | Day of week | Day case | Date entered | Date of consent | Consent date |
    Informed consent | Visit comments | Unit nurse | Unit manager | Result comment |
    Result status | Testosterone | Test comment | Value flag | Drug allergy | Allergies |
    Event comment | Outcome comment | NO | NO. | Notes | Remarks | Other | Index | Row |
    Unnamed: 0 | X | Hemoglobinopathy | Thrombocytopenia | Platelet antibody |
    Anti-platelet drug | Neutrophil function | White cell differential |
    Red cell distribution width | Mean platelet volume | Red cell folate | Platelet crit |
    Transferrin | Iron | TIBC | Serum iron | B12 | Folate | EPO level | TPO level |
    Erythropoietin level | Vitamin D | Vitamin D3 | 25-OH-D3 | E | N | T | P |
    HB core antibody | HBsAg | HBV DNA | Anti-HBc | HBcAb | HCV | Plateau | Net weight |
    Sexual history | Next of kin phone | Next visit | Next visit date | Follow-up plan |
    Follow-up clinic | Last menstrual period | Last chemo date | Death certificate |
    Response to bridging | Response to prior therapy | Response to steroids | Prior CAR-T |
    Prior radiotherapy | Prior steroid use | 红细胞 | 红细胞压积 | 平均血小板体积 | 血小板压积 |
    血小板分布宽度 | 淋巴细胞 | 单核细胞 | 嗜酸性粒细胞 | 网织红细胞 | 糖化血红蛋白 |
    平均红细胞血红蛋白浓度 | 平均血红蛋白量 | 尿肌酐 | 白蛋白 | 总胆红素 | 降钙素原 | 白介素6 |
    科室 | 床号 | 入院日期 | 出院日期 | 诊断日期 | 备注 | 主治医师 | 移植日期 | 供者 | 身高 |
    血压 | 体温 | 血型 | 民族 | 婚姻 | 职业 | 感染部位 | 死亡原因 | 复发部位 |
    中性粒细胞恢复时间 | 血小板恢复时间 | 首次输血日期 | 输血次数 | 输红细胞次数 |
    累计泼尼松剂量 | 单采日期 | 清淋日期 | 预处理方案 | 骨髓原始细胞 | 流式 | STUDYID | SITEID |
    ARM | ACTARM | TRTEDT | RFENDTC | ABLFL | BASE | CHG | PCHG | ATOXGR | LBSEQ | LBCAT |
    LBSPEC | VISITNUM | AVISITN | APHASE | ANL01FL | CRIT1 | EVNTDESC | AESER | AEOUT |
    CMROUTE | CMINDC | CMDOSFRQ | EPOCH | SAFFL | RACE | ETHNIC | AGEGR1 | SAMPLE_ID |
    SPECIMEN_TYPE | SEX_DETAILED | Hb (max) | PLT (n) | HGB (n) | Hb (nadir) |
    HGB (urine) | Prednisone (total) | Prednisone (days) | Prednisone (comments) |
    Neutrophils (CSF) | WBC (CSF) | WBC (urine) | Platelets (clumped) | HGB change | HGB CTC |
    HGB CTCAE | ANC <500 | ANC<0.5 | ANC>500 | PLT<50 | PLT <20 days | Days ANC<500 |
    Duration of neutropenia | Time to neutrophil recovery | Neutrophil engraftment |
    Platelet engraftment | Platelet engraftment date | Hb target | Hb threshold |
    Transfusion threshold | PLT refractoriness | Platelet refractory | RBC antibody |
    RBC units total | Blood group | Blood type | Blood culture | Blood product reaction |
    Blood loss | Blood cells | Blood | Lab | Laboratory | Lab name | Test location |
    Patient status | Patient group | Patient type | Patient category | Patient visit |
    Patients treated | Number | Number of patients | Number of tests | Count | Counts |
    Cell count | Total cell count | Viability | Cells | T cells | B cells | NK cells |
    CD3 count | CD4 count | Lymphocyte count | Monocyte count | Eosinophil count |
    Reticulocyte count | Red cell count | Red blood cell count | Nucleated red cells |
    Hemoglobin F | Hemoglobin S | Fetal hemoglobin | Plasma hemoglobin | Free hemoglobin |
    Hemoglobin electrophoresis | Mean cell hemoglobin | Glycosylated haemoglobin |
    Corpuscular haemoglobin | Age of donor | Age at transplant | Age at relapse | Age at death |
    Age (months) at diagnosis | Stage | Risk | Response criteria | Response grade |
    Response duration | Duration of response | DOR | DoR (months) |
    Progression of disease site | Relapse number | Number of relapses | Prior relapse |
    Refractory | Primary refractory | Death related to CAR-T | Death in 30 days | Day of death |
    Death day | Cause | Follow | Follow-up status | Follow up imaging | Next of treatment |
    Treatment arm | Treatment-related | Treatment site | Dose level | Dose modification |
    Dose reduction | Cyclophosphamide | Fludarabine | Tocilizumab dose | Steroid | Steroids |
    Steroids (Y/N) | Steroid start | Steroid stop | Steroid start date | Cumulative dose |
    Methotrexate | Infection prophylaxis | Infection site | Infection 1 |
    Infections before CAR-T | Hypertension medication | Hypertension history date |
    Osteoporosis treatment | Marrow cellularity | Marrow fibrosis | Marrow blasts |
    Bone marrow blasts | Bone marrow MRD | BM MRD | Ulcer | Visit | Visit number | Unit |
    Ward unit | Date of visit reminder | Day care | Daycare | Day 100 status | Day 28 PET |
    Date of MRI | MRI date | PET date | Biopsy date | Ultrasound | G-CSF before infusion |
    G-CSF total dose | G-CSF duration | EPO dose total | TPO dose | IVIG | IVIG dose | FFP |
    Cryo | Albumin transfusion | Plasma transfusion | Granulocyte transfusion |
    Transfusion reaction | Transfusion dependence | Transfusion independent date |
    Platelet transfusion independence | RBC transfusion independence | Weight loss |
    Weight gain | Lean weight | Birth weight | Sex hormone | Sexually active |
    Name of hospital | Study name | Drug company | Product name code | Kind regards |
    Test date comment | Result unit comment | 输血总量 | 输血反应 | 血小板抗体 | 血红蛋白电泳 |
    血红蛋白恢复时间 | 中性粒细胞缺乏持续时间 | 粒缺天数 | 发热天数 | 住院天数 | 激素使用 |
    激素总量 | 激素开始时间 | 激素 | 移植方式 | 移植类型 | 供者年龄 | 诊断年龄 | 发病年龄 |
    确诊日期 | 确诊时间 | 复发次数 | 既往复发次数 | 随访人 | 随访方式 | 随访备注 | 死亡相关 |
    感染时间 | 感染类型 | 中性粒细胞碱性磷酸酶 | 白细胞介素 | 白细胞介素6 | 白细胞酯酶 |
    红细胞沉降率 | 血沉 | 血小板聚集率 | 尿白细胞 | 脑脊液白细胞 | 骨髓增生 | CAR-T来源 |
    CAR-T靶点 | CAR-T编号 | 回输次数 | 回输途径 | 回输前体重变化 | 性别年龄 | 年龄分组 |
    姓名拼音首字母缩写备注
"""
CELLS: dict[str, list[object]] = {
    "numbers": [1.0, 2.0, 5.0, 7.5, 3.0, 8.0],
    "dates": ["2021-03-02", "2021-03-03", "2021-04-01", "2021-05-02", "2021-05-03", "2021-03-09"],
    "words": ["a", "b c", "words here", "x", "other", "y"],
    "answers": ["Yes", "No", "Yes", "No", "No", "Yes"],
}


@pytest.mark.parametrize("kind", CELLS)
def test_headers_of_other_things_mean_nothing_whatever_their_cells(kind: str) -> None:
    headers = [" ".join(header.split()) for header in UNRELATED.split("|")]
    columns: dict[str, list[object]] = {
        "subject_id": ["P1", "P1", "P2", "P2", "P3", "P3"],
        "day": [0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
        "hgb": [98.0, 99.0, 97.0, 99.0, 98.0, 97.0],
    }
    table = make_table(columns | dict.fromkeys(headers, CELLS[kind]))
    mapped = map_columns([table]).tables[0].columns
    assert {entry.column: entry.field for entry in mapped if entry.field} == {
        "subject_id": "subject_id",
        "day": "day",
        "hgb": "HGB",
    }


def fields_of(columns: dict[str, list[object]], name: str = "file.csv") -> dict[str, str]:
    """Each column's meaning, as `say` writes it."""
    mapped = map_columns([make_table(columns, name)]).tables[0]
    return {entry.column: say(entry) for entry in mapped.columns}


def reasons_of(columns: dict[str, list[object]]) -> dict[str, str]:
    mapped = map_columns([make_table(columns)]).tables[0]
    return {entry.column: entry.reason for entry in mapped.columns}


IDS: list[object] = ["P1", "P1", "P2", "P2", "P3", "P3"]
DAYS: list[object] = [0, 7, 0, 7, 0, 7]


def test_the_more_certain_column_has_the_field_and_the_other_says_so() -> None:
    columns: dict[str, list[object]] = {
        "subject_id": IDS,
        "day": DAYS,
        "lab Hb": [98, 97, 96, 95, 94, 93],
        "Hb": [98, 97, 96, 95, 94, 93],
    }
    assert fields_of(columns)["lab Hb"] == NOTHING
    assert fields_of(columns)["Hb"] == "HGB"
    assert reasons_of(columns)["lab Hb"] == "Also hemoglobin, but 'Hb' is more likely."


def test_a_known_name_is_sure_and_a_slip_is_unsure() -> None:
    table = make_table({"subject_id": IDS, "day": DAYS, "hgb": DAYS, "platlets": DAYS})
    *_, known, slip = map_columns([table]).tables[0].columns
    assert (known.field, known.confidence) == ("HGB", 1.0)
    assert slip.field == "PLT"
    assert 0.5 < slip.confidence < 0.75
    assert slip.reason == "Spelt like 'platelets'."


def test_words_under_a_known_name_lower_its_confidence() -> None:
    words: list[object] = ["see report", "haemolysed", "clotted", "see report", "x", "y"]
    table = make_table({"subject_id": IDS, "day": DAYS, "hgb": words})
    hgb = map_columns([table]).tables[0].columns[2]
    assert (hgb.field, hgb.confidence) == ("HGB", 0.4)
    assert hgb.reason == "'hgb' is a word for hemoglobin. But no cell looks like a number."


def test_laboratory_cells_are_numbers() -> None:
    cells: list[object] = ["<0.1", "98 L", "ND", "1,2", "-", "> 1000"]
    table = make_table({"subject_id": IDS, "day": DAYS, "hgb": cells})
    assert map_columns([table]).tables[0].columns[2].confidence == 1.0


def test_answers_in_russian_are_not_doubted() -> None:
    table = make_table({"id": ["A", "B"], "prior HSCT": ["да", "нет"], "sex": ["m", "f"]})
    (_, answer, _) = map_columns([table]).tables[0].columns
    assert (answer.field, answer.confidence) == ("prior_hsct", 1.0)


def test_percentages_under_neutrophils_are_not_taken_for_counts() -> None:
    columns: dict[str, list[object]] = {
        "subject_id": IDS,
        "day": DAYS,
        "Neutrophils": [40, 52, 61, 70, 33, 48],
    }
    assert fields_of(columns)["Neutrophils"] == NOTHING
    assert "look like percentages" in reasons_of(columns)["Neutrophils"]


def test_polys_and_bands_without_a_percent_sign_may_be_counts() -> None:
    base: dict[str, list[object]] = {"id": IDS, "day": DAYS, "wbc": [1, 2, 3, 4, 5, 6]}
    high: list[object] = [40, 52, 61, 70, 33, 48]
    low: list[object] = [0.4, 1.2, 3.1, 2.2, 0.1, 0.9]
    assert fields_of({**base, "Polys": high})["Polys"] == "segmented_percent"
    assert fields_of({**base, "Polys": low})["Polys"] == NOTHING
    assert fields_of({**base, "Polys %": low})["Polys %"] == "segmented_percent %"
    assert fields_of({**base, "Bands": [0, 2, 5, 1, 0, 3]})["Bands"] == "bands_percent"
    assert fields_of({**base, "Bands": low})["Bands"] == NOTHING


def test_neutrophils_with_a_unit_are_what_the_unit_says() -> None:
    cells: list[object] = [40, 52, 61, 70, 33, 48]
    base = {"subject_id": IDS, "day": DAYS}
    assert fields_of({**base, "Neutrophils (%)": cells})["Neutrophils (%)"] == "NE_percent %"
    assert fields_of({**base, "Neutrophils (/uL)": cells})["Neutrophils (/uL)"] == "NE /uL"


def test_a_yes_and_a_no_coded_1_and_2_are_not_guessed() -> None:
    columns: dict[str, list[object]] = {"subject_id": ["A", "B", "C"], "prior_hsct": [1, 2, 2]}
    assert fields_of(columns | {"age": [8, 9, 10]})["prior_hsct"] == NOTHING
    assert "codes 1, 2 are not explained" in reasons_of(columns)["prior_hsct"]


def test_the_files_own_labels_explain_codes() -> None:
    plain = make_table({"subject_id": ["A", "B", "C"], "prior_hsct": [1, 2, 2], "sex": [1, 2, 1]})
    labels = {"prior_hsct": {"1": "Yes", "2": "No"}, "sex": {"1": "Male", "2": "Female"}}
    table = SourceTable("a.sav", plain.frame, value_labels=labels)
    _, hsct, sex = map_columns([table]).tables[0].columns
    assert hsct.field == "prior_hsct"
    assert hsct.values == (("1", "Yes"), ("2", "No"))
    assert sex.values == (("1", "Male"), ("2", "Female"))


def test_a_label_names_a_column_whose_header_does_not() -> None:
    plain = make_table({"subject_id": IDS, "day": DAYS, "v17": [98, 97, 96, 95, 94, 93]})
    table = SourceTable("a.sav", plain.frame, labels={"v17": "Hemoglobin (g/L)"})
    entry = map_columns([table]).tables[0].columns[2]
    assert say(entry) == "HGB g/L"
    assert entry.reason.startswith("Label: 'Hemoglobin (g/L)'.")


DICTIONARY: dict[str, list[object]] = {
    "Variable / Field Name": ["record_id", "sex", "support", "hx_sct", "q7"],
    "Form Name": ["demo", "demo", "labs", "demo", "labs"],
    "Field Type": ["text", "radio", "checkbox", "yesno", "text"],
    "Field Label": ["Record ID", "Sex", "Support given", "Prior HSCT", "Platelet count"],
    "Choices, Calculations, OR Slider Labels": [
        "",
        "1, Male | 2, Female",
        "1, Red cells | 2, Platelets | 3, Other, which",
        "",
        "",
    ],
}


def test_a_redcap_dictionary_explains_checkboxes_codes_and_names() -> None:
    data = make_table(
        {
            "record_id": [1, 1, 2],
            "redcap_event_name": ["day_0_arm_1", "day_7_arm_1", "day_0_arm_1"],
            "sex": [1, 1, 2],
            "hx_sct": [1, 1, 0],
            "q7": [98, 97, 20],
            "support___1": [1, 0, 0],
            "support___2": [0, 1, 0],
            "support___3": [0, 1, 0],
        },
        "data.csv",
    )
    rows, dictionary = map_columns([data, make_table(DICTIONARY, "dictionary.csv")]).tables
    assert dictionary.rows == ""
    assert [entry.field for entry in dictionary.columns] == [""] * 5
    assert {entry.column: say(entry) for entry in rows.columns} == {
        "record_id": "subject_id",
        "redcap_event_name": "visit",
        "sex": "sex",
        "hx_sct": "prior_hsct",
        "q7": "PLT",
        "support___1": "red_cells",
        "support___2": "platelets_transfused",
        "support___3": NOTHING,
    }
    assert rows.columns[2].values == (("1", "Male"), ("2", "Female"))
    assert rows.columns[3].values == (("1", "Yes"), ("0", "No"))


def test_days_under_a_header_of_dates_are_not_read_as_days() -> None:
    columns: dict[str, list[object]] = {"subject_id": IDS, "date": DAYS, "hgb": DAYS}
    assert fields_of(columns)["date"] == NOTHING
    assert reasons_of(columns)["date"].startswith(
        "'date' is a word for date. But no cell looks like a date."
    )


def test_dates_under_a_header_of_days_are_dates() -> None:
    dates: list[object] = ["2021-03-02", "2021-03-09", "2021-03-16"] * 2
    assert fields_of({"subject_id": IDS, "Day": dates, "hgb": DAYS})["Day"] == "date"


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("Day", ["D0", "D7", "D14", "D28", "D60", "D90"], "visit"),
        ("Date", ["D0", "D7", "D14", "D28", "D60", "D90"], "visit"),
        ("Day", ["baseline", "day 7", "day 14", "month 1", "day 60", "day 90"], "visit"),
        ("天数", ["第0天", "第7天", "第14天", "第28天", "第60天", "第90天"], "visit"),
        ("Day", ["0", "7", "14", "28", "ND", "90"], "day"),
        ("Day", ["-5", "0", "+7", "+14", "+28", "+60"], "day"),
        ("Date", ["3-Apr", "4-Apr", "5-Apr", "6-Apr", "7-Apr", "8-Apr"], NOTHING),
        ("Time", [0, 1, 2, 3, 4, 5], NOTHING),
    ],
)
def test_days_in_words_are_visits(header: str, cells: list[object], field: str) -> None:
    assert fields_of({"id": IDS, header: cells, "hgb": DAYS})[header] == field


def test_yes_under_relapse_is_an_answer_and_no_time() -> None:
    columns: dict[str, list[object]] = {"id": ["A", "B"], "age": [8, 9], "Relapse": ["Yes", "No"]}
    assert fields_of(columns)["Relapse"] == "progressed"


def test_excel_serials_are_dates() -> None:
    serials: list[object] = [44652, 44653, 44654, 44655, 44656, 44657]
    assert fields_of({"subject_id": IDS, "sample date": serials, "hgb": DAYS})["sample date"] == (
        "date"
    )


def test_the_first_day_is_1_only_where_adam_names_count_the_days() -> None:
    counts: dict[str, list[object]] = {
        "USUBJID": IDS,
        "PARAMCD": ["HGB"] * 6,
        "AVAL": [98.0] * 6,
    }
    after: list[object] = [-7, 1, 8, -7, 1, 8]
    assert map_columns([make_table({**counts, "ADY": after})]).first_day == 1
    assert map_columns([make_table({**counts, "ADY": DAYS})]).first_day is None
    assert map_columns([make_table({**counts, "day": after})]).first_day is None
    both = [
        make_table({**counts, "ADY": after}, "a.csv"),
        make_table({"subject_id": IDS, "day": DAYS, "kind": ["PRBC"] * 6}, "b.csv"),
    ]
    assert map_columns(both).first_day is None


def test_a_unit_in_a_column_of_its_own_is_the_fields_unit() -> None:
    columns: dict[str, list[object]] = {
        "subject_id": IDS,
        "day": DAYS,
        "HGB": [9, 8, 9, 8, 9, 8],
        "HGB unit": ["g/dL"] * 6,
        "PLT": [98, 97, 96, 95, 94, 93],
        "PLT unit": ["10^9/L", "10^9/L", "/uL", "10^9/L", "10^9/L", "10^9/L"],
    }
    assert fields_of(columns) == {
        "subject_id": "subject_id",
        "day": "day",
        "HGB": "HGB g/dL",
        "HGB unit": NOTHING,
        "PLT": "PLT",
        "PLT unit": NOTHING,
    }
    assert reasons_of(columns)["HGB unit"] == "Unit of 'HGB'."
    assert reasons_of(columns)["PLT"].endswith("'PLT unit' contains several units: choose one.")


def test_a_baseline_and_a_bare_number_are_not_taken_for_days() -> None:
    columns: dict[str, list[object]] = {
        "subject_id": ["A", "B", "C"],
        "hgb_d0": [98, 97, 96],
        "hgb_baseline": [98, 97, 96],
        "hgb14": [98, 97, 96],
    }
    said = reasons_of(columns)
    assert fields_of(columns)["hgb_baseline"] == NOTHING
    assert "'baseline' is not a definite day after infusion" in said["hgb_baseline"]
    assert fields_of(columns)["hgb14"] == NOTHING
    assert said["hgb14"].startswith("Looks like hemoglobin, with the number 14")


def test_a_minus_in_every_header_may_be_a_hyphen() -> None:
    base: dict[str, list[object]] = {"id": ["A", "B"], "age": [8, 9]}
    hyphens = fields_of({**base, "PLT_Day-0": [98, 97], "PLT_Day-14": [34, 22]})
    assert (hyphens["PLT_Day-0"], hyphens["PLT_Day-14"]) == (NOTHING, NOTHING)
    before = fields_of({**base, "PLT_D-5": [98, 97], "PLT_D0": [34, 22]})
    assert (before["PLT_D-5"], before["PLT_D0"]) == ("PLT @-5", "PLT @0")
    minus = fields_of({**base, "PLT_Day-5": [98, 97], "PLT_Day 14": [34, 22]})
    assert (minus["PLT_Day-5"], minus["PLT_Day 14"]) == ("PLT @-5", "PLT @14")


def test_sheets_that_share_only_the_record_number_are_joined_by_it() -> None:
    patients = make_table(
        {"Study ID": ["S1", "S2"], "MRN": ["004", "009"], "age": [8, 31]}, "patients.csv"
    )
    labs = make_table({"MRN": ["004", "009"], "day": [0, 0], "hgb": [98, 88]}, "labs.csv")
    mapped = map_columns([patients, labs])
    ids = [
        entry.column
        for table in mapped.tables
        for entry in table.columns
        if entry.field == "subject_id"
    ]
    assert ids == ["MRN", "MRN"]
    alone = map_columns([patients]).tables[0].columns
    assert [entry.field for entry in alone] == ["subject_id", "", "age_years"]


def test_a_number_of_the_row_is_not_the_patient() -> None:
    rows: list[object] = [1, 2, 3, 4, 5, 6]
    columns: dict[str, list[object]] = {"id": rows, "patient": IDS, "day": DAYS, "hgb": DAYS}
    assert fields_of(columns)["patient"] == "subject_id"
    assert fields_of({"id": rows, "day": DAYS, "hgb": DAYS})["id"] == "subject_id"


def test_the_number_of_a_study_that_comes_again_is_not_the_patient() -> None:
    columns: dict[str, list[object]] = {
        "STUDYID": ["S1", "S1", "S2"],
        "USUBJID": ["S1-1", "S1-2", "S2-1"],
        "AGE": [8, 9, 10],
    }
    assert fields_of(columns)["USUBJID"] == "subject_id"


def test_codes_in_a_header_are_explained_by_it() -> None:
    table = make_table(
        {
            "id": ["A", "B", "C"],
            "Sex (1 = male, 2 = female)": [1, 2, 1],
            "Prior HSCT (1=yes; 2=no)": [1, 2, 2],
            "CRS grade (0-4)": [0, 1, 4],
            "EMD (Y/N)": ["Y", "N", "N"],
            "CNS (comments)": ["Y", "N", "N"],
        }
    )
    _, sex, hsct, crs, emd, cns = map_columns([table]).tables[0].columns
    assert (sex.field, sex.values) == ("sex", (("1", "male"), ("2", "female")))
    assert (hsct.field, hsct.values) == ("prior_hsct", (("1", "yes"), ("2", "no")))
    assert (crs.field, emd.field, cns.field) == ("crs_grade", "extramedullary", "")


def test_the_day_of_the_sample_goes_before_the_day_of_the_report() -> None:
    dates: list[object] = ["2021-03-02", "2021-03-09", "2021-03-16"] * 2
    columns: dict[str, list[object]] = {
        "subject_id": IDS,
        "report date": dates,
        "sample date": dates,
        "hgb": DAYS,
    }
    assert fields_of(columns)["sample date"] == "date"
    assert fields_of(columns)["report date"] == NOTHING


def test_ids_that_look_like_phone_numbers_stay_ids_and_identity_cards_do_not() -> None:
    phones: list[object] = ["13800138000", "13900139000", "13700137000"]
    cards: list[object] = ["11010519491231002X", "440524188001010014", "11010519491231002X"]
    assert fields_of({"患者编号": phones, "年龄": [8, 9, 10]})["患者编号"] == "subject_id"
    assert fields_of({"contact": phones, "年龄": [8, 9, 10]})["contact"] == NOTHING
    assert fields_of({"患者编号": cards, "年龄": [8, 9, 10]})["患者编号"] == NOTHING


def test_names_of_tests_are_no_names_of_persons() -> None:
    columns: dict[str, list[object]] = {
        "Patient ID": IDS,
        "Name": ["Hemoglobin", "Platelets", "Neutrophils"] * 2,
        "Value": [98, 34, 1, 97, 33, 2],
        "Day": DAYS,
    }
    assert fields_of(columns)["Name"] == "test"


def test_a_record_number_that_must_serve_as_id_says_so() -> None:
    mapped = map_columns([make_table({"MRN": IDS, "day": DAYS, "hgb": DAYS})]).tables[0].columns[0]
    assert (mapped.field, mapped.private, mapped.keep) == (
        "subject_id",
        "medical record number",
        True,
    )
    assert "Replace the IDs with pseudonyms before exporting" in mapped.reason


def test_dead_or_alive_by_yes_and_no_is_told_by_the_header() -> None:
    columns: dict[str, list[object]] = {"subject_id": ["A", "B"], "age": [8, 9]}
    died = map_columns([make_table({**columns, "Died": ["Yes", "No"]})]).tables[0].columns[2]
    alive = map_columns([make_table({**columns, "Alive": ["Yes", "No"]})]).tables[0].columns[2]
    assert (died.field, dict(died.values)) == ("vital_status", {"Yes": "dead", "No": "alive"})
    assert (alive.field, dict(alive.values)) == ("vital_status", {"Yes": "alive", "No": "dead"})


HEADERS = st.lists(
    st.one_of(
        st.sampled_from(sorted("".join(words) for words in read_synonyms().whole)),
        st.sampled_from(
            ["_", "(", ")", "%", "#", "D14", "d-5", "week 4", "(g/dL)", "___1", "第7天"]
        ),
        st.text(max_size=8),
    ),
    max_size=4,
).map(" ".join)
SOME_CELLS = st.one_of(
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.integers(-10, 90_000), min_size=3, max_size=3),
    st.lists(
        st.sampled_from(
            ["", "HGB", "yes", "98 L", "2021-03-02", "ND", "是", "P1", "11:40", "x" * 999]
        ),
        min_size=3,
        max_size=3,
    ),
)


@given(st.dictionaries(HEADERS, SOME_CELLS, max_size=6), st.text(max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_table_is_mapped_each_field_once_and_the_mapping_can_be_saved(
    columns: dict[str, list[object]], name: str
) -> None:
    table = make_table(columns, name)
    mapping = map_columns([table])
    mapped = mapping.tables[0].columns
    assert [entry.column for entry in mapped] == list(columns)
    used = [(entry.field, entry.day) for entry in mapped if entry.field not in ("", "record")]
    assert len(set(used)) == len(used)
    assert all(entry.reason for entry in mapped)
    again = map_columns([table], read_mapping(format_mapping(mapping))).tables[0]
    assert [entry.field for entry in again.columns] == [entry.field for entry in mapped]
    assert again.rows == mapping.tables[0].rows


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_no_row_and_of_one(rows: int) -> None:
    frame = pd.DataFrame({"subject_id": ["A"], "day": [0], "hgb": [98.0]}).iloc[:rows]
    mapped = map_columns([SourceTable("a.csv", frame)]).tables[0]
    assert [entry.field for entry in mapped.columns] == ["subject_id", "day", "HGB"]
    assert mapped.rows == "days"


@pytest.mark.parametrize("header", ["_" * 50_000, "HGB " * 20_000, "d 1" * 20_000, "(" * 50_000])
def test_a_header_that_is_a_text_is_no_name_and_takes_no_time(header: str) -> None:
    start = process_time()
    mapped = map_columns([make_table({header: [1, 2], "id": [1, 2]})]).tables[0].columns
    assert mapped[0].field == ""
    assert process_time() - start < 1


@pytest.mark.parametrize(
    ("header", "cells", "meaning"),
    [
        ("Vital status", [0, 1, 0], "vital_status"),  # what 0 and 1 mean is asked
        ("生存状态", [0, 1, 0], "vital_status"),
        ("Fate", ["alive", "Died", "alive"], "vital_status"),
        ("Fate", ["alive", "alive", "alive"], NOTHING),
        ("Vital status", ["D", "A", "lost"], "vital_status"),
        ("Status", ["CR", "PD", "CR"], NOTHING),
        ("Vital status", ["alive", "dead", "alive"], "vital_status"),
        ("Vital status (0=alive, 1=dead)", [0, 1, 0], "vital_status"),
        ("Death", [0, 1, 0], "vital_status"),
        ("死亡", ["否", "是", "否"], "vital_status"),
        ("OS event", [0, 1, 0], "os_event"),
        ("OS censor", [0, 1, 0], "os_event"),  # some write 1 for the event there: asked
        ("OS censor", ["censored", "event", "censored"], "os_event"),
        ("OS", [0, 1, 0], "os_event"),
        ("OS", [12, 1, 0], "os_time"),
    ],
)
def test_who_died_has_its_column(header: str, cells: list[object], meaning: str) -> None:
    assert fields_of({"id": ["A", "B", "C"], "age": [8, 9, 9], header: cells})[header] == meaning


def test_a_million_rows_are_mapped_from_the_first_of_them() -> None:
    rows = 1_000_000
    ids = pd.Series([f"P{number}" for number in range(5_000)] * 200, dtype="category")
    frame = pd.DataFrame(
        {
            "subject_id": ids,
            "day": np.arange(rows) % 400,
            "test": pd.Series(["HGB", "PLT"] * 500_000, dtype="category"),
            "value": np.linspace(1.0, 100.0, rows),
            "unit": pd.Series(["g/L", "10^9/L"] * 500_000, dtype="category"),
        }
    )
    table = SourceTable("counts.csv", frame)
    map_columns([table])  # the lists of words are read once
    took = []
    for _ in range(3):
        start = process_time()
        mapped = map_columns([table])
        took.append(process_time() - start)
    assert mapped.tables[0].rows == "results"
    assert min(took) < 0.05
