"""Which of a study's methods are shown where not all can be."""

from __future__ import annotations

from collections.abc import Sequence

PAPERS = ("SmoothGrad", "LRP-EpsilonPlusFlat", "GradCam", "Occlusion")  # Sümer 2023, figure 6


def shown(chosen: Sequence[str], known: Sequence[str]) -> list[str]:
    """The methods that are shown where not all can be.

    Parameters
    ----------
    chosen : Sequence of str
        Those that the config names; may be empty.
    known : Sequence of str
        All methods of the study.

    Returns
    -------
    list of str
        `chosen`; or the paper's four, or the first four of `known` where one of them is missing.
    """
    return list(chosen) or (list(PAPERS) if set(PAPERS) <= set(known) else list(known[:4]))
