"""Age and sex as people write them: years from `2y 6m`, `18 months` or `0,5`; female and male from any usual word."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from gestalt_regions.core.hand_tables import HandTable, matches
from gestalt_regions.core.remarks import remark, shortened

OLDEST = 120  # years
MONTHS_PER_YEAR, WEEKS_PER_YEAR, DAYS_PER_YEAR = 12, 52.1775, 365.2425
UNKNOWN = {
    *("", "?", "??", "-", "--", ".", "n/a", "na", "nan", "none", "null", "unknown", "unk", "missing", "unbekannt"),
    *("k.a.", "k. a.", "not known", "not available", "not recorded", "undefined", "u", "#n/a"),
}
_N = r"(\d+(?:[.,]\d+)?)"
_AGE = re.compile(
    rf"(?:{_N}\s*(?:y|yr|yrs|years?|yo|y/o|a|j|jahre?|ans?)\.?)?\s*"
    rf"(?:{_N}\s*(?:m|mo|mos|mon|mths?|months?|monate?|mois)\.?)?\s*"
    rf"(?:{_N}\s*(?:w|wks?|weeks?|wochen?)\.?)?\s*(?:{_N}\s*(?:d|days?|tage?)\.?)?\s*(?:old|alt)?"
)
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d*)?|[+-]?[.,]\d+")
_CLINICAL = re.compile(r"(?:(\d+)\s*;\s*(\d{1,2})|(?:(\d+)\s+)?(\d{1,2})/12)")  # 2;6 and 2 6/12
FEMALE = {"f", "w", "female", "woman", "girl", "weiblich", "weibl", "weibl.", "frau", "femme", "féminin", "feminin"}
MALE = {"m", "male", "man", "boy", "männlich", "maennlich", "männl.", "mann", "homme", "masculin", "masculine"}
OTHER = {"other", "diverse", "divers", "intersex", "x", "nonbinary", "non-binary"}


def _number(text: str | None) -> float:
    return float(text.replace(",", ".")) if text else 0.0


def age_in_years(text: str) -> float:
    """Read one age.

    Parameters
    ----------
    text : str
        A number of years, or with units: `2y 6m`, `18 months`, `3 weeks`, `2;6` and `2 6/12` (years and months).

    Returns
    -------
    float
        Years; NaN where it is unknown.

    Raises
    ------
    ValueError
        If it is no age.
    """
    text = " ".join(re.sub(r"\b(?:and|und|et)\b|&", " ", text.casefold().replace("\u2212", "-")).split())
    if text in UNKNOWN:
        return np.nan
    if _PLAIN.fullmatch(text):
        return _number(text)
    if parts := _CLINICAL.fullmatch(text):
        months = int(parts[2] or parts[4])
        if months < MONTHS_PER_YEAR:
            return int(parts[1] or parts[3] or 0) + months / MONTHS_PER_YEAR
    elif (parts := _AGE.fullmatch(re.sub(r"(?<=[a-z.]),", " ", text))) and any(parts.groups()):
        years, months_, weeks, days = map(_number, parts.groups())
        return years + months_ / MONTHS_PER_YEAR + weeks / WEEKS_PER_YEAR + days / DAYS_PER_YEAR
    raise ValueError(text)


def _one_sign(table: HandTable, column: str) -> None:
    """InputError where plain numbers of a column have a decimal comma in some cells and a point in others."""
    text = table.rows[column]
    plain = text.where(matches(text, _PLAIN), "")
    comma, point = plain.str.contains(",", regex=False), plain.str.contains(".", regex=False)
    if comma.any() and point.any():
        first, second = (int(each.to_numpy().argmax()) for each in (comma, point))
        raise table.error(
            first,
            f"{table.titles[column]} is '{text[first]}', but '{text[second]}' in line {table.lines[second]}; write all "
            "decimals with a point, or all with a comma",
        )


def _years(table: HandTable, column: str, lenient: bool) -> pd.Series:
    """A column as the ages it says; of `age_months` plain numbers are months."""
    text, title = table.rows[column], table.titles[column]
    unit = MONTHS_PER_YEAR if column == "age_months" else 1
    _one_sign(table, column)
    read: dict[str, float] = {}
    strange = []
    for cell in text.unique():
        try:
            read[cell] = age_in_years(cell) / (unit if _PLAIN.fullmatch(cell) else 1)
        except ValueError:
            strange.append(cell)
            read[cell] = np.nan
    strange += [cell for cell, years in read.items() if years < 0 or years > OLDEST]
    if strange:
        bad = text.isin(strange)
        row = int(bad.to_numpy().argmax())
        example = f"{title} is '{shortened(text[row])}', which is no age of 0 to {OLDEST} years"
        if not lenient:
            raise table.error(
                row,
                f"{example} ({table.lines_where(bad)}); write years such as 2.5, or 2y 6m, or nothing if it is unknown",
            )
        remark(f"{table.place(row)}: {example}; taken as unknown ({int(bad.sum())} rows)", warning=True)
        read |= dict.fromkeys(strange, np.nan)
    words = (text != "") & text.str.casefold().isin(UNKNOWN)
    if words.any():
        cells = ", ".join(f"'{cell}'" for cell in text[words].unique()[:3])
        remark(f"{table.path}: {title}: {cells} is taken as unknown ({table.lines_where(words)})", warning=True)
    return text.map(read).astype(float)


def read_ages(table: HandTable, lenient: bool = False) -> pd.Series | None:
    """Read the ages of a table.

    Parameters
    ----------
    table : HandTable
        With a column age (years), age_months or both; the months then are those beyond whole years, or the same age.
    lenient : bool
        For published tables: what is no age is taken as unknown, with a warning, not refused; months are added.

    Returns
    -------
    Series or None
        Years, float64, NaN where unknown; None where the table has neither column.

    Raises
    ------
    InputError
        With the line, for what is no age, or is not between 0 and OLDEST years.
    """
    given = [column for column in ("age", "age_months") if column in table.rows]
    if not given:
        return None
    ages = [_years(table, column, lenient) for column in given]
    if len(ages) == 1:
        return ages[0]
    years, months = ages
    both = years.notna() & months.notna()
    if not both.any():
        return years.fillna(months)
    titles = f"{table.titles['age']} and {table.titles['age_months']}"
    if lenient or (months[both] < 1).all():
        remark(f"{table.path}: age is {titles} together")
        return (years.fillna(0) + months.fillna(0)).where(years.notna() | months.notna())
    apart = both & ((years - months).abs() > 1)
    if apart.any():
        row = int(apart.to_numpy().argmax())
        raise table.error(row, f"{titles} do not agree; keep one of the columns")
    remark(f"{table.path}: age is {table.titles['age_months']}; {table.titles['age']} says the same")
    return months.fillna(years)


def read_sexes(table: HandTable, lenient: bool = False) -> pd.Series | None:
    """Read the sexes of a table.

    Parameters
    ----------
    table : HandTable
        Perhaps with a column sex: words or letters. Codes are refused: 1 is male in some files, female in others.
    lenient : bool
        Whether a word that is not known is taken as unknown, with a warning, not refused.

    Returns
    -------
    Series or None
        `female`, `male`, `other` or ""; None where the table has no such column.

    Raises
    ------
    InputError
        With the line, for a word that is not known, or a code.
    """
    if "sex" not in table.rows:
        return None
    text, title = table.rows["sex"], table.titles["sex"]
    read = {}
    for cell in text.unique():
        word = cell.casefold()
        known = "female" if word in FEMALE else "male" if word in MALE else "other" if word in OTHER else None
        read[cell] = "" if word in UNKNOWN else known
    strange = [cell for cell, sex in read.items() if sex is None]
    if strange:
        bad = text.isin(strange)
        row = int(bad.to_numpy().argmax())
        if not lenient:
            raise table.error(
                row,
                f"{title} is '{shortened(text[row])}' ({table.lines_where(bad)}); write female, male or other, or "
                "nothing if it is unknown",
            )
        remark(f"{table.place(row)}: {title} '{shortened(text[row])}' is taken as unknown", warning=True)
        read |= dict.fromkeys(strange, "")
    changed = sorted({f"{cell} = {sex or 'unknown'}" for cell, sex in read.items() if sex != cell})
    if changed:
        remark(f"{table.path}: {title}: {', '.join(changed[:6])}")
    return text.map(read)
