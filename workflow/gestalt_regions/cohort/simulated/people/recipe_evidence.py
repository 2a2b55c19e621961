"""What a recipe says against what the ontology and its disease annotations say."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.hpo.ontology import FREQUENCIES, Ontology, stated_share

log = logging.getLogger("gestalt_regions")

CHOSEN = "chosen"  # the source of a frequency that no annotation states


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of a YAML file is a number.

    Parameters
    ----------
    value : object
        The value.

    Returns
    -------
    bool
        True for int and float, not for bool.
    """
    return isinstance(value, int | float) and not isinstance(value, bool)


class Evidence:
    """The ontology's terms (ontology.TERMS) and the frequencies annotated to diseases (ontology.FREQUENCIES).

    Parameters
    ----------
    terms, frequencies : path
        The two tables.
    """

    def __init__(self, terms: str | Path, frequencies: str | Path) -> None:
        self.ontology = Ontology(terms)
        self.frequencies = read_table(frequencies, FREQUENCIES, strings=["disease", "hpo_id", "frequency"])

    def table_problems(self, path: str | Path, table: pd.DataFrame) -> list[str]:
        """Rows of the project's HPO table whose id is not the ontology's for that name.

        Parameters
        ----------
        path : path
            The table's file, for messages.
        table : DataFrame
            Index term; hpo_id.

        Returns
        -------
        list of str
            One message for each.
        """
        rows = zip(table.index, table["hpo_id"], strict=True)
        return [problem for name, hpo_id in rows for problem in self.id_problems(f"{path}: {name}", name, hpo_id)]

    def id_problems(self, where: str, name: str, hpo_id: str) -> list[str]:
        """What is wrong with a term's id. An obsolete one stands for what replaced it.

        Parameters
        ----------
        where : str
            File and key, for messages.
        name : str
            The HPO term.
        hpo_id : str
            Its id.

        Returns
        -------
        list of str
            A message for an id that the ontology lacks, or has for another term.
        """
        try:
            by_id, by_name = self.ontology.resolve(hpo_id), self.ontology.resolve(name)
        except InputError as error:
            return [f"{where}: {error}"]
        if by_id.hpo_id != by_name.hpo_id:
            return [f"{where}: {hpo_id} is {by_id.name}; {name} is {by_name.hpo_id}"]
        if by_id.note:
            log.info("%s: %s (%s)", where, by_id.note, by_id.name)
        return []

    def disease_problems(self, where: str, diseases: Sequence[str]) -> list[str]:
        """Diseases without an annotated frequency.

        Parameters
        ----------
        where : str
            File and key, for messages.
        diseases : sequence of str
            Their ids.

        Returns
        -------
        list of str
            One message for each.
        """
        known = set(self.frequencies["disease"])
        return [f"{where}: '{d}' has no annotated frequency; {nearest(d, known)}" for d in diseases if d not in known]

    def frequency_problems(self, where: str, hpo_id: str, frequency: float, source: str) -> list[str]:
        """Whether a term's frequency is what its source states.

        Parameters
        ----------
        where : str
            File and key, for messages.
        hpo_id : str
            Id of the term.
        frequency : float
            0 to 1.
        source : str
            A disease's id, or CHOSEN.

        Returns
        -------
        list of str
            At most one message.
        """
        if source == CHOSEN:
            return []
        said = stated_share(self.frequencies, source, self.ontology.resolve(hpo_id).hpo_id)
        if said is None:
            return [f"{where}.source: {source} states no frequency of {hpo_id}; write {CHOSEN}"]
        if abs(said - frequency) > 5e-4:
            return [f"{where}.frequency: is {frequency}, {source} states {said} of {hpo_id}"]
        return []
