"""What several training runs of one network say together (config folds.repeats)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.evaluation.summary.ranking import OVERALL
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.web.parts import Table, table

SHOWN = ["value", "run_sd", "families_low", "families_high", "low", "high", "level", "runs"]


def _joined(folder: Path, name: str, text: list[str]) -> pd.DataFrame:
    return io.read_table(folder / "training_runs" / f"{name}.csv", [*text, *SHOWN], text)


def _several(study: Study) -> bool:
    return study.config["folds"]["repeats"] > 1


def _changing_tests(folder: Path) -> str:
    """How many tests of Table 3 are significant in some runs and not in others."""
    tests = _joined(folder, "table3_tests", ["variant"])
    parts = []
    for variant, of_variant in tests.groupby("variant", sort=False):
        yes, runs = of_variant["significant_runs"], of_variant["runs"].max()
        some, every = int(((yes > 0) & (yes < runs)).sum()), int((yes == runs).sum())
        parts.append(f"{variant}: {every} of {len(of_variant)} in all {runs} runs, {some} in some of them")
    return f"Significant tests of Table 3. {'; '.join(parts)}."


def _table(study: Study, model: str, title: str, name: str, keys: list[str], notes: list[str]) -> Table:
    folder = study.base / model
    shown = _joined(folder, name, keys)
    if name == "ranking":
        shown = shown[shown["scope"] == OVERALL].sort_values("value")
    columns = [*(key for key in keys if key != "scope"), *SHOWN]
    file = folder / "training_runs" / f"{name}.csv"
    return table(title, study.captions("training_runs", model), shown[columns], file=file, notes=notes)


def accuracy_runs(study: Study, model: str) -> list[Table]:
    """Accuracy over the runs.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    list of Table
        None for a single run.
    """
    if not _several(study):
        return []
    notes = [_changing_tests(study.base / model)]
    return [_table(study, model, "Training runs: accuracy", "table2_accuracy", ["quantity"], notes)]


def correlation_runs(study: Study, model: str) -> list[Table]:
    """Table 4 over the runs.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    list of Table
        None for a single run.
    """
    keys = ["method", "region", "statistic"]
    return [_table(study, model, "Training runs: Table 4", "table4", keys, [])] if _several(study) else []


def rank_runs(study: Study, model: str) -> list[Table]:
    """Mean ranks of the explanations over the runs.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    list of Table
        None for a single run.
    """
    keys = ["scope", "method"]
    return [_table(study, model, "Training runs: mean ranks", "ranking", keys, [])] if _several(study) else []
