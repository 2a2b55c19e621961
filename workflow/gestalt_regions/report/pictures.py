"""The figures of the page, as pictures that need no other file."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from pathlib import Path

from gestalt_regions.core.errors import InputError
from gestalt_regions.report.captions import Captions

COHORT_FIGURES = {"figure1": "png", "figure2": "svg", "warned_faces": "png", "figure_regions": "png"}
FIGURES = {
    "figure3": "svg",
    "figure5": "png",
    "figure6": "svg",
    "significance_heatmap": "svg",
    "correlation_heatmap": "svg",
}
EVALUATION_FIGURES = {  # and the group of measures without which there is none
    "summary": "",
    "critical_difference": "",
    "objective_curves": "objective",
    "sanity_curves": "sanity",
}
MIME = {".svg": "image/svg+xml", ".png": "image/png"}


def data_uri(path: str | os.PathLike) -> str:
    """The file itself as the source of an <img>, so that the page needs no other file.

    No picture's ids clash with another's either.

    Parameters
    ----------
    path : str or path
        An SVG or PNG.

    Returns
    -------
    str
        A data URI.

    Raises
    ------
    InputError
        Where there is no such file.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such figure; build it before the report") from None
    return f"data:{MIME[Path(path).suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def picture(name: str, path: Path, captions: Captions, model: str = "") -> dict[str, str]:
    """One figure for the template.

    Parameters
    ----------
    name : str
        Of the figure and its caption.
    path : Path
        The file.
    captions : Captions
        Gives the caption of each.
    model : str
        The model it belongs to, if any.

    Returns
    -------
    dict
        anchor, caption, source.
    """
    return {"anchor": f"{model}-{name}", "caption": captions(name, model), "source": data_uri(path)}


def cohort_pictures(base: Path, captions: Captions) -> list[dict[str, str]]:
    """The figures of the cohort.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of dict
        As from `picture`.
    """
    return [picture(name, base / "figures" / f"{name}.{kind}", captions) for name, kind in COHORT_FIGURES.items()]


def model_pictures(folder: Path, model: str, captions: Captions) -> list[dict[str, str]]:
    """The figures of one model.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of dict
        As from `picture`.
    """
    return [picture(name, folder / "figures" / f"{name}.{kind}", captions, model) for name, kind in FIGURES.items()]


def evaluation_pictures(folder: Path, model: str, groups: Sequence[str], captions: Captions) -> list[dict[str, str]]:
    """The figures of the evaluation of one model.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    groups : sequence of str
        Groups of measures that the study has.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of dict
        As from `picture`.
    """
    shown = ["summary", "critical_difference", *(name for name, group in EVALUATION_FIGURES.items() if group in groups)]
    return [picture(name, folder / "evaluation" / f"{name}.svg", captions, model) for name in shown]
