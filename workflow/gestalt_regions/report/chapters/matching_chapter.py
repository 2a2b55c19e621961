"""Matching: which gallery faces are most alike (GestaltMatcher-Arc), as far as it was asked for.

Matching is no part of the default study. What lies on the disk when the site is made is shown.
"""

from __future__ import annotations

from gestalt_regions.core import io
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.web.addresses import MATCHING, address
from gestalt_regions.report.web.parts import Chapter, Figure, Section, Table, table

TABLES = {  # file -> title, caption
    "accuracy": ("Mean accuracy", "match_accuracy"),
    "differences": ("Differences of mean accuracy", "match_differences"),
    "disorders": ("Accuracy of each disorder", "match_disorders"),
    "verification": ("Face verification", "match_verification"),
    "similarity_coefficients": ("What makes faces alike, by region", "similarity_coefficients"),
}
FIGURES = {  # file -> title, caption
    "match_sheet.png": ("Queries and their nearest disorders", "match_sheet"),
    "similarity_maps.png": ("What makes a face and its match alike", "similarity_maps"),
    "clusters.svg": ("Faces and disorders by likeness", "match_clusters"),
    "arc_figure2.svg": ("How many disorders have how many people", "arc_figure2"),
    "arc_figure3.svg": ("Accuracy and the people an encoder learned from", "arc_figure3"),
}
CHOICES = ["system", "encoder", "gallery", "disorders", "k", "method", "policy", "region"]


def _tables(study: Study) -> list[Table]:
    folder, made = study.base / "matching" / "tables", []
    for name, (title, caption) in TABLES.items():
        file = folder / f"{name}.csv"
        if file.exists():
            shown = io.read_table(file).drop(columns="simulated", errors="ignore")
            filters = [column for column in CHOICES if column in shown and shown[column].nunique() > 1]
            made.append(table(title, study.captions(caption), shown, file=file, filters=filters))
    return made


def _paper(study: Study) -> list[Table]:
    """Tables 1 to 6 of the paper."""
    made = []
    for file in sorted((study.base / "matching" / "tables").glob("arc_table?.csv")):
        number = file.stem.removeprefix("arc_table")
        shown = io.read_table(file).drop(columns="simulated", errors="ignore")
        caption = study.captions("arc_table", arc=number)
        made.append(table(f"Arc Table {number}", caption, shown, file=file, tex=file.with_suffix(".tex")))
    return made


def _figures(study: Study) -> list[Figure]:
    folder = study.base / "matching" / "figures"
    return [
        study.figure(title, caption, folder / name)
        for name, (title, caption) in FIGURES.items()
        if (folder / name).exists()
    ]


def matching_chapter(study: Study) -> Chapter | None:
    """The chapter on matching.

    Parameters
    ----------
    study : Study
        What is reported.

    Returns
    -------
    Chapter or None
        None where nothing of matching was made.
    """
    numbers, figures, paper = _tables(study), _figures(study), _paper(study)
    sections = []
    if figures:
        why = "Matching needs no class to be trained. It asks which known face is most alike, so look at the faces."
        sections.append(Section("Which faces are alike?", why, list(figures)))
    if numbers:
        why = "How often is the right disorder among the first k? Disorders with few people are the hard ones."
        sections.append(Section("How often is the right disorder near?", why, list(numbers)))
    if paper:
        why = "The tables of GestaltMatcher-Arc, with this study's encoders and images."
        sections.append(Section("As the paper has it", why, list(paper)))
    if not sections:
        return None
    lead = "Which faces of the gallery are most alike to a face, and is it the right disorder (GestaltMatcher-Arc)?"
    return Chapter(address(MATCHING), "Matching", "Matching", lead, sections)
