"""The facial HPO terms of resources/hpo_terms.csv, and which of them a column or a key of a person means.

Taken without a question: a term's name, its ids and its exact synonyms, however they are spelt. What is only near (a
typing error, a broader word, a form of a term) is refused, with the term that may be meant.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table
from gestalt_regions.core.remarks import remark
from gestalt_regions.hpo.ontology import Ontology, id_in, normalised

COLUMNS = ["term", "hpo_id", "region", "table1", "inexpressible", "synonyms", "other_ids", "inexact", "forms"]
TERM_REGIONS = ("overall", "ears", "eyes", "nose", "mouth", "forehead", "hair", "chin")
CELL_SEPARATOR = ";"  # within a cell of the table
FEW = 3  # terms that are named to choose from at most
LISTED = 20  # problems of one table that are listed at most
INEXACT = ("broad", "narrow", "related")  # kinds of synonyms that another finding may have
CLOSE = 0.75  # difflib's ratio of a spelling that may be meant


def read_terms(path: str | Path) -> pd.DataFrame:
    """Read resources/hpo_terms.csv.

    Parameters
    ----------
    path : path
        CSV with term, hpo_id, region, and optionally table1 (`yes`: one of the paper's 50), inexpressible (why no
        simulated face shows the term, or nothing) and what tools/fill_hpo_terms.py copies of the ontology: synonyms
        (exact ones), other_ids, inexact (`broad: Droopy lid`) and forms (`HP:0001488 Bilateral ptosis`), all four
        separated by `;`.

    Returns
    -------
    DataFrame
        COLUMNS, one row per term.

    Raises
    ------
    InputError
        For a term given twice, or a cell of table1 that is neither yes nor no.
    """
    table = read_table(path, ["term"], strings=COLUMNS)
    table = table.assign(**{c: "yes" if c == "table1" else "" for c in COLUMNS if c not in table})
    if len(repeated := table.loc[table["term"].duplicated(), "term"]):
        raise InputError(f"{path}: term '{repeated.iloc[0]}' is listed twice")
    for row, value in enumerate(table["table1"]):
        if value not in ("yes", "no"):
            raise InputError(f"{path}: line {row + 2}: table1 is '{value}'; write yes or no")
    return table[COLUMNS]


def rated_terms(terms: pd.DataFrame, rated: Iterable[str]) -> list[str]:
    """List the terms of an annotation table: the 50 of Table 1, and of the others those that were rated.

    Parameters
    ----------
    terms : DataFrame
        From `read_terms`.
    rated : iterable of str
        Terms that were rated.

    Returns
    -------
    list of str
        Terms in the order of `terms`.
    """
    return terms.loc[(terms["table1"] == "yes") | terms["term"].isin(set(rated)), "term"].tolist()


@dataclass(frozen=True)
class TakenTerm:
    """A term as the table writes it, and how the text led to it: "" where the text is its name."""

    term: str
    note: str = ""


def _cells(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(CELL_SEPARATOR) if part.strip())


class FacialTerms:
    """The facial terms by every spelling that means them.

    Parameters
    ----------
    hpo_terms : path
        As for `read_terms`.
    ontology : path
        The ontology's terms.csv, to say more about what is no facial term; "" for none.
    """

    def __init__(self, hpo_terms: str | Path, ontology: str | Path = "") -> None:
        self.path, self.table = hpo_terms, read_terms(hpo_terms)
        self._ontology_path = ontology
        self._ontology: Ontology | None = None  # read when it is asked
        self._id: dict[str, str] = dict(zip(self.table["term"], self.table["hpo_id"], strict=True))
        self._taken: dict[str, list[TakenTerm]] = {}  # normalised spelling
        self._of_id: dict[str, TakenTerm] = {}
        self._near: dict[str, dict[str, str]] = {}  # normalised spelling -> a term that it is near to -> how
        for row in self.table.itertuples():
            if row.hpo_id:
                self._of_id[row.hpo_id] = TakenTerm(row.term)
            self._add(row.term, TakenTerm(row.term))
        for row in self.table.itertuples():
            for synonym in _cells(row.synonyms):
                if TakenTerm(row.term) not in self._taken.get(normalised(synonym), []):
                    self._add(synonym, TakenTerm(row.term, f"exact synonym of {row.term}"))
            for other in _cells(row.other_ids):
                self._of_id.setdefault(other, TakenTerm(row.term, f"another id of {row.term}, now {row.hpo_id}"))
        for row in self.table.itertuples():
            self._add_near(row.term, row.inexact, row.forms)

    def _add(self, spelling: str, taken: TakenTerm) -> None:
        meanings = self._taken.setdefault(normalised(spelling), [])
        if not any(other.term == taken.term or not other.note for other in meanings):  # a name comes before synonyms
            meanings.append(taken)

    def _add_near(self, term: str, inexact: str, forms: str) -> None:
        named = self.named(term)
        for kind, _, text in (cell.partition(":") for cell in _cells(inexact)):
            why = f"is a {kind} synonym of {named}, not an exact one"
            self._near_is(term, text, why if kind in INEXACT else f"is what HPO has now in place of {named}")
        for form in _cells(forms):
            self._near_is(term, form, f"({form}) is a form of {named}")

    def _near_is(self, term: str, text: str, why: str) -> None:
        for spelling in filter(None, id_in(text)):
            self._near.setdefault(normalised(spelling), {})[term] = why

    def named(self, term: str) -> str:
        """Write a term for a message.

        Parameters
        ----------
        term : str
            The term as the table writes it.

        Returns
        -------
        str
            Its name and its id.
        """
        return f"{term} ({self._id[term]})" if self._id.get(term) else term

    def take(self, text: str) -> TakenTerm:
        """Find the facial term that a text means.

        Parameters
        ----------
        text : str
            A name, an exact synonym or an id, in any usual spelling (`Low_set.ears`, `HP_0000369`, a link); also a name
            together with its id.

        Returns
        -------
        TakenTerm
            The term.

        Raises
        ------
        InputError
            For anything else: the message begins with what the text is, and says what to write.
        """
        hpo_id, rest = id_in(text)
        meanings = self._taken.get(normalised(rest), [])
        if not hpo_id and len(meanings) == 1:
            return meanings[0]
        if len(meanings) > 1:
            raise InputError(
                f"is a synonym of {' and of '.join(self.named(m.term) for m in meanings)}; write one of them"
            )
        by_id = self._of_id.get(hpo_id)
        if by_id and rest and by_id.term not in [meaning.term for meaning in meanings]:
            other = f"is {self.named(meanings[0].term)}" if meanings else "is no name of it"
            raise InputError(f"is unclear: {hpo_id} is {by_id.term}, but '{rest}' {other}; write one of them alone")
        if by_id:
            return by_id
        raise InputError(self._why_not(text, hpo_id, rest))

    def _why_not(self, text: str, hpo_id: str, rest: str) -> str:
        """What a text is that is no facial term, and what to write instead."""
        for key in filter(None, (normalised(hpo_id), normalised(rest))):
            if key in self._near:
                return f"{' and '.join(self._near[key].values())}; write that name if it may stand for it"
        digits = re.fullmatch(r"(?:hp[\s:_.-]*)?(\d{1,7})", unicodedata.normalize("NFKC", text).strip().casefold())
        if digits and not hpo_id:
            full = f"HP:{int(digits[1]):07d}"
            known = f"; did you mean {self.named(self._of_id[full].term)}?" if full in self._of_id else ""
            return f"is no HPO id: one has HP: and seven digits{known}"
        if in_ontology := self._in_ontology(hpo_id or text):
            return in_ontology
        if hpo_id:
            return "is the id of no facial term of the table"
        close = self.close(rest)
        return f"is no facial HPO term; did you mean {' or '.join(close)}?" if close else "is no facial HPO term"

    def close(self, text: str) -> list[str]:
        """List the terms whose name or exact synonym is spelt nearly so.

        Parameters
        ----------
        text : str
            A text that means no term.

        Returns
        -------
        list of str
            At most three terms with their ids, and the synonym where that is what is near.
        """
        key = normalised(text)
        terms = {spelling: list(near) for spelling, near in self._near.items()}
        terms |= {spelling: [meaning.term for meaning in taken] for spelling, taken in self._taken.items()}
        in_order = {" ".join(sorted(spelling.split())): spelling for spelling in terms}
        near = difflib.get_close_matches(key, terms, 5, CLOSE)
        near += [in_order[s] for s in difflib.get_close_matches(" ".join(sorted(key.split())), in_order, 5, CLOSE)]
        near.sort(key=lambda spelling: difflib.SequenceMatcher(None, key, spelling).ratio(), reverse=True)
        return [self.named(term) for term in dict.fromkeys(term for spelling in near for term in terms[spelling])][:FEW]

    def _in_ontology(self, text: str) -> str:
        """What the ontology says of a text; "" where it is not here, or has no such term."""
        if not self._ontology_path:
            return ""
        if self._ontology is None:
            self._ontology = Ontology(self._ontology_path)
        try:
            term = self._ontology.resolve(text)
        except InputError:
            return ""
        if term.hpo_id in self._of_id:  # a spelling that the table lacks
            return f"leads to {self.named(self._of_id[term.hpo_id].term)}; write that name"
        above = self._ontology.nearest_above(term.hpo_id, self._of_id)
        below = [i for i in self._of_id if self._ontology.nearest_above(i, [term.hpo_id])]
        named = " and of ".join(self.named(term) for term in dict.fromkeys(self._of_id[i].term for i in above or below))
        whole = f"is the HPO term {term.name} ({term.hpo_id})"
        if above:
            return f"{whole}, a form of {named}; write that name if it may stand for it"
        if 0 < len(below) <= FEW:
            return f"{whole}, which is broader than the facial term {named}; write that name if it was seen"
        return f"{whole}, which is no facial term of the table"

    def read_as(self, path: str | Path, columns: Iterable[str]) -> dict[str, str]:
        """Find the term of each column of a table, and say which were spelt otherwise.

        Parameters
        ----------
        path : path
            The table, for messages.
        columns : iterable of str
            Names of columns.

        Returns
        -------
        dict
            Column -> term.

        Raises
        ------
        InputError
            Lists every column that means no term, or names two that mean the same.
        """
        terms: dict[str, str] = {}
        first: dict[str, str] = {}  # term -> the column that means it
        problems: dict[str, str] = {}
        for column in columns:
            try:
                taken = self.take(column)
            except InputError as error:
                problems[column] = str(error)
                continue
            if taken.term in first:
                raise InputError(
                    f"{path}: two columns mean {self.named(taken.term)}: '{first[taken.term]}' and '{column}'; keep one"
                )
            terms[column], first[taken.term] = taken.term, column
            if taken.note:
                remark(f"{path}: column '{column}' is read as {taken.term}: {taken.note}")
        if problems:
            raise InputError(self._refusal(path, problems))
        return terms

    def _refusal(self, path: str | Path, problems: dict[str, str]) -> str:
        advice = f"Leave a column out that is no facial term, or give its term a line in {self.path}."
        lines = [f"column '{column}' {why}" for column, why in problems.items()]
        if len(lines) == 1:
            end = "" if lines[0].endswith(("?", ".")) else "."
            return f"{path}: {lines[0]}{end} {advice}"
        more = f"\n  and {len(lines) - LISTED} more" if len(lines) > LISTED else ""
        listed = "\n  ".join(lines[:LISTED])
        return f"{path}: {len(lines)} columns are not taken as HPO terms:\n  {listed}{more}\n{advice}"
