"""The first parts of a case page: what a reader must know first, the photograph, and what the networks say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.report.case_page import case_charts as charts
from gestalt_regions.report.case_page import case_sentences as words
from gestalt_regions.report.case_page.case_files import Case
from gestalt_regions.report.case_page.case_images import uri_of_array, uri_of_file

UNLIKE = "This face is unlike the faces that the networks have seen. Every number below may mean nothing."
TOGETHER = {"all": "all folds", "heldout": "mean of all, held-out people"}  # rows that are no single network
UNMEASURED = "How often such sets are right was not measured in this study."


def photograph(case: Case) -> dict[str, str]:
    """The whole photograph, and the face as the networks see it.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    dict
        photo, crop, face: data URIs; nothing where there is no such picture.
    """
    names = {"photo": "photo.jpg", "crop": "crop.png", "face": "face.png"}
    return {key: uri_of_file(case.folder / name) for key, name in names.items()}


def cautions(case: Case) -> list[str]:
    """What must be read before any number.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of str
        Sentences; the worst first.
    """
    quality = case.tables["quality"]
    bad = quality[quality["verdict"] == "bad"]
    unlike = [UNLIKE] if (bad["check"] == "likeness").any() else []
    named = [
        f"{words.CHECKS.get(check, check)}: {said}" for check, said in zip(bad["check"], bad["sentence"], strict=True)
    ]
    said = [*unlike, *named, *case.facts["cautions"]]
    return list(dict.fromkeys(sentence for sentence in said if sentence))


def quality_rows(case: Case) -> list[dict[str, object]]:
    """The quality checks, each with where it lies among the study's faces.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of dict
        check, verdict, said, kind, rank, chart.
    """
    rows = []
    for row in case.tables["quality"].to_dict("records"):
        known = np.isfinite(row["percentile"])
        rows.append(
            {
                "check": words.CHECKS.get(row["check"], row["check"].capitalize()),
                "verdict": words.VERDICTS.get(row["verdict"], row["verdict"]),
                "kind": row["verdict"],
                "said": row["sentence"],
                "rank": f"percentile {row['percentile']:.0f}" if known else "",
                "chart": charts.percentile_bar(row["percentile"]),
            }
        )
    return rows


def _set_said(case: Case, names: Sequence[str]) -> list[str]:
    """What the conformal set says, and how often such sets were right."""
    said, measured = [words.set_sentence(names, case.facts["level"], len(case.facts["classes"]))], []
    for fold, people in (("all", "families, each against the others"), ("heldout", "held-out families")):
        for _, row in case.table("calibration", fold=fold).iterrows():
            measured.append(words.coverage_sentence(row, people))
    return said + ([sentence for sentence in measured if sentence] or [UNMEASURED])


def answer(case: Case) -> dict[str, object]:
    """What the networks say.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    dict
        best, sentence, set, set_said, rows (label, probability, spread, p_value, in_set, chart), folds, level.
    """
    classes, facts = case.tables["classes"].sort_values("rank"), case.facts
    inside = classes["in_set"].astype(bool)
    axis = charts.Axis(0, 1)
    rows = []
    for row, in_set in zip(classes.to_dict("records"), inside, strict=True):
        points = case.table("probabilities", class_=row["class"])["probability"].to_list()
        rows.append(
            {
                "label": row["class"],
                "probability": words.percent(row["probability"]),
                "spread": words.percents(row["low"], row["high"]),
                "p_value": f"{row['p_value']:.2g}",
                "in_set": in_set,
                "chart": charts.spread_chart(axis, row["probability"], row["low"], row["high"], points),
            }
        )
    names = classes.loc[inside, "class"].to_list()
    best, many = classes.iloc[0], len(facts["classes"])
    return {
        "best": best["class"],
        "sentence": words.answer_sentence(best, len(facts["folds"]), many),
        "set": names,
        "set_said": _set_said(case, names),
        "rows": rows,
        "folds": len(facts["folds"]),
        "level": f"{100 * facts['level']:.0f}\u00a0%",
    }


def calibration_rows(case: Case) -> list[dict[str, str]]:
    """Temperature and reliability of each network, and of all together.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of dict
        fold, temperature, n, before, after.
    """
    table = case.tables["calibration"]
    return [
        {
            "fold": TOGETHER.get(row["fold"], row["fold"]),
            "temperature": f"{row['temperature']:.2f}" if np.isfinite(row["temperature"]) else "",
            "n": "" if row["fold"] in TOGETHER else f"{row['n']:.0f}",  # theirs counts families, for the coverage
            "before": f"{row['ece_before']:.3f}",
            "after": f"{row['ece_after']:.3f}",
        }
        for row in table[table["ece_after"].notna()].to_dict("records")
    ]


def neighbours(case: Case) -> list[dict[str, str]]:
    """The nearest faces of the study.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of dict
        label, sample_id, set, similarity, alike, picture.
    """
    rows: pd.DataFrame = case.tables["neighbours"].sort_values("rank", kind="stable")
    pictures = case.arrays["neighbours"]
    return [
        {
            "label": row["label"],
            "sample_id": row["sample_id"],
            "set": row["set"],
            "similarity": f"{row['similarity']:.2f}",
            "alike": words.plain(row["alike"]).replace(";", ","),
            "picture": uri_of_array(pictures[place], exact=False),
        }
        for place, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]
