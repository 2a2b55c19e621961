"""Lays the tables out as the paper prints them, for LaTeX and for the report: all cells are text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gestalt_regions.statistics.toolkit.latex import booktabs

UNIT = {
    "image": "images (several of a subject counted as independent)",
    "subject": "subjects (mean of a subject's images; kin counted as independent)",
    "kin_group": "kin groups (mean of a family's subjects, each the mean of its images)",
}
KIND = {
    "pooled": "Pooled Spearman correlation",
    "within_syndrome": "Spearman correlation within syndromes (partial)",
    "ranked_within": "Spearman correlation within syndromes (ranks within each)",
}
BESIDE = {"ranked": "ranks within", "partial": "partial", "pooled": "pooled"}  # columns of another correlation
CORRECTION = {
    "holm": "Holm correction",
    "bonferroni": "Bonferroni correction",
    "fdr_bh": "Benjamini-Hochberg control of the false discovery rate",
    "fdr_by": "Benjamini-Yekutieli control of the false discovery rate",
    "none": "no correction",
}
UNDEFINED = "–"


def number(value: float, digits: int = 3) -> str:
    """A number with a fixed number of decimals.

    Parameters
    ----------
    value : float
        NaN gives a dash.
    digits : int
        Decimals.

    Returns
    -------
    str
        Such as `0.816`.
    """
    return f"{value:.{digits}f}" if np.isfinite(value) else UNDEFINED


def p_text(p: float) -> str:
    """A p value with four decimals.

    Parameters
    ----------
    p : float
        From 0 to 1.

    Returns
    -------
    str
        `<0.0001` below that.
    """
    return "<0.0001" if p < 0.0001 else number(p, 4)


def mean_sd(mean: float, sd: float) -> str:
    """Mean and standard deviation, `0.816 (0.020)`.

    Parameters
    ----------
    mean : float
        NaN gives a dash.
    sd : float
        Standard deviation.

    Returns
    -------
    str
        The text of a cell.
    """
    return f"{number(mean)} ({number(sd)})" if np.isfinite(mean) else UNDEFINED


def bounds(low: float, high: float) -> str:
    """An interval with two decimals, `[0.10, 0.35]`.

    Parameters
    ----------
    low : float
        NaN gives an empty text.
    high : float
        Upper end.

    Returns
    -------
    str
        The text of a cell.
    """
    return f"[{number(low, 2)}, {number(high, 2)}]" if np.isfinite(low) else ""


def table2(table: pd.DataFrame) -> pd.DataFrame:
    """Table 2 as text.

    Parameters
    ----------
    table : pandas.DataFrame
        table2.csv.

    Returns
    -------
    pandas.DataFrame
        Class, N and `mean (sd)` of precision, recall and F1.
    """
    shown = pd.DataFrame({"Class": table["class"].astype(str), "N": table["n"].astype(str)})
    for metric, name in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1-score")):
        shown[name] = [mean_sd(*pair) for pair in zip(table[f"{metric}_mean"], table[f"{metric}_sd"], strict=True)]
    return shown


def accuracy_sentence(top1: pd.DataFrame) -> str:
    """The accuracies in words.

    Parameters
    ----------
    top1 : pandas.DataFrame
        As from `table2.top1_accuracy`.

    Returns
    -------
    str
        One sentence.
    """
    parts = []
    for row in top1.itertuples():
        if row.images:
            text = f"{row.quantity}: {mean_sd(row.mean, row.sd)} {bounds(row.low, row.high)}".rstrip()
            parts.append(f"{text} on {row.images} images of {row.groups} kin groups")
    level = f"{top1['level'].iloc[0]:.0%}"
    return f"Accuracy, mean (sd) over folds and {level} bootstrap interval: " + "; ".join(parts) + "."


def notes(table: pd.DataFrame, by: str) -> list[str]:
    """The notes of a table's rows; one that all rows share is given once.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column note.
    by : str
        The column that names a row.

    Returns
    -------
    list of str
        `row: note` for every row that carries one.
    """
    filled = table[table["note"].notna() & (table["note"] != "")]
    shared = list(filled["note"].unique())
    if len(filled) == len(table) and len(shared) == 1:
        return shared
    return [f"{row[by]}: {row['note']}" for _, row in filled.iterrows()]


def table3(table: pd.DataFrame) -> pd.DataFrame:
    """Table 3 as text.

    Parameters
    ----------
    table : pandas.DataFrame
        table3.csv.

    Returns
    -------
    pandas.DataFrame
        Regions in rows, syndromes in columns, number of significant tests.
    """
    return table.loc[:, "region":"methods"].drop(columns="methods").astype(str).rename(columns={"region": "Region"})


def table3_caption(table: pd.DataFrame, control: str) -> str:
    """What Table 3 counts, and how.

    Parameters
    ----------
    table : pandas.DataFrame
        table3.csv.
    control : str
        Label of the control class.

    Returns
    -------
    str
        The caption.
    """
    first = table.iloc[0]
    family = "all methods, regions and syndromes" if first["family"] == "all" else "the tests of one method"
    correction = CORRECTION[first["correction"]]
    return (
        f"Number of significant tests of each syndrome against {control} out of {first['methods']} saliency methods; "
        f"units: {UNIT[first['unit']]}; {correction} over {family} ({first['family_size']} tests), "
        f"alpha {first['alpha']:g}; coefficients: {first['policy']}; variant: {first['variant']}."
    )


def table4(table: pd.DataFrame) -> pd.DataFrame:
    """Table 4 as text.

    Where the table holds other correlations too, each has its own row beneath.

    Parameters
    ----------
    table : pandas.DataFrame
        table4.csv.

    Returns
    -------
    pandas.DataFrame
        Methods in rows; per region `mean (sd) [interval]`.
    """
    beside, rows = [name for name in BESIDE if f"{name}_mean" in table], []
    for method, cells in table.groupby("method", sort=False):
        for name in ("rho", *beside):
            row = {"Method": method if name == "rho" else ""}
            if beside:
                row["Correlation"] = BESIDE.get(name, "within")
            for cell in cells.to_dict("records"):
                mean, sd, low, high = (cell[f"{name}_{part}"] for part in ("mean", "sd", "low", "high"))
                row[cell["region"]] = f"{mean_sd(mean, sd)} {bounds(low, high)}".strip()
            rows.append(row)
    return pd.DataFrame(rows)


def table4_caption(table: pd.DataFrame) -> str:
    """What Table 4 correlates, and of how many images.

    Parameters
    ----------
    table : pandas.DataFrame
        table4.csv.

    Returns
    -------
    str
        The caption.
    """
    first = table.iloc[0]
    beside = ", with others beneath" if "pooled_mean" in table else ""
    leaked = f" ({first['left_out']} whose family is also in the folds are left out)" if first["left_out"] else ""
    return (
        f"{KIND[first['correlation']]} of region coefficient and number of HPO annotations{beside}: "
        f"mean (sd) over {first['folds']} fold models on {first['n']} held-out images of {first['groups']} groups"
        f"{leaked}, [{first['level']:.0%} bootstrap interval]; "
        f"coefficients: {first['policy']}; variant: {first['variant']}."
    )


def _prefix(simulated: str) -> str:
    return f"{simulated.capitalize()}. " if simulated else ""


def table2_latex(table: pd.DataFrame, top1: pd.DataFrame, simulated: str) -> str:
    """Table 2 for print.

    Parameters
    ----------
    table : pandas.DataFrame
        table2.csv.
    top1 : pandas.DataFrame
        The accuracies.
    simulated : str
        As from `read.simulated_phrase`.

    Returns
    -------
    str
        LaTeX.
    """
    caption = f"{_prefix(simulated)}Recognition of each class, mean (sd) over {table['folds'].iloc[0]} folds."
    return booktabs(table2(table), caption, "tab:table2", [accuracy_sentence(top1), *notes(table, "class")])


def table3_latex(table: pd.DataFrame, control: str, simulated: str) -> str:
    """Table 3 for print.

    Parameters
    ----------
    table : pandas.DataFrame
        table3.csv.
    control : str
        Label of the control class.
    simulated : str
        As from `read.simulated_phrase`.

    Returns
    -------
    str
        LaTeX.
    """
    caption = _prefix(simulated) + table3_caption(table, control)
    return booktabs(table3(table), caption, f"tab:table3-{table['variant'].iloc[0]}", notes(table, "region"))


def table4_latex(table: pd.DataFrame, simulated: str) -> str:
    """Table 4 for print.

    Parameters
    ----------
    table : pandas.DataFrame
        table4.csv.
    simulated : str
        As from `read.simulated_phrase`.

    Returns
    -------
    str
        LaTeX.
    """
    labelled = table.assign(cell=table["method"] + ", " + table["region"])
    caption = _prefix(simulated) + table4_caption(table)
    return booktabs(table4(table), caption, f"tab:table4-{table['variant'].iloc[0]}", notes(labelled, "cell"))


def tests_latex(tests: pd.DataFrame, variant: str, simulated: str) -> str:
    """All tests of one variant, as a table that may run over pages.

    Parameters
    ----------
    tests : pandas.DataFrame
        table3_tests.csv.
    variant : str
        The variant to show.
    simulated : str
        As from `read.simulated_phrase`.

    Returns
    -------
    str
        LaTeX.
    """
    tests = tests[tests["variant"] == variant]
    stars = tests["significant"].eq(True).map({True: "*", False: ""})
    effect = zip(tests["rank_biserial"], tests["rank_biserial_low"], tests["rank_biserial_high"], strict=True)
    shown = pd.DataFrame(
        {
            "Method": tests["method"].where(~tests["method"].duplicated(), ""),
            "Syndrome": tests["syndrome"],
            "Region": tests["region"],
            "Test": tests["test"].replace({"t-test": "t", "Mann-Whitney U": "U", "none": "–"}),
            "Statistic": [number(v, 2) for v in tests["statistic"]],
            "p": [p_text(v) for v in tests["p"]],
            "Corrected p": [p_text(v) for v in tests["p_corrected"]] + stars,
            "d": [number(v, 2) for v in tests["cohens_d"]],
            "r [interval]": [f"{number(r, 2)} {bounds(low, high)}".strip() for r, low, high in effect],
        }
    )
    caption = _prefix(simulated) + (
        f"All tests behind Table 3, variant {variant}: t-test (t) or Mann-Whitney U, p before and after correction "
        "(* significant), Cohen's d and rank-biserial correlation r with its bootstrap interval."
    )
    labelled = tests.assign(cell=tests["method"] + ", " + tests["syndrome"] + ", " + tests["region"])
    return booktabs(shown, caption, f"tab:table3-tests-{variant}", notes(labelled, "cell"), "llllrrrrr", long=True)
