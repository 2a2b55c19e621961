"""All findings of a study, in the order of the page, and the one line that ends a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gestalt_regions.report.findings.explanations_found import explanations_found
from gestalt_regions.report.findings.finding import NOT_SHOWN, WARNING, Finding, counted
from gestalt_regions.report.findings.leaks_found import leaks_found
from gestalt_regions.report.findings.recognised import recognised
from gestalt_regions.report.findings.rq1_found import rq1_found
from gestalt_regions.report.findings.rq2_found import rq2_found
from gestalt_regions.report.findings.studied import studied
from gestalt_regions.saliency.method_registry import explained_models

THEMES = {
    "studied": "What was studied",
    "leaks": "Is the signal in the face?",
    "recognition": "Recognition",
    "regions": "Regions that differ (RQ1)",
    "hpo": "Regions and HPO annotations (RQ2)",
    "explanations": "Do the explanations hold?",
}


def study_findings(base: Path, config: Mapping) -> list[Finding]:
    """Read everything that a study found, and what it cannot say.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    config : mapping
        The config of the study.

    Returns
    -------
    list of Finding
        Of the cohort first, then of each network.
    """
    found = [*studied(base, config), *leaks_found(base)]
    for model in explained_models(config):
        found += [
            *recognised(base, model, f"recognition_{model}.html"),
            *rq1_found(base, config, model, f"regions_{model}.html"),
            *rq2_found(base, model, f"hpo_{model}.html"),
            *explanations_found(base, config, model, f"explanations_{model}.html"),
        ]
    return found


def kind_counts(findings: Sequence[Finding]) -> dict[str, int]:
    """Count warnings and what is not shown; that faces are simulated is said elsewhere, and no warning here.

    Parameters
    ----------
    findings : sequence of Finding
        Of a study.

    Returns
    -------
    dict
        `warning` and `not shown` -> how many.
    """
    counted_ones = [finding for finding in findings if finding.rule != "simulated"]
    return {kind: sum(finding.kind == kind for finding in counted_ones) for kind in (WARNING, NOT_SHOWN)}


def one_line(findings: Sequence[Finding]) -> str:
    """Say in one line what was found.

    Parameters
    ----------
    findings : sequence of Finding
        Of a study.

    Returns
    -------
    str
        For each network what it found in a few words, then the number of warnings; begins with SIMULATED if faces are.
    """
    models = list(dict.fromkeys(finding.model for finding in findings if finding.model))
    parts = []
    for model in models:
        said = ", ".join(finding.short for finding in findings if finding.model == model and finding.short)
        said = said or "nothing that could be said"
        parts.append(f"{model}: {said}" if len(models) > 1 else said)
    counts = kind_counts(findings)
    parts.append(f"{counted(counts[WARNING], 'warning')}, {counted(counts[NOT_SHOWN], 'thing')} not shown")
    simulated = any(finding.rule == "simulated" for finding in findings)
    return f"{'SIMULATED: ' if simulated else ''}{'; '.join(parts)}."


def by_theme(findings: Sequence[Finding], model: str = "") -> dict[str, list[Finding]]:
    """Sort findings by theme.

    Parameters
    ----------
    findings : sequence of Finding
        Of a study.
    model : str
        A network; those of the cohort if empty.

    Returns
    -------
    dict
        Title of the theme -> its findings; no theme without any.
    """
    of_model = [finding for finding in findings if finding.model == model]
    themes = {title: [f for f in of_model if f.theme == theme] for theme, title in THEMES.items()}
    return {title: found for title, found in themes.items() if found}
