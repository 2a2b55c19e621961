"""Matching: which gallery faces are most alike (GestaltMatcher-Arc), as far as it was asked for."""

from __future__ import annotations

from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import MATCHING, address
from gestalt_regions.report.web.parts import Chapter, Section

SECTIONS = (  # heading, why, and how the names of its files begin or end
    (
        "Which faces are alike?",
        "Matching needs no class to be trained. It asks which known face is most alike, so look at the faces.",
        lambda name: not name.endswith(".csv"),
    ),
    (
        "How often is the right disorder near?",
        "How often is the right disorder among the first k? Disorders with few people are the hard ones.",
        lambda name: name.endswith(".csv") and not name.startswith("arc_table"),
    ),
    (
        "As the paper has it",
        "The tables of GestaltMatcher-Arc, with this study's encoders and images.",
        lambda name: name.startswith("arc_table"),
    ),
)


def matching_chapter(study: Study) -> tuple[Chapter | None, list[str]]:
    """The chapter on matching.

    Parameters
    ----------
    study : Study
        What is reported.

    Returns
    -------
    tuple
        The chapter, or None where nothing of matching was made; then lines on what is not there.
    """
    entries, sections = of_chapter(MATCHING, study.config), []
    for title, why, belongs in SECTIONS:
        parts, left_out = on_demand_parts(study, [each for each in entries if belongs(each.file.rpartition("/")[2])])
        sections.append(Section(title, why, parts, left_out))
    if not any(section.parts for section in sections):
        return None, ["matching; `snakemake arc_tables arc_figures` makes it, then `snakemake report` shows it."]
    lead = "Which faces of the gallery are most alike to a face, and is it the right disorder (GestaltMatcher-Arc)?"
    return Chapter(address(MATCHING), "Matching", "Matching", lead, sections), []
