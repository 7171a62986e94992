"""Columns of a file that have no meaning here and few values: kept to filter by."""

from dataclasses import replace

from pht_core.intake.pseudonyms import relabel_subjects
from pht_core.intake.reading import read_cohort

# Eight patients, two rows each. Center is the same on both rows of a patient, and missing of p8;
# ward is another one each day; sequence is each patient's own; the name is private; note is of
# three patients only; lot has one value; product's are long texts in one patient.
FILE = """\
patient,day,Hb (g/L),Center,ward,sequence,Vorname,arm,lot
p1,1,90,North,a,s1,Anna,1,x
p1,2,91,North,b,s1,Anna,1,x
p2,1,90,North,a,s2,Anna,1,x
p2,2,91,,a,s2,Anna,1,x
p3,1,90,South,a,s3,Zoe,2,x
p3,2,91,South,a,s3,Zoe,2,x
p4,1,90,South,a,s4,Zoe,2,x
p4,2,91,South,a,s4,Zoe,2,x
p5,1,90, South ,a,s5,Zoe,2,x
p6,1,90,South,a,s6,Anna,1,x
p7,1,90,East,a,s7,Anna,1,x
p8,1,90,,a,s8,Anna,2,x
"""


def test_a_column_that_groups_patients_is_kept_as_text() -> None:
    cohort = read_cohort(FILE.encode(), "labs.csv")
    assert sorted(map(str, cohort.others)) == ["Center", "arm"]
    # 1 of 3 values in 7 patients; p8 has none.
    assert cohort.others["Center"].dropna().to_dict() == {
        "p1": "North", "p2": "North", "p3": "South", "p4": "South", "p5": "South",
        "p6": "South", "p7": "East",
    }  # fmt: skip
    assert cohort.others["arm"].tolist() == ["1", "1", "2", "2", "2", "1", "1", "2"]


def test_values_that_tell_patients_apart_are_no_groups() -> None:
    header, *rows = FILE.splitlines()
    four = "\n".join([header, *[row for row in rows if row[:2] in ("p1", "p3", "p6", "p7")]])
    # North, South and East of four patients: fewer than two patients to a value.
    assert list(read_cohort(four.encode(), "labs.csv").others) == ["arm"]


def test_another_table_may_have_the_column() -> None:
    labs = b"patient,day,Hb (g/L)\nA,1,90\nB,1,91\nC,1,92\nD,1,93\n"
    patients = b"patient,age,Center\nA,8,North\nB,40,North\nC,41,South\nD,66,South\n"
    import zipfile
    from io import BytesIO

    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("labs.csv", labs)
        archive.writestr("patients.csv", patients)
    cohort = read_cohort(content.getvalue(), "both.zip")
    assert cohort.others["Center"].to_dict() == {
        "A": "North", "B": "North", "C": "South", "D": "South",
    }  # fmt: skip


def test_relabelled_patients_keep_their_groups() -> None:
    cohort = read_cohort(FILE.encode(), "labs.csv")
    drawn = {name: f"P{9 - int(name[1:])}" for name in cohort.subject_ids}
    other = relabel_subjects(cohort, drawn)
    assert other.others.loc["P8", "Center"] == "North"
    assert other.others.loc["P2", "Center"] == "East"


def test_relabelled_patients_keep_what_the_user_stated() -> None:
    cohort = replace(read_cohort(FILE.encode(), "labs.csv"), stated=("doses as said",))
    drawn = {name: f"X{name}" for name in cohort.subject_ids}
    assert relabel_subjects(cohort, drawn).stated == ("doses as said",)
