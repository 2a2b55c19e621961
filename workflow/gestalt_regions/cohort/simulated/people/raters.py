"""Three simulated raters of the held-out photos, who mark what they see from the list of the photo's own syndrome.

As in the paper (Sümer et al. 2023, section 4.4), whose files they write: one per syndrome, cells 1X to 3X.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.simulated.people.recipes import Recipe
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.hpo.facial_terms import FacialTerms

FREE_TEXT = "Other"  # the last column of the real files; simulated raters have nothing to add
KEYS = ("half_seen", "false_alarm")
PIECE = 1000  # photos whose marks are rows of Python objects at a time


@dataclass(frozen=True)
class Eye:
    """How one rater sees one term: the strength seen in half of the photos, and the rate of false alarms."""

    half_seen: float
    false_alarm: float

    def seen(self, strength: float) -> float:
        """Probability of a mark for a term shown with a strength.

        Rises from the false-alarm rate towards 1, with a Hill curve (exponent 2) that is half-way at `half_seen`.

        Parameters
        ----------
        strength : float
            0 means that the term is not there.

        Returns
        -------
        float
            0 to 1.
        """
        detected = strength**2 / (strength**2 + self.half_seen**2)
        return self.false_alarm + (1 - self.false_alarm) * detected


def eyes(raters: Mapping, term: str) -> list[Eye]:
    """Each rater's Eye for a term. Where several say how, the more special wins: all, term, rater, rater's term.

    Parameters
    ----------
    raters : mapping
        Config key cohort.raters.
    term : str
        HPO term.

    Returns
    -------
    list of Eye
        One for each rater.
    """

    def _entry(*path: Mapping | None) -> Eye:
        values: dict = {}
        for part in path:
            values |= {key: part[key] for key in KEYS if part and part.get(key) is not None}
        return Eye(**values)

    of_term = raters.get("terms", {}).get(term)
    return [_entry(raters, of_term, rater, rater.get("terms", {}).get(term)) for rater in raters["each"]]


def name_rater_terms(raters: Mapping, terms: FacialTerms) -> None:
    """Write the terms that the raters are told about as the table of terms does, in place.

    Parameters
    ----------
    raters : mapping
        Config key cohort.raters.
    terms : FacialTerms
        The HPO terms; a key may be any of their spellings.

    Raises
    ------
    InputError
        For a key that means no term, and for two keys that mean the same.
    """
    for where, part in (("", raters), *((f"each.{i}.", rater) for i, rater in enumerate(raters["each"]))):
        named: dict[str, dict] = {}
        for key, values in part.get("terms", {}).items():
            try:
                term = terms.take(key).term
            except InputError as error:
                raise InputError(f"config cohort.raters.{where}terms: '{key}' {error}") from None
            if term in named:
                raise InputError(f"config cohort.raters.{where}terms: two keys mean '{term}'; keep one")
            named[term] = values
        if named:
            part["terms"] = named


def rate(
    seed: int,
    samples: Sequence[tuple[str, str, Mapping[str, float]]],
    recipes: Mapping[str, Recipe],
    raters: Mapping,
) -> pd.DataFrame:
    """Every mark of the raters, in long form.

    Parameters
    ----------
    seed : int
        The study's seed.
    samples : sequence of tuple
        sample_id, label, strength by term; every term of the label's recipe is asked of every rater.
    recipes : mapping
        Label -> recipe.
    raters : mapping
        Config key cohort.raters.

    Returns
    -------
    DataFrame
        sample_id, label, term, strength (0: not shown), rater_1, rater_2, ... (0 or 1), and chance_1, ...: the stated
        probabilities of the marks.
    """
    seeing = {term.term: eyes(raters, term.term) for recipe in recipes.values() for term in recipe.terms}

    def _marks(sample_id: str, label: str, shown: Mapping[str, float]) -> Iterator[dict[str, object]]:
        for term in (t.term for t in recipes[label].terms):
            strength = shown.get(term, 0.0)
            row = {"sample_id": sample_id, "label": label, "term": term, "strength": strength}
            chances = [eye.seen(strength) for eye in seeing[term]]
            draws = generator(seed, "cohort", "raters", sample_id, term).random(len(chances))
            row |= {f"rater_{i}": int(d < c) for i, (d, c) in enumerate(zip(draws, chances, strict=True), start=1)}
            yield row | {f"chance_{i}": c for i, c in enumerate(chances, start=1)}

    numbers = range(1, len(raters["each"]) + 1)
    columns = ["sample_id", "label", "term", "strength", *(f"{k}_{i}" for k in ("rater", "chance") for i in numbers)]
    parts = [
        pd.DataFrame([row for sample in samples[start : start + PIECE] for row in _marks(*sample)], columns=columns)
        for start in range(0, max(1, len(samples)), PIECE)
    ]
    return pd.concat(parts, ignore_index=True)


def write_files(marks: pd.DataFrame, recipes: Mapping[str, Recipe], files: Mapping[str, str | Path]) -> None:
    """Write the marks as clinicians hand them in: CSV files that `ratings.read_ratings` reads.

    Columns image_num, image_name, the terms of the label's recipe, FREE_TEXT; cells 1X, 2X, 3X or empty.

    Parameters
    ----------
    marks : DataFrame
        Of `rate`.
    recipes : mapping
        Label -> recipe.
    files : mapping
        Label -> where its CSV goes.
    """
    raters = [name for name in marks.columns if name.startswith("rater_")]
    for label, path in files.items():
        of_label = marks[marks["label"] == label]
        terms = [term.term for term in recipes[label].terms]
        counts = of_label.assign(seen=of_label[raters].sum(axis=1)).pivot_table(
            index="sample_id", columns="term", values="seen"
        )
        cells = counts.reindex(index=of_label["sample_id"].unique(), columns=terms).astype(int)
        table = cells.map(lambda count: f"{count}X" if count else "")
        table.insert(0, "image_num", range(len(table)))
        table.insert(1, "image_name", [f"{name}.png" for name in table.index])
        table[FREE_TEXT] = ""
        write_table(table, path)
