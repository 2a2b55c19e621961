"""Charts that are drawn in the page: Vega-Lite specifications made by Altair, with the numbers inside.

Colours can be told apart with every common colour vision deficiency (Okabe and Ito; viridis), and no chart says by
colour alone what it does not also say by place or words.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

MOST_CLASSES = 40  # beyond, a matrix of all classes cannot be read
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7A6F00")
CONTROL = "#6B6B6B"
LINE = "#1f2428"
STEP = 22  # pixels a row
FEW = alt.Axis(tickCount=6)
FIT = alt.AutoSizeParams(type="fit-x", contains="padding")


def _finished(chart: alt.TopLevelMixin) -> dict:
    """The specification with one look for all charts."""
    chart = chart.configure_axis(labelFontSize=12, titleFontSize=12, labelLimit=220, labelColor=LINE, titleColor=LINE)
    chart = chart.configure_view(stroke=None).configure_legend(labelFontSize=12, titleFontSize=12)
    return chart.configure(font="system-ui, sans-serif").to_dict()


def _some(line: alt.Chart, numbers: pd.DataFrame) -> list[alt.Chart]:
    """The layer of the intervals, if there are any."""
    return [line] if numbers["low"].notna().any() else []


def intervals(numbers: pd.DataFrame, value: str, name: str, guessing: float) -> dict:
    """A point and its interval for each row, on a scale from 0 to 1.

    Parameters
    ----------
    numbers : pandas.DataFrame
        `name`, `value`, low, high (NaN: no interval).
    value, name : str
        Columns.
    guessing : float
        Where a dashed line stands.

    Returns
    -------
    dict
        Vega-Lite.
    """
    rows = alt.Y(f"{name}:N", sort=None, title=None)
    across = alt.X(f"{value}:Q", scale=alt.Scale(domain=[0, 1]), title=f"{value} (share of the class)", axis=FEW)
    base = alt.Chart(numbers)
    line = base.mark_rule(strokeWidth=2, color=LINE).encode(x="low:Q", x2="high:Q", y=rows)
    tooltip = [name, alt.Tooltip(f"{value}:Q", format=".2f"), alt.Tooltip("low:Q", format=".2f")]
    tooltip.append(alt.Tooltip("high:Q", format=".2f"))
    point = base.mark_point(filled=True, size=80, color=OKABE_ITO[0]).encode(x=across, y=rows, tooltip=tooltip)
    chance = alt.Chart(pd.DataFrame({"x": [guessing]})).mark_rule(strokeDash=[5, 4], color="#5a5a5a").encode(x="x:Q")
    chart = alt.layer(chance, *_some(line, numbers), point).properties(
        width="container", height=(STEP + 4) * len(numbers), autosize=FIT
    )
    return _finished(chart)


def confusion(pairs: pd.DataFrame) -> dict:
    """A matrix of classes by what was said of them.

    Parameters
    ----------
    pairs : pandas.DataFrame
        class, predicted, images, share.

    Returns
    -------
    dict
        Vega-Lite.
    """
    base = alt.Chart(pairs).encode(
        x=alt.X("predicted:N", sort=None, title="what the network said", axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("class:N", sort=None, title="class"),
        tooltip=["class", "predicted", "images", alt.Tooltip("share:Q", format=".0%")],
    )
    scale = alt.Scale(scheme="viridis", domain=[0, 1])
    legend = alt.Legend(title="share of the class", format=".0%", gradientLength=160, orient="top")
    boxes = base.mark_rect().encode(color=alt.Color("share:Q", scale=scale, legend=legend))
    ink = alt.condition("datum.share > 0.6", alt.value("#000000"), alt.value("#ffffff"))
    words = base.mark_text(fontSize=12).transform_filter("datum.images > 0").encode(text="images:Q", color=ink)
    side = min(420, 60 + 42 * pairs["class"].nunique())
    return _finished(alt.layer(boxes, words).properties(width="container", height=side))


def ranking(numbers: pd.DataFrame) -> dict:
    """Mean ranks with intervals, the best on top; controls are hollow.

    Parameters
    ----------
    numbers : pandas.DataFrame
        method, rank, low, high, kind (`method` or `control`).

    Returns
    -------
    dict
        Vega-Lite.
    """
    rows = alt.Y("method:N", sort=None, title=None)
    kinds, colours = ["method", "control"], [OKABE_ITO[0], OKABE_ITO[1]]
    tooltip = ["method", "kind", *(alt.Tooltip(f"{c}:Q", format=".2f") for c in ("rank", "low", "high"))]
    base, legend = alt.Chart(numbers), alt.Legend(title=None, orient="top")
    line = base.mark_rule(strokeWidth=2).encode(
        x="low:Q", x2="high:Q", y=rows, color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours))
    )
    point = base.mark_point(filled=True, size=90).encode(
        x=alt.X("rank:Q", title="mean rank (1 is the best)", scale=alt.Scale(zero=False), axis=FEW),
        y=rows,
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours), legend=legend),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "square"]), legend=legend),
        tooltip=tooltip,
    )
    return _finished(
        alt.layer(*_some(line, numbers), point).properties(width="container", height=STEP * len(numbers), autosize=FIT)
    )


def region_means(numbers: pd.DataFrame, methods: Sequence[str], control: str) -> dict:
    """Mean coefficients of regions by class, with intervals, for one method at a time.

    Parameters
    ----------
    numbers : pandas.DataFrame
        method, region, class, mean, low, high, groups.
    methods : sequence of str
        To choose from; the first is shown first.
    control : str
        The control class, in grey.

    Returns
    -------
    dict
        Vega-Lite.
    """
    labels = list(dict.fromkeys(numbers["class"]))
    many = len(labels) > len(OKABE_ITO)
    chosen = alt.param("method", value=methods[0], bind=alt.binding_select(options=list(methods), name="Method: "))
    parameters, base = [chosen], alt.Chart(numbers).transform_filter("datum.method == method")
    spare = iter(OKABE_ITO)
    colours = [CONTROL if label == control else next(spare) for label in labels] if not many else []
    if many:
        names = list(dict.fromkeys(numbers["region"]))
        region = alt.param("region", value=names[0], bind=alt.binding_select(options=names, name="Region: "))
        parameters.append(region)
        base = base.transform_filter("datum.region == region")
        place: dict = {"y": alt.Y("class:N", sort=None, title=None)}
        look: dict = {"color": alt.value(OKABE_ITO[0])}
    else:
        place = {
            "y": alt.Y("region:N", sort=None, title=None),
            "yOffset": alt.YOffset("class:N", sort=None),
        }
        scale = alt.Scale(domain=labels, range=colours)
        look = {"color": alt.Color("class:N", scale=scale, title=None, legend=alt.Legend(columns=3, orient="top"))}
    tooltip = ["region", "class", "groups", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("mean", "low", "high"))]
    line = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", **place, **look)
    point = base.mark_point(filled=True, size=70).encode(
        x=alt.X("mean:Q", title="mean coefficient", scale=alt.Scale(zero=False), axis=FEW),
        tooltip=tooltip,
        **place,
        **look,
    )
    regions = numbers["region"].nunique()
    height = STEP * len(labels) if many else regions * (16 * len(labels) + 20)
    chart = alt.layer(*_some(line, numbers), point).add_params(*parameters)
    chart = chart.properties(width="container", height=height, autosize=FIT)
    return _finished(chart)
