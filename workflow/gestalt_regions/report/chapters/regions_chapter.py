"""Regions (RQ1): do the explanations of a syndrome use a region more or less than those of the control class?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.report.chapters import charts
from gestalt_regions.report.chapters.analyses import analysis_tables
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import REGIONS, address
from gestalt_regions.report.web.parts import Chapter, Chart, Figure, Section, Table, cells, table, there
from gestalt_regions.statistics.same_maps import read_same_maps, said
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.variants import variant_file

TESTS = [
    "variant",
    "method",
    "syndrome",
    "region",
    "test",
    "n_syndrome",
    "n_control",
    "median_syndrome",
    "median_control",
    "rank_biserial",
    "rank_biserial_low",
    "rank_biserial_high",
    "p",
    "p_corrected",
    "significant",
    "same_as",
    "note",
]


def explained_table(paths: Sequence[Path], same: Mapping[str, str]) -> Table:
    """How many images every method explains, by set, and how many coefficients are undefined.

    Parameters
    ----------
    paths : sequence of Path
        coefficients/{method}.csv.
    same : mapping of str to str
        Method -> the one whose maps it repeats.

    Returns
    -------
    Table
        A row a method.
    """
    rows = []
    for path in paths:
        undefined, parts, keys = 0, [], ["sample_id", "fold", "set"]
        for piece in io.read_pieces(path, [*keys, "coefficient"], strings=["sample_id", "set"]):
            undefined += int(piece["coefficient"].isna().sum())
            parts.append(piece[keys].drop_duplicates())
        row: dict[str, object] = {"method": path.stem}
        whole = pd.concat(parts).drop_duplicates()
        for kind, name in (("folds", "folds"), ("heldout", "held-out")):
            part = whole[whole["set"] == kind]
            row[f"images, {name}"] = part["sample_id"].nunique()
            row[f"maps, {name}"] = len(part)
        rows.append(row | {"undefined coefficients": undefined})
    caption = "Images and maps of each method; held-out images are explained by every fold's model."
    return table("Explained images", caption, pd.DataFrame(rows), notes=said(same), whole=True)


def region_means(
    paths: Sequence[Path], policy: str, samples: pd.DataFrame, bootstrap: Mapping, seed: int, control: str
) -> pd.DataFrame:
    """Mean coefficient of each region by class, in the folds, with its interval.

    Parameters
    ----------
    paths : sequence of Path
        coefficients/{method}.csv.
    policy : str
        Policy of the coefficients.
    samples : pandas.DataFrame
        samples.csv.
    bootstrap : mapping
        n_resamples, level, group (the column whose groups are drawn).
    seed : int
        Seed of the study.
    control : str
        The control class, which comes first.

    Returns
    -------
    pandas.DataFrame
        method, region, class, images, groups, mean, low, high, level.
    """
    rows = []
    for coefficients, regions in read.by_method([str(path) for path in paths], policy, "folds", samples):
        labels = [control, *read.ordered_labels(coefficients["label"].astype(str).unique(), control)]
        for label in labels:
            part = coefficients[coefficients["label"] == label]
            for region in regions:
                cell = part[(part["region"] == region) & part["coefficient"].notna()]
                values, groups = cell["coefficient"].to_numpy(float), cell[bootstrap["group"]].astype(str)
                drawn = Weights(groups, bootstrap["n_resamples"], seeds.generator(seed, "means", label, region))
                low, high = (
                    interval(drawn.mean(values), bootstrap["level"], drawn.groups) if len(cell) else (np.nan,) * 2
                )
                row = {"method": coefficients["method"].iloc[0], "region": region, "class": label, "images": len(cell)}
                mean = float(values.mean()) if len(cell) else np.nan
                rows.append(row | {"groups": drawn.groups, "mean": mean, "low": low, "high": high})
    return pd.DataFrame(rows).assign(level=bootstrap["level"])


def _paths(study: Study, model: str) -> list[Path]:
    return [study.base / model / "coefficients" / f"{method}.csv" for method in study.methods]


def _variant(study: Study, purpose: str) -> str:
    return study.config["figures"][purpose]["variant"]


def _coefficients(study: Study, model: str) -> Section:
    statistics = study.config["statistics"]
    policy = statistics["variants"][_variant(study, "figure6")]["policy"]["rq1"]
    numbers = region_means(
        _paths(study, model), policy, study.samples, statistics["bootstrap"], study.seed, study.control
    )
    first = "GradCam" if "GradCam" in study.methods else study.methods[0]
    one = numbers[(numbers["method"] == first) & (numbers["class"] == study.control)]
    top = one.loc[one["mean"].idxmax(), "region"] if one["mean"].notna().any() else ""
    told = f"{first} weighs the {top} of {study.control} most. " if top else ""
    caption = (
        f"{told}Choose another method below the chart. Points are means over images of the folds (policy {policy}), "
        f"lines {numbers['level'].iloc[0]:.0%} bootstrap intervals over kin groups; {study.control} is grey. "
        "Within a region, classes stand in the order of the legend. Intervals that overlap are no test; tests follow."
    )
    methods = [first, *(name for name in study.methods if name != first)]
    spec = charts.region_means(numbers, methods, study.control)
    chart = Chart("Mean coefficient of each region", caption, "coefficients", spec, told or caption, numbers)
    figures = study.base / model / "figures"
    boxes = study.figure(
        "Figure 6: coefficients of every class",
        "figure6",
        figures / "figure6.svg",
        model,
        alt="Box plots of coefficients",
    )
    why = "A coefficient is the mean of an explanation over a region. It says how much the method blames that region."
    return Section("Which regions do the explanations point to?", why, [chart, boxes])


def _tests(study: Study, model: str) -> Section:
    tables = study.base / model / "tables"
    parts: list[Table | Figure] = []
    for name in study.config["statistics"]["variants"]:
        file = tables / f"{variant_file('table3', name)}.csv"
        whole = io.read_table(file)
        notes = [table_text.table3_caption(whole, study.control), *table_text.notes(whole, "region")]
        title, caption = f"Table 3, {name}", study.captions("table3", model)
        tex = file.with_suffix(".tex")
        parts.append(Table(title, caption, "", *cells(table_text.table3(whole)), file, there(tex), notes))
    figure = study.base / model / "figures/significance_heatmap.svg"
    heading = "Effect of every test"
    parts.append(study.figure(heading, "significance_heatmap", figure, model, alt="Heat map of effect sizes"))
    tests = io.read_table(tables / "table3_tests.csv")
    tests = tests[[name for name in TESTS if name in tests]]
    parts.append(
        table(
            "All tests",
            study.captions("table3_tests", model),
            tests,
            anchor="tests",
            file=tables / "table3_tests.csv",
            tex=tables / "table3_tests.tex",
            filters=["variant", "method", "syndrome", "region", "significant"],
        )
    )
    variants = study.config["statistics"]["variants"]
    meanings = {"corrected": "is the one to trust", "as_published": "repeats the paper's choices"}
    said_of = [f"The variant `{name}` {meaning}." for name, meaning in meanings.items() if name in variants]
    question = f"RQ1 of the region paper: does a region weigh more, or less, in a syndrome than in {study.control}?"
    why = " ".join([question, *said_of])
    return Section("Which regions differ from the control class?", why, parts)


def _maps(study: Study, model: str) -> Section:
    folder = study.base / model
    same = read_same_maps(folder / "tables" / "same_maps.csv")
    figure = study.figure(
        "Maps of every method", "figure5", folder / "figures/figure5.png", model, alt="Saliency maps of every method"
    )
    why = "Look before you count: where do the methods point on a few faces, and do they agree?"
    return Section("What do the maps look like?", why, [figure, explained_table(_paths(study, model), same)])


def regions_chapter(study: Study, model: str) -> Chapter:
    """The chapter on regions and RQ1.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    Chapter
        One for each network.
    """
    why = "A finding that depends on one choice is weak. These tables change one choice at a time."
    checks = Section("Do the differences hold if one looks otherwise?", why, analysis_tables(study, model, "RQ1"))
    shown, left_out = on_demand_parts(study, of_chapter(REGIONS, study.config, model), model)
    why = (
        "The maps of all people of a class on one face: what they share, how far they spread, what is more than chance."
    )
    together = Section("What do the maps of a syndrome have in common?", why, shown, left_out)
    lead = "RQ1: do explanations of a syndrome weigh a region more, or less, than explanations of the control class?"
    sections = [_maps(study, model), _coefficients(study, model), _tests(study, model), together, checks]
    return Chapter(address(REGIONS, model), "Regions (RQ1)", f"Regions of {model}", lead, sections, study.group(model))
