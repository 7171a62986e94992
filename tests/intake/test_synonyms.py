"""Headers by the field that they must be recognised as, each among a table's other columns."""

import pytest

from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.words.fields import read_fields
from tests.intake.test_recognition import make_table

HEADERS = {
    "HGB": (
        "HB (g/dl) | Hb g/L | HGB_gdl | Hgb (gm/dL) | Haemoglobin g/l | HB. | Hb_value | "
        "Hemoglobin Level | Hemoglobin, g/dL | Lab: Hemoglobin | Hemoglobin result | "
        "CBC_HGB | Blood Hb | 血红蛋白 (HGB) | 血红蛋白HGB | HGB血红蛋白 | 血红蛋白（g/L） | "
        "Hb（g/L） | 血红蛋白测定值 | HGB(g/L) | 血色素g/L | hemoglobin_value | hgb_result | "
        "Hemoglobin (Hb) | Total Hb | Hemoglobina g/dL | Hémoglobine | Hb g/dL (12-16)"
    ),
    "PLT": (
        "Plt count | PLT x10^9/L | Platelets (×10⁹/L) | Platelet Count (K/µL) | "
        "platelets_k_ul | PLT (10*9/L) | Platelets x 10^9/L | 血小板计数(PLT) | 血小板PLT | "
        "PLT(10^9/L) | 血小板 ×10^9/L | Thrombocyte count (10^9/L) | Platelets [G/L] | "
        "PLT Count, K/uL | plt_count | Platelet (10E9/L) | Thrombozyten [Gpt/L] | "
        "platelets_value | 血小板数(×10^9/L) | 血小板(PLT)(10^9/L)"
    ),
    "NE": (
        "ANC (×10⁹/L) | ANC x10^3/uL | Abs Neut | Absolute Neutrophil Count (ANC) | "
        "Neutrophil # | NEUT # (10^9/L) | Neutrophils Abs | Neutrophils, absolute | "
        "Abs. neutrophils | neutrophils_abs | neut_abs | anc_value | ANC K/uL | "
        "Neutrophil count (x10^9/L) | 中性粒细胞计数(10^9/L) | 中性粒细胞(NEUT#) | "
        "中性粒细胞绝对值(ANC) | ANC中性粒细胞绝对值 | 中性粒细胞# | 粒细胞绝对值 | NE# | "
        "Neutros | Gran# | Neutrophil granulocytes | GRA | Neutrophils (ANC)"
    ),
    "NE_percent": (
        "NEUT % | Neutrophils (%) | Neutrophil % | %Neut | 中性粒细胞% | 中性粒细胞(%) | "
        "中性粒细胞比率(%) | NEUT%中性粒细胞百分比 | Neut percent | Neutrophils_pct | NE %"
    ),
    "WBC": (
        "WBC (x10^9/L) | White Blood Cell Count | Total WBC count | 白细胞(WBC) | "
        "WBC白细胞 | Leukocytes (10^9/L) | WBC count (K/uL) | white cell count | WBC #"
    ),
    "day": (
        "Day | Days | Study Day | DAY | Days post-CAR-T | Days post CART infusion | "
        "Day post infusion | D post infusion | Days since infusion | "
        "Days from CAR-T infusion | Days after CAR T-cell infusion | Post-infusion day | "
        "Time (days) | Time since infusion (days) | Day relative to infusion | "
        "Days post-infusion (d) | 回输后天数 | 回输后(天) | 输注后天数 | 回输后第几天 | "
        "天数 | CAR-T回输后天数 | 距回输天数(天) | Tag nach Infusion | day_post_infusion | "
        "days_post_inf | dpi | Day (D0 = infusion)"
    ),
    "date": (
        "Date | Lab Date | Date/Time | Collection Date | Date of CBC | CBC date | "
        "Date of lab | Sample Date | Draw date | 检测日期 | 检查时间 | 化验时间 | 采样日期 | "
        "日期 | Datum | Fecha | blood_date | Date of blood test | Lab collection date | "
        "specimen_collected_date | Collected | Drawn | 采血日期 | 检验时间 | lab_dt | "
        "test_dt | Result date"
    ),
    "infusion_date": (
        "Infusion date | Date infusion | CART date | CAR-T Infusion Date | Date of CAR-T | "
        "CAR T infusion date | Day 0 | D0 date | Date of CAR-T cell infusion | "
        "CAR-T cell infusion date | date_infusion | dt_infusion | infusion_dt | 回输日期 | "
        "CAR-T回输日期 | CART回输时间 | 回输时间 | 细胞输注日期 | 输注时间 | CAR-T输注日期 | "
        "Date of T-cell infusion | Reinfusion date | Infusion Day | CAR-T date | "
        "car_t_infusion_date | date_of_infusion"
    ),
    "subject_id": (
        "Patient ID | PatientID | patient_id | Pt ID | Patient No. | Patient # | "
        "Subject ID | SubjectID | Subject | ID | UPN | Study ID | StudyNo | Record ID | "
        "Case No | 患者编号 | 病人编号 | 受试者编号 | 患者ID | 编号 | 序号 | Patienten-Nr. | "
        "Pat.-ID | Participant ID | USUBJID | pat_id | patid | PTID | patient_number | "
        "Anonymized ID | Coded ID | Patient code | 研究编号 | 患者号 | Unique ID | "
        "Patient identifier | no. | Pat_No | deid_id"
    ),
    "prior_hsct": (
        "Prior HSCT | Prior SCT | Prior transplant | Previous HSCT | HSCT | "
        "Allo-HSCT prior to CAR-T | Prior allo-SCT | Prior BMT | Transplant history | "
        "History of HSCT | HSCT before CAR-T (Y/N) | 移植史 | 既往移植史 | 是否移植 | "
        "既往HSCT | allo-HSCT史 | 造血干细胞移植史 | prior_sct | previous_transplant | "
        "Prior allogeneic HSCT | Prior allogeneic HSCT (yes/no) | SCT prior | "
        "Pre-CAR-T transplant | Prior autologous HSCT | 回输前是否移植 | 前期移植"
    ),
    "extramedullary": (
        "EMD | Extramedullary disease | Extramedullary | EM disease | "
        "Extramedullary involvement (Y/N) | 髓外病变 | 髓外 | 有无髓外病变 | "
        "EMD at infusion | EMD status | Extra-medullary disease"
    ),
    "cns": (
        "CNS | CNS involvement | CNS disease | CNS leukemia | CNS infiltration | CNSL | "
        "中枢侵犯 | 中枢神经系统受累 | 有无中枢浸润 | CNS (Y/N) | CNS involved | "
        "History of CNS disease"
    ),
    "age_years": (
        "Age | Age (years) | Age (yrs) | Age, years | Age at infusion | Age at CAR-T | "
        "age_at_infusion | 年龄 | 年龄(岁) | 年龄（岁） | Age (y) | AGE_YEARS | age_yrs | "
        "Age at CAR-T infusion (years) | Alter (Jahre) | Patient age"
    ),
    "sex": (
        "Sex | Gender | SEX | 性别 | Sex (M/F) | Geschlecht | Gender (M/F) | sex_at_birth | "
        "M/F | Sex (1=male, 2=female)"
    ),
    "prednisone": (
        "Prednisone | Prednisone dose | Prednisone (mg) | Prednisone mg/kg | prednisone_mg | "
        "Pred (mg/d) | Prednisone (mg/day) | Daily prednisone (mg) | "
        "Prednisone dose (mg/kg/d) | 泼尼松 | 强的松(mg) | 泼尼松剂量(mg/d) | "
        "泼尼松(mg/kg) | Prednisolone (mg) | pred_dose | Pred mg"
    ),
    "red_cells": (
        "RBC transfusion | PRBC | PRBC transfusion | RBC tx | Red cell transfusion | "
        "红细胞输注 | 输红细胞 | 输注红细胞 | RBC transfused (units) | pRBC units | "
        "Transfusion RBC | Red cells transfused | 悬红 | 输红细胞(U) | RBC transfusion (Y/N)"
    ),
    "platelets_transfused": (
        "Platelet transfusion | PLT transfusion | Plt tx | Platelets transfused | "
        "血小板输注 | 输血小板 | 输注血小板 | Platelet transfusion (Y/N) | "
        "PLT transfused (units) | 输血小板(U) | Transfusion PLT | 机采血小板 | "
        "Platelets given"
    ),
    "gcsf": (
        "G-CSF | GCSF | G-CSF use | G-CSF (Y/N) | Filgrastim | 升白针 | G-CSF使用 | "
        "粒细胞集落刺激因子 | GCSF given | G-CSF administration | G-CSF support | "
        "是否使用G-CSF"
    ),
    "tpo_ra": (
        "TPO-RA | TPO | Eltrombopag | TPO-RA use | 海曲泊帕 | 艾曲泊帕 | "
        "TPO receptor agonist | Romiplostim | Avatrombopag | rhTPO"
    ),
    "last_followup": (
        "Last follow-up | Last FU | Date of last follow up | Last follow-up date | "
        "Last contact date | Date last seen | Follow-up (months) | Follow up time (mo) | "
        "末次随访 | 末次随访日期 | 随访时间(月) | 随访时间 | LFU date | "
        "Date of last contact | last_fu_date | FU months | Follow-up duration (months) | "
        "Last known alive date"
    ),
    "death": (
        "Date of death | Death date | DOD | 死亡日期 | 死亡时间 | Death (months) | "
        "Time to death (days) | Date of Death (if applicable) | death_dt | date_death"
    ),
    "progression": (
        "Date of relapse | Relapse date | Progression date | PD date | Date of progression | "
        "复发日期 | 进展日期 | 复发时间 | Time to relapse (days) | Date of PD | "
        "Relapse/progression date | Date of relapse/progression | relapse_dt | date_relapse"
    ),
    "os_time": (
        "OS | OS (months) | OS_MONTHS | OS time | Overall survival (months) | OS (days) | "
        "总生存期(月) | OS时间(月) | os_months | OS_time_months | Survival (months)"
    ),
    "pfs_time": (
        "PFS | PFS (months) | PFS_MONTHS | PFS time | 无进展生存期(月) | PFS时间(月) | pfs_days"
    ),
    "efs_time": "EFS (months) | event-free survival | 无事件生存期(月)",
    "dfs_time": "DFS_MONTHS | RFS (months) | relapse-free survival (days) | 无复发生存期",
    "weight_kg": (
        "Weight | Weight (kg) | Body weight (kg) | 体重 | 体重(kg) | BW (kg) | Wt | "
        "weight_kg | Weight, kg | Weight at infusion (kg) | 体重kg"
    ),
    "cart_dose": (
        "CAR-T dose | CAR-T cell dose | Cell dose (10^6/kg) | Infused cells (10^6/kg) | "
        "回输剂量 | CAR-T回输剂量(10^6/kg) | 回输细胞数(×10^6/kg) | Dose of CAR-T cells | "
        "CART dose | CAR T-cell dose (×10⁶/kg) | Infusion dose"
    ),
    "crs_grade": (
        "CRS grade | CRS | Max CRS grade | Highest CRS grade | CRS (max grade) | CRS分级 | "
        "CRS最高分级 | CRS Gr | CRS max | CRS grade (ASTCT) | CRS grade (0-4)"
    ),
    "icans_grade": (
        "ICANS grade | ICANS | Max ICANS | ICANS分级 | ICANS (max grade) | "
        "Neurotoxicity grade | ICANS max grade | ICANS grade (ASTCT)"
    ),
    "malignancy": (
        "Diagnosis | Disease | Disease type | Malignancy | 诊断 | 疾病类型 | "
        "Primary disease | Dx | Disease diagnosis | 病种 | Histology | Tumor type | "
        "Diagnosis (ALL/NHL/MM)"
    ),
    "response": (
        "Response | Best response | Response at D28 | D28 response | 疗效 | 最佳疗效 | "
        "Day 28 response | Response (CR/PR/SD/PD) | 1-month response | BOR | "
        "Response at 1 month"
    ),
    "lines_of_therapy": (
        "Lines of therapy | Prior lines | Number of prior lines | Prior lines of therapy | "
        "既往治疗线数 | Lines | No. of prior lines | Prior therapies | "
        "Number of prior therapies | 治疗线数 | Prior lines (n) | # lines"
    ),
    "CRP": (
        "CRP | CRP (mg/L) | C-reactive protein | hsCRP | C反应蛋白 | CRP(mg/L) | "
        "超敏C反应蛋白(mg/L) | C-reactive protein (mg/dL) | CRP mg/dl"
    ),
    "FERRITIN": (
        "Ferritin | Ferritin (ng/mL) | 铁蛋白 | 血清铁蛋白(ng/mL) | Ferritin ug/L | "
        "serum ferritin | Ferritin (µg/L)"
    ),
    "LDH": "LDH | LDH (U/L) | Lactate dehydrogenase | 乳酸脱氢酶 | LDH [ukat/L]",
    "CREATININE": "Creatinine | Creatinine (mg/dL) | Serum creatinine | CREA | 肌酐(umol/L)",
    "vital_status": (
        "Vital status | Status (alive/dead) | Alive/Dead | 生存状态 | Survival status | "
        "Death (Y/N) | 是否死亡 | Died | Dead | Status | Deceased"
    ),
}

IDS: list[object] = ["P1", "P1", "P2", "P2"]
CELLS: dict[str, list[object]] = {
    "number": [0.5, 1, 2, 4],
    "whole": [0, 1, 2, 4],
    "yes_no": ["Yes", "No", "No", "Yes"],
    "day": [0, 7, 0, 7],
    "date": ["2021-03-02", "2021-03-09", "2021-05-10", "2021-05-17"],
    "sex": ["M", "M", "F", "F"],
    "text": ["CR", "CR", "PR", "PR"],
}
# A date under a header of a time, months, and who is dead.
TIMES: list[object] = ["2021-03-02", "2021-03-02", "2021-05-10", "2021-05-10"]
MONTHS: list[object] = [12, 12, 24, 24]
STATES: list[object] = ["Dead", "Dead", "Alive", "Alive"]


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_a_field(name: str) -> None:
    field = read_fields()[name]
    base: dict[str, list[object]] = {
        "subject_id": IDS,
        "day": CELLS["day"],
        "gcsf" if name != "gcsf" else "epo": CELLS["yes_no"],
    }
    base.pop({"subject_id": "subject_id", "day": "day"}.get(name, ""), None)
    for header in HEADERS[name].split("|"):
        header = header.strip()
        if name == "vital_status":
            choices = [STATES, CELLS["yes_no"]]
        elif field.kind == "time":
            choices = [MONTHS, TIMES]
        elif name == "subject_id":
            choices = [IDS]
        else:
            choices = [CELLS[field.kind]]
        fields = [
            map_columns([make_table({header: cells} | base)]).tables[0].columns[0].field
            for cells in choices
        ]
        assert name in fields, header
