"""The list of all photographs, each linked to its face in the explorer."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from gestalt_regions.report.chapters.photograph_list import HELDOUT, SIDE, list_photographs
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.web.addresses import PHOTOGRAPHS, address, face_address
from gestalt_regions.report.web.parts import MOST, Chapter, Section, Table, cells

FILTERS = ["label", "predicted", "right", "set", "fold"]


def _face(sample: str, places: Mapping[str, tuple[str, int, int]]) -> str:
    """A small face as HTML."""
    if sample not in places:
        return ""
    sheet, left, top = places[sample]
    look = f"background-image:url({sheet});background-position:-{left}px -{top}px;width:{SIDE}px;height:{SIDE}px"
    return Markup('<span class="face" role="img" aria-label="Face of {}" style="{}"></span>').format(sample, look)


def _as_read(shown: pd.DataFrame) -> pd.DataFrame:
    """As a person reads it: two decimals, right or wrong, no count of one network."""
    read = shown.assign(right=shown["right"].map({True: "right", False: "wrong"}))
    for column in ("probability", "of the label", "of the next"):
        read[column] = ["" if pd.isna(p) else f"{p:.2f}" if p >= 0.005 else "<0.01" for p in shown[column]]
    if "next class" in read:
        known = shown["next class"].notna()
        read["next class"] = (shown["next class"].fillna("") + " (" + read["of the next"] + ")").where(known, "")
    read = read.drop(columns="of the next", errors="ignore").rename(columns={"of the label": "of its label"})
    return read.assign(agree=shown["agree"].where(shown["set"] == HELDOUT, ""))


def photographs_chapter(
    study: Study, model: str, places: Mapping[str, tuple[str, int, int]], explorer: bool
) -> tuple[Chapter, pd.DataFrame]:
    """The chapter with all photographs.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.
    places : mapping
        Where small faces are, as from `write_thumbnails`.
    explorer : bool
        Whether the site has an explorer to link to.

    Returns
    -------
    tuple
        The chapter, and the whole table for a file of the site.
    """
    whole = list_photographs(study.base, model, study.samples)
    shown = whole.head(MOST)
    judged = whole[whole["set"] == "folds"]
    wrong = int((judged["right"] == False).sum())  # noqa: E712  (None where there is no answer)
    header, lines = cells(_as_read(shown))
    rows = []
    for sample, line in zip(shown["photograph"], lines, strict=True):
        place = face_address(sample, study.group(model))
        link = Markup('<a href="{}">{}</a>').format(place, sample) if explorer else sample
        rows.append([_face(sample, places), link, *line[1:]])
    caption = (
        f"{len(judged)} photographs of the folds are each judged by the network that has not seen the person; "
        f"{wrong} of them are named wrongly. Photographs that are {HELDOUT} are judged by the networks of all folds: "
        "their probabilities are means, and `agree` says how many networks have this answer."
    )
    notes = ["Probabilities are the network's own. They are not calibrated: 0.9 need not be right nine times in ten."]
    photographs = Table(
        "All photographs", caption, "all-photographs", ["face", *header], rows, None, None, notes, FILTERS, len(whole)
    )
    link = " A click on a name opens the face in the explorer." if explorer else ""
    why = f"Look at single people. Filter for what is wrong, and ask why.{link}"
    section = Section("What did the network say of each photograph?", why, [photographs])
    lead = "Every photograph of the cohort, with its label and the answer of a network that has not seen the person."
    heading = f"All photographs, and what {model} says"
    file = address(PHOTOGRAPHS, model)
    return Chapter(file, "Photographs", heading, lead, [section], study.group(model)), whole
