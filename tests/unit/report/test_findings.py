"""Findings by rule: small tables in, sentences out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core import io
from gestalt_regions.report.findings.explanations_found import (
    controls_found,
    groups_found,
    plausible,
    ranks_found,
)
from gestalt_regions.report.findings.finding import Finding, figure, findings_table, named, read_findings
from gestalt_regions.report.findings.leaks_found import probes, shapes, shuffled_control, split_audit
from gestalt_regions.report.findings.recognised import (
    accuracy,
    beside_the_probe,
    calibration,
    classes_recognised,
    exact_end,
)
from gestalt_regions.report.findings.rq1_found import differences_found, nothing_found, regions_found, variants_found
from gestalt_regions.report.findings.rq2_found import correlations, pooled, smallest_correlation
from gestalt_regions.report.findings.sanity_found import fold_agreement, read_checks, redrawn_found
from gestalt_regions.report.findings.studied import (
    faces_studied,
    label_noise,
    networks_studied,
    simulated_faces,
    small_classes,
)
from gestalt_regions.report.findings.study_findings import by_theme, one_line, study_findings
from gestalt_regions.report.findings.values_found import error_found, order_found
from scipy.stats import beta

AT = ("net", "page.html")  # model, link
CONFIG = {
    "models": {"net": {}},
    "folds": {"n": 5, "repeats": 1},
    "saliency": {"methods": {"A": {}}},
    "statistics": {"control": "Unaffected", "bootstrap": {"level": 0.95}},
    "evaluation": {"in_report": True, "show": {"policy": "absolute_minmax"}},
}


def only(findings: list[Finding], rule: str = "") -> Finding:
    (one,) = [finding for finding in findings if finding.rule == rule or not rule]
    return one


def people(*, label: str, families: int, fold: str = "1", simulated: bool = True) -> pd.DataFrame:
    names = [f"{label}{i}" for i in range(families)]
    columns = {"sample_id": names, "subject_id": names, "kin_group": names}
    return pd.DataFrame(columns).assign(label=label, fold=fold, simulated=simulated, true_label=label)


# What was studied


def test_simulated_faces_are_called_so_and_photographs_not():
    table = people(label="KS", families=3)
    assert "3 SIMULATED faces" in only(faces_studied(table, table, None)).text
    assert only(simulated_faces(table)).kind == "warning"
    table["simulated"] = False
    assert "3 photographs" in only(faces_studied(table, table, None)).text and simulated_faces(table) == []
    table.loc[0, "simulated"] = True
    assert "1 of them SIMULATED" in only(faces_studied(table, table, None)).text


def test_one_person_is_one_person_and_left_out_images_have_reasons():
    table = people(label="KS", families=1)
    lost = pd.DataFrame({"sample_id": ["a", "b"], "reason": ["no face", "no face"]})
    first, left_out = faces_studied(table, table, lost)
    assert "1 person from 1 family, in 1 class" in first.text
    assert left_out.number == 2 and "no face (2)" in left_out.text


def test_few_families_are_a_guess_and_held_out_ones_do_not_count():
    few = pd.concat([people(label="KS", families=9), people(label="NS", families=40)])
    said = only(small_classes(few))
    assert said.kind == "not shown" and "KS (9)" in said.text and "NS" not in said.text
    enough = pd.concat([people(label="KS", families=10), people(label="KS", families=40, fold="heldout")])
    assert only(small_classes(enough)).kind == "finding" and only(small_classes(enough)).number == 10
    assert small_classes(enough.iloc[:0]) == []


def test_wrong_labels_are_counted_where_they_are_known():
    table = people(label="KS", families=3)
    assert label_noise(table) == []
    assert only(label_noise(table.assign(true_label=["KS", "NS", "KS"]))).number == 1
    assert only(label_noise(table.drop(columns="true_label"))).kind == "not shown"


def test_one_training_cannot_show_a_second():
    assert [finding.rule for finding in networks_studied(CONFIG)] == ["networks", "one_training"]
    twice = CONFIG | {"folds": {"n": 5, "repeats": 2}}
    assert only(networks_studied(twice)).text.startswith("1 network (net), with 5 folds, trained 2 times")


# Recognition


def top1(mean: float, low: float, high: float, groups: int = 30) -> pd.DataFrame:
    row = {"quantity": "top-1, folds", "images": 60, "groups": groups, "folds": 5, "mean": mean, "low": low}
    return pd.DataFrame([row | {"high": high, "level": 0.95, "note": ""}])


def table2(**columns) -> pd.DataFrame:
    table = {"class": ["KS", "NS", "Overall"], "n": [40, 20, 60], "recall_mean": [0.9, 0.6, 0.75], "note": ""}
    return pd.DataFrame(table | {"recall_sd": 0.1} | columns)


def test_accuracy_stands_beside_the_largest_class():
    said = only(accuracy(top1(0.9, 0.8, 0.95), table2(), *AT))
    assert "right for 67%. The interval is above that" in said.text and said.kind == "finding"
    assert (
        said.evidence == "top-1 accuracy: 0.90 [0.80, 0.95] (95% interval); 60 images of 30 families, 5 fold networks"
    )
    unsure = only(accuracy(top1(0.7, 0.6, 0.8), table2(), *AT))
    assert unsure.kind == "not shown" and "That it does better is not shown" in unsure.text
    assert "below that" in only(accuracy(top1(0.1, 0.05, 0.2), table2(), *AT)).text


def test_accuracy_without_an_interval_decides_nothing():
    said = only(accuracy(top1(0.9, np.nan, np.nan, groups=5), table2(), *AT))
    assert said.kind == "not shown" and "cannot be said: too few families" in said.text and "[" not in said.evidence


@pytest.mark.parametrize("groups", [1, 5, 30])
def test_all_right_is_no_certainty(groups):
    found = accuracy(top1(1.0, 1.0, 1.0, groups), table2(), *AT)
    warning = only(found, "whole")
    assert warning.kind == "warning" and warning.short == ""
    assert warning.low == pytest.approx(0.025 ** (1 / groups)) and warning.high == 1
    none = only(accuracy(top1(0.0, 0.0, 0.0, groups), table2(), *AT), "whole")
    assert none.high == pytest.approx(1 - 0.025 ** (1 / groups)) and "ends at" in none.text


def test_the_exact_end_is_that_of_clopper_and_pearson():
    assert exact_end(12, 0.9) == pytest.approx(beta.ppf(0.05, 12, 1))
    assert exact_end(12, 0.9, right=False) == pytest.approx(beta.ppf(0.95, 1, 12))


def leaks(**changes) -> pd.DataFrame:
    row = {"probe": "files", "kind": "leak", "sees": "files", "images": 60, "groups": 30, "chance": 0.33, "level": 0.95}
    probe = row | {"balanced_accuracy": 0.6, "low": 0.5, "high": 0.7, "low_corrected": 0.45} | changes
    face = row | {"kind": "ceiling", "balanced_accuracy": 0.7, "low": 0.65, "high": 0.8, "low_corrected": 0.6}
    return pd.DataFrame([probe, face])


def test_the_network_stands_beside_the_probe_on_the_face():
    assert "That either is better is not shown" in only(beside_the_probe(leaks(), table2(), *AT)).text
    better = table2(recall_mean=[1, 1, 0.81])
    assert "above the interval" in only(beside_the_probe(leaks(), better, *AT)).text
    assert "below the interval" in only(beside_the_probe(leaks(), table2(recall_mean=0.6), *AT)).text
    assert beside_the_probe(leaks().iloc[:1], table2(), *AT) == []
    assert beside_the_probe(leaks(), table2(recall_mean=np.nan), *AT) == []


def test_best_and_worst_class_and_undefined_scores():
    (said,) = classes_recognised(table2(), *AT)
    assert "Best recognised is KS (90% of its faces), least NS (60%)" in said.text
    broken = table2(recall_mean=[np.nan, 0.6, 0.6], note=["recall undefined in 1 of 5 folds", "", "macro, undefined"])
    (undefined,) = classes_recognised(broken, *AT)
    assert undefined.kind == "not shown" and "Scores of KS are undefined" in undefined.text


def reliability(**columns) -> pd.DataFrame:
    table = {"set": "folds", "stage": ["before", "after"], "confidence": 0.95, "accuracy": 0.86, "ece": 0.1}
    table |= {"ece_floor": 0.03, "images": 60, "groups": 30, "ece_change": -0.05}
    return pd.DataFrame(table | {"ece_change_low": -0.08, "ece_change_high": -0.02} | columns)


def test_probabilities_that_calibration_mends_are_a_warning():
    said = calibration(reliability(), *AT)
    assert said.kind == "warning" and "says 0.95 on average, and is right for 0.86" in said.text
    assert calibration(reliability(ece_change_high=0.01), *AT).kind == "finding"
    assert calibration(reliability(ece_change_low=np.nan), *AT).kind == "not shown"
    assert "not tested here" in calibration(None, *AT).text
    assert "not tested here" in calibration(reliability(set="heldout"), *AT).text


# Leaks


def test_a_leak_as_good_as_the_face_is_a_warning_and_no_leak_a_finding():
    assert only(probes(leaks())).kind == "warning" and "as well as the face does" in only(probes(leaks())).text
    assert "above chance: balanced" in only(probes(leaks(high=0.6))).text
    quiet = only(probes(leaks(low_corrected=0.3, balanced_accuracy=0.4)))
    assert quiet.kind == "finding" and "A weak leak can be missed" in quiet.text and "Bonferroni" in quiet.evidence


def test_probes_without_intervals_cannot_decide_but_a_better_one_than_the_face_is_said():
    few = {"low": np.nan, "high": np.nan, "low_corrected": np.nan}
    assert only(probes(leaks(**few))).kind == "not shown"
    loud = only(probes(leaks(**few, balanced_accuracy=0.75)))
    assert loud.kind == "warning" and "cannot be ruled out" in loud.text
    assert only(probes(leaks(images=0))).kind == "not shown"


def test_the_outline_that_tells_as_much_as_the_face_decides_nothing():
    assert only(shapes(leaks(kind="shape"))).kind == "not shown"
    assert shapes(leaks(kind="shape", low=0.3)) == [] and shapes(leaks(kind="shape", probe="landmarks_truth")) == []


def test_classes_in_shuffled_labels_are_a_warning():
    assert only(shuffled_control(leaks(kind="control"))).kind == "warning"
    assert shuffled_control(leaks(kind="control", low=0.2)) == []


def audit_row(check: str, level: str, action: str = "reported", group: str = "a") -> dict:
    return {"check": check, "level": level, "group": group, "sides": "1;heldout", "n_images": 2, "action": action}


def test_kin_on_both_sides_are_warnings_and_dropped_ones_are_not():
    rows = [audit_row("heldout", "kin_group"), audit_row("heldout", "kin_group", group="b")]
    rows += [audit_row("folds", "near_copy"), audit_row("labels", "image"), audit_row("heldout", "subject", "dropped")]
    held, folds, labels, dropped = split_audit(pd.DataFrame(rows), copies_sought=True)
    assert held.text.startswith("2 families are in the folds and held out") and held.n == "4 images"
    assert folds.text.startswith("1 photograph with copies is in more than one fold")
    assert labels.text.startswith("1 identical picture has more than one label")
    assert dropped.kind == "finding" and {held.kind, folds.kind, labels.kind} == {"warning"}


def test_a_sound_split_is_said_and_copies_not_sought_too():
    (sound,) = split_audit(None, copies_sought=True)
    assert sound.kind == "finding" and sound.number == 0
    assert [finding.kind for finding in split_audit(None, copies_sought=False)] == ["finding", "not shown"]


# RQ1


def region_tests(**columns) -> pd.DataFrame:
    methods, regions = ["A", "B", "C", "A"], ["eyes", "eyes", "eyes", "nose"]
    table = {"variant": "corrected", "method": methods, "syndrome": "KS", "region": regions, "unit": "kin_group"}
    table |= {"n_control": 15, "n_syndrome": 14, "p": 0.001, "significant": [True, True, False, False]}
    table |= {"rank_biserial": [0.8, 0.9, 0.1, 0.0], "rank_biserial_low": 0.5, "rank_biserial_high": 0.95}
    table |= {"correction": "holm", "family": "all", "family_size": 4, "alpha": 0.05, "same_as": ""}
    return pd.DataFrame(table | columns)


def test_tests_are_counted_with_their_correction():
    said = only(differences_found(region_tests(), "Unaffected", *AT))
    assert said.number == 2 and said.text.startswith("2 of 4 tests find")
    assert said.correction == "Holm correction within all tests of 4, alpha 0.05"
    assert only(differences_found(region_tests(significant=False), "Unaffected", *AT)).kind == "not shown"


def test_undefined_tests_are_said():
    counted, undefined = differences_found(region_tests(p=[0.1, 0.1, np.nan, np.nan]), "Unaffected", *AT)
    assert "of 2 tests" in counted.text and undefined.number == 2
    assert only(differences_found(region_tests(p=np.nan), "Unaffected", *AT)).kind == "not shown"


def test_regions_have_methods_and_a_direction():
    said = only(regions_found(region_tests(), "Unaffected", 0.95, *AT))
    assert "eyes (2 of 3 methods; higher)" in said.text and "More than half of the methods agree on eyes" in said.text
    assert (said.number, said.low, said.high) == (0.9, 0.5, 0.95) and "(eyes, B)" in said.what
    other = regions_found(region_tests(rank_biserial=[0.8, -0.9, 0, 0]), "Unaffected", 0.95, *AT)
    assert "methods disagree on the direction" in only(other).text and only(other).number == -0.9
    alone = only(regions_found(region_tests(significant=[True, False, False, False]), "Unaffected", 0.95, *AT))
    assert "Less than half agree on any" in alone.text
    assert regions_found(region_tests(significant=False), "Unaffected", 0.95, *AT) == []


def test_significant_cells_read_back_as_text_count():
    assert (
        only(differences_found(region_tests(significant=["True", "True", "False", ""]), "Unaffected", *AT)).number == 2
    )


def power(**columns) -> pd.DataFrame:
    table = {"question": "RQ1", "comparison": ["KS", "KS"], "n": 14, "n_other": 15, "family": [1, 225], "power": 0.8}
    return pd.DataFrame(table | {"smallest": [1.1, 1.9], "note": ""} | columns)


def test_what_is_not_found_has_the_smallest_effect_beside_it():
    none, small = nothing_found(region_tests(significant=False), power(), *AT)
    assert "No region of KS" in none.text and "1.90 standard deviations" in small.text and small.number == 1.9
    assert small.correction == "corrected for 225 tests"
    assert only(nothing_found(region_tests(), power(), *AT)).rule == "power_rq1"
    assert "not known" in only(nothing_found(region_tests(), power(smallest=np.nan), *AT)).text
    assert nothing_found(region_tests(), None, *AT) == []


def test_variants_that_find_nothing_are_a_warning():
    assert variants_found(region_tests(), *AT) == []
    both = pd.concat([region_tests(), region_tests(variant="as_published", significant=False)])
    assert only(variants_found(both, *AT)).kind == "warning"
    assert "as published 0 of 4" in only(variants_found(both, *AT)).text
    alike = pd.concat([region_tests(), region_tests(variant="other")])
    assert only(variants_found(alike, *AT)).kind == "finding"


# RQ2


def cells(count: int = 45, apart: int = 0, **columns) -> pd.DataFrame:
    low = [0.1] * apart + [-0.2] * (count - apart)
    table = {"method": "A", "region": "eyes", "correlation": "within_syndrome", "n": 35, "folds": 5, "groups": 30}
    table |= {"rho_mean": np.linspace(0.3, 0.1, count), "rho_low": low, "rho_high": 0.5, "level": 0.95, "left_out": 0}
    return pd.DataFrame(table | columns)


def test_correlations_stand_beside_what_chance_gives():
    said = only(correlations(cells(apart=2), *AT))
    assert said.kind == "not shown" and "In 2 of 45 cells" in said.text and "Chance alone gives about 2" in said.text
    assert said.number == 0.3 and "within syndromes" in said.text
    assert only(correlations(cells(apart=9), *AT)).kind == "finding"


def test_correlations_without_values_or_intervals_decide_nothing():
    assert only(correlations(cells(rho_mean=np.nan), *AT)).kind == "not shown"
    alone = only(correlations(cells(1, rho_low=np.nan, rho_high=np.nan, n=1, groups=1), *AT))
    assert alone.kind == "not shown" and "1 image" not in alone.text and "cannot be said" in alone.text
    half = correlations(cells(2, rho_mean=[0.1, np.nan]), *AT)
    assert only(half, "undefined_cells").number == 1
    assert only(correlations(cells(left_out=3), *AT), "left_out").number == 3


def test_the_published_correlation_is_named_where_it_finds_more():
    published = cells(apart=6, correlation="pooled")
    assert only(pooled(cells(), published, *AT)).kind == "warning"
    assert pooled(cells(apart=6), published, *AT) == [] and pooled(cells(), None, *AT) == []
    assert pooled(cells(), cells(apart=6), *AT) == []


def test_the_smallest_correlation_that_could_be_found():
    table = power(question="RQ2", comparison="held-out kin groups", n=30, smallest=[0.54, 0.71])
    assert "With 30 families, a study finds one of 0.71" in only(smallest_correlation(table, *AT)).text
    assert "not known" in only(smallest_correlation(table.assign(smallest=np.nan), *AT)).text
    assert smallest_correlation(None, *AT) == [] and smallest_correlation(power(), *AT) == []


# Explanations


def ranking(rows: dict[str, tuple], scope: str = "all", group: str = "") -> pd.DataFrame:
    """rows: method -> rank, low, high, whether a control."""
    columns = [(name, *row) for name, row in rows.items()]
    table = pd.DataFrame(columns, columns=["method", "rank", "low", "high", "control"])
    fixed = {"scope": scope, "group": group, "same_as": "", "level": 0.95, "blocks": 25, "critical_difference": 1.0}
    return table.assign(**fixed)


def test_the_best_method_is_apart_from_the_controls_or_not():
    apart = ranking({"A": (1.5, 1.2, 1.9, False), "Sobel": (4.0, 3.0, 5.0, True)})
    assert (
        only(ranks_found(apart, *AT)).kind == "finding"
        and "apart from every control" in only(ranks_found(apart, *AT)).short
    )
    near = ranking({"A": (2.5, 1.2, 3.9, False), "Sobel": (4.0, 3.0, 5.0, True)})
    assert only(ranks_found(near, *AT)).kind == "warning"
    assert only(ranks_found(near, *AT)).short == "best explanation A, not apart from the control Sobel"
    close = ranking({"A": (2.5, 2.4, 2.6, False), "Sobel": (3.0, 2.9, 3.1, True)})
    assert "by Nemenyi's test they are not" in only(ranks_found(close, *AT)).text


def test_ranks_without_intervals_controls_or_methods_decide_nothing():
    nan = float("nan")
    assert (
        only(ranks_found(ranking({"A": (1.0, nan, nan, False), "S": (2.0, nan, nan, True)}), *AT)).kind == "not shown"
    )
    assert only(ranks_found(ranking({"A": (1.0, 1.0, 1.0, False)}), *AT)).kind == "not shown"
    assert only(ranks_found(ranking({"S": (1.0, 1.0, 1.0, True)}), *AT)).kind == "not shown"
    assert only(ranks_found(ranking({"A": (nan, nan, nan, False)}), *AT)).kind == "not shown"
    twin = ranking({"A": (1.0, 1.0, 1.1, False), "B": (1.0, 1.0, 1.1, False), "S": (5.0, 4.0, 6.0, True)})
    twin.loc[1, "same_as"] = "A"  # counts once
    assert [finding.rule for finding in ranks_found(twin, *AT)] == ["ranks"]


def test_methods_behind_an_edge_filter_are_counted():
    rows = {"A": (1.0, 0.9, 1.1, False), "Sobel": (2.0, 1.9, 2.1, True), "B": (3.0, 2.9, 3.1, False)}
    table = ranking(rows | {"Random": (4.0, 3.9, 4.1, True)})
    said = only(controls_found(table, *AT))
    assert said.number == 1 and "Sobel is an edge filter" in said.text and said.kind == "warning"
    assert controls_found(ranking({"A": (1.0, 1.0, 1.0, False)}), *AT) == []
    _, apart = ranks_found(table, *AT)
    assert apart.number == 1 and "1 of 2 methods are apart from the best control: A" in apart.text


def test_different_winners_of_the_groups_are_said():
    one = ranking({"A": (1.0, 1.0, 1.0, False), "B": (2.0, 2.0, 2.0, False)}, "group", "use")
    two = ranking({"A": (2.0, 1.0, 1.0, False), "B": (1.0, 2.0, 2.0, False)}, "group", "pixels")
    assert (
        "depends on what is asked: A for what the network uses and B"
        in only(groups_found(pd.concat([one, two]), *AT)).text
    )
    assert groups_found(one, *AT) == []


def region_values(*rows: tuple) -> pd.DataFrame:
    """rows: name, kind, policy, measure, value, low, high."""
    table = pd.DataFrame(rows, columns=["name", "kind", "policy", "measure", "value", "low", "high"])
    return table.assign(network="trained", images=95, groups=87, level=0.95)


def test_the_order_of_regions_stands_beside_priors():
    rows = [("A", "method", "absolute_minmax", "within_face", 0.7, 0.6, 0.8)]
    rows += [("A", "method", "signed_raw", "within_face", 0.9, 0.8, 0.95)]  # another policy is not shown
    prior = ("ClassPrior", "prior", "", "within_face", 0.75, 0.65, 0.85)
    said = only(order_found(region_values(*rows, prior), "absolute_minmax", *AT))
    assert said.number == 0.7 and said.kind == "warning" and "not apart" in said.text
    apart = only(order_found(region_values(*rows, (*prior[:4], 0.2, 0.1, 0.3)), "absolute_minmax", *AT))
    assert apart.kind == "finding"
    unknown = only(order_found(region_values(*rows, (*prior[:4], 0.2, np.nan, np.nan)), "absolute_minmax", *AT))
    assert unknown.kind == "not shown"
    assert order_found(region_values(prior), "absolute_minmax", *AT) == []


def test_errors_in_logits_stand_beside_saying_nothing():
    rows = [("M", "method", "signed_raw", "error", 0.8, 0.7, 0.9), ("nothing", "control", "", "error", 1.7, 1.4, 2.0)]
    rows += [("blur", "fill", "", "error", 2.2, 2.1, 2.4), ("ClassPrior", "prior", "", "error", 0.8, 0.7, 0.9)]
    method, fill = error_found(region_values(*rows), *AT)
    assert method.kind == "finding" and "ClassPrior" in method.text
    assert fill.kind == "warning" and "worse than to say nothing" in fill.text and "(blur)" in fill.text
    rows[0] = ("M", "method", "signed_raw", "error", 1.6, 1.3, 1.9)
    assert "not apart" in error_found(region_values(*rows), *AT)[0].text
    assert error_found(region_values(*rows[1:2]), *AT) == []


def test_the_most_plausible_picture_is_named():
    row = {"region": "regions", "pictures": 90, "subjects": 40, "low": np.nan, "high": np.nan, "level": 0.95}
    rows = [
        row | {"way": way, "measure": "distance_added", "value": value} for way, value in (("mean", 0.2), ("M", 0.01))
    ]
    rows += [row | {"way": "mean", "measure": "one_face", "value": 0.8}]
    said = only(plausible(pd.DataFrame(rows), *AT))
    assert said.what == "added distance of M" and "at least 80%" in said.text and "mean colour 0.20" in said.text
    assert plausible(pd.DataFrame(rows[:0], columns=list(rows[0])), *AT) == []


def checks(**columns) -> pd.DataFrame:
    table = {"measure": "redrawn_rank", "method": ["A", "B"], "value": [0.1, 0.9], "low": [0.0, 0.8], "high": 0.95}
    fixed = {"level": 0.95, "images": 4, "groups": 3, "region_set": "paper", "policy": "absolute_minmax"}
    return pd.DataFrame(table | fixed | columns)


def test_maps_that_need_no_learned_weights_are_a_warning():
    said = only(redrawn_found(checks(), *AT))
    assert said.kind == "warning" and "the maps of B change least" in said.text and said.number == 0.9
    assert only(redrawn_found(checks(low=-0.1), *AT)).kind == "finding"
    few = only(redrawn_found(checks(low=np.nan, high=np.nan), *AT))
    assert few.kind == "not shown" and "nothing is decided" in few.text and few.n == "4 images of 3 families"
    assert redrawn_found(checks(measure="fold_coefficients"), *AT) == []


def test_the_folds_networks_agree_by_so_much():
    table = checks(measure="fold_coefficients")
    assert "correlate by 0.10 (A) to 0.90 (B)" in only(fold_agreement(table, "absolute_minmax", *AT)).text
    assert fold_agreement(table, "signed_raw", *AT) == []


def test_checks_are_those_of_methods_on_trained_networks(tmp_path):
    assert read_checks(tmp_path / "scores.csv").empty
    table = checks().assign(network="trained", control=["False", "True"], fold="all")
    pd.concat([table, table.assign(fold="1"), table.assign(network="untrained")]).to_csv(tmp_path / "scores.csv")
    assert list(read_checks(tmp_path / "scores.csv")["method"]) == ["A"]


# Whole studies


@pytest.fixture
def small_study(tmp_path):
    """A study whose tables are only those of its cohort: nothing trained, nothing evaluated."""
    table = people(label="KS", families=2)
    table.assign(split="folds", image="x").drop(columns="fold").to_csv(tmp_path / "samples.csv", index=False)
    table[["sample_id", "label", "subject_id", "kin_group", "fold"]].to_csv(tmp_path / "folds.csv", index=False)
    return tmp_path


def test_a_study_without_results_says_what_it_lacks(small_study):
    found = study_findings(small_study, CONFIG)
    missing = {finding.rule for finding in found if finding.model}
    assert missing == {"accuracy", "tests", "correlations", "ranks"}
    assert {finding.kind for finding in found if finding.model} == {"not shown"}
    assert one_line(found) == "SIMULATED: nothing that could be said; 0 warnings, 7 things not shown."
    no_control = CONFIG | {"statistics": {"control": ""}}
    assert "the study has none" in only(study_findings(small_study, no_control), "tests").text


def test_findings_are_kept_in_a_table(small_study, tmp_path):
    found = study_findings(small_study, CONFIG)
    io.write_table(findings_table(found), tmp_path / "findings.csv")
    again = read_findings(tmp_path / "findings.csv")
    assert [finding.evidence for finding in again] == [finding.evidence for finding in found]
    assert one_line(again) == one_line(found) and [f.text for f in again] == [f.text for f in found]


def test_themes_have_the_findings_of_one_network(small_study):
    found = study_findings(small_study, CONFIG)
    assert list(by_theme(found)) == ["What was studied", "Is the signal in the face?"]
    assert sum(map(len, [*by_theme(found).values(), *by_theme(found, "net").values()])) == len(found)


def test_one_line_names_each_network_and_counts_the_others():
    found = [Finding("a", "recognition", "finding", "", short="accuracy 1", model=model) for model in ("a", "b")]
    found += [Finding("b", "leaks", "warning", "")]
    assert one_line(found) == "a: accuracy 1; b: accuracy 1; 1 warning, 0 things not shown."


def test_numbers_and_names_as_text():
    assert [figure(value) for value in (20, 0.5, 2e-5, float("nan"))] == ["20", "0.50", "2e-05", "–"]
    assert named([]) == "none" and named(["A"]) == "A" and named(["A", "B"]) == "A and B"
    assert named(list("ABCDEFGH")) == "A, B, C, D, E and 3 more"
