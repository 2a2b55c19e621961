"""Time and provenance: how the study was made, of what, under which licences, and with which config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml
from markupsafe import Markup

from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.study_facts import licences, versions
from gestalt_regions.report.web.addresses import TIME, address
from gestalt_regions.report.web.parts import Chapter, Listing, Section, table

WHERE_TIME_WENT = Markup(
    "The time of every stage is in <code>timing.csv</code>, beside the folder of this report. It is made after the "
    "report, so that it has the report's own time too."
)
RECORDS = Markup(
    "Each result has a record in <code>results/provenance</code>: the rule and its parameters, digests of inputs and "
    "code, seed and versions."
)


def time_chapter(study: Study, manifest: Mapping[str, Mapping], used: Sequence[str]) -> Chapter:
    """The chapter on time and provenance.

    Parameters
    ----------
    study : Study
        What is reported.
    manifest : mapping
        The assets, as in `study_facts.licences`.
    used : sequence of str
        Assets that the study took.

    Returns
    -------
    Chapter
        One for a study.
    """
    config = study.config
    figure = study.figure(
        "The workflow", "figure2", study.base / "figures/figure2.svg", alt="Graph of the rules and their files"
    )
    told = versions(config)
    kinds = licences(manifest, used, config["assets"]["local"])
    whole = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
    sections = [
        Section("How was it made?", WHERE_TIME_WENT, [figure]),
        Section(
            "With which versions?",
            RECORDS,
            [table("Versions", "What the numbers depend on: digests of config and code, and libraries.", told)],
        ),
        Section(
            "What did it take from others?",
            "Code and networks of others have their own terms. Read them before you publish or share.",
            [table("Licences", "Fetched assets and their licences.", kinds)],
        ),
        Section(
            "Which choices were made?",
            "With this config, and the same version, the study gives the same numbers again.",
            [Listing("Config", "The whole config, defaults filled in.", "", whole)],
        ),
    ]
    lead = "What is needed to make the same study again, and to know what it may be used for."
    return Chapter(address(TIME), "Time and provenance", "Time and provenance", lead, sections)
