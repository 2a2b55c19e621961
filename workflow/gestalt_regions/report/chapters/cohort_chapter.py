"""Cohort: photographs, folds, checks of the cohort, and what the simulated look cannot show."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.faces.face_warnings import warning_counts
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import COHORT, address
from gestalt_regions.report.web.parts import Chapter, Section, Table, table

BALANCED = (
    "Age and sex before and after the choice; `difference_sd` is in standard deviations. What else tells the sources "
    "apart (cameras, light, ancestry), a network may learn."
)
WARNED = "Usable faces with each warning, worst first, in all and in each class; a face may have several."


def split_leaks(folds: pd.DataFrame, group: str) -> int:
    """Number of groups with images in more than one fold, or in the folds and the held-out set.

    Parameters
    ----------
    folds : pandas.DataFrame
        folds.csv.
    group : str
        Column of the groups: subject_id or kin_group.

    Returns
    -------
    int
        0 where the split is sound.
    """
    pairs = folds.loc[folds[group] != "", [group, "fold"]].drop_duplicates()
    return int((pairs[group].value_counts() > 1).sum())


def _folds(base: Path) -> pd.DataFrame:
    text = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    return io.read_table(base / "folds.csv", text, strings=text)


def _excluded(base: Path) -> pd.DataFrame:
    return io.read_table(base / "faces" / "excluded.csv", ["sample_id", "reason"], strings=["sample_id", "reason"])


def image_counts(base: Path, samples: pd.DataFrame) -> pd.DataFrame:
    """Images of each class: listed, usable, in the folds, held out, excluded; subjects and kin groups.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    pandas.DataFrame
        A row a class, and `all`.
    """
    folds, excluded = _folds(base), _excluded(base)
    lost = samples[samples["sample_id"].isin(excluded["sample_id"])]["label"].value_counts()
    rows = []
    for label in [*sorted(samples["label"].unique(), key=lambda c: (c.casefold(), c)), "all"]:
        listed, used = (t if label == "all" else t[t["label"] == label] for t in (samples, folds))
        held = int((used["fold"] == "heldout").sum())
        rows.append(
            {
                "class": label,
                "images": len(listed),
                "usable": len(used),
                "in folds": len(used) - held,
                "held out": held,
                "excluded": len(excluded) if label == "all" else int(lost.get(label, 0)),
                "subjects": used["subject_id"].nunique(),
                "kin groups": used["kin_group"].nunique(),
            }
        )
    return pd.DataFrame(rows)


def _images(study: Study) -> Section:
    counts = image_counts(study.base, study.samples)
    parts: list = [
        table("Images and subjects", "Listed, excluded and usable images of each class.", counts, whole=True)
    ]
    parts += _who(study.base)
    parts.append(
        study.figure("Faces of each class", "figure1", study.base / "figures/figure1.png", alt="Aligned faces by class")
    )
    composites, left_out = on_demand_parts(study, of_chapter(COHORT, study.config))
    why = "Everything below rests on these people and their photographs."
    return Section("Who is in the cohort?", why, [*parts, *composites], left_out)


def _who(base: Path) -> list[Table]:
    """What was said of the tables of a cohort that was read; nothing for a rendered one."""
    path = base / "cohort" / "who_is_who.csv"
    if not path.exists():
        return []
    shown = io.read_table(path, strings=["item", "value", "note"])
    warnings = int((shown["item"] == "warning").sum())
    sentence = f"What the cohort's tables say, as they were read; {warnings} warnings."
    parts = [table("Who is who", sentence, shown, file=path)]
    if (path := base / "cohort" / "controls_balance.csv").exists():
        shown = io.read_table(path, strings=["patients", "controls", "variable"])
        parts.append(table("Controls of another source, beside the patients", BALANCED, shown, file=path))
    return parts


def _usable(study: Study) -> Section:
    base, samples = study.base, study.samples
    excluded = _excluded(base)
    faces = io.read_table(base / "faces" / "index.csv", strings=["sample_id", "warnings"])
    warned = warning_counts(faces[["sample_id", "warnings"]].merge(samples[["sample_id", "label"]], on="sample_id"))
    parts: list = []
    left_out = []
    if len(excluded):
        reasons = excluded["reason"].value_counts().rename_axis("reason").reset_index(name="images")
        file = base / "faces" / "excluded.csv"
        parts.append(table("Excluded images", "Reasons, with the number of images.", reasons, file=file))
    else:
        left_out.append("excluded images; every photograph has a usable face.")
    parts.append(table("Warnings of faces", f"{WARNED} A sheet shows them below.", warned, whole=True))
    figure = base / "figures/warned_faces.png"
    parts.append(study.figure("Faces with warnings", "warned_faces", figure, alt="Faces with warnings, worst first"))
    why = (
        "A face that is turned, blurred or cut off is hard for any network. What is wrong with many faces of one class "
        "is a reason to doubt."
    )
    return Section("Which photographs were left out, and which are doubtful?", why, parts, left_out)


def _copies(base: Path, audit: pd.DataFrame) -> str:
    """How many photographs have copies, and how many of them are on both sides of a split."""
    path = base / "faces" / "near_copies.csv"
    if not path.exists():
        return " Near copies of photographs were not looked for (folds.near_copies)."
    copies = io.read_table(path, ["kind"], strings=["kind"])
    split = audit[(audit["level"] == "near_copy") & (audit["check"] != "labels")]
    wrong = audit[(audit["level"] == "near_copy") & (audit["check"] == "labels")]
    return (
        f" {len(copies)} pairs of photographs are copies of one picture; {split['group'].nunique()} pictures are on "
        f"both sides of a split as copies that differ, {wrong['group'].nunique()} have two labels."
    )


def _split(study: Study) -> Section:
    base = study.base
    folds, audit = _folds(base), io.read_table(base / "fold_audit.csv")
    per_fold = folds.groupby(["fold", "label"]).size().unstack(fill_value=0).reset_index()  # noqa: PD010
    sentence = (
        f"{split_leaks(folds, 'subject_id')} subjects and {split_leaks(folds, 'kin_group')} kin groups have images in "
        "more than one fold, or in the folds and the held-out set." + _copies(base, audit)
    )
    parts = [
        table("Folds", "Usable images of each class in each fold.", per_fold, file=base / "folds.csv", whole=True),
        table("Audit of the split", sentence, audit, file=base / "fold_audit.csv"),
    ]
    why = "A network that has seen a person, or a sibling, seems better than it is. So families must not be split."
    return Section("Were the networks tested on people they had not seen?", why, parts)


def _checks(study: Study) -> list[Section]:
    """The leak table of any cohort; detector, parser and raters of a rendered one."""
    tables = study.base / "tables"
    parts = {}
    for name, title in (
        ("leaks", "Leak table"),
        ("parsing", "Detector and parser against truth"),
        ("raters", "Simulated raters"),
    ):
        path = tables / f"{name}.csv"
        if path.exists():
            shown = io.read_table(path, strings=["note"]).drop(columns=["simulated", "level"])
            anchor = "" if name == "leaks" else name
            caption = study.captions(name)
            parts[name] = table(title, caption, shown, anchor=anchor, file=path, tex=path.with_suffix(".tex"))
    sections = []
    if "leaks" in parts:
        why = (
            "If the border of the photograph tells the class, a network may have learned the border, and not the face."
        )
        sections.append(Section("Can the class be told from what is not the face?", why, [parts.pop("leaks")]))
    if parts:
        why = "Only on simulated faces is the truth known. How well are faces found, regions labelled and signs rated?"
        sections.append(Section("How well do detector, parser and raters do?", why, list(parts.values())))
    return sections


def _shown(study: Study) -> list[Section]:
    """The terms that the look of the simulated faces cannot show."""
    path = study.base / "cohort" / "not_shown.csv"
    if not path.exists() or (terms := io.read_table(path)).empty:
        return []
    caption = "Terms of the recipes that this look cannot show: no subject has them."
    why = "What no face shows, no network can learn."
    return [Section("Which signs are missing?", why, [table("Terms not shown", caption, terms, file=path)])]


def cohort_chapter(study: Study) -> Chapter:
    """The chapter on the cohort.

    Parameters
    ----------
    study : Study
        What is reported.

    Returns
    -------
    Chapter
        One for a study.
    """
    figure = study.base / "figures/figure_regions.png"
    regions = study.figure("Regions on the mean face", "figure_regions", figure, alt="Region sets on the mean face")
    boxes = Section("Which regions of the face are compared?", "All results by region rest on these.", [regions])
    lead = "The people, their photographs, and whether a network could have learned something else than faces."
    sections = [_images(study), _usable(study), *_shown(study), _split(study), *_checks(study), boxes]
    return Chapter(address(COHORT), "Cohort", "Cohort", lead, sections, loud=True)
