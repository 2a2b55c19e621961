"""What a run says at its end: where the report is, and in one line what was found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gestalt_regions.report.findings.finding import read_findings
from gestalt_regions.report.findings.study_findings import one_line

SITE, PAGE = "report", "index.html"  # the folder that a rule makes, and its first page
CASE, MOST = "*/cases/*/index.html", 10  # pages of cases, and how many are named
TABLE = "files/*findings.csv"  # beside the page; SIMULATED_findings.csv of a simulated cohort


def said_at_the_end(outputs: Iterable[str]) -> list[str]:
    """Say where each report of a run is, and what was found; and where the pages of its cases are.

    Parameters
    ----------
    outputs : iterable of str
        Files and folders that the jobs of the run make, or would have made were they not there.

    Returns
    -------
    list of str
        Two lines a report, one a case; none where the run was asked for neither, or did not make it.
    """
    lines, paths = [], [Path(output) for output in outputs]
    sites = {path for path in paths if path.name == SITE and (path / PAGE).is_file()}
    for page in sorted(site / PAGE for site in sites):
        lines.append(f"Report: {page} (open it in a browser)")
        lines += [f"Found: {one_line(read_findings(table))}" for table in sorted(page.parent.glob(TABLE))]
    cases = sorted({path for path in paths if path.match(CASE) and path.is_file()})
    lines += [f"Case: {page} (open it in a browser)" for page in cases[:MOST]]
    return lines + ([f"and {len(cases) - MOST} more cases beside it"] if len(cases) > MOST else [])
