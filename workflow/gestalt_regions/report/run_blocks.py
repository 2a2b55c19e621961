"""What the page says of a network that was trained several times (config folds.repeats)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.evaluation.summary.ranking import OVERALL
from gestalt_regions.report.blocks import Block, as_rows
from gestalt_regions.report.captions import Captions

SHOWN = ["value", "run_sd", "families_low", "families_high", "low", "high", "level", "runs"]


def _joined(folder: Path, table: str, text: list[str]) -> pd.DataFrame:
    return io.read_table(folder / "training_runs" / f"{table}.csv", [*text, *SHOWN], text)


def _changing_tests(folder: Path) -> str:
    """How many tests of Table 3 are significant in some runs and not in others."""
    tests = _joined(folder, "table3_tests", ["variant"])
    parts = []
    for variant, of_variant in tests.groupby("variant", sort=False):
        yes, runs = of_variant["significant_runs"], of_variant["runs"].max()
        some, every = int(((yes > 0) & (yes < runs)).sum()), int((yes == runs).sum())
        parts.append(f"{variant}: {every} of {len(of_variant)} in all {runs} runs, {some} in some of them")
    return f"Significant tests of Table 3. {'; '.join(parts)}."


def run_blocks(folder: Path, model: str, config: Mapping, captions: Captions) -> list[Block]:
    """Accuracy, Table 4 and mean ranks over the training runs of one model.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    config : mapping
        The config of the study.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of Block
        None for a single run; the ranks only with config evaluation.in_report.
    """
    if config["folds"]["repeats"] == 1:
        return []
    caption = captions("training_runs", model)
    accuracy = _joined(folder, "table2_accuracy", ["quantity"])
    table4 = _joined(folder, "table4", ["method", "region", "statistic"])
    title = "Training runs"
    blocks = [
        Block(f"{title}: accuracy", caption, as_rows(accuracy[["quantity", *SHOWN]]), [_changing_tests(folder)]),
        Block(f"{title}: Table 4", caption, as_rows(table4[["method", "region", "statistic", *SHOWN]]), folded=True),
    ]
    if config["evaluation"]["in_report"]:
        ranking = _joined(folder, "ranking", ["scope", "method"])
        ranking = ranking[ranking["scope"] == OVERALL].sort_values("value")
        blocks.append(Block(f"{title}: mean ranks", caption, as_rows(ranking[["method", *SHOWN]])))
    return blocks
