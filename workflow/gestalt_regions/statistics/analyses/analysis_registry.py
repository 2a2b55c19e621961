"""The analyses beyond the paper's tables: one entry each, made by one rule; a name is also a target."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

RATED = ("annotations", "terms")


@dataclass(frozen=True)
class Analysis:
    """function: `module:name`, Study -> Result; needs: its files besides samples.csv; caption: for report and LaTeX.

    By name, because the Snakefile reads this list and must not wait for statsmodels.
    """

    function: str
    needs: tuple[str, ...]
    caption: str


ANALYSES = {
    "table3_methods": Analysis(
        "gestalt_regions.statistics.analyses.table3_methods:table3_methods",
        ("tests", "coefficients"),
        "Table 3 by saliency method: tests of every syndrome and region, and how many of them are significant.",
    ),
    "corrections": Analysis(
        "gestalt_regions.statistics.analyses.corrections:corrections",
        ("tests",),
        "Number of significant tests of RQ1 (corrected variant) under each correction of one family, all methods x "
        "regions x syndromes.",
    ),
    "permutation": Analysis(
        "gestalt_regions.statistics.analyses.permutation:permutation",
        ("tests", "coefficients"),
        "Permutation tests beside the tests of RQ1 (corrected variant): how far the p values lie apart, and how often "
        "they fall on different sides of the level.",
    ),
    "covariates": Analysis(
        "gestalt_regions.statistics.analyses.covariates:covariates",
        ("tests", "coefficients", "faces"),
        "Difference between syndrome and control (group) with age, sex, expression and pose held equal, as far as the "
        "cohort has them, and the partial effects of these: over all tests of RQ1.",
    ),
    "mixed_model": Analysis(
        "gestalt_regions.statistics.analyses.mixed_model:mixed",
        ("coefficients",),
        "Mixed model of the log region coefficient on group, region and method, with the subject as random effect.",
    ),
    "repeated": Analysis(
        "gestalt_regions.statistics.analyses.repeated:repeated",
        ("coefficients", *RATED),
        "Repeated-measures correlation of coefficient and HPO annotations on ranks, within a person only: over the "
        "regions of an image, and over the photographs of a subject. Mean (sd) over fold models and bootstrap interval "
        "(kin groups drawn).",
    ),
    "power": Analysis(
        "gestalt_regions.statistics.analyses.power:power",
        ("tests", "table4"),
        "The smallest effect that this cohort could have found, for one test alone and within the family of tests.",
    ),
    "differences3": Analysis(
        "gestalt_regions.statistics.analyses.differences:differences3",
        ("tests", "coefficients"),
        "Cells of Table 3 that change between the published and the corrected variant, and what each change is due to.",
    ),
    "differences4": Analysis(
        "gestalt_regions.statistics.analyses.differences:differences4",
        ("table4", "coefficients", *RATED),
        "Table 4 as published and corrected, with the share of the variance of annotations and coefficients that lies "
        "between syndromes, which the pooled correlation counts.",
    ),
}


def run(name: str, files: Mapping, csv: str, tex: str, *, settings: Mapping, seed: int) -> None:
    """Make one analysis: the whole table as CSV, the short one as LaTeX."""
    from gestalt_regions.core import io
    from gestalt_regions.statistics.analyses.analysis_inputs import Study
    from gestalt_regions.statistics.toolkit import read
    from gestalt_regions.statistics.toolkit.latex import booktabs

    study, (module, function) = Study(files, settings, seed), ANALYSES[name].function.split(":")
    result = getattr(importlib.import_module(module), function)(study)
    simulated = read.simulated_phrase(study.samples)
    io.write_table(result.table.assign(simulated=bool(simulated)), csv)
    caption = (f"{simulated.capitalize()}. " if simulated else "") + ANALYSES[name].caption
    columns = "llrrp{0.5\\linewidth}" if name == "differences3" else ""
    io.write_text(booktabs(result.shown, caption, f"tab:{name}", result.notes, columns), tex)
