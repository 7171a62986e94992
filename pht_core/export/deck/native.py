"""Bars and pies as charts that PowerPoint draws and its user edits."""

from __future__ import annotations

from collections.abc import Sequence

from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.chart.point import Point
from pptx.dml.chtfmt import ChartFormat
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Pt

from pht_core.charts.text_metrics import text_width
from pht_core.exhibits.exhibit import NativeChart
from pht_core.export.deck.box import Box
from pht_core.export.deck.measure import WIDER
from pht_core.export.deck.text import LONGEST, clean, set_ink

AXIS_TITLE = "Patients, %"
MOST_CHARTS = 9
_KINDS = {
    "bars": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
    "horizontal": XL_CHART_TYPE.BAR_CLUSTERED,
    "pie": XL_CHART_TYPE.PIE,
}
_WHITE, _LINE = RGBColor(255, 255, 255), RGBColor(0x6A, 0x74, 0x82)
# Of a stack: how high a label is, and what is around the plot: title, axis, legend.
_STACK_LABEL, _AROUND_PLOT = 13.0, 70.0
_GAP_WIDTH = 60
_AXIS_WIDTH = 60.0
_LEAST_LABEL, _LONGEST_LABEL = 8, 40
# A label may be a little wider than its bar: there are gaps between bars.
_LABEL_ROOM = 1.1
_FORMULA = ("=", "{=")


def place_charts(slide: Slide, box: Box, charts: Sequence[NativeChart], *, titled: bool) -> None:
    """Put charts on a slide, three across; ``titled`` gives each its own title."""
    for chart, cell in zip(charts, _cells(box, charts), strict=True):
        _place(slide, cell, chart, titled=titled)


def _cells(box: Box, charts: Sequence[NativeChart]) -> list[Box]:
    """A place for each chart, as many beside each other as makes the smaller side largest."""
    count = len(charts)
    # Bars may be wide; a stack needs its height for its labels.
    shape = 1.0 if charts[0].kind in ("stacked", "pie") else 1.4
    across = max(
        range(1, min(count, 3) + 1),
        key=lambda across: min(shape * box.height / -(-count // across), box.width / across),
    )
    return box.cells(count, across)


def _least_part(box: Box) -> float:
    """Percent of a stack below which a label is higher than its part."""
    return 100 * _STACK_LABEL / max(1.0, box.height - _AROUND_PLOT)


def list_gaps(box: Box, charts: Sequence[NativeChart]) -> list[str]:
    """What the charts do not show: bars without data, and labels of parts that are too low."""
    values = [
        (chart.kind, f"{name}, {category}", value)
        for chart in charts
        for name, row in chart.series
        for category, value in zip(chart.categories, row, strict=True)
    ]
    missing = [name for _, name, value in values if value is None]
    gaps = [f"No data: {'; '.join(missing)}."] if missing else []
    least = max(map(_least_part, _cells(box, charts)))
    if any(kind == "stacked" and value and value < least for kind, _, value in values):
        gaps.append(f"Segments below {least:.0f}% are not labeled; see the notes for all values.")
    return gaps


def chart_words(chart: NativeChart) -> str:
    """A chart's numbers in words, for those who do not see it."""
    rows = [
        f"{name}: " + ", ".join(map(" ".join, zip(chart.categories, labels, strict=True)))
        for (name, _), labels in zip(chart.series, chart.labels, strict=True)
    ]
    return clean(f"Chart. {chart.title}. {'; '.join(rows)}.", LONGEST["alt"])


def _place(slide: Slide, box: Box, native: NativeChart, *, titled: bool) -> None:
    data = CategoryChartData(number_format='0"%"' if native.kind == "pie" else "0")
    data.categories = [_cell(name) for name in native.categories]
    for name, values in native.series:
        data.add_series(_cell(name), values)
    frame = slide.shapes.add_chart(_KINDS[native.kind], *box.emu, data)
    frame.name = clean(f"Chart: {native.title}", LONGEST["title"])
    frame._element.nvGraphicFramePr.cNvPr.set("descr", chart_words(native))
    chart = frame.chart
    size = 12 if box.width > 400 else 10 if box.width > 220 else 9
    chart.font.size = Pt(size)
    set_ink(chart.font.color)
    chart.has_title = titled
    if titled:
        title = clean(native.title, 80)
        _write_title(chart.chart_title.text_frame, title, size + 1, bold=True)
        chart.chart_title.include_in_layout = False
    if native.kind == "pie":
        _dress_pie(chart, native, size, box)
    else:
        _dress_bars(chart, native, size, box)


def _dress_bars(chart: Chart, native: NativeChart, size: float, box: Box) -> None:
    several = len(native.series) > 1
    chart.has_legend = several
    if several:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(size)
        set_ink(chart.legend.font.color)
    _number_axes(chart)
    plot = chart.plots[0]
    plot.gap_width = _GAP_WIDTH
    plot.overlap = 100 if native.kind == "stacked" else -5
    values, names = chart.value_axis, chart.category_axis
    values.minimum_scale, values.maximum_scale, values.major_unit = 0, 100, 25
    values.has_title = True
    _write_title(values.axis_title.text_frame, AXIS_TITLE, size, bold=False)
    values.tick_labels.number_format = "0"
    values.tick_labels.number_format_is_linked = False
    values.format.line.fill.background()
    faint = values.major_gridlines.format.line.color
    faint.theme_color, faint.brightness = MSO_THEME_COLOR.BACKGROUND_1, -0.15
    values.major_gridlines.format.line.width = Pt(0.75)
    names.format.line.color.rgb = RGBColor(0x8B, 0x94, 0xA1)
    if native.kind == "horizontal":
        # The first row at the top, as on the page, and the scale at the foot all the same.
        names.reverse_order = True
        values._element.find(qn("c:crosses")).set("val", "max")
    inside = native.kind == "stacked"
    least = _least_part(box)
    words, own = _bar_labels(native, size - inside, box.width)
    for place, (series, labels) in enumerate(zip(plot.series, words, strict=True)):
        colour = native.colours[place]
        _fill(series.format, colour, 0.5)
        series.invert_if_negative = False
        for point, (value, label) in enumerate(zip(native.series[place][1], labels, strict=True)):
            if value is None or (inside and value < least):
                continue
            _label(
                series.points[point],
                label,
                own,
                XL_LABEL_POSITION.CENTER if inside else XL_LABEL_POSITION.OUTSIDE_END,
                _ink_on(colour) if inside else None,
            )


def _bar_labels(native: NativeChart, size: float, width: float) -> tuple[list[list[str]], float]:
    """Labels and their size, none wider than its bar: smaller, in two lines, or the count alone."""
    words = [[clean(label, _LONGEST_LABEL) for label in labels] for labels in native.labels]
    if native.kind == "horizontal":
        return words, size
    beside = 1 if native.kind == "stacked" else len(native.series)
    bar = (width - _AXIS_WIDTH) / max(1, len(native.categories)) / (beside + _GAP_WIDTH / 100)
    longest = max((text_width(label, 1) for row in words for label in row), default=0.0)
    for own in range(int(size), _LEAST_LABEL - 1, -1):
        if longest * own * WIDER <= bar * _LABEL_ROOM:
            return words, own
    if native.kind == "stacked":
        return [[label.split(" (")[0] for label in row] for row in words], size
    return [[label.replace(" (", "\n(", 1) for label in row] for row in words], _LEAST_LABEL


def _number_axes(chart: Chart) -> None:
    """The library numbers axes below zero, which the schema does not allow."""
    numbers: dict[str, str] = {}
    for element in chart._chartSpace.iter(qn("c:axId"), qn("c:crossAx")):
        element.set("val", numbers.setdefault(element.get("val"), str(len(numbers) + 1)))


def _dress_pie(chart: Chart, native: NativeChart, size: float, box: Box) -> None:
    chart.has_legend = False
    _place_pie(chart, size, box)
    (series,) = chart.plots[0].series
    for place, value in enumerate(native.series[0][1]):
        point = series.points[place]
        _fill(point.format, native.colours[place], 0.75)
        if value:
            words = clean(f"{native.categories[place]} {native.labels[0][place]}", _LONGEST_LABEL)
            _label(point, words, size, XL_LABEL_POSITION.OUTSIDE_END, None)


def _place_pie(chart: Chart, size: float, box: Box) -> None:
    """Pies of one size, with room for the title and a label above and below."""
    title, label = (size + 1) * 2.4, size * 1.6
    side = max(box.height / 4, min(box.height - title - 2 * label, box.width / 2))
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    sides = {
        "x": (box.width - side) / 2 / box.width,
        "y": (title + label) / box.height,
        "w": side / box.width,
        "h": side / box.height,
    }
    places = "".join(f'<c:{name} val="{part:.4f}"/>' for name, part in sides.items())
    layout = parse_xml(
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="inner"/>'
        f'<c:xMode val="edge"/><c:yMode val="edge"/>{places}</c:manualLayout></c:layout>'
    )
    area.insert(0, layout)


def _label(
    point: Point, words: str, size: float, place: XL_LABEL_POSITION, colour: RGBColor | None
) -> None:
    label = point.data_label
    label.text_frame.text = words
    for paragraph in label.text_frame.paragraphs:
        for run in paragraph.runs:
            run.font.size = Pt(size)
            if colour is None:
                set_ink(run.font.color)
            else:
                run.font.color.rgb = colour
    label.position = place


def _write_title(frame: TextFrame, words: str, size: float, *, bold: bool) -> None:
    frame.text = words
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(size), bold
    set_ink(font.color)


def _fill(look: ChartFormat, colour: str, line: float) -> None:
    """A colour with a grey line around it, of so many points."""
    look.fill.solid()
    look.fill.fore_color.rgb = RGBColor.from_string(colour.lstrip("#").upper())
    look.line.color.rgb = _LINE
    look.line.width = Pt(line)


def _ink_on(colour: str) -> RGBColor:
    """Dark letters on a light ground, white ones on a dark one."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return RGBColor(0x1F, 0x29, 0x33) if light > 0.3 else _WHITE


def _cell(words: str) -> str:
    """A cell of the chart's workbook, which must not run as a formula."""
    text = clean(words, LONGEST["cell"])
    return f" {text}" if text.startswith(_FORMULA) else text
