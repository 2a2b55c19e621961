"""index.html of a case: one self-contained page for a reader who has one photograph and three questions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from gestalt_regions.core import io
from gestalt_regions.report.case_page import case_answer, case_reasons
from gestalt_regions.report.case_page.case_files import Case, read_case
from gestalt_regions.report.web.shell import Shell


def _explained(case: Case) -> dict[str, Any]:
    """What the page shows beyond the photograph, unless the case was refused."""
    return {
        "quality": case_answer.quality_rows(case),
        "answer": case_answer.answer(case),
        "calibration": case_answer.calibration_rows(case),
        "reasons": case_reasons.reasons(case),
        "outlines": case_reasons.outlines(case),
        "methods": case_reasons.method_order(case),
        "policy": case_reasons.policy_sentence(case),
        "standings": case_reasons.standings(case),
        "neighbours": case_answer.neighbours(case),
    }


def write_case_page(data: str | os.PathLike, output: str | os.PathLike, files: Sequence[str | os.PathLike]) -> None:
    """Write the page of a case: all in one file, with no request to anywhere.

    Parameters
    ----------
    data : str or path
        results/{cohort}/{model}/cases/{name}/data.
    output : str or path
        index.html.
    files : sequence of str or path
        All files of workflow/report/site.

    Raises
    ------
    InputError
        Where a file of the case is missing or does not fit the others.
    """
    case = read_case(data)
    facts = case.facts
    shell = Shell(
        files, title=f"{facts['cohort']}, {facts['model']}", simulated=facts["simulated"].rstrip("."), inline=True
    )
    values: dict[str, Any] = {
        "facts": facts,
        "pictures": case_answer.photograph(case),
        "cautions": case_answer.cautions(case),
    }
    if facts["refusal"]:
        page = shell.render("case_refused.html.j2", heading="This photograph cannot be explained", **values)
    else:
        page = shell.render("case.html.j2", heading=f"A new face: {facts['photo']}", **values, **_explained(case))
    io.write_text(page, output)
