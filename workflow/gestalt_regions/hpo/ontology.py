"""The Human Phenotype Ontology as small tables, and the reader that resolves names, synonyms and ids to its terms."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table

SEPARATOR = "|"  # within a cell; no name of the ontology holds it
TERMS = ["hpo_id", "name", "synonyms", "alternative_ids", "obsolete", "replaced_by", "is_a"]
FREQUENCIES = ["disease", "disease_name", "hpo_id", "frequency", "number", "people", "reference"]
# HPO's frequency categories with the share of patients that each is defined by (hp.obo, Frequency HP:0040279)
CATEGORIES = {
    "HP:0040280": (1.0, 1.0),  # obligate
    "HP:0040281": (0.80, 0.99),  # very frequent
    "HP:0040282": (0.30, 0.79),  # frequent
    "HP:0040283": (0.05, 0.29),  # occasional
    "HP:0040284": (0.01, 0.04),  # very rare
    "HP:0040285": (0.0, 0.0),  # excluded
}
_SYNONYM = re.compile(r'"(.*)" EXACT\b')
_COUNT = re.compile(r"(\d+)/(\d+)")
_ID = re.compile(r"HP:\d{7}")
_ID_IN_TEXT = re.compile(r"(?:https?://\S*[/#=]|obo:|\b)HP[\s:_.\u2010-\u2015-]*(\d{7})(?!\d)", re.IGNORECASE)
_AROUND_IDS = " \t\r\n()[]<>{}|:;,/-_.\u00a0\u2013\u2014"
_BETWEEN = re.compile(r"[\s,_.\u2010-\u2015-]+")


def normalised(name: str) -> str:
    """Write a name so that its usual spellings are the same.

    Parameters
    ----------
    name : str
        A name, synonym or id.

    Returns
    -------
    str
        In lower case, letters composed, without signs that are not seen, with one blank for blanks, commas, hyphens,
        underscores and full stops (R writes these for blanks and hyphens).
    """
    text = unicodedata.normalize("NFKC", str(name)).replace("\u2019", "'")
    if not text.isascii():
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(_BETWEEN.sub(" ", text).split()).casefold()


def id_in(text: str) -> tuple[str, str]:
    """Find an HPO id in a text.

    Parameters
    ----------
    text : str
        An id in any spelling (`hp:0000508`, `HP_0000508`, `HP 0000508`, a link), alone or beside a name.

    Returns
    -------
    tuple of (str, str)
        The id as HPO writes it, "" if there is none; and the rest of the text.
    """
    plain = unicodedata.normalize("NFKC", str(text))
    number = _ID_IN_TEXT.search(plain)
    if not number:
        return "", plain.strip()
    return f"HP:{number[1]}", (plain[: number.start()] + " " + plain[number.end() :]).strip(_AROUND_IDS)


def obo_terms(path: str | Path) -> list[dict[str, list[str]]]:
    """Read the fields of every HPO term of an OBO file.

    Parameters
    ----------
    path : path
        The ontology (hp.obo).

    Returns
    -------
    list of dict
        Of each term, key -> its values as they are written.

    Raises
    ------
    InputError
        For a file without terms.
    """
    rows: list[dict[str, list[str]]] = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            rows.append({} if line == "[Term]" else {"id": []})
        elif rows and (field := re.match(r"([a-z_]+): (.*)", line)):
            rows[-1].setdefault(field[1], []).append(field[2])
    terms = [row for row in rows if row.get("id") and _ID.fullmatch(row["id"][0])]
    if not terms:
        raise InputError(f"{path}: holds no HPO term; expected the ontology in OBO format (hp.obo)")
    return terms


def read_obo(path: str | Path) -> pd.DataFrame:
    """Read every term of an OBO file. Synonyms are the exact ones: a broader or narrower one is another finding.

    Parameters
    ----------
    path : path
        The ontology (hp.obo).

    Returns
    -------
    DataFrame
        TERMS, one row per term.

    Raises
    ------
    InputError
        For a file without terms.
    """
    join = SEPARATOR.join
    table = [
        (
            row["id"][0],
            row["name"][0],
            join(exact[1].replace('\\"', '"') for s in row.get("synonym", []) if (exact := _SYNONYM.match(s))),
            join(row.get("alt_id", [])),
            "yes" if row.get("is_obsolete") == ["true"] else "no",
            join(row.get("replaced_by", [])),
            join(parent.split()[0] for parent in row.get("is_a", [])),
        )
        for row in obo_terms(path)
    ]
    return pd.DataFrame(table, columns=TERMS)


def share_of_patients(frequency: str) -> tuple[float, int]:
    """Read the frequency of an annotation.

    Parameters
    ----------
    frequency : str
        A count such as 7/38, a percentage, or one of HPO's CATEGORIES, of which the midpoint counts.

    Returns
    -------
    tuple of (float, int)
        Share of patients, 0 to 1, and the number of patients it was counted in (0 if not said).

    Raises
    ------
    ValueError
        For another text.
    """
    if frequency in CATEGORIES:
        low, high = CATEGORIES[frequency]
        return round((low + high) / 2, 6), 0
    if counts := _COUNT.fullmatch(frequency):
        seen, people = int(counts[1]), int(counts[2])
        if 0 < people and seen <= people:
            return seen / people, people
    elif frequency.endswith("%") and 0 <= float(frequency[:-1]) <= 100:
        return float(frequency[:-1]) / 100, 0
    raise ValueError(f"'{frequency}' is no frequency")


def read_annotations(path: str | Path, diseases: Iterable[str]) -> pd.DataFrame:
    """Read the annotations of some diseases that state how often a term is seen.

    Parameters
    ----------
    path : path
        phenotype.hpoa of the Human Phenotype Ontology.
    diseases : iterable of str
        Ids such as OMIM:163950.

    Returns
    -------
    DataFrame
        FREQUENCIES, one row per annotation, sorted.

    Raises
    ------
    InputError
        For another file, a disease it does not have, or a frequency that is none.
    """
    columns = ["database_id", "disease_name", "qualifier", "hpo_id", "reference", "frequency", "aspect"]
    try:
        table = pd.read_csv(path, sep="\t", comment="#", dtype=str, keep_default_na=False, usecols=columns)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable phenotype.hpoa ({error})") from None
    wanted = list(dict.fromkeys(diseases))
    known = set(table["database_id"])
    if unknown := [disease for disease in wanted if disease not in known]:
        raise InputError(f"{path}: no disease '{unknown[0]}'; {nearest(unknown[0], sorted(known))[:200]}")
    stated = table[
        table["database_id"].isin(wanted)
        & (table["aspect"] == "P")
        & (table["qualifier"] != "NOT")
        & (table["frequency"] != "")
    ].rename(columns={"database_id": "disease"})
    try:
        numbers = [share_of_patients(text) for text in stated["frequency"]]
    except ValueError as error:
        raise InputError(f"{path}: {error}; expected a count (7/38), a percentage or a category") from None
    stated = stated.assign(number=[n for n, _ in numbers], people=[p for _, p in numbers])
    return stated[FREQUENCIES].sort_values(["disease", "hpo_id", "reference", "frequency"], kind="stable")


def stated_share(frequencies: pd.DataFrame, disease: str, hpo_id: str) -> float | None:
    """Pool what the annotations of a disease state of one term.

    Parameters
    ----------
    frequencies : DataFrame
        FREQUENCIES.
    disease : str
        Id of the disease.
    hpo_id : str
        Id of the term.

    Returns
    -------
    float or None
        Share of patients with the term, to 3 decimals: counts pooled, else the mean of the rest. None if not stated.
    """
    rows = frequencies[(frequencies["disease"] == disease) & (frequencies["hpo_id"] == hpo_id)]
    if rows.empty:
        return None
    people = rows["people"]
    if people.sum():
        return round(float((rows["number"] * people).sum() / people.sum()), 3)
    return round(float(rows["number"].mean()), 3)


def write_ontology_tables(
    obo: str | Path, annotations: str | Path, diseases: Iterable[str], *, terms: str | Path, frequencies: str | Path
) -> None:
    """Write the ontology and the annotations of some diseases as two tables.

    Parameters
    ----------
    obo : path
        The ontology.
    annotations : path
        phenotype.hpoa.
    diseases : iterable of str
        As for `read_annotations`.
    terms : path
        Output: terms.csv (TERMS).
    frequencies : path
        Output: frequencies.csv (FREQUENCIES).
    """
    write_table(read_obo(obo), terms)
    write_table(read_annotations(annotations, diseases), frequencies)


@dataclass(frozen=True)
class ResolvedTerm:
    """A term of the ontology; note says how another name or id led to it, "" where none did."""

    hpo_id: str
    name: str
    note: str = ""


class Ontology:
    """Terms by id, alternative id, name and exact synonym.

    Parameters
    ----------
    path : path
        terms.csv. InputError if it is not such a table.
    """

    def __init__(self, path: str | Path) -> None:
        """path: terms.csv. Raises InputError if it is not such a table."""
        self.path = path
        table = read_table(path, TERMS, strings=TERMS).set_index("hpo_id")
        self._row = table.to_dict("index")
        self._id: dict[str, str] = {hpo_id.casefold(): hpo_id for hpo_id in self._row}
        self._name: dict[str, str] = {}
        self._old: dict[str, str] = {}
        self._synonym: dict[str, list[str]] = {}
        for hpo_id, row in self._row.items():
            for other in filter(None, row["alternative_ids"].split(SEPARATOR)):
                self._id.setdefault(other.casefold(), hpo_id)
            if row["obsolete"] == "yes":
                self._old.setdefault(normalised(row["name"]).removeprefix("obsolete "), hpo_id)
            else:
                self._name.setdefault(normalised(row["name"]), hpo_id)
                for synonym in filter(None, row["synonyms"].split(SEPARATOR)):
                    self._synonym.setdefault(normalised(synonym), []).append(hpo_id)

    def resolve(self, text: str) -> ResolvedTerm:
        """Find the term that an id, name or synonym stands for; an obsolete one leads to the term that replaced it.

        Parameters
        ----------
        text : str
            An id, a name or an exact synonym.

        Returns
        -------
        ResolvedTerm
            The term.

        Raises
        ------
        InputError
            With the nearest names for an unknown text, or with the choices where it is ambiguous.
        """
        key = normalised(text)
        hpo_id, rest = id_in(text)
        if hpo_id and not rest:
            return self._by_id(hpo_id)
        if key in self._name:
            return self._resolved(self._name[key])
        candidates = list(dict.fromkeys(self._synonym.get(key, [])))
        if len(candidates) > 1:
            choices = " or ".join(f"{self._row[i]['name']} ({i})" for i in candidates)
            raise InputError(f"'{text}' is a synonym of several HPO terms: write {choices}")
        if not candidates and key in self._old:
            return self._by_id(self._old[key])
        if not candidates:
            raise InputError(f"no HPO term has the id, name or exact synonym '{text}'; {self.nearest(text)}")
        return self._resolved(candidates[0], f"'{text}' is a synonym of {self._row[candidates[0]]['name']}")

    def nearest_above(self, hpo_id: str, among: Collection[str]) -> list[str]:
        """Find the closest of some terms that a term is a form of.

        Parameters
        ----------
        hpo_id : str
            Id of the term.
        among : collection of str
            Ids of terms.

        Returns
        -------
        list of str
            Those of them that are the fewest steps above it; none if it is a form of none.
        """
        level, seen = [hpo_id], {hpo_id}
        while level:
            parents = [p for i in level for p in filter(None, self._row.get(i, {"is_a": ""})["is_a"].split(SEPARATOR))]
            level = [parent for parent in dict.fromkeys(parents) if parent not in seen]
            seen.update(level)
            if above := [parent for parent in level if parent in among]:
                return above
        return []

    def nearest(self, text: str) -> str:
        """Offer the terms whose name or exact synonym is closest, for error messages.

        Parameters
        ----------
        text : str
            What was asked for.

        Returns
        -------
        str
            A phrase.
        """
        spelt = {name: hpo_id for name, ids in self._synonym.items() for hpo_id in ids} | self._name
        close = [
            self._row[spelt[name]]["name"] for name in difflib.get_close_matches(normalised(text), spelt, 3, cutoff=0.6)
        ]
        return f"did you mean {' or '.join(dict.fromkeys(close))}?" if close else "search the ontology for its name"

    def _by_id(self, hpo_id: str) -> ResolvedTerm:
        main = self._id.get(hpo_id.casefold())
        if main is None:
            raise InputError(f"the ontology has no term {hpo_id}; {nearest(hpo_id, self._row)}")
        note = "" if main == hpo_id else f"{hpo_id} is an alternative id of {main}"
        if self._row[main]["obsolete"] == "yes":
            new = self._row[main]["replaced_by"].split(SEPARATOR)[0]
            if not new:
                raise InputError(f"{hpo_id} ({self._row[main]['name']}) is obsolete and nothing replaces it")
            main, note = new, f"{hpo_id} is obsolete, replaced by {new}"
        return self._resolved(main, note)

    def _resolved(self, hpo_id: str, note: str = "") -> ResolvedTerm:
        return ResolvedTerm(hpo_id, self._row[hpo_id]["name"], note)
