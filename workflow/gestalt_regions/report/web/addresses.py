"""Where the pages of the site are, and how a heading is called in a link."""

from __future__ import annotations

import re
from urllib.parse import quote

INDEX, COHORT, MATCHING, TIME, EXPLORER = "index", "cohort", "matching", "time", "explorer"  # once for a study
CLINICIANS = "clinicians"  # once for a study
RECOGNITION, REGIONS, HPO, EXPLANATIONS, PHOTOGRAPHS = (
    "recognition",
    "regions",
    "hpo",
    "explanations",
    "photographs",
)  # once for every model


def slug(title: str) -> str:
    """A heading as an anchor.

    Parameters
    ----------
    title : str
        Of a section, table or figure.

    Returns
    -------
    str
        Small letters, digits, underscores and hyphens.
    """
    return re.sub(r"[^a-z0-9_]+", "-", title.lower()).strip("-")


def address(chapter: str, model: str = "", anchor: str = "") -> str:
    """A link to a place of the site.

    Parameters
    ----------
    chapter : str
        One of this module.
    model : str
        For the chapters that every model has.
    anchor : str
        Of a section, table or figure; made by `slug`.

    Returns
    -------
    str
        Relative to the site's folder.
    """
    page = f"{chapter}_{model}.html" if model else f"{chapter}.html"
    return f"{page}#{anchor}" if anchor else page


def face_address(sample_id: str, model: str = "") -> str:
    """A link to one face in the explorer.

    Parameters
    ----------
    sample_id : str
        Of the photograph.
    model : str
        Whose answers and maps are shown; those of the first one if empty.

    Returns
    -------
    str
        Relative to the site's folder.
    """
    of_model = f"&model={quote(model, safe='')}" if model else ""
    return f"{EXPLORER}.html#face={quote(sample_id, safe='')}{of_model}"
