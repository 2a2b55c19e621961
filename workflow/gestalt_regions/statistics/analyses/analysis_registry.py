"""The analyses beyond the paper's tables: a decorated function of this folder each; a name is also a target.

The decorators are read, not run (core.declared), so that the DAG does not wait for statsmodels.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gestalt_regions.core.declared import LAST, declared

NEEDS = {  # what an analysis may ask for besides samples.csv; workflow/rules/statistics/inputs.smk says where it lies
    "coefficients": "region coefficients, a file for each method",
    "tests": "every test of Table 3",
    "table4": "the correlations of Table 4",
    "table4_folds": "the correlations of every fold, in every variant of Table 4",
    "fold_audit": "the families on both sides of a split",
    "annotations": "how many raters saw each HPO term, by image",
    "terms": "the HPO terms and their regions",
    "faces": "what the detector found of each image",
}
Made = TypeVar("Made")


@dataclass(frozen=True)
class Analysis:
    """An analysis beyond the paper's tables.

    Attributes
    ----------
    function : str
        `module:name` of a function AnalysisInputs -> AnalysisResult.
    needs : tuple of str
        Its files besides samples.csv, of NEEDS.
    caption : str
        For the report and LaTeX.
    title : str
        Its heading in the report; made of the name if empty.
    question : str
        RQ1 or RQ2, the chapter of the report; of both, a column `question` says which rows are which.
    """

    function: str
    needs: tuple[str, ...]
    caption: str
    title: str = ""
    question: str = "RQ1"


def analysis(
    name: str, *, needs: tuple[str, ...], caption: str, title: str = "", question: str = "RQ1", place: int = LAST
) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Make a function of this folder, inputs -> AnalysisResult, the analysis and the target `name`.

    Parameters
    ----------
    name : str
        Of the target and of its files, results/{cohort}/{model}/tables/<name>.csv and .tex.
    needs : tuple of str
        Of NEEDS: its files besides samples.csv.
    caption : str
        What the table shows, for the report and LaTeX.
    title : str
        Heading in the report; without it, the name.
    question : str
        RQ1, RQ2 or both: the chapters of the report in which it stands.
    place : int
        Where it stands in the report; without it: last.

    Returns
    -------
    Callable
        Gives the function back as it is: what is said here is read, not run.
    """
    return lambda function: function


def _registered() -> dict[str, Analysis]:
    analyses = {}
    for name, entry in declared("statistics/analyses", "analysis").items():
        facts = {key: value for key, value in entry.facts.items() if key != "place"}
        try:
            analyses[name] = Analysis(entry.root, **facts)
        except TypeError as error:
            raise ValueError(f"{entry.where}: {error}") from None
        if unknown := set(analyses[name].needs) - set(NEEDS):
            raise ValueError(f"{entry.where}: needs {', '.join(sorted(unknown))}; NEEDS has {', '.join(NEEDS)}")
    return analyses


ANALYSES = _registered()


def write_analysis(name: str, *, files: Mapping, csv: str, tex: str, settings: Mapping, seed: int) -> None:
    """Make one analysis: the whole table as CSV, the short one as LaTeX.

    Parameters
    ----------
    name : str
        Of ANALYSES.
    files : mapping
        Name -> path or paths, as AnalysisInputs.files.
    csv, tex : str
        What is written.
    settings : mapping
        The section `statistics` of the config.
    seed : int
        Seed of the study.
    """
    from gestalt_regions.core import io
    from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs
    from gestalt_regions.statistics.toolkit import read
    from gestalt_regions.statistics.toolkit.latex import booktabs

    inputs, (module, function) = AnalysisInputs(files, settings, seed), ANALYSES[name].function.split(":")
    result = getattr(importlib.import_module(module), function)(inputs)
    simulated = read.simulated_phrase(inputs.samples)
    io.write_table(result.table.assign(simulated=bool(simulated)), csv)
    caption = (f"{simulated.capitalize()}. " if simulated else "") + ANALYSES[name].caption
    columns = "lllrrp{0.45\\linewidth}" if name == "differences3" else ""
    io.write_text(booktabs(result.shown, caption, f"tab:{name}", result.notes, columns), tex)
