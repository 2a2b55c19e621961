"""INVENTED tables of GestaltMatcher Database's shape: its numbers of images, patients and disorders, no data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.gallery_lists import FREQUENT, RARE
from gestalt_regions.core.io import write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces.align import TEMPLATE
from gestalt_regions.tools.rehearsal.stand_ins import Picture

VERSION = "v0.0.0-invented"


@dataclass(frozen=True)
class Numbers:
    """How many images, patients and disorders a group has, and fewest and most patients of a disorder."""

    images: int
    patients: int
    disorders: int
    fewest: int
    most: int


# Hustinx et al. 2023, table 2 and section 3.1.2; the largest disorder's number of patients is read off figure 2.
GROUPS = {FREQUENT: Numbers(6354, 5123, 204, 7, 400), RARE: Numbers(1105, 872, 245, 2, 6)}
TESTED, JUDGED, SPLITS = 593, 661, 10  # images of the frequent test and validation lists; splits of the rare disorders
ANCESTRIES = ["European", "Asian", "African", "Latin America/Caribbean", "Middle-Eastern", "Others", ""]
SHARES = [0.55, 0.14, 0.07, 0.05, 0.06, 0.03, 0.10]
FIRST = ["Arven", "Bélisk", "Çamlar", "Dorquay", "Eßling", "Fjordal", "Gáldi", "Hołub", "Ibarruñ", "Kővár", "Lumière"]
SECOND = ["Quist", "Ångren", "O'Tarrin", "van der Molk", "Sztern", "Ünver", "Prøys", "Nakamoto", "Wexel-Brandt"]
BENT = 0.06  # how far a disorder moves a landmark, in distances of the eyes (standard deviation)


def _grown(wanted: int, low: int, high: int, count: int, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`count` whole numbers from low to high with the sum `wanted`, those of a larger weight larger."""
    numbers = np.full(count, low)
    while (missing := wanted - numbers.sum()) > 0:
        open_ = np.flatnonzero(numbers < high)
        share = weights[open_] / weights[open_].sum()
        np.add.at(numbers, open_, rng.multinomial(missing, share))
        numbers = np.minimum(numbers, high)
    return numbers


def invent_images(seed: int, scale: float = 1.0) -> pd.DataFrame:
    """Invent the images of the database: who is on them, with which disorder, how old, on which list.

    Parameters
    ----------
    seed : int
        Seed of the rehearsal.
    scale : float
        Share of the published numbers of disorders, patients and images.

    Returns
    -------
    DataFrame
        image_id, subject, label, group, listed (`train`, `val` or `test`; empty for rare disorders), gender, age_year,
        age_month, ethnicity_category.
    """
    rng = generator(seed, "gmdb tables")
    rows, first = [], 0
    for group, numbers in GROUPS.items():
        disorders = max(4, round(numbers.disorders * scale))
        patients = max(disorders * numbers.fewest, round(numbers.patients * scale))
        images = max(patients, round(numbers.images * scale))
        tail = 1 / np.arange(1, disorders + 1) if group == FREQUENT else np.ones(disorders)
        sizes = _grown(patients, numbers.fewest, numbers.most, disorders, tail, rng)
        photos = _grown(images, 1, 6, patients, rng.exponential(1, patients) ** 3, rng)
        people = np.repeat(np.arange(disorders), sizes) + first
        first += disorders
        rows.append(pd.DataFrame({"disorder": np.repeat(people, photos), "photos": np.repeat(photos, photos)}))
        rows[-1]["person"] = np.repeat(np.arange(patients), photos)
        rows[-1]["group"] = group
    table = pd.concat(rows, ignore_index=True)
    table["person"] = table.groupby(["group", "person"], sort=False).ngroup()
    table["label"] = np.sort(rng.choice(first * 3, first, replace=False))[table["disorder"]]
    table["subject"] = (rng.permutation(table["person"].max() * 2 + 2) + 1)[table["person"]]
    table["image_id"] = rng.permutation(len(table) * 2)[: len(table)] + 1
    table["listed"] = _lists_of(table, scale, rng)
    return _with_attributes(table, rng).sort_values("image_id", ignore_index=True)


def _lists_of(table: pd.DataFrame, scale: float, rng: np.random.Generator) -> np.ndarray:
    """train, val or test of each frequent image, by patient; each disorder keeps five to train on, then tests one."""
    listed = np.where(table["group"] == FREQUENT, "train", "").astype(object)
    frequent = table[table["group"] == FREQUENT]
    patients = frequent.drop_duplicates("person").sample(frac=1, random_state=rng)
    turn = patients.groupby("label").cumcount().sort_values(kind="stable")  # one of each disorder, then the next
    spare = patients.loc[turn.index[turn >= 5], "person"]
    images = spare.map(frequent.groupby("person").size()).cumsum()
    for name, low, high in (("test", 0, TESTED), ("val", TESTED, TESTED + JUDGED)):
        chosen = spare[(images > low * scale) & (images <= high * scale)]
        listed[table["person"].isin(chosen).to_numpy() & (table["group"] == FREQUENT).to_numpy()] = name
    return listed


def _with_attributes(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Sex, age and ancestry, each missing for some, the age in years and months as far as it is known."""
    people = table["person"].max() + 1
    sex = rng.choice(["male", "female", ""], people, p=[0.5, 0.43, 0.07])
    ancestry = rng.choice(ANCESTRIES, people, p=SHARES)
    age = np.minimum(rng.exponential(8, len(table)), 70)
    years, months = np.floor(age), np.floor(age % 1 * 12)
    known, exact = rng.random(len(table)) < 0.75, rng.random(len(table)) < 0.6
    return table.assign(
        gender=sex[table["person"]],
        ethnicity_category=ancestry[table["person"]],
        age_year=pd.Series(years).where(known),
        age_month=pd.Series(months).where(known & exact),
    )


def invent_name(number: int, rng: np.random.Generator) -> str:
    """Invent a disorder's name in one of the forms that names of disorders have.

    Parameters
    ----------
    number : int
        Number of the disorder.
    rng : Generator
        Random numbers.

    Returns
    -------
    str
        The name; `INV` or `Invented` is in it.
    """
    one, two = str(rng.choice(FIRST)), str(rng.choice(SECOND))
    forms = [
        f"{one}-{two} syndrome (Invented {number})",
        f"{one.upper()}-{two.upper()} SYNDROME; INV{number}",
        f"INTELLECTUAL DEVELOPMENTAL DISORDER, AUTOSOMAL DOMINANT {number}, INVENTED; INVD{number}",
        f"INTELLECTUAL DEVELOPMENTAL DISORDER, X-LINKED, {one.upper()} TYPE; INVX{number}",
        f'Invented syndrome {number}, "{two}" type & 50% mosaic <mild>',
        f"CHROMOSOME {number % 22 + 1}q{number % 3 + 1}.{number % 4 + 1} DELETION SYNDROME, {number} MB (INVENTED)",
        f"INV{number}",
    ]
    return forms[int(rng.integers(len(forms)))]


def write_tables(folder: Path, images: pd.DataFrame, seed: int) -> list[Path]:
    """Write the tables as the database's users get them.

    Parameters
    ----------
    folder : Path
        gmdb_metadata.
    images : DataFrame
        From `invent_images`.
    seed : int
        Seed of the rehearsal.

    Returns
    -------
    list of Path
        The tables.
    """
    rng = generator(seed, "gmdb lists")
    written: list[Path] = []

    def _write(table: pd.DataFrame, name: str) -> None:
        separator = "\t" if name.endswith("tsv") else ","
        written.append(folder / name)
        write_text(table.to_csv(index=False, sep=separator, lineterminator="\n"), written[-1])

    keys = ["image_id", "label", "subject"]
    listed = images[images["group"] == FREQUENT]
    for name, listed_as in {
        "frequent_gallery": ["train", "val"],
        "frequent_test": ["test"],
        "train": ["train"],
        "val": ["val"],
    }.items():
        _write(listed.loc[listed["listed"].isin(listed_as), keys], f"gmdb_{name}_images_{VERSION}.csv")
    rare = images[images["group"] == RARE]
    patients = rare.drop_duplicates("subject")[["subject", "label"]]
    sides: dict[str, list[pd.DataFrame]] = {"gallery": [], "test": []}
    for split in range(SPLITS):
        order = patients.sample(frac=1, random_state=rng)
        tested = order.groupby("label", group_keys=False).head(1)["subject"]
        for role, chosen in (("test", rare["subject"].isin(tested)), ("gallery", ~rare["subject"].isin(tested))):
            sides[role].append(rare.loc[chosen, keys].assign(split=split)[["image_id", "label", "split", "subject"]])
    for role, parts in sides.items():
        _write(pd.concat(parts), f"gmdb_rare_{role}_images_{VERSION}.csv")
    names = {label: invent_name(int(label), rng) for label in sorted(images["label"].unique())}
    twin = list(names)[:: max(2, len(names) // 3)][:2]  # one name for two ids, as the database has
    names[twin[1]] = names[twin[0]]
    syndromes = images.groupby("label").agg(image_ids=("image_id", list), subject_ids=("subject", lambda s: [*set(s)]))
    syndromes.insert(0, "syndrome_name", [names[label] for label in syndromes.index])
    _write(syndromes.rename_axis("syndrome_id").reset_index(), f"gmdb_syndromes_{VERSION}.tsv")
    columns = ["image_id", "subject", "gender", "age_year", "age_month", "ethnicity_category"]
    _write(images[columns], f"image_metadata_{VERSION}.tsv")
    return written


def list_pictures(images: pd.DataFrame, seed: int) -> list[Picture]:
    """List the pictures of the database: each disorder moves the landmarks in its own way, each person a little too.

    Parameters
    ----------
    images : DataFrame
        From `invent_images`.
    seed : int
        Seed of the rehearsal.

    Returns
    -------
    list of Picture
        `faces` is still the label.
    """
    unit = (TEMPLATE - TEMPLATE.mean(axis=0)) / (TEMPLATE[1, 0] - TEMPLATE[0, 0])
    pictures = []
    for row in images.itertuples(index=False):
        disorder, person = generator(seed, "disorder", row.label), generator(seed, "shape", row.subject)
        photo = generator(seed, "picture", row.image_id)
        shape = unit + disorder.normal(0, BENT, (5, 2)) + person.normal(0, BENT / 4, (5, 2))
        angle = math.radians(photo.normal(0, 5))
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        eyes = float(photo.uniform(40, 130))  # pixels
        width, height = (round(side * eyes) for side in photo.uniform([3.2, 3.8], [4.5, 5.5]))
        points = shape @ turn * eyes + np.array([width / 2, height * 0.52])
        pictures.append(Picture(f"{row.image_id}.jpg", str(row.subject), str(row.label), points, width, height))
    return pictures
