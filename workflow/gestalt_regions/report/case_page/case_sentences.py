"""What a case page says: short sentences, one thought each, made from the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

CHECKS = {  # what a check is called where people read it
    "pose yaw": "Head turned left or right",
    "pose pitch": "Head tilted up or down",
    "blur": "Sharpness",
    "face size": "Size of the face",
    "landmarks": "Face seen from the front",
    "occlusion": "Parts of the face",
    "outside the frame": "Face within the frame",
    "faces in the photograph": "Faces in the photograph",
    "likeness": "Distance from faces the networks know",
}
VERDICTS = {"good": "✓ good", "caution": "! caution", "bad": "✕ bad"}
PLACES = {  # a region -> where it is
    "brows": "at the brows",
    "cheeks": "at the cheeks",
    "chin": "at the chin",
    "ears": "at the ears",
    "eyes": "around the eyes",
    "forehead": "at the forehead",
    "mouth": "at the mouth",
    "nasal_bridge": "at the bridge of the nose",
    "nose": "at the nose",
    "nose_tip": "at the tip of the nose",
    "philtrum": "between nose and mouth",
    "upper_lip": "at the upper lip",
}
POLICIES = {  # how a map becomes coefficients -> what they say
    "signed_raw": "Above 0 a region speaks for the class, below 0 against it.",
    "positive_raw": "Only what speaks for the class is counted.",
    "absolute_raw": "What speaks for and against the class counts alike.",
    "absolute_minmax": "What speaks for and against the class counts alike, from 0 to 1 within each face.",
    "absolute_sum": "What speaks for and against the class counts alike, as a density of the whole map.",
}
REST, OUTSIDE, LEFT = "explained by no region", "outside the face", "left in the whole face"  # values of no region


def percent(share: float) -> str:
    """A share, as people read it.

    Parameters
    ----------
    share : float
        0 to 1.

    Returns
    -------
    str
        `62 %`; `below 1 %` and `above 99 %` at the ends, since no such network is certain.
    """
    if share < 0.01:
        return "below 1\u00a0%"
    return "above 99\u00a0%" if share > 0.99 else f"{100 * share:.0f}\u00a0%"


def percents(low: float, high: float) -> str:
    """A range of shares, as people read it.

    Parameters
    ----------
    low, high : float
        0 to 1.

    Returns
    -------
    str
        `40 % to 62 %`, or one of them where both read alike.
    """
    ends = dict.fromkeys((percent(low), percent(high)))
    return " to ".join(ends)


def signed(value: float) -> str:
    """A number with its sign.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    str
        Two digits, with a true minus; nothing where it is not known.
    """
    if not np.isfinite(value):
        return ""
    rounded = float(f"{value:.2g}")
    text = (
        np.format_float_positional(abs(rounded), trim="-")
        if rounded == 0 or abs(rounded) > 1e-5
        else f"{abs(rounded):.1e}"
    )
    return f"\u2212{text}" if rounded < 0 else text


def with_interval(value: float, low: float, high: float) -> str:
    """A number with its interval.

    Parameters
    ----------
    value, low, high : float
        The number; an interval that is not known is left out.

    Returns
    -------
    str
        `0.8 [0.3, 1.4]`.
    """
    known = np.isfinite(low) and np.isfinite(high)
    return f"{signed(value)} [{signed(low)}, {signed(high)}]" if known else signed(value)


def plain(region: str) -> str:
    """The name of a region without the marks of a file name.

    Parameters
    ----------
    region : str
        As in the tables.

    Returns
    -------
    str
        `nose tip` for `nose_tip`.
    """
    return region.replace("_", " ")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    Parameters
    ----------
    names : sequence of str
        At least one.

    Returns
    -------
    str
        `A`, `A and B`, or `A, B and C`.
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def set_sentence(names: Sequence[str], level: float, classes: int) -> str:
    """What the conformal set says.

    Parameters
    ----------
    names : sequence of str
        The classes of the set.
    level : float
        The level that was asked for.
    classes : int
        How many classes the networks know.

    Returns
    -------
    str
        One or two sentences.
    """
    hundred = f"{100 * level:.0f}"
    if not names:
        return f"The set is empty. At {hundred}\u00a0% no class fits: this face is unlike the faces of every class."
    if len(names) == classes:
        return f"The set holds every class. At {hundred}\u00a0% the networks rule out nothing."
    return f"In {hundred} of 100 faces like those of the study, the true class is in such a set."


def coverage_sentence(measured: pd.Series, people: str) -> str:
    """How often such sets held the true class.

    Parameters
    ----------
    measured : pandas.Series
        A row of calibration.csv: n, coverage with its interval, set_size.
    people : str
        Whom it was measured on.

    Returns
    -------
    str
        A sentence; nothing where it was not measured.
    """
    if not measured["n"] or not np.isfinite(measured["coverage"]):
        return ""
    share, low, high = (f"{100 * measured[key]:.0f}" for key in ("coverage", "coverage_low", "coverage_high"))
    return (
        f"Measured on {measured['n']:.0f} {people}: {share}\u00a0% [{low}, {high}] of the sets held the true class. "
        f"Such a set holds {measured['set_size']:.1f} classes on average."
    )


def change_sentence(label: str, region: str, value: float, low: float, high: float, towards: str = "") -> str:
    """What the answer loses when one region of the face is changed.

    Parameters
    ----------
    label : str
        The class.
    region : str
        The region, or one of the two values beside the regions.
    value, low, high : float
        Fall of the logit, and its interval.
    towards : str
        The class that the face is moved towards; empty for the control class.

    Returns
    -------
    str
        One or two sentences.
    """
    moves, number, bounds = ("falls", value, (low, high)) if value >= 0 else ("rises", -value, (-high, -low))
    amount, where = with_interval(number, *bounds), PLACES.get(region, f"in the region \u201c{plain(region)}\u201d")
    other = towards or "unaffected people"
    if region == REST:
        said = f"{with_interval(value, low, high)} of the logit is explained by no region. It may lie outside the face."
    elif region == LEFT:
        said = f"With the whole face as in {other}, {with_interval(value, low, high)} of the logit is left."
    elif region == OUTSIDE:
        said = f"With all that is outside the face as in {other}, the logit {moves} by {amount}."
    elif towards:
        said = f"Moved towards {towards} {where}, the logit of {label} {moves} by {amount}."
    else:
        said = f"Without what the networks take for {label} {where}, the logit {moves} by {amount}."
    return f"{said} The interval includes 0: this may be no change." if low <= 0 <= high else said


def percentile_words(percentile: float, faces: float) -> str:
    """Where this face's value lies among those of a group.

    Parameters
    ----------
    percentile : float
        0 to 100.
    faces : float
        How many faces the group has.

    Returns
    -------
    str
        `84 % of 40`; `– of 0` where there are none.
    """
    share = f"{percentile:.0f}\u00a0%" if np.isfinite(percentile) else "\u2013"
    return f"{share} of {np.nan_to_num(faces):.0f}"


def answer_sentence(best: pd.Series, folds: int, classes: int) -> str:
    """The first answer.

    Parameters
    ----------
    best : pandas.Series
        The first row of classes.csv.
    folds : int
        Networks.
    classes : int
        Classes that they know.

    Returns
    -------
    str
        One sentence, with the spread and with what the probability is of.
    """
    spread = f"{percents(best['low'], best['high'])} over {folds} networks"
    return f"{percent(best['probability'])} ({spread}), among the {classes} classes that they know"
