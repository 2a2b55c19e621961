"""Recognition: how often each network names the class of a face it has not seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from gestalt_regions.core import io, seeds
from gestalt_regions.models.backbones import backbone
from gestalt_regions.report.chapters import charts
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.chapters.run_tables import accuracy_runs
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import PHOTOGRAPHS, RECOGNITION, address
from gestalt_regions.report.web.parts import Chapter, Chart, Section, table
from gestalt_regions.statistics.table2 import load_predictions
from gestalt_regions.statistics.toolkit import table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

EACH_FACE = Markup(
    'A high mean can hide a class that is never recognised. Every single face is in the <a href="{}">list of '
    "photographs</a>."
)


def network_sentence(model: Mapping, simulated: bool) -> str:
    """What a model is made of, its licence, and for photographs what must be said of it.

    Parameters
    ----------
    model : mapping
        Its entry in the config: backbone, recipe.
    simulated : bool
        Whether all images are simulated.

    Returns
    -------
    str
        One or two sentences.
    """
    network = backbone(model["backbone"])
    if "experts" in model:
        return (
            f"The mean of the softmaxes of {', '.join(model['experts'])} ({network.paper}); it is not trained itself."
        )
    caution = f" This network {network.caution}." if network.caution and not simulated else ""
    source = f"{network.paper}; {network.licence}"
    return f"Backbone {network.name} ({source}), fine-tuned by recipe {model['recipe']}.{caution}"


def recall_by_class(predictions: pd.DataFrame, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Share of each class's faces that are named rightly, each by the network that has not seen it.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As from `table2.load_predictions`; the set `folds` counts.
    bootstrap : mapping
        n_resamples, level, group (the column whose groups are drawn).
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        class, images, groups, recall, low, high (no interval for few groups), level.
    """
    judged, rows = predictions[predictions["set"] == "folds"], []
    for label, part in sorted(judged.groupby("label"), key=lambda pair: (str(pair[0]).casefold(), str(pair[0]))):
        drawn = Weights(part[bootstrap["group"]], bootstrap["n_resamples"], seeds.generator(seed, "recall", label))
        hits = part["hit"].to_numpy(float)
        low, high = interval(drawn.mean(hits), bootstrap["level"], drawn.groups)
        row = {"class": label, "images": len(part), "groups": drawn.groups, "recall": float(np.mean(hits))}
        rows.append(row | {"low": low, "high": high, "level": bootstrap["level"]})
    return pd.DataFrame(rows)


def confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """How often each class was taken for each other, in the folds.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As from `table2.load_predictions`.

    Returns
    -------
    pandas.DataFrame
        class, predicted, images, share (of the class's images); pairs without images too.
    """
    judged = predictions[predictions["set"] == "folds"]
    counts = pd.crosstab(judged["label"], judged["predicted"])
    names = sorted({*counts.index, *counts.columns}, key=lambda name: (name.casefold(), name))
    counts = counts.reindex(index=names, columns=names, fill_value=0)
    long = counts.rename_axis("class").reset_index().melt("class", var_name="predicted", value_name="images")
    totals = long.groupby("class")["images"].transform("sum")
    return long.assign(share=np.where(totals > 0, long["images"] / totals.where(totals > 0, 1), np.nan))


def _by_class(study: Study, model: str, predictions: pd.DataFrame) -> list[Chart]:
    recall = recall_by_class(predictions, study.config["statistics"]["bootstrap"], study.seed)
    worst, best = recall.loc[recall["recall"].idxmin()], recall.loc[recall["recall"].idxmax()]
    level = recall["level"].iloc[0]
    said = (
        f"From {worst['recall']:.0%} of {worst['class']} to {best['recall']:.0%} of {best['class']} are named rightly."
    )
    lines = f"Lines are {level:.0%} bootstrap intervals that draw whole kin groups; the dashed line is guessing."
    title = "Share of each class that is named rightly"
    parts = [
        Chart(
            title,
            f"{said} {lines}",
            "recall",
            charts.intervals(recall, "recall", "class", 1 / len(recall)),
            said,
            recall,
        )
    ]
    pairs = confusion(predictions)
    if len(recall) > charts.MOST_CLASSES:
        return parts
    wrong = pairs[(pairs["class"] != pairs["predicted"]) & (pairs["images"] > 0)].sort_values("images", ascending=False)
    said = "No face is named wrongly."
    if len(wrong):
        first = wrong.iloc[0]
        said = f"Most often, {first['class']} is taken for {first['predicted']} ({first['images']} images)."
    caption = f"{said} Each row is a class, each column what the network said; numbers are images of the folds."
    parts.append(Chart("Which classes are taken for which", caption, "confusion", charts.confusion(pairs), said, pairs))
    return parts


def recognition_chapter(study: Study, model: str) -> Chapter:
    """The chapter on recognition by one network.

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
    folder = study.base / model
    tables = folder / "tables"
    table2, top1 = io.read_table(tables / "table2.csv"), io.read_table(tables / "table2_accuracy.csv")
    folds = sorted(folder.glob("fold-*/predictions.csv"), key=lambda path: int(path.parent.name.removeprefix("fold-")))
    predictions = load_predictions(folds, study.samples)
    accuracy = Section(
        "How often is the network right?",
        "Each network is judged on people it has not seen. Where it is wrong, its explanations explain a mistake.",
        [
            table(
                "Accuracy",
                study.captions("accuracy", model),
                top1.drop(columns=["simulated"]),
                file=tables / "table2_accuracy.csv",
            ),
            *accuracy_runs(study, model),
        ],
    )
    shown = table_text.table2(table2)
    notes = [table_text.accuracy_sentence(top1), *table_text.notes(table2, "class")]
    caption = study.captions("table2", model)
    paper = table("Table 2", caption, shown, file=tables / "table2.csv", tex=tables / "table2.tex", notes=notes)
    per_fold = io.read_table(tables / "table2_folds.csv").drop(columns="simulated")
    each = table(
        "Table 2, fold by fold",
        "Precision, recall and F1 of each class in each fold.",
        per_fold,
        file=tables / "table2_folds.csv",
        filters=["fold", "class"],
    )
    classes = Section(
        "Which classes does it know, and which does it mix up?",
        EACH_FACE.format(address(PHOTOGRAPHS, model)),
        [*_by_class(study, model, predictions), paper, each],
    )
    parts, left_out = on_demand_parts(study, of_chapter(RECOGNITION, study.config, model), model)
    further = Section(
        "What else can be asked of its answers?",
        "Tables and figures of DeepGestalt (Gurovich et al., 2019), and how far a probability can be trusted.",
        parts,
        left_out,
    )
    sentence = network_sentence(study.config["models"][model], bool(study.samples["simulated"].all()))
    return Chapter(
        address(RECOGNITION, model),
        "Recognition",
        f"Recognition by {model}",
        sentence,
        [accuracy, classes, further],
        study.group(model),
    )
