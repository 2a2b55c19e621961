"""How far a network's probabilities can be trusted: temperatures, their reliability, and conformal p values.

Everything is fitted on out-of-fold answers: of each person by the one network that has not seen the person's family.

- A temperature divides all logits (Guo et al., ICML 2017). That of a fold's network is fitted on the people of the
  other folds, so the fold's own people judge it.
- The p value of a class is the share of that class's people whom the class fits no better than the new face. It is
  conformal within each class (Mondrian; Vovk et al., 2005), because the patients of a clinic do not come in the shares
  of a study. Each network's answer to a new face is compared with its answers to its own out-of-fold people alone, and
  the counts of all folds are added up (cross-conformal; Vovk, Annals of Mathematics and Artificial Intelligence 74,
  2015). One face stands for a family: faces of one family are no independent people.
- The set of the classes whose p value is above 1 - level holds the true class about as often as the level says. What is
  proven is less: 2 level - 1, and less again where people are few (Barber et al., Annals of Statistics 49, 2021,
  theorem 4). So its coverage is measured, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from gestalt_regions.core.seeds import derive

COOLEST, HOTTEST = 0.05, 20.0  # temperatures that are tried
BINS = 15  # of confidence (Guo et al., 2017)
COLUMNS = ["sample_id", "label", "kin_group", "fold"]


@dataclass(frozen=True)
class Answers:
    """Out-of-fold answers.

    Attributes
    ----------
    table : DataFrame
        sample_id, label, kin_group, fold: a line a face.
    logits : ndarray
        [n, classes], by the network of the face's fold.
    classes : sequence of str
        In the order of the logits.
    """

    table: pd.DataFrame
    logits: np.ndarray
    classes: Sequence[str]

    def part(self, chosen: np.ndarray) -> Answers:
        """Some of the faces.

        Parameters
        ----------
        chosen : ndarray of bool
            [n].

        Returns
        -------
        Answers
            Of these.
        """
        return Answers(self.table[chosen].reset_index(drop=True), self.logits[chosen], self.classes)

    @property
    def numbers(self) -> np.ndarray:
        """The place of each face's label in the classes.

        Returns
        -------
        ndarray of int
            [n].
        """
        places = {name: place for place, name in enumerate(self.classes)}
        return self.table["label"].map(places).to_numpy(int)


def temperature(logits: np.ndarray, numbers: np.ndarray) -> float:
    """The temperature under which the true classes are most likely.

    Parameters
    ----------
    logits : ndarray
        [n, classes].
    numbers : ndarray of int
        [n], the true classes.

    Returns
    -------
    float
        Between COOLEST and HOTTEST; 1 for no face.
    """
    if not len(logits):
        return 1.0

    def _loss(log_t: float) -> float:
        return -float(log_softmax(logits / np.exp(log_t), axis=1)[np.arange(len(numbers)), numbers].mean())

    return float(np.exp(minimize_scalar(_loss, bounds=np.log([COOLEST, HOTTEST]), method="bounded").x))


def temperatures(answers: Answers) -> dict[str, float]:
    """The temperature of each fold's network, fitted on the other folds' people.

    Parameters
    ----------
    answers : Answers
        Out of fold.

    Returns
    -------
    dict of str to float
        By fold. People with kin in the fold are left out.
    """
    table, fitted = answers.table, {}
    for fold in sorted(table["fold"].unique(), key=int):
        inside = table["fold"] == fold
        others = answers.part((~inside & ~table["kin_group"].isin(table.loc[inside, "kin_group"])).to_numpy())
        fitted[fold] = temperature(others.logits, others.numbers)
    return fitted


def calibration_error(probabilities: np.ndarray, numbers: np.ndarray) -> float:
    """Expected calibration error: how far confidence and accuracy are apart (Guo et al., 2017, equation 3).

    Parameters
    ----------
    probabilities : ndarray
        [n, classes].
    numbers : ndarray of int
        [n], the true classes.

    Returns
    -------
    float
        0 to 1, over BINS equal bins of confidence; NaN for no face. Few faces make it larger than it is.
    """
    if not len(probabilities):
        return float("nan")
    confidence, right = probabilities.max(1), probabilities.argmax(1) == numbers
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean()) for b in np.unique(bins)]
    return float(np.sum(gaps))


def one_of_each_family(table: pd.DataFrame, seed: int) -> np.ndarray:
    """One face of each family in each class, drawn by its name.

    Parameters
    ----------
    table : DataFrame
        sample_id, label, kin_group.
    seed : int
        The study's.

    Returns
    -------
    ndarray of bool
        [n].
    """
    drawn = pd.Series([derive(seed, "calibration", name) for name in table["sample_id"]], table.index)
    first = drawn.groupby([table["label"], table["kin_group"]]).transform("min")
    return (drawn == first).to_numpy()


class CrossConformal:
    """Conformal p values of classes, from the out-of-fold answers of all folds' networks.

    Parameters
    ----------
    answers : Answers
        Out of fold.
    heat : mapping of str to float
        Temperature of each fold's network.
    seed : int
        The study's.
    """

    def __init__(self, answers: Answers, heat: Mapping[str, float], seed: int) -> None:
        self.classes, self.heat = answers.classes, heat
        self.families = answers.part(one_of_each_family(answers.table, seed))
        folds = self.families.table["fold"]
        warm = np.array([heat[fold] for fold in folds])[:, None]
        numbers = self.families.numbers
        self.scores = 1 - softmax(self.families.logits / warm, axis=1)[np.arange(len(numbers)), numbers]
        self.folds, self.numbers = folds.to_numpy(), numbers

    def _counts(self, chosen: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each class, how many of the chosen people fit no better than the new faces, and how many there are.

        scores [n, classes] of the new faces; both results have their shape.
        """
        from crepes import ConformalClassifier

        worse, people = np.zeros(scores.shape), np.zeros(scores.shape)
        for number in range(scores.shape[1]):
            calibration = self.scores[chosen & (self.numbers == number)]
            if not len(calibration):
                continue
            fitted = ConformalClassifier().fit(calibration)
            p = fitted.predict_p(scores[:, [number]], smoothing=False)[:, 0]  # (worse + 1) / (people + 1)
            people[:, number] = len(calibration)
            worse[:, number] = np.rint(p * (len(calibration) + 1) - 1)
        return worse, people

    def p_values(self, logits: Mapping[str, np.ndarray]) -> np.ndarray:
        """Of new faces, the p value of each class.

        Parameters
        ----------
        logits : mapping of str to ndarray
            Fold -> logits [n, classes] by its network.

        Returns
        -------
        ndarray
            [n, classes], cross-conformal; 1 for a class without people.
        """
        counts = [
            self._counts(self.folds == fold, 1 - softmax(of_fold / self.heat[fold], axis=1))
            for fold, of_fold in logits.items()
        ]
        worse, people = (np.sum(part, axis=0) for part in zip(*counts, strict=True))
        return (worse + 1) / (people + 1)

    def out_of_fold(self) -> np.ndarray:
        """The p value of each class for each family, against the people of the other folds: for the coverage.

        Returns
        -------
        ndarray
            [families, classes].
        """
        p = np.ones((len(self.folds), len(self.classes)))
        for fold in np.unique(self.folds):
            inside = self.folds == fold
            scores = 1 - softmax(self.families.logits[inside] / self.heat[fold], axis=1)
            worse, people = self._counts(~inside, scores)
            p[inside] = (worse + 1) / (people + 1)
        return p


def coverage(p_values: np.ndarray, numbers: np.ndarray, level: float) -> dict[str, float]:
    """How often the conformal set holds the true class, and how large it is.

    Parameters
    ----------
    p_values : ndarray
        [n, classes], a row a family.
    numbers : ndarray of int
        [n], the true classes.
    level : float
        Of the set.

    Returns
    -------
    dict
        n, coverage, its Wilson interval of 95 % (coverage_low, coverage_high), and set_size, the mean.
    """
    from statsmodels.stats.proportion import proportion_confint

    unknown = float("nan")
    if not len(numbers):
        return {"n": 0} | dict.fromkeys(("coverage", "coverage_low", "coverage_high", "set_size"), unknown)
    inside = p_values > 1 - level
    right = inside[np.arange(len(numbers)), numbers]
    low, high = proportion_confint(right.sum(), len(right), method="wilson")
    return {
        "n": len(right),
        "coverage": float(right.mean()),
        "coverage_low": float(low),
        "coverage_high": float(high),
        "set_size": float(inside.sum(1).mean()),
    }
