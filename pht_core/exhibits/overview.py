"""Who is in it: the key figures, the patient flow, and the tables of patients."""

from typing import ClassVar

import pandas as pd

from pht_core.charts.flow import flow_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits import overview_words as texts
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.headline import headline_figures, patient_table
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance, View
from pht_core.stats.summary import compare_described, count_flow, describe_subjects, split_by_pht


class _Overview(Exhibit[NoOptions]):
    page: ClassVar[str] = "overview"

    def provenance(self, view: View, options: NoOptions) -> Provenance:
        return view.provenance()


class KeyFigures(_Overview):
    """The four figures asked for first."""

    name = "key-figures"
    title = "Key figures"
    definitions = ("day28_window", "pht_grade", "response", "relapse_grade")

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        figures = headline_figures(view.assessment, view.subject_ids)
        columns = ("title", "value", "basis", "interval", "definition")
        return pd.DataFrame({name: [getattr(one, name) for one in figures] for name in columns})

    def table(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> pd.DataFrame:
        columns = {"title": "Figure", "value": "Value", "basis": "Of", "interval": "95% interval"}
        return printed(numbers, columns).replace("", "–")

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.key_figures(view)


class PatientFlow(_Overview):
    """From all treated to those given prednisone."""

    name = "patient-flow"
    title = "Patient flow"
    definitions = ("day28_window", "pht_grade", "late_after")

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        return count_flow(view.everyone, view.patients)

    def picture(
        self, view: View, numbers: pd.DataFrame, options: NoOptions, target: RenderTarget
    ) -> Picture:
        return flow_chart(numbers, self.frame(view, options, target))

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.flow(view, numbers)


class Described(_Overview):
    """Characteristics of the patients."""

    name = "characteristics"
    title = "Who is in it"

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        return describe_subjects(view.patients)

    def table(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> pd.DataFrame:
        columns = {
            "characteristic": "Characteristic",
            "value": f"n/N (%) or median (range), of {len(view.subject_ids)}",
        }
        if numbers["missing"].any():
            columns["missing"] = "Not known"
        return printed(numbers, columns)

    def provenance(self, view: View, options: NoOptions) -> Provenance:
        return view.provenance(graded=False)

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.described(view, numbers)


class Patients(_Overview):
    """Each patient, as in Table 3."""

    name = "patients"
    title = "Each patient (Table 3)"

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        return patient_table(view.assessment, view.subject_ids)

    def table(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> pd.DataFrame:
        return printed(numbers, {str(name): str(name) for name in numbers}, decimals=2)

    def provenance(self, view: View, options: NoOptions) -> Provenance:
        return view.provenance("last counts before infusion", graded=False)

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.patients_table(view, numbers)


class Compared(_Overview):
    """All treated patients of the sample, with PHT against without (Table 2)."""

    name = "compared"
    title = "All treated patients with counts: PHT against no PHT (Table 2)"

    def why_not(self, view: View, options: NoOptions) -> str:
        if view.everyone is None:
            return "Only the sample, unfiltered, says who was treated besides the cohort."
        return ""

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        everyone = view.everyone
        if everyone is None:
            return pd.DataFrame(columns=["characteristic"])
        return compare_described(split_by_pht(everyone))

    def table(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> pd.DataFrame:
        titles = {str(name): str(name) for name in numbers}
        return printed(numbers, titles | {"characteristic": "Characteristic"})

    def provenance(self, view: View, options: NoOptions) -> Provenance:
        return view.provenance("all treated patients with counts", graded=False)

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.compared(view, numbers)
