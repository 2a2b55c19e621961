"""The first page: what was found, with number, interval and link; then what the other pages are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gestalt_regions.report.chapters.cohort_chapter import image_counts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.findings.finding import Finding
from gestalt_regions.report.findings.study_findings import by_theme, kind_counts
from gestalt_regions.report.web.parts import Chapter


def study_facts(study: Study) -> list[tuple[str, str]]:
    """What was studied, in a few numbers.

    Parameters
    ----------
    study : Study
        What is reported.

    Returns
    -------
    list of (str, str)
        Name and value.
    """
    counts = image_counts(study.base, study.samples).set_index("class")
    whole, classes = counts.loc["all"], [str(name) for name in counts.index if name != "all"]
    shown = ", ".join(classes[:12]) + (f" and {len(classes) - 12} more" if len(classes) > 12 else "")
    people = f"{whole['subjects']} people of {whole['kin groups']} families"
    used = f"{whole['usable']} of {whole['images']} photographs have a usable face"
    networks = ", ".join(f"{name} ({entry['backbone']})" for name, entry in study.config["models"].items())
    return [
        ("Photographs", f"{used}: {people}"),
        ("Classes", f"{len(classes)}: {shown}"),
        ("Compared with", study.control),
        ("Networks", f"{networks}; {study.config['folds']['n']} folds"),
        ("Explanations", f"{len(study.methods)} methods"),
    ]


def findings_by_model(study: Study, findings: Sequence[Finding]) -> list[tuple[str, dict[str, list[Finding]]]]:
    """Findings in the order of the page.

    Parameters
    ----------
    study : Study
        What is reported.
    findings : sequence of Finding
        Of the study.

    Returns
    -------
    list
        Heading (empty for the cohort, and for the only network), and theme -> findings.
    """
    parts = [("", by_theme(findings))]
    parts += [(study.group(model), by_theme(findings, model)) for model in study.models]
    return [(heading, themes) for heading, themes in parts if themes]


def index_values(
    study: Study, chapters: Sequence[Chapter], left_out: Sequence[str], findings: Sequence[Finding]
) -> dict[str, Any]:
    """What index.html.j2 names.

    Parameters
    ----------
    study : Study
        What is reported.
    chapters : sequence of Chapter
        The other pages.
    left_out : sequence of str
        Chapters that are not there, and why.
    findings : sequence of Finding
        Of the study.

    Returns
    -------
    dict
        Values of the template.
    """
    there = {chapter.file for chapter in chapters}
    linked = [f if f.link.partition("#")[0] in there else replace(f, link="") for f in findings]
    return {
        "heading": "What this study found",
        "facts": study_facts(study),
        "findings": findings_by_model(study, linked),
        "short": [finding for finding in linked if finding.short],
        "counts": kind_counts(findings),
        "several": len(study.models) > 1,
        "chapters": list(chapters),
        "left_out": list(left_out),
    }
