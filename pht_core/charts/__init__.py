"""Charts: a table in, a `Picture` out; they lay out and encode, and compute no result.

`Picture.to_dict` is Vega-Lite for ``st.vega_lite_chart(spec=spec, theme=None, width="stretch")``,
its alternative text included; ``export`` turns a picture into PNG, SVG or PDF.
"""

from pht_core.charts.cytopenias import grades_chart, incidence_chart, lineages_chart
from pht_core.charts.flow import flow_chart
from pht_core.charts.frame import Frame
from pht_core.charts.heat import heat_chart
from pht_core.charts.incidence import cumulative_incidence_chart
from pht_core.charts.on_off import on_off_chart, phases_chart
from pht_core.charts.picture import Picture
from pht_core.charts.pies import pies_chart
from pht_core.charts.response import dose_chart, recovery_chart, response_time_chart
from pht_core.charts.survival import survival_chart
from pht_core.charts.swimmer import icaht_strips_chart, swimmer_chart
from pht_core.charts.theme import Theme
from pht_core.charts.trajectories import summary_chart, trajectory_chart
from pht_core.charts.wall import wall_chart

__all__ = [
    "Frame",
    "Picture",
    "Theme",
    "cumulative_incidence_chart",
    "dose_chart",
    "flow_chart",
    "grades_chart",
    "heat_chart",
    "icaht_strips_chart",
    "incidence_chart",
    "lineages_chart",
    "on_off_chart",
    "phases_chart",
    "pies_chart",
    "recovery_chart",
    "response_time_chart",
    "summary_chart",
    "survival_chart",
    "swimmer_chart",
    "trajectory_chart",
    "wall_chart",
]
