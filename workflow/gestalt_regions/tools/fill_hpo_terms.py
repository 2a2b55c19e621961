"""Copy what the ontology says of our terms into resources/hpo_terms.csv, so that nothing need be fetched to read it.

Run it after a line was added: python -m gestalt_regions.tools.fill_hpo_terms results/assets/hp.obo
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.hpo.facial_terms import CELL_SEPARATOR, COLUMNS
from gestalt_regions.hpo.ontology import obo_terms

TABLE = Path(__file__).parents[3] / "resources/hpo_terms.csv"
_SYNONYM = re.compile(r'"(.*)" (EXACT|BROAD|NARROW|RELATED)\b')
_RELEASE = re.compile(r"^data-version: hp/releases/(\S+)", re.MULTILINE)


def _closest(hpo_id: str, parents: dict[str, list[str]], among: Collection[str]) -> list[str]:
    """The closest terms of `among` above a term."""
    level, seen = [hpo_id], {hpo_id}
    while level:
        level = [parent for each in level for parent in parents.get(each, []) if parent not in seen]
        seen.update(level)
        if above := [parent for parent in dict.fromkeys(level) if parent in among]:
            return above
    return []


def filled(table: pd.DataFrame, obo: str | Path) -> pd.DataFrame:
    """Complete the table of facial terms.

    Parameters
    ----------
    table : DataFrame
        term, hpo_id and what else the table has; synonyms, other_ids, inexact, forms and hpo_release are replaced.
    obo : path
        The ontology (hp.obo).

    Returns
    -------
    DataFrame
        The same rows. What is copied is as HPO writes it.
    """
    terms = {row["id"][0]: row for row in obo_terms(obo)}
    current = {hpo_id for hpo_id, row in terms.items() if row.get("is_obsolete") != ["true"]}
    parents = {hpo_id: [parent.split()[0] for parent in terms[hpo_id].get("is_a", [])] for hpo_id in current}
    forms: dict[str, list[str]] = {}
    for hpo_id in sorted(current - set(table["hpo_id"])):
        for above in _closest(hpo_id, parents, set(table["hpo_id"])):  # of the others it is a form of a form
            forms.setdefault(above, []).append(f"{hpo_id} {terms[hpo_id]['name'][0]}")
    release = _RELEASE.search(Path(obo).read_text(encoding="utf-8"))
    rows = []
    for name, hpo_id in zip(table["term"], table["hpo_id"], strict=True):
        row = terms[hpo_id]
        synonyms = [found for text in row.get("synonym", []) if (found := _SYNONYM.match(text))]
        exact = [found[1] for found in synonyms if found[2] == "EXACT"]
        if row["name"][0] != name and hpo_id in current:
            exact.insert(0, row["name"][0])
        old = [other for other, each in terms.items() if each.get("replaced_by") == [hpo_id]]
        inexact = [f"{found[2].lower()}: {found[1]}" for found in synonyms if found[2] != "EXACT"]
        inexact += [f"replaced by: {new} {terms[new]['name'][0]}" for new in row.get("replaced_by", [])]
        columns = (exact, [*row.get("alt_id", []), *old], inexact, forms.get(hpo_id, []))
        cells = [CELL_SEPARATOR.join(dict.fromkeys(part.replace('\\"', '"') for part in column)) for column in columns]
        rows.append([*cells, release[1] if release else ""])
    copied = pd.DataFrame(rows, columns=[*COLUMNS[-4:], "hpo_release"], index=table.index)
    return pd.concat([table[[column for column in table if column not in copied]], copied], axis=1)


if __name__ == "__main__":
    write_table(filled(read_table(TABLE, ["term", "hpo_id"], strings=COLUMNS), sys.argv[1]), TABLE)
