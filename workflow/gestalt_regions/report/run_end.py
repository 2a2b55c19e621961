"""What a run says at its end: where the report is, and in one line what was found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gestalt_regions.report.findings.finding import read_findings
from gestalt_regions.report.findings.study_findings import one_line

PAGE = "report/index.html"
TABLE = "files/*findings.csv"  # beside the page; SIMULATED_findings.csv of a simulated cohort


def said_at_the_end(outputs: Iterable[str]) -> list[str]:
    """Say where each report of a run is, and what was found.

    Parameters
    ----------
    outputs : iterable of str
        Files that the jobs of the run make.

    Returns
    -------
    list of str
        Two lines a report; none where the run was asked for none.
    """
    lines = []
    for page in sorted({Path(output) for output in outputs if str(output).endswith(f"/{PAGE}")}):
        lines.append(f"Report: {page} (open it in a browser)")
        lines += [f"Found: {one_line(read_findings(table))}" for table in sorted(page.parent.glob(TABLE))]
    return lines
