"""Studies with clinicians: what readers answered, as far as it was asked for."""

from __future__ import annotations

import copy
from dataclasses import replace

from gestalt_regions.core.io import read_table
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.on_demand import OnDemand, of_chapter
from gestalt_regions.report.web.addresses import CLINICIANS, address
from gestalt_regions.report.web.parts import Chapter, Section

READERS = "reader_study/"  # where the tables and figures of the reader study lie
SIMULATED = "SIMULATED readers answered: nobody has read these faces. The numbers say what the study would tell."


def _readers(study: Study, entries: list[OnDemand]) -> Section:
    """The reader study, whose captions say whether readers are simulated."""
    path = study.base / f"{READERS}tables/measures.csv"
    simulated = not path.exists() or read_table(path)["simulated"].astype(str).eq("True").any()
    captions = copy.copy(study.captions)
    captions.config = {**study.config, "reader_study": {"answers": "" if simulated else "given"}}
    parts, left_out = on_demand_parts(replace(study, captions=captions), entries)
    why = "Do readers name the class more often when they see what the AI says, and when they see its explanations?"
    return Section("Readers", f"{why} {SIMULATED if simulated else ''}".strip(), parts, left_out)


def clinicians_chapter(study: Study) -> Chapter | None:
    """The chapter on studies with clinicians.

    Parameters
    ----------
    study : Study
        What is reported.

    Returns
    -------
    Chapter or None
        None where there is no such study.
    """
    entries = of_chapter(CLINICIANS, study.config)
    sections = [_readers(study, [each for each in entries if each.file.startswith(READERS)])]
    if not any(section.parts for section in sections):
        return None
    lead = "Do the explanations help people who name the class?"
    return Chapter(address(CLINICIANS), "Clinicians", "Clinicians", lead, sections)
