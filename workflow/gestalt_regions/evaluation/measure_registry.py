"""The registry of measures. A measure is one decorated pure function in a module of `evaluation/measures`.

Modules there are read by the Snakefile, so they import neither torch nor scikit-learn.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np

GROUPS = {  # name -> what its measures ask
    "recovery": "Are the regions that really changed told from the others?",
    "pixels": "Does the map lie on the pixels that really changed?",
    "use": "Do the coefficients follow what the network really uses?",
    "sanity": "Does the map change when the network is destroyed?",
    "objective": "Does the map predict what the network does to a changed image?",
    "agreement": "Do the models of different folds give the same map?",
}
FLAT = "flat"  # chance is what scores without any order get, ties resolved by expectation: it depends on the face
RANDOM = "Random"  # the control whose draws give chance where no theory does
POOLED_CHANCE: dict[str, float | str] = {"auc": 0.5, "spearman": 0.0, "average_precision": FLAT}  # statistic -> chance
RENDERED = ("recovery", "pixels", "use")  # these need the truth of a rendered cohort

# Controls that are no maps: the truth of other families, in the groups RENDERED. Name -> whether of one class alone.
PRIORS = {"RegionPrior": False, "ClassPrior": True}
RECOGNISED, OTHERS = "recognised", "others"  # faces that their fold's network gives the right class, and the others


@dataclass(frozen=True)
class Measure:
    """What the summary must know of a measure, and the function that computes it.

    Attributes
    ----------
    name, group : str
        The measure, and its group (of GROUPS).
    direction : int
        1 if higher is better, -1 if lower is.
    range : tuple of float
        Lowest and highest possible value.
    chance : float, str or None
        What a map that knows nothing scores: a number where theory gives one for all faces, FLAT where it gives one for
        each face, RANDOM where only the mean of many random maps does. None where every control has the best or the
        worst value by definition: then there is no verdict against controls either.
    paper, label : str
        Source; name in figures and LaTeX.
    run : callable or None
        The function that gives the value of one image; None for a pooled measure.
    pooled : str
        "" for the mean over images; else the statistic of summary/pooled.py, over all images and regions at once.
    pair : tuple of str
        Of a pooled measure, the columns of the group's table of pairs (coefficient: every policy in turn).
    within : bool
        Of a pooled measure: whether a region is compared with the same region of other faces of its class alone. Then
        nothing is left of what a prior knows, and priors have no value.
    faces : str
        RECOGNISED or OTHERS.
    ranked : bool
        False for a part of another measure, and for a condition that a wrong map can meet in full. Such measures are in
        the tables, and methods are not ranked by them.
    """

    name: str
    group: str
    direction: int
    range: tuple[float, float]
    chance: str | float | None
    paper: str
    label: str  # in figures and LaTeX
    run: Callable | None = None
    pooled: str = ""
    pair: tuple[str, str] = ("", "")
    within: bool = False
    faces: str = RECOGNISED
    ranked: bool = True


MEASURES: dict[str, Measure] = {}


def _add(measure: Measure) -> None:
    if measure.group not in GROUPS:
        raise ValueError(f"measure '{measure.name}': no group '{measure.group}'; GROUPS has {', '.join(GROUPS)}")
    if measure.direction not in (1, -1):
        raise ValueError(f"measure '{measure.name}': direction is {measure.direction}; 1 or -1")
    known = MEASURES.get(measure.name)
    if known and (known.group, known.label) != (measure.group, measure.label):
        raise ValueError(f"two measures are called '{measure.name}'")
    MEASURES[measure.name] = measure


def measure(
    name: str,
    group: str,
    *,
    direction: int = 1,
    range: tuple[float, float],
    paper: str,
    label: str,
    chance: str | float | None,
    faces: str = RECOGNISED,
    ranked: bool = True,
) -> Callable:
    """Register a function that gives the value of one image (NaN where it is undefined); the group's job calls it.

    Parameters
    ----------
    name, group : str
        The measure, and its group (of GROUPS).
    direction : int
        1 if higher is better, -1 if lower is.
    range : tuple of float
        Lowest and highest possible value.
    paper, label : str
        Source; name in figures and LaTeX.
    chance : float, str or None
        See `Measure`.
    faces : str
        RECOGNISED or OTHERS.
    ranked : bool
        Whether methods are ranked by it.

    Returns
    -------
    callable
        Decorator of the function.
    """

    def register(run: Callable) -> Callable:
        """Put the function into the registry.

        Parameters
        ----------
        run : callable
            The function.

        Returns
        -------
        callable
            The same.
        """
        _add(Measure(name, group, direction, range, chance, paper, label, run, faces=faces, ranked=ranked))
        return run

    return register


def pooled(
    name: str,
    group: str,
    statistic: str,
    pair: tuple[str, str],
    *,
    direction: int = 1,
    range: tuple[float, float],
    paper: str,
    label: str,
    within: bool = False,
    faces: str = RECOGNISED,
    ranked: bool = True,
) -> None:
    """Register a statistic over all images and regions at once.

    Parameters
    ----------
    name, group : str
        The measure, and its group (of GROUPS).
    statistic : str
        Of summary/pooled.py.
    pair : tuple of str
        Columns of the group's table of pairs; coefficient stands for every policy in turn.
    direction : int
        1 if higher is better, -1 if lower is.
    range : tuple of float
        Lowest and highest possible value.
    paper, label : str
        Source; name in figures and LaTeX.
    within : bool
        Whether it is within class and region (see `Measure`).
    faces : str
        RECOGNISED or OTHERS.
    ranked : bool
        Whether methods are ranked by it.
    """
    chance = POOLED_CHANCE[statistic]
    _add(Measure(name, group, direction, range, chance, paper, label, None, statistic, pair, within, faces, ranked))


def load_measures() -> dict[str, Measure]:
    """Import every module of `evaluation/measures` once.

    Returns
    -------
    dict
        The registry: name -> Measure.
    """
    _import_measures()
    return MEASURES


@functools.cache
def _import_measures() -> None:
    package = importlib.import_module("gestalt_regions.evaluation.measures")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def of_group(group: str) -> dict[str, Measure]:
    """The measures of one group.

    Parameters
    ----------
    group : str
        Of GROUPS.

    Returns
    -------
    dict
        Name -> Measure.
    """
    return {name: entry for name, entry in load_measures().items() if entry.group == group}


def _by_chance(run: Callable, chance: str | float | None) -> Callable:
    """`run` with what all random orders score on average in place of the one at hand, where theory gives it."""
    if chance is None or chance == RANDOM:
        return run

    @functools.wraps(run)
    def expected(scores: np.ndarray, *truth: np.ndarray) -> float:
        value = run(scores, *truth)
        if not np.isfinite(value):  # undefined for any order of this face
            return value
        return run(np.ones_like(scores), *truth) if chance == FLAT else float(chance)

    return expected


def per_image(group: str, faces: str = RECOGNISED, method: str = "") -> dict[str, Callable]:
    """The measures of one group that are computed image by image.

    Parameters
    ----------
    group : str
        Of GROUPS.
    faces : str
        RECOGNISED or OTHERS.
    method : str
        Whose maps are measured. RANDOM stands for all random maps: it scores chance itself, where theory gives it, and
        not what one draw happens to score.

    Returns
    -------
    dict
        Name -> function.
    """
    functions = {}
    for name, entry in of_group(group).items():
        if entry.run and entry.faces == faces:
            functions[name] = _by_chance(entry.run, entry.chance) if method == RANDOM else entry.run
    return functions


def described(groups: Iterable[str]) -> dict[str, dict]:
    """The metadata of some groups' measures as plain data, for the params of a rule.

    Parameters
    ----------
    groups : iterable of str
        Of GROUPS.

    Returns
    -------
    dict
        Name -> the fields of `Measure` without `run`.
    """
    facts = {name: asdict(entry) for group in groups for name, entry in of_group(group).items()}
    return {name: {key: value for key, value in of.items() if key != "run"} for name, of in facts.items()}


def roots(group: str) -> list[str]:
    """The registered code that the jobs of one group run by name.

    Parameters
    ----------
    group : str
        Of GROUPS.

    Returns
    -------
    list of str
        "module:name" of each function.
    """
    return [f"{run.__module__}:{run.__name__}" for run in per_image(group).values()]
