"""Probabilities after calibration: one temperature for each fold's network, fitted without the people it judges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import softmax

from gestalt_regions.models import calibration
from gestalt_regions.statistics.deepgestalt.answers import Answers

SMALLEST = 1e-12  # predictions.csv rounds; a probability of zero has no logarithm


def calibrated(answers: Answers) -> tuple[Answers, dict[int, float]]:
    """The same answers with calibrated probabilities.

    The temperature of a fold's network is fitted on the out-of-fold answers of the other folds. So neither the images
    that it judges out of fold nor any held-out image has a say in it.

    Parameters
    ----------
    answers : Answers
        Of both sets.

    Returns
    -------
    answers : Answers
        In the same order.
    temperatures : dict
        Fold -> temperature; above 1 the network was too sure.
    """
    logits = np.log(np.maximum(answers.probabilities, SMALLEST))  # but for a constant, which no softmax sees
    out_of_fold = (answers.table["set"] == "folds").to_numpy() & answers.table["label"].isin(answers.classes).to_numpy()
    fitted_on = calibration.Answers(
        answers.table.loc[out_of_fold, calibration.COLUMNS].reset_index(drop=True),
        logits[out_of_fold],
        answers.classes,
    )
    heat = {int(fold): value for fold, value in calibration.temperatures(fitted_on).items()}
    warm = answers.table["fold"].map(heat).fillna(1.0).to_numpy(float)
    return replace(answers, probabilities=softmax(logits / warm[:, None], axis=1)), heat
