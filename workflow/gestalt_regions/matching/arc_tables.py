"""Tables 1 to 6 of GestaltMatcher-Arc (Hustinx et al. 2023) for the encoders and the cohort at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from gestalt_regions.cohort.gallery_lists import FREQUENT, RARE
from gestalt_regions.core import io
from gestalt_regions.matching.accuracy import bases
from gestalt_regions.matching.systems import ENSEMBLE
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import UNDEFINED

TOP = (1, 5)  # what the paper's tables show; accuracy.csv has the others
UNKNOWN = "not stated"
VARIANTS = ("r", "D/O", "D/O+L2")


@dataclass(frozen=True)
class ArcTable:
    """One table of the paper.

    Attributes
    ----------
    table : DataFrame
        For machines.
    shown : DataFrame
        For people, all text.
    caption : str
        Its caption.
    notes : list of str
        What stands below it.
    """

    table: pd.DataFrame
    shown: pd.DataFrame
    caption: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Arc:
    """The results that the tables are made of, read when they are asked for.

    Attributes
    ----------
    files : mapping of str to path
        accuracy, verification, splits, excluded, samples, datasets; those that a table needs.
    encoders : mapping
        config matching.encoders.
    ensemble : tuple of str
        Its members; none for all encoders.
    """

    files: Mapping[str, str]
    encoders: Mapping[str, Mapping]
    ensemble: tuple[str, ...]

    @cached_property
    def accuracy(self) -> pd.DataFrame:
        """The mean accuracies.

        Returns
        -------
        DataFrame
            accuracy.csv.
        """
        keys = ["system", "tta", "gallery", "group", "k", "accuracy", "low", "high", "chance"]
        return io.read_table(self.files["accuracy"], keys, strings=["system", "gallery", "group"])

    @cached_property
    def verification(self) -> pd.DataFrame:
        """The results of face verification.

        Returns
        -------
        DataFrame
            verification.csv.
        """
        strings = ["system", "source", "note"]
        return io.read_table(self.files["verification"], ["system", "tta", "accuracy"], strings=strings)

    @cached_property
    def splits(self) -> pd.DataFrame:
        """The images that are matched.

        Returns
        -------
        DataFrame
            sample_id, subject_id, label and group of splits.csv, each image once.
        """
        keys = ["sample_id", "subject_id", "label", "group"]
        return io.read_table(self.files["splits"], keys, strings=keys)[keys].drop_duplicates()

    @cached_property
    def datasets(self) -> pd.DataFrame:
        """The face data sets that are known.

        Returns
        -------
        DataFrame
            dataset, images, individuals, backbones.
        """
        keys = ["dataset", "images", "individuals", "backbones"]
        return io.read_table(self.files["datasets"], keys, strings=["dataset", "backbones", "source"])

    def dataset(self, encoder: str) -> str:
        """What the encoder's network was first trained on: as configured, or as known of its backbone.

        Parameters
        ----------
        encoder : str
            Key of config matching.encoders.

        Returns
        -------
        str
            Name of the data set, or UNKNOWN.
        """
        entry = self.encoders[encoder]
        known = self.datasets[[entry["backbone"] in names.split() for names in self.datasets["backbones"]]]["dataset"]
        return entry["dataset"] or (known.iloc[0] if len(known) else UNKNOWN)

    def individuals(self, encoder: str) -> float:
        """How many people the encoder's network was first trained on.

        Parameters
        ----------
        encoder : str
            Key of config matching.encoders.

        Returns
        -------
        float
            NaN if it is not known.
        """
        known = self.datasets.loc[self.datasets["dataset"] == self.dataset(encoder), "individuals"]
        return float(known.iloc[0]) if len(known) else np.nan

    @property
    def columns(self) -> list[tuple[str, str, int]]:
        """The accuracies that the tables show.

        Returns
        -------
        list of tuple
            (name, group, k): <group>_top<k>.
        """
        return [(f"{group}_top{k}", group, k) for group in (FREQUENT, RARE) for k in TOP]

    def results(self, system: str, tta: bool) -> dict[str, float]:
        """The results of one system.

        Parameters
        ----------
        system : str
            An encoder, or the ensemble.
        tta : bool
            With test-time augmentation.

        Returns
        -------
        dict
            verification and <group>_top<k>, each with _low and _high; NaN where the study has none.
        """
        checked = self.verification
        cells = {"verification": checked[(checked["system"] == system) & (checked["tta"] == tta)]}
        of_system = self.accuracy[(self.accuracy["system"] == system) & (self.accuracy["tta"] == tta)]
        for name, group, k in self.columns:
            cells[name] = of_system[
                (of_system["gallery"] == group) & (of_system["group"] == group) & (of_system["k"] == k)
            ]
        row = {}
        for name, cell in cells.items():
            for suffix, column in (("", "accuracy"), ("_low", "low"), ("_high", "high")):
                row[name + suffix] = float(cell[column].iloc[0]) if len(cell) and column in cell else np.nan
        return row

    def show(self, table: pd.DataFrame, first: Mapping[str, str], intervals: bool = True) -> pd.DataFrame:
        """A table for people.

        Parameters
        ----------
        table : DataFrame
            With the results, as `results` names them.
        first : mapping of str to str
            Other columns -> their headings.
        intervals : bool
            Whether intervals are shown.

        Returns
        -------
        DataFrame
            Those columns, and the results as per cent.
        """
        shown = pd.DataFrame({heading: table[name].astype(str) for name, heading in first.items()})
        source = "LFW" if (self.verification["source"] == "LFW").all() else "Verif."
        headings = {"verification": source} | {name: f"{group.capitalize()} top-{k}" for name, group, k in self.columns}
        for name, heading in headings.items():
            shown[heading] = [
                _percent(row[name], row[f"{name}_low"], row[f"{name}_high"], intervals) for _, row in table.iterrows()
            ]
        return shown

    def notes(self, intervals: bool = True) -> list[str]:
        """What the columns are, and what this study lacks of the paper's.

        Parameters
        ----------
        intervals : bool
            Whether the table shows intervals.

        Returns
        -------
        list of str
            Sentences.
        """
        cell = self.accuracy[self.accuracy["k"] == 1]
        parts = []
        for group in (FREQUENT, RARE):
            of = cell[(cell["gallery"] == group) & (cell["group"] == group)]
            if len(of):
                row = of.iloc[0]
                splits = f" in {row['splits']} splits" if row["splits"] > 1 else ""
                tested = f"{row['images']} test images of {row['subjects']} subjects"
                parts.append(f"{group}: {tested}, {row['classes']} disorders{splits}")
            else:
                parts.append(f"{group}: this study has no such disorders")
        level = f"{cell['level'].iloc[0]:.0%}" if len(cell) else ""
        bounds = f" [{level} bootstrap interval over test subjects or families]" if intervals else ""
        what = f"Mean accuracy over disorders in %{bounds}"
        notes = [f"{what}; {'; '.join(parts)}."]
        of_group = self.accuracy[(self.accuracy["gallery"] == self.accuracy["group"]) & self.accuracy["k"].isin(TOP)]
        for group, k in sorted(set(map(tuple, of_group.loc[of_group["chance"] > 1 - 1e-9, ["group", "k"]].to_numpy()))):
            notes.append(f"{group.capitalize()} top-{k} says nothing: its gallery has no more than {k} disorders.")
        checked = self.verification
        if (checked["source"] == "LFW").all():
            notes.append(f"LFW: {int(checked['pairs'].iloc[0])} pairs.")
        elif checked["accuracy"].notna().any():
            row = checked.iloc[0]
            pairs = f"{int(row['pairs'])} pairs of this cohort's images in {int(row['folds'])} folds"
            notes.append(f"Verif.: accuracy in % on {pairs}, instead of LFW, which is no part of this study.")
        else:
            notes.append(f"Verif.: not measured ({checked['note'].iloc[0]}); LFW is no part of this study.")
        return notes


def _percent(value: float, low: float = np.nan, high: float = np.nan, intervals: bool = True) -> str:
    if not np.isfinite(value):
        return UNDEFINED
    bounds = f" [{100 * low:.1f}, {100 * high:.1f}]" if intervals and np.isfinite(low) else ""
    return f"{100 * value:.1f}{bounds}"


def table1(arc: Arc) -> ArcTable:
    """The face data sets that the encoders were first trained on.

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 1.
    """
    rows = []
    for name in arc.encoders:
        dataset = arc.dataset(name)
        known = arc.datasets[arc.datasets["dataset"] == dataset]
        size = {key: int(known[key].iloc[0]) if len(known) else np.nan for key in ("images", "individuals")}
        rows.append({"dataset": dataset, **size, "encoder": name})
    table = (
        pd.DataFrame(rows)
        .groupby("dataset", sort=False, as_index=False)
        .agg({"images": "first", "individuals": "first", "encoder": "; ".join})
    )
    text = {k: [f"{n:,.0f}" if np.isfinite(n) else UNDEFINED for n in table[k]] for k in ("images", "individuals")}
    shown = pd.DataFrame(
        {
            "Dataset": table["dataset"],
            "Images": text["images"],
            "Individuals": text["individuals"],
            "Encoders": table["encoder"],
        }
    )
    unknown = UNKNOWN in set(table["dataset"])
    notes = ["Not stated: no number is known of what that network was trained on."] if unknown else []
    return ArcTable(table, shown, "Face data sets of the encoders in this study.", notes)


def table2(arc: Arc) -> ArcTable:
    """Images, subjects and disorders of the cohort.

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 2.
    """
    cells = {f"{group.capitalize()}": arc.splits[arc.splits["group"] == group] for group in (FREQUENT, RARE)}
    rows = [
        {
            "part": part,
            "images": cell["sample_id"].nunique(),
            "subjects": cell["subject_id"].nunique(),
            "disorders": cell["label"].nunique(),
        }
        for part, cell in (cells | {"Total": arc.splits}).items()
    ]
    table = pd.DataFrame(rows)
    shown = table.astype(str).rename(columns=str.capitalize)
    keys = ["sample_id", "label", "reason"]
    gone = io.read_table(arc.files["excluded"], keys, strings=keys)
    notes = [
        f"Left out: {label}, {cell['sample_id'].nunique()} images ({reason})."
        for (label, reason), cell in gone.groupby(["label", "reason"], sort=False)
    ]
    return ArcTable(table, shown, "The cohort: frequent disorders are seen in fine-tuning, rare ones are not.", notes)


def _entry(arc: Arc, name: str) -> dict[str, object]:
    entry = arc.encoders[name]
    return {
        "model": f"{name}*" if entry["fine_tuned"] else name,
        "fine_tuned": entry["fine_tuned"],
        "variant": entry["variant"],
        "dataset": arc.dataset(name),
    }


def _single(arc: Arc, names: list[str], tta: bool = False) -> pd.DataFrame:
    rows = [_entry(arc, name) | {"tta": tta} | arc.results(name, tta) for name in names]
    keys = ["model", "fine_tuned", "variant", "dataset", "tta", *arc.results("", False)]
    return pd.DataFrame(rows, columns=keys)


def _least_regularised(encoders: Mapping[str, Mapping], names: Iterable[str]) -> list[str]:
    """Those without added regularisation, or all where there are none."""
    names = list(names)
    return [name for name in names if encoders[name]["variant"] in ("", "r")] or names


def _plain(arc: Arc) -> list[str]:
    """Encoders as published, each followed by the least regularised of those fine-tuned from it.

    Then come those whose base is not at hand.
    """
    made, tuned = bases(arc.encoders), [name for name, entry in arc.encoders.items() if entry["fine_tuned"]]
    sets = [([base], [t for t in tuned if made.get(t) == base]) for base in arc.encoders if base not in tuned]
    sets.append(([], [name for name in tuned if name not in made]))
    return [name for first, others in sets for name in (*first, *_least_regularised(arc.encoders, others))]


def table3(arc: Arc) -> ArcTable:
    """Encoders as published and fine-tuned (*).

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 3.
    """
    table = _single(arc, _plain(arc))
    notes = [] if table["fine_tuned"].any() else ["No encoder of this study is fine-tuned."]
    caption = "Encoders as published and fine-tuned (*), without test-time augmentation."
    return ArcTable(table, arc.show(table, {"model": "Model", "variant": "Variant"}), caption, [*arc.notes(), *notes])


def table4(arc: Arc) -> ArcTable:
    """The same by the data that the encoder was first trained on, with the change by fine-tuning.

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 4.
    """
    table, made = _single(arc, _plain(arc)), bases(arc.encoders)
    values = ["verification", *(name for name, _, _ in arc.columns)]
    table["encoder"] = table["model"].str.removesuffix("*")
    by_name = table.set_index("encoder")[values]
    for value in values:
        table[f"{value}_change"] = [
            row[value] - by_name.loc[made[row["encoder"]], value] if row["encoder"] in made else np.nan
            for _, row in table.iterrows()
        ]
    first = {"dataset": "Dataset", "model": "Model", "variant": "Variant"}
    shown = arc.show(table, first, intervals=False)
    for heading, value in zip(shown.columns[len(first) :], values, strict=True):
        change = [f" ({100 * each:+.1f})" if np.isfinite(each) else "" for each in table[f"{value}_change"]]
        shown[heading] = shown[heading] + change
    caption = "Encoders by the data they were first trained on; in parentheses the change by fine-tuning (*)."
    notes = ["The paper trains one network on five data sets; here the networks differ too.", *arc.notes(False)]
    return ArcTable(table, shown, caption, notes)


def table5(arc: Arc) -> ArcTable:
    """Regularisation in fine-tuning: r, D/O, D/O+L2.

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 5.
    """
    names = [name for name, entry in arc.encoders.items() if entry["fine_tuned"] and entry["variant"]]
    backbones = list(dict.fromkeys(arc.encoders[name]["backbone"] for name in names))
    place = {variant: order for order, variant in enumerate(VARIANTS)}
    names.sort(
        key=lambda name: (
            backbones.index(arc.encoders[name]["backbone"]),
            place.get(arc.encoders[name]["variant"], len(place)),
        )
    )
    table = _single(arc, names)
    lacking = [variant for variant in VARIANTS if variant not in set(table["variant"])]
    notes = [f"No encoder of this study has the variant {', '.join(lacking)}."] if lacking else []
    caption = "Fine-tuned encoders by regularisation: r none, D/O dropout, D/O+L2 dropout and weight decay."
    return ArcTable(table, arc.show(table, {"model": "Model", "variant": "Variant"}), caption, [*arc.notes(), *notes])


def table6(arc: Arc) -> ArcTable:
    """The ensemble and its members, without and with test-time augmentation.

    Parameters
    ----------
    arc : Arc
        The results of the study.

    Returns
    -------
    ArcTable
        Table 6.
    """
    members = list(arc.ensemble or arc.encoders)
    whole = [ENSEMBLE] if len(members) > 1 else []
    nothing = {"model": "Ensemble", "fine_tuned": "", "variant": "", "dataset": ""}
    rows = []
    for name in [*members, *whole]:
        entry = nothing if name == ENSEMBLE else _entry(arc, name)
        for tta in (False, True):
            model = f"{entry['model']} + TTA" if tta else entry["model"]
            rows.append({**entry, "model": model, "tta": tta, **arc.results(name, tta)})
    table = pd.DataFrame(rows)
    notes = [] if whole else ["One encoder: no ensemble."]
    has = "The paper's ensemble has a verification network as published and two networks fine-tuned"
    notes.append(f"{has}; here: {', '.join(members)}.")
    shown = arc.show(table, {"model": "Model", "dataset": "Dataset"})
    caption = "The ensemble and its members, without and with test-time augmentation (TTA)."
    return ArcTable(table, shown, caption, [*arc.notes(), *notes])


TABLES: dict[str, Callable[[Arc], ArcTable]] = {
    "1": table1,
    "2": table2,
    "3": table3,
    "4": table4,
    "5": table5,
    "6": table6,
}


def write_arc_table(
    number: str,
    files: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    encoders: Mapping[str, Mapping],
    ensemble: Sequence[str],
) -> None:
    """Write one table of the paper.

    Parameters
    ----------
    number : str
        Of TABLES.
    files : mapping of str to path
        As in `Arc`.
    outputs : mapping of str to path
        csv and tex.
    encoders : mapping
        config matching.encoders.
    ensemble : sequence of str
        config matching.ensemble.
    """
    made = TABLES[number](Arc(files, encoders, tuple(ensemble)))
    simulated = read.simulated_phrase(read.load_samples(files["samples"], ()))
    prefix = f"{simulated.capitalize()}. " if simulated and number != "1" else ""
    io.write_table(made.table.assign(simulated=bool(prefix)), outputs["csv"])
    words = ("Model", "Dataset", "Variant", "Part")
    columns = "l" * sum(heading in words for heading in made.shown.columns)
    columns += "r" * (made.shown.shape[1] - len(columns))
    if number == "1":
        columns = "lrrl"
    text = booktabs(made.shown, prefix + made.caption, f"tab:arc-table{number}", made.notes, columns)
    io.write_text(text, outputs["tex"])
