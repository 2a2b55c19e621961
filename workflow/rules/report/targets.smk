# Tables and figures by name, for every configured model: `snakemake table3`, `snakemake figure6`, ...


def made(rule, **wildcards):
    """The outputs of a rule, for this cohort and every model."""
    return expand(rule.output, cohort=COHORT, model=MODELS, **wildcards)


def made_with_labelled(*made_by):
    """The outputs of rules, for this cohort, every model, and every model with labels of its own."""
    return [path for rule in made_by for path in expand(rule.output, cohort=COHORT, model=[*MODELS, *WITH_LABELS])]


def of_group(rule, group):
    """The outputs of a rule that scores one group of measures, for every method and control."""
    return made(rule, group=group, method=EVALUATED)


TABLE_TARGETS = {
    "table1": made(rules.list_terms),
    "table2": made(rules.classification),
    "table3": made(rules.rq1),
    "table4": made(rules.rq2),
    **{analysis: made(rules.analyse, analysis=analysis) for analysis in ANALYSES},
}
FIGURE_TARGETS = {
    "figure1": made(rules.draw_montage),
    "figure2": made(rules.draw_workflow),
    "figure3": made(rules.draw_case),
    "figure4a": made(rules.draw_hpo_map),
    "figure4b": made(rules.draw_hpo_terms),
    "figure5": made(rules.draw_maps),
    "figure6": made(rules.draw_boxplots),
    "warned_faces": made(rules.draw_warned_faces),
    "figure_regions": made(rules.draw_region_sets),
    "heatmaps": made(rules.draw_heatmaps),
}
RENDERED_TARGETS = {  # of a rendered cohort
    "counterfactuals": [f"results/{COHORT}/truth/index.csv"],
    "twin_sheet": [f"results/{COHORT}/figures/twin_sheet.png"],
    "severity_strip": [f"results/{COHORT}/figures/severity_strip.png"],
}
ARC_TABLE_TARGETS = {f"arc_table{number}": made(rules.arc_table, arc=number) for number in ARC_NEEDS} | {
    "arc_accuracy": made(rules.match_accuracy) + made(rules.match_verification),
}
ARC_FIGURE_TARGETS = {
    "arc_figure2": made(rules.draw_arc_tail),
    "arc_figure3": made(rules.draw_arc_identities),
    "arc_clusters": made(rules.draw_clusters),
    "arc_sheet": made(rules.draw_match_sheet),
}
TARGETS = {
    **TABLE_TARGETS,
    "tables": [*expand(CHECKS, cohort=COHORT), *TABLE_TARGETS.values()],
    **FIGURE_TARGETS,
    "figures": [*FIGURE_TARGETS.values(), RENDERED_TARGETS["severity_strip"] if RENDERED else []],
    "contact_sheet": made(rules.draw_contact_sheet),
    "counterfactual_sheet": made(rules.draw_counterfactual_sheet),
    "syndrome_maps": made(rules.join_syndrome_maps)
    + made(rules.draw_syndrome_halves)
    + made(rules.draw_syndrome_maps, method=AVERAGED, variant=MAP_VARIANTS),
    "morphs": made(rules.saliency_with_pictures, method=PICTURED, fold=FOLDS) + made(rules.draw_counterfactual_sheet),
    "region_coefficients": made(rules.coefficients, method=METHODS)
    + made(rules.coefficients_of_set, method=METHODS, regions=[name for name in REGION_SETS if name != "paper"]),
    # Checks of the cohort
    "split_audit": made(rules.split_counts),
    "leak_table": made(rules.probe_leaks),
    "parsing_table": made(rules.parsing_truth),
    "rater_table": made(rules.rater_truth),
    **RENDERED_TARGETS,
    # Evaluation
    "recovery": of_group(rules.score_recovery, "recovery"),
    "pixels": of_group(rules.score_pixels, "pixels"),
    "use": made(rules.drop_tables) + of_group(rules.score_use, "use"),
    "region_values": made(rules.compare_region_values),
    "plausibility": made(rules.picture_plausibility),
    "shuffled_values": made(rules.compare_shuffled_values),
    "roar": expand(
        [*rules.roar_curves.output, *rules.draw_roar.output],
        cohort=COHORT,
        model=[model for model in MODELS if model in TRAINED],
    ),
    "objective": of_group(rules.score_objective, "objective") + made(rules.draw_removal),
    "sanity": of_group(rules.score_sanity, "sanity") + made(rules.draw_cascade),
    "agreement": of_group(rules.score_agreement, "agreement"),
    "evaluation": made(rules.scores)
    + made(rules.draw_scores, group=GROUPS)
    + (made(rules.compare_region_values) if "use" in GROUPS else [])
    + made(rules.picture_plausibility)
    + (made(rules.draw_removal) if "objective" in GROUPS else [])
    + (made(rules.draw_cascade) if "sanity" in GROUPS else []),
    "ranking": made(rules.rank_methods) + made(rules.draw_critical_difference) + made(rules.draw_summary),
    # Over several training sets
    "imbalance": (
        expand([*rules.imbalance_curves.output, *rules.draw_imbalance.output], cohort=COHORT, model=SET_MODELS)
        if "imbalance" in config
        else no_imbalance
    ),
    # Over several training runs
    "training_runs": made(rules.across_runs, table=JOINED) or one_training_run,
    # Over several cohorts
    "shortcut": made(rules.score_shortcut, method=EVALUATED),
    "shortcut_curve": made(rules.compare_shortcuts)
    + made(rules.draw_shortcut_curve)
    + made(rules.cue_use)
    + (made(rules.compare_shortcut_values) if VALUED else []),
    "validity": made(rules.compare_validity) + made(rules.draw_validity),
    # DeepGestalt
    "part_check": made(rules.check_parts),
    "part_sheet": made(rules.draw_part_sheet),
    "expert_weights": expand(rules.compare_experts.output, cohort=COHORT, model=JOINED_MODELS) or no_aggregate,
    "gestalt_published": made(rules.recompute_published),
    "gestalt_table1": made(rules.binary_problems),
    "gestalt_table2": made(rules.top_accuracy),
    "gestalt_specialised": made(rules.specialised) if SPECIALISED else no_specialised,
    "confusion": made_with_labelled(rules.confusion_counts, rules.draw_confusion),
    "reliability": made_with_labelled(rules.reliability_bins, rules.draw_reliability),
    "affected_roc": made(rules.affected_scores) + made(rules.draw_affected),
    "composites": made(rules.draw_composites),
    "test_sets": TEST_SET_OUTPUTS if TEST_SETS else no_test_set,
    # Studies with clinicians
    "reader_study": made(rules.reader_kit) if "reader_study" in config else no_reader_study,
    "reader_results": no_reader_study,
    "eye_tracking": EYE_TRACKING_OUTPUTS if "eye_tracking" in config else no_eye_tracking,
    # Matching
    "encodings": made(rules.encode, encoder=ENCODERS),
    **ARC_TABLE_TARGETS,
    "arc_tables": [*ARC_TABLE_TARGETS.values()],
    **ARC_FIGURE_TARGETS,
    "arc_figures": [*ARC_FIGURE_TARGETS.values()],
    "similarity_maps": made(rules.draw_similarity) + made(rules.similarity_coefficients),
    "report": made(rules.report_site),
    "timing": made(rules.time_stages),
    # One photograph, or a folder of them (config photo)
    "case": case_pages,
}


# Every table and figure of DeepGestalt that this study can have.
OF_GESTALT = [
    "gestalt_published",
    "gestalt_table1",
    "gestalt_table2",
    "confusion",
    "reliability",
    "affected_roc",
    "composites",
]
OF_GESTALT += ["part_check", *(["part_sheet"] if PART_CROPS in config["faces"]["sizes"] else [])]
OF_GESTALT += ["expert_weights"] if JOINED_MODELS else []
OF_GESTALT += ["test_sets"] if TEST_SETS else []
OF_GESTALT += ["gestalt_specialised"] if SPECIALISED else []
TARGETS["deepgestalt"] = [TARGETS[name] for name in OF_GESTALT]

if "reader_study" in config:
    TARGETS["reader_results"] = [
        *made(rules.read_answers),
        *made(rules.reader_measures),
        *made(rules.reader_models),
        *made(rules.reader_ratings),
        *made(rules.reader_agreement),
        *made(rules.reader_power),
        *made(rules.draw_reader_accuracy),
        *made(rules.draw_reader_reliance),
        *made(rules.draw_reader_likert),
        *made(rules.draw_reader_power),
    ]

# What `snakemake` alone makes
STUDY_TARGET = [f"results/{COHORT}/report", f"results/{COHORT}/timing.csv"]
if MATCHING_ALONE:
    STUDY_TARGET = [*TARGETS["arc_tables"], *TARGETS["arc_figures"]]


for target, files in TARGETS.items():

    rule:
        name:
            target
        input:
            files,
