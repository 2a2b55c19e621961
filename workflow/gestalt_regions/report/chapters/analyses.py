"""The tables of the analyses beyond the paper's, each in the chapter of its question."""

from __future__ import annotations

from gestalt_regions.core import io
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.web.parts import Table, table
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES

CHOICES = ["variant", "kind", "method", "syndrome", "region", "test", "term"]  # columns to filter by
FEW = 60  # values of such a column


def analysis_tables(study: Study, model: str, question: str) -> list[Table]:
    """The tables of the analyses of one question.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.
    question : str
        RQ1 or RQ2.

    Returns
    -------
    list of Table
        In the order of the registry.
    """
    made = []
    for name, analysis in ANALYSES.items():
        if question not in analysis.question:
            continue
        file = study.base / model / "tables" / f"{name}.csv"
        shown = io.read_table(file).drop(columns="simulated")
        if "question" in shown:  # a table of both stands in both chapters
            shown = shown[shown["question"] == question].drop(columns="question")
        filters = [
            column for column in CHOICES if column in shown and len(shown) > 25 and shown[column].nunique() <= FEW
        ]
        title = analysis.title or name.replace("_", " ").capitalize()
        tex = file.with_suffix(".tex")
        made.append(table(title, analysis.caption, shown, anchor=name, file=file, tex=tex, filters=filters))
    return made
